/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * retries_text.h - what `report` says of calls that were tried again, below the table of edges.
 */
#ifndef IDLETAX_OUTPUT_TERMINAL_RETRIES_TEXT_H
#define IDLETAX_OUTPUT_TERMINAL_RETRIES_TEXT_H

#include <stdio.h>

#include "analysis/results.h"
#include "output/text_style.h"

/* What they cost all together, and which callers give up after how long. */
void retries_text(FILE *file, const struct results *results, const struct text_style *style);

#endif
