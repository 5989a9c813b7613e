/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * decimal.h - decimal numbers as JSON writes them, read to the last digit: a price is no double; and ratios
 * written.
 */
#ifndef IDLETAX_BASE_DECIMAL_H
#define IDLETAX_BASE_DECIMAL_H

#include <stddef.h>
#include <stdint.h>

/* Of the number at the beginning of @text, which may go on with anything: its length in bytes. */
size_t decimal_length(const char *text, size_t bytes);

/*
 * The number that @text is, times 10^@scale, exactly. 0, or -EINVAL (it is none, or negative), -ERANGE
 * (above @max), -EDOM (it has digits below 10^-@scale other than zero).
 */
int decimal_parse(const char *text, size_t bytes, unsigned int scale, uint64_t max,
		  uint64_t *ret_value);

#define DECIMAL_TEXT_MAX 24

/* Writes @value, which is finite, as printf's "%.6g" does, and returns how many bytes that are. */
size_t decimal_format(char text[DECIMAL_TEXT_MAX], double value);

#endif
