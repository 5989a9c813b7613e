/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * diff_text.h - what `idletax diff` says on a terminal.
 */
#ifndef IDLETAX_OUTPUT_TERMINAL_DIFF_TEXT_H
#define IDLETAX_OUTPUT_TERMINAL_DIFF_TEXT_H

#include <stdio.h>

#include "analysis/comparison.h"
#include "output/text_style.h"

/* 0 or negative errno. */
int diff_text(FILE *file, const struct comparison *comparison, const struct text_style *style);

#endif
