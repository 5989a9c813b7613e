/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * waste_text.h - what `report` says of what served nobody, and of where the latency of chains goes.
 */
#ifndef IDLETAX_OUTPUT_TERMINAL_WASTE_TEXT_H
#define IDLETAX_OUTPUT_TERMINAL_WASTE_TEXT_H

#include <stdio.h>

#include "analysis/results.h"
#include "output/text_style.h"

/* Orphans and second runs; nothing where there are none. */
void waste_text(FILE *file, const struct results *results, const struct text_style *style);

/* Of the kinds of chains with the most latency: its largest parts; with a heading. 0 or -ENOMEM. */
int paths_text(FILE *file, const struct results *results, const struct text_style *style);

#endif
