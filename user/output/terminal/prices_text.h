/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * prices_text.h - the trace under several price plans side by side, and a month's bill, for people.
 */
#ifndef IDLETAX_OUTPUT_TERMINAL_PRICES_TEXT_H
#define IDLETAX_OUTPUT_TERMINAL_PRICES_TEXT_H

#include <stdio.h>

#include "analysis/projection.h"
#include "output/text_style.h"

/* Which plan it is, and who says so. */
void prices_text_source(FILE *file, const struct price_plan *plan, const struct text_style *style);

/* All plans; with @months (one for each plan, or NULL) a second table. 0 or -ENOMEM. */
int prices_text_table(FILE *file, const struct results *results, const struct projection *months,
		      const struct text_style *style);

/*
 * "at 1000000 requests a month: $12.3, of which $4.1 for waiting on functions ($3.9 double-billed)"; and how much of
 * the trace has no price.
 */
void prices_text_month(FILE *file, const struct results *results, const struct projection *month);

#endif
