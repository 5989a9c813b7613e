// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * price_plans.c - holds the files of price_plans/. A further plan is a file there and two lines here. The
 * paths are relative to the top of the tree, where make runs.
 */
#include "analysis/price_plans.h"

#include <string.h>

#define EMBED(symbol, name)                                                                     \
	__asm__(".pushsection .rodata\n" #symbol ":\n.incbin \"user/analysis/price_plans/" name \
		".json\"\n.byte 0\n.popsection");                                               \
	extern const char symbol[]

EMBED(plan_active_cpu, "example-active-cpu");
EMBED(plan_cpu_only, "example-cpu-only");
EMBED(plan_arm, "us-east-1-arm");
EMBED(plan_arm_provisioned, "us-east-1-arm-provisioned");
EMBED(plan_managed_instances, "us-east-1-managed-instances");
EMBED(plan_x86, "us-east-1-x86");
EMBED(plan_x86_2025_07, "us-east-1-x86-2025-07");
EMBED(plan_x86_provisioned, "us-east-1-x86-provisioned");

static const struct shipped_plan plans[] = {
	{ "example-active-cpu", plan_active_cpu },
	{ "example-cpu-only", plan_cpu_only },
	{ "us-east-1-arm", plan_arm },
	{ "us-east-1-arm-provisioned", plan_arm_provisioned },
	{ "us-east-1-managed-instances", plan_managed_instances },
	{ "us-east-1-x86", plan_x86 },
	{ "us-east-1-x86-2025-07", plan_x86_2025_07 },
	{ "us-east-1-x86-provisioned", plan_x86_provisioned },
};

#define PLAN_COUNT (sizeof(plans) / sizeof(plans[0]))

const struct shipped_plan *price_plans_get(size_t index)
{
	return index < PLAN_COUNT ? &plans[index] : NULL;
}

const struct shipped_plan *price_plans_find(const char *name)
{
	for (size_t i = 0; i < PLAN_COUNT; i++)
		if (!strcmp(plans[i].name, name))
			return &plans[i];
	return NULL;
}
