/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * quantity.c - see quantity.h. A quantity is a whole number of some tiny unit.
 */
#include "base/quantity.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/decimal.h"

struct suffix {
	const char *text;
	unsigned int scale; /* 10^scale tiny units ... */
	unsigned int times; /* ... times this are one */
};

static const struct suffix durations[] = {
	{ "ns", 0, 1 }, { "us", 3, 1 },	  { "ms", 6, 1 },
	{ "s", 9, 1 },	{ "min", 9, 60 }, { "h", 9, 3600 },
};
static const struct suffix ratios[] = { { "%", 7, 1 }, { "", 9, 1 } };
static const struct suffix dollars[] = { { "", 12, 1 } };
static const struct suffix counts[] = { { "", 0, 1 } };

#define TABLE(array) (array), sizeof(array) / sizeof((array)[0])

static const struct unit {
	const struct suffix *suffixes;
	size_t count;
	const char *form;
} units[] = {
	[QUANTITY_COUNT] = { TABLE(counts), "a whole number" },
	[QUANTITY_NS] = { TABLE(durations), "a duration with its unit, like 500ms or 1.5s" },
	[QUANTITY_PICO] = { TABLE(dollars), "an amount of dollars, like 0.50" },
	[QUANTITY_RATIO] = { TABLE(ratios), "a ratio, like 20% or 0.2" },
};

const char *quantity_form(enum quantity_unit unit)
{
	return units[unit].form;
}

/* The suffix that @text is, spaces before it left out. */
static const struct suffix *find_suffix(const struct unit *unit, const char *text)
{
	while (*text == ' ')
		text++;
	for (size_t i = 0; i < unit->count; i++)
		if (!strcmp(unit->suffixes[i].text, text))
			return &unit->suffixes[i];
	return NULL;
}

int quantity_parse(int64_t *ret_value, enum quantity_unit unit, const char *text)
{
	const struct suffix *suffix;
	uint64_t value;
	size_t bytes;
	int error;

	if (unit == QUANTITY_PICO && *text == '$')
		text++;
	bytes = decimal_length(text, strlen(text));
	suffix = bytes ? find_suffix(&units[unit], text + bytes) : NULL;
	if (!suffix)
		return -EINVAL;
	error = decimal_parse(text, bytes, suffix->scale, INT64_MAX / suffix->times, &value);
	if (error)
		return error;
	*ret_value = (int64_t)(value * suffix->times);
	return 0;
}

/* @value / 10^@scale, without zeros at the end of the fraction. */
static void format_scaled(char text[QUANTITY_TEXT_MAX], uint64_t value, unsigned int scale)
{
	uint64_t one = 1;

	while (scale && value % 10 == 0) {
		value /= 10;
		scale--;
	}
	for (unsigned int i = 0; i < scale; i++)
		one *= 10;
	if (scale)
		snprintf(text, QUANTITY_TEXT_MAX, "%llu.%0*llu", (unsigned long long)(value / one),
			 (int)scale, (unsigned long long)(value % one));
	else
		snprintf(text, QUANTITY_TEXT_MAX, "%llu", (unsigned long long)value);
}

char *quantity_format(char text[QUANTITY_TEXT_MAX], enum quantity_unit unit, int64_t value)
{
	static const unsigned int scales[] = {
		[QUANTITY_COUNT] = 0, [QUANTITY_NS] = 6, [QUANTITY_PICO] = 12, [QUANTITY_RATIO] = 7
	};
	static const char *const before[] = { "", "", "$", "" };
	static const char *const after[] = { "", " ms", "", " %" };
	char digits[QUANTITY_TEXT_MAX];

	format_scaled(digits, value < 0 ? 0 - (uint64_t)value : (uint64_t)value, scales[unit]);
	snprintf(text, QUANTITY_TEXT_MAX, "%s%s%.30s%s", value < 0 ? "-" : "", before[unit], digits,
		 after[unit]);
	return text;
}
