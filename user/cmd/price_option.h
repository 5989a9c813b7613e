/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * price_option.h - --price-plan and --memory, of each command that shows money (reader_option.h). A plan
 * that cannot be read ends the program with EXIT_STATUS_FAILURE.
 */
#ifndef IDLETAX_CMD_PRICE_OPTION_H
#define IDLETAX_CMD_PRICE_OPTION_H

#include <argp.h>

#include "analysis/memory_override.h"
#include "analysis/price_plan.h"
#include "analysis/results.h"

#define PRICE_PLANS_MAX 16 /* in one command */

/* Zeroed: nothing was said, and one plan is allowed. */
struct price_options {
	bool has_several;	  /* the command shows several side by side */
	struct price_plan *plans; /* owned */
	size_t plan_count;
	struct memory_overrides memory; /* rows owned; patterns too */
};

extern const struct argp price_argp;

void price_options_release(struct price_options *options);

/*
 * Every function that --memory names must be in the trace: 0, or after telling which is not, and which is
 * the nearest, EXIT_STATUS_FAILURE.
 */
int price_options_check(const struct price_options *options, const struct results *results);

#endif
