/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * schema.c - holds the schema files. The paths are relative to the top of the tree, where make runs.
 */
#include "output/schema.h"

#include <stddef.h>
#include <string.h>

#define EMBED(symbol, path)                                                                        \
	__asm__(".pushsection .rodata\n" #symbol ":\n.incbin \"" path "\"\n.byte 0\n.popsection"); \
	extern const char symbol[]

EMBED(schema_report, "user/output/report.schema.json");
EMBED(schema_explain, "user/output/explain.schema.json");
EMBED(schema_price_plan, "user/output/price-plan.schema.json");
EMBED(schema_check, "user/output/check.schema.json");
EMBED(schema_diff, "user/output/diff.schema.json");
EMBED(schema_timeline, "user/output/timeline.schema.json");
EMBED(schema_whatif, "user/output/whatif.schema.json");
EMBED(schema_advice, "user/output/advice.schema.json");

const char *schema_find(const char *name)
{
	if (!strcmp(name, "report"))
		return schema_report;
	if (!strcmp(name, "explain"))
		return schema_explain;
	if (!strcmp(name, "price-plan"))
		return schema_price_plan;
	if (!strcmp(name, "timeline"))
		return schema_timeline;
	if (!strcmp(name, "whatif"))
		return schema_whatif;
	if (!strcmp(name, "advice"))
		return schema_advice;
	if (!strcmp(name, "check"))
		return schema_check;
	if (!strcmp(name, "diff"))
		return schema_diff;
	return NULL;
}
