/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * price_plans.h - the plans that come with the program, as the JSON of the files price_plans/NAME.json.
 */
#ifndef IDLETAX_ANALYSIS_PRICE_PLANS_H
#define IDLETAX_ANALYSIS_PRICE_PLANS_H

#include <stddef.h>

struct shipped_plan {
	const char *name;
	const char *json;
};

/* The one at @index, in order of name; NULL past the last. */
const struct shipped_plan *price_plans_get(size_t index);
/* NULL where there is none. */
const struct shipped_plan *price_plans_find(const char *name);

#endif
