/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * report_text.h - the report for people: totals, functions, edges, chains, losses, as tables.
 */
#ifndef IDLETAX_OUTPUT_TERMINAL_REPORT_TEXT_H
#define IDLETAX_OUTPUT_TERMINAL_REPORT_TEXT_H

#include <stdint.h>
#include <stdio.h>

#include "analysis/results.h"
#include "output/report_key.h"
#include "output/text_style.h"

struct chain_ranking;
struct log_report;
struct projection;

struct report_text_options {
	struct text_style style;
	enum report_key key;
	bool has_invocations;		    /* a table of them too: of results with chains kept */
	bool has_environments;		    /* and of environments, which the results keep */
	const struct chain_ranking *chains; /* those to show, sorted */
	const struct log_report *log;	    /* what logs say; or NULL */
	const struct projection *months;    /* of each plan; NULL: not asked for */
	bool names_plan;		    /* the user chose it */
	const char *name;		    /* of the trace */
	uint64_t duration_ns;		    /* of the recording */
};

/* 0 or -ENOMEM; errors of @file stay in it. */
int report_text(FILE *file, const struct results *results,
		const struct report_text_options *options);

#endif
