/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * lanes_text.h - a function's environments drawn: one bar each over the whole recording, below them how many
 * invocations were open at once.
 */
#ifndef IDLETAX_OUTPUT_LANES_TEXT_H
#define IDLETAX_OUTPUT_LANES_TEXT_H

#include <stdint.h>
#include <stdio.h>

#include "output/lanes.h"
#include "output/text_style.h"

/*
 * At most @rows environments (0: all), those that were busy longest, in order of start. Adds the cells it
 * drew to *seen: one bit per enum lane_cell. 0 or -ENOMEM; errors of @file stay in it.
 */
int lanes_text_group(FILE *file, const struct results *results, const struct lane_group *group,
		     size_t rows, const struct text_style *style, uint32_t *seen);

/* What the cells in @seen mean. */
void lanes_text_legend(FILE *file, const struct text_style *style, uint32_t seen);

#endif
