/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * log_text.h - what logs say beside what was measured, as a table.
 */
#ifndef IDLETAX_OUTPUT_TERMINAL_LOG_TEXT_H
#define IDLETAX_OUTPUT_TERMINAL_LOG_TEXT_H

#include <stdio.h>

#include "output/log_report.h"
#include "output/text_style.h"

/* At most @rows of each kind (0: all). 0 or -ENOMEM. */
int log_text(FILE *file, const struct log_report *report, size_t rows,
	     const struct text_style *style);

#endif
