// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * decimal.c - see decimal.h. Grammar: digits [ "." digits ] [ ( "e" | "E" ) [ "+" | "-" ] digits ]
 */
#include "base/decimal.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#define EXPONENT_MAX 1000 /* beyond, nothing but zero fits */

static bool is_digit(char letter)
{
	return letter >= '0' && letter <= '9';
}

size_t decimal_length(const char *text, size_t bytes)
{
	size_t length = 0;

	while (length < bytes && text[length] &&
	       (is_digit(text[length]) || strchr("+-.eE", text[length])))
		length++;
	return length;
}

/* All of @text; false where it is no exponent. */
static bool parse_exponent(const char *text, size_t bytes, int *ret_exponent)
{
	bool is_negative = bytes && text[0] == '-';
	size_t i = bytes && (text[0] == '-' || text[0] == '+');
	int exponent = 0;

	if (i == bytes)
		return false;
	for (; i < bytes; i++) {
		if (!is_digit(text[i]))
			return false;
		if (exponent < EXPONENT_MAX)
			exponent = exponent * 10 + (text[i] - '0');
	}
	*ret_exponent = is_negative ? -exponent : exponent;
	return true;
}

/* Digits, and how many of them are behind the point; false where it is no number. */
struct mantissa {
	uint64_t value;
	int exponent;
	bool is_too_large; /* for 64 bits */
};

static void add_digit(struct mantissa *mantissa, unsigned int digit, bool is_fraction)
{
	if (mantissa->value > (UINT64_MAX - digit) / 10) {
		mantissa->is_too_large = true;
		return;
	}
	mantissa->value = mantissa->value * 10 + digit;
	mantissa->exponent -= is_fraction;
}

static bool parse_mantissa(const char *text, size_t bytes, struct mantissa *ret_mantissa)
{
	struct mantissa mantissa = { 0 };
	size_t point = bytes;

	for (size_t i = 0; i < bytes; i++) {
		if (text[i] == '.' && point == bytes)
			point = i;
		else if (is_digit(text[i]))
			add_digit(&mantissa, (unsigned int)(text[i] - '0'), point < bytes);
		else
			return false;
	}
	*ret_mantissa = mantissa;
	return bytes && point != 0 && point + 1 != bytes;
}

int decimal_parse(const char *text, size_t bytes, unsigned int scale, uint64_t max,
		  uint64_t *ret_value)
{
	struct mantissa mantissa;
	size_t e = 0;
	int exponent = 0;

	while (e < bytes && text[e] != 'e' && text[e] != 'E')
		e++;
	if (e < bytes && !parse_exponent(text + e + 1, bytes - e - 1, &exponent))
		return -EINVAL;
	if (!parse_mantissa(text, e, &mantissa))
		return -EINVAL;
	if (mantissa.is_too_large)
		return -ERANGE;
	exponent += mantissa.exponent + (int)scale;
	for (; mantissa.value && exponent < 0; exponent++) {
		if (mantissa.value % 10)
			return -EDOM;
		mantissa.value /= 10;
	}
	for (; mantissa.value && exponent > 0; exponent--)
		if (__builtin_mul_overflow(mantissa.value, 10, &mantissa.value))
			return -ERANGE;
	if (mantissa.value > max)
		return -ERANGE;
	*ret_value = mantissa.value;
	return 0;
}
