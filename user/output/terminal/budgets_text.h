/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * budgets_text.h - what `report` says of time-outs that are near.
 */
#ifndef IDLETAX_OUTPUT_TERMINAL_BUDGETS_TEXT_H
#define IDLETAX_OUTPUT_TERMINAL_BUDGETS_TEXT_H

#include <stdio.h>

#include "analysis/results.h"
#include "output/text_style.h"

/* Edges by the least time that was left, tightest first, as far as it is known; with a heading. 0 or -ENOMEM. */
int budgets_text(FILE *file, const struct results *results, const struct text_style *style);

#endif
