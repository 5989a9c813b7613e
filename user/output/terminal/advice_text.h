/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * advice_text.h - what `advise` prints for people: a table of the verdicts, then one paragraph per edge.
 */
#ifndef IDLETAX_OUTPUT_TERMINAL_ADVICE_TEXT_H
#define IDLETAX_OUTPUT_TERMINAL_ADVICE_TEXT_H

#include <stdio.h>

#include "analysis/advice.h"
#include "output/text_style.h"

/* 0 or negative errno. */
int advice_text(FILE *file, const struct results *results, const struct edge_advice *rows,
		size_t count, const struct text_style *style);

#endif
