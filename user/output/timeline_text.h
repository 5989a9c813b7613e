/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * timeline_text.h - a chain drawn: one bar per invocation, aligned in time, callees below their caller.
 * A number inside a bar is the milliseconds of that state around there.
 */
#ifndef IDLETAX_OUTPUT_TIMELINE_TEXT_H
#define IDLETAX_OUTPUT_TIMELINE_TEXT_H

#include <stdint.h>
#include <stdio.h>

#include "analysis/results.h"
#include "output/text_style.h"

/* A heading, the bars, the chain's totals. Adds the cells it drew to *seen (for the legend): one bit
 * per enum cell. 0 or -ENOMEM; errors of @file stay in it. */
int timeline_text_chain(FILE *file, const struct chain *chain, const struct text_style *style,
			uint32_t *seen);

/* What the cells in @seen mean. */
void timeline_text_legend(FILE *file, const struct text_style *style, uint32_t seen);

#endif
