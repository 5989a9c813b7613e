/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * environments_text.h - the tables of `report --environments`: each function's environments together, and
 * every one of them.
 */
#ifndef IDLETAX_OUTPUT_TERMINAL_ENVIRONMENTS_TEXT_H
#define IDLETAX_OUTPUT_TERMINAL_ENVIRONMENTS_TEXT_H

#include <stdio.h>

#include "analysis/results.h"
#include "output/text_style.h"

/* Each 0 or -ENOMEM; errors of @file stay in it. */
int environments_text_functions(FILE *file, const struct results *results,
				const struct text_style *style);
int environments_text_list(FILE *file, const struct results *results,
			   const struct text_style *style);

#endif
