/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * lanes_text.h - environments drawn, function by function: one bar each over the whole recording, below them how
 * many invocations were open at once; at the end what the cells mean.
 */
#ifndef IDLETAX_OUTPUT_LANES_TEXT_H
#define IDLETAX_OUTPUT_LANES_TEXT_H

#include <stddef.h>
#include <stdio.h>

#include "output/lanes.h"
#include "output/text_style.h"

/*
 * Of each function at most @rows environments (0: all), those that were busy longest, in order of start.
 * 0 or -ENOMEM; errors of @file stay in it.
 */
int lanes_text(FILE *file, const struct results *results, const struct lanes *lanes, size_t rows,
	       const struct text_style *style);

#endif
