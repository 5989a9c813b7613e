/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * quantity.h - amounts as people write them in options and files: "500ms", "20%", "$0.50". Strict: a
 * number in plain decimals, its unit, and nothing else; read to the last digit.
 */
#ifndef IDLETAX_BASE_QUANTITY_H
#define IDLETAX_BASE_QUANTITY_H

#include <stdint.h>

enum quantity_unit {
	QUANTITY_COUNT = 0, /* "3": a whole number */
	QUANTITY_NS = 1,    /* "250us", "500ms", "1.5s", "2min": nanoseconds; a unit is a must */
	QUANTITY_PICO = 2,  /* "0.50", "$0.50": dollars, in pico-dollars */
	QUANTITY_RATIO = 3, /* "20%", "0.2": billionths */
};

#define QUANTITY_RATIO_ONE 1000000000ll

/* How it is written, for an error: "a duration with its unit, like 500ms". */
const char *quantity_form(enum quantity_unit unit);

/*
 * 0, or -EINVAL (it is none), -ERANGE (too large), -EDOM (finer than a nanosecond, a pico-dollar, a
 * billionth).
 */
int quantity_parse(int64_t *ret_value, enum quantity_unit unit, const char *text);

#define QUANTITY_TEXT_MAX 48

/* Writes @value as quantity_parse reads it, with all its digits ("83.3333333 %"), and returns @text. */
char *quantity_format(char text[QUANTITY_TEXT_MAX], enum quantity_unit unit, int64_t value);

#endif
