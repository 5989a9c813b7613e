/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * whatif_text.h - a trace before and after changes, as a table, and what the figures take for granted.
 */
#ifndef IDLETAX_OUTPUT_TERMINAL_WHATIF_TEXT_H
#define IDLETAX_OUTPUT_TERMINAL_WHATIF_TEXT_H

#include <stdio.h>

#include "analysis/whatif.h"
#include "output/text_style.h"

/* 0 or negative errno. */
int whatif_text(FILE *file, const struct whatif *whatif, const struct results *results,
		const struct text_style *style);

#endif
