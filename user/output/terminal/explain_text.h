/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * explain_text.h - an invocation explained for people: its borders, where its time went and why, its calls
 * and links, its flags, its price.
 */
#ifndef IDLETAX_OUTPUT_TERMINAL_EXPLAIN_TEXT_H
#define IDLETAX_OUTPUT_TERMINAL_EXPLAIN_TEXT_H

#include <stdbool.h>
#include <stdio.h>

#include "analysis/results.h"
#include "output/text_style.h"

/*
 * @has_all: every stretch and every call by itself; else those that are told in the same words are one row,
 * where there are many. 0 or -ENOMEM; errors of @file stay in it.
 */
int explain_text(FILE *file, const struct results *results, const struct invocation *invocation,
		 const struct text_style *style, bool has_all);

#endif
