/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * memory_text.h - the memory that each function used, and the size that would have held it.
 */
#ifndef IDLETAX_OUTPUT_TERMINAL_MEMORY_TEXT_H
#define IDLETAX_OUTPUT_TERMINAL_MEMORY_TEXT_H

#include <stdio.h>

#include "analysis/results.h"
#include "output/text_style.h"

/* Whether it is known of any function. */
bool memory_text_is_known(const struct results *results);

/* Those of which it is known, and what the table does not say. 0 or -ENOMEM. */
int memory_text(FILE *file, const struct results *results, const struct text_style *style);

#endif
