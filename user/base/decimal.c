// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * decimal.c - see decimal.h. Grammar: digits [ "." digits ] [ ( "e" | "E" ) [ "+" | "-" ] digits ]
 */
#include "base/decimal.h"

#include <errno.h>
#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
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

/* Not negative, and written without an exponent. */
static bool is_ratio(double value)
{
	return (value >= 1e-4 && value < 999999) || (value == 0 && !signbit(value));
}

/* @mantissa * @scale / 2^@shift, to the nearest; from the middle to the even, as printf does. */
static uint64_t scale_rounded(uint64_t mantissa, uint64_t scale, unsigned int shift)
{
	unsigned __int128 product = (unsigned __int128)mantissa * scale;
	unsigned __int128 half = (unsigned __int128)1 << (shift - 1);
	unsigned __int128 rest = product & (2 * half - 1);
	uint64_t whole = (uint64_t)(product >> shift);

	return whole + (rest > half || (rest == half && whole % 2));
}

/* Exact in 128 bits: 53 are the double's, 30 the scale's. */
static size_t format_ratio(char text[DECIMAL_TEXT_MAX], double value)
{
	int exponent;
	uint64_t mantissa = (uint64_t)ldexp(frexp(value, &exponent), DBL_MANT_DIG);
	unsigned int shift = (unsigned int)(DBL_MANT_DIG - exponent), decimals = 9;
	uint64_t scale = 1000000000, number;
	char *digit = text + DECIMAL_TEXT_MAX;
	size_t bytes;

	while ((number = scale_rounded(mantissa, scale, shift)) >= 1000000) {
		scale /= 10;
		decimals--;
	}
	for (; decimals && number % 10 == 0; number /= 10)
		decimals--;
	for (unsigned int i = 0; i < decimals; i++, number /= 10)
		*--digit = (char)('0' + number % 10);
	if (decimals)
		*--digit = '.';
	do
		*--digit = (char)('0' + number % 10);
	while (number /= 10);
	bytes = (size_t)(text + DECIMAL_TEXT_MAX - digit);
	memmove(text, digit, bytes);
	return bytes;
}

/* A report is full of ratios, for which printf reckons with numbers of any length. */
size_t decimal_format(char text[DECIMAL_TEXT_MAX], double value)
{
	if (is_ratio(value))
		return format_ratio(text, value);
	return (size_t)snprintf(text, DECIMAL_TEXT_MAX, "%.6g", value);
}
