/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * summary.h - the sentence that people remember:
 * "billed 1100 ms   own 600 ms   double-billed 500 ms (83 % overhead, 45 % of the bill)".
 */
#ifndef IDLETAX_OUTPUT_SUMMARY_H
#define IDLETAX_OUTPUT_SUMMARY_H

#include <stddef.h>

#include "analysis/results.h"

#define SUMMARY_TEXT_MAX 256

/* Writes it, without a newline, and returns @text. */
char *summary_format(char text[SUMMARY_TEXT_MAX], const struct sums *sums);

/* Milliseconds for reading: no decimals from 100 ms on, one from 10 ms on, else two ("1100 ms"). */
char *format_read_ms(char *text, uint64_t ns);

/* "83 %", "254 %", "0.4 %"; "-" for NaN. */
char *format_percent(char *text, size_t bytes, double ratio);

#endif
