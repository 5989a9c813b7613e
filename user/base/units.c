/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * units.c - integers to text without floating point. A quantity is a whole number of some tiny unit
 * (ns, pico-dollar, byte); printing divides by a power of ten and rounds half up.
 */
#include "base/units.h"

#include <stdio.h>
#include <time.h>

/*
 * Writes @value / 10^@scale with @decimals (at most @scale) digits after the point, zeros at the
 * end of the fraction left out, then @suffix.
 */
static char *format_fixed(char *text, uint64_t value, unsigned int scale, unsigned int decimals,
			  const char *suffix)
{
	uint64_t divisor = 1, fraction_end = 1;
	uint64_t whole, fraction;

	for (unsigned int i = decimals; i < scale; i++)
		divisor *= 10;
	for (unsigned int i = 0; i < decimals; i++)
		fraction_end *= 10;
	/* No overflow: the remainder decides the rounding. */
	value = value / divisor + (value % divisor >= divisor - value % divisor);
	whole = value / fraction_end;
	fraction = value % fraction_end;
	while (decimals && fraction % 10 == 0) {
		fraction /= 10;
		decimals--;
	}
	if (decimals)
		snprintf(text, UNITS_TEXT_MAX, "%llu.%0*llu%s", (unsigned long long)whole,
			 (int)decimals, (unsigned long long)fraction, suffix);
	else
		snprintf(text, UNITS_TEXT_MAX, "%llu%s", (unsigned long long)whole, suffix);
	return text;
}

static unsigned int count_digits(uint64_t value)
{
	unsigned int digits = 1;

	while (value >= 10) {
		value /= 10;
		digits++;
	}
	return digits;
}

/* Three significant digits of @value in the largest of @count units, 1000 apart, that it fills. */
static char *format_scaled(char *text, uint64_t value, const char *const *suffixes,
			   unsigned int count)
{
	unsigned int unit = 0;
	unsigned int decimals;
	uint64_t size = 1;

	/* 999.5 rounds up into the next unit. */
	while (unit + 1 < count && value >= size * 1000 - size / 2) {
		size *= 1000;
		unit++;
	}
	decimals = 3 - (value / size >= 100 ? 3 : value / size >= 10 ? 2 : 1);
	if (decimals > 3 * unit)
		decimals = 3 * unit;
	/* 9.996 prints as 10, 99.96 as 100: the zero at the end goes anyway. */
	return format_fixed(text, value, 3 * unit, decimals, suffixes[unit]);
}

char *format_ms(char *text, uint64_t ns)
{
	return format_fixed(text, ns, 6, 3, " ms");
}

char *format_duration(char *text, uint64_t ns)
{
	static const char *const suffixes[] = { " ns", " us", " ms", " s" };

	return format_scaled(text, ns, suffixes, 4);
}

char *format_bytes(char *text, uint64_t bytes)
{
	static const char *const suffixes[] = { " B", " kB", " MB", " GB", " TB", " PB" };

	return format_scaled(text, bytes, suffixes, 6);
}

char *format_dollars(char *text, int64_t pico)
{
	uint64_t amount = pico < 0 ? 0 - (uint64_t)pico : (uint64_t)pico;
	unsigned int decimals = 2;
	char digits[UNITS_TEXT_MAX];

	/* Below a dollar: the first of 12 decimals that is not zero, and two more. */
	if (amount < (uint64_t)PICO_PER_DOLLAR) {
		decimals = 12 - count_digits(amount) + 3;
		if (decimals > 12)
			decimals = 12;
	}
	format_fixed(digits, amount, 12, decimals, "");
	snprintf(text, UNITS_TEXT_MAX, "%s$%.*s", pico < 0 ? "-" : "", UNITS_TEXT_MAX - 3, digits);
	return text;
}

/* Three digits where there are as many behind a leading zero, at most 9 of a fraction. */
char *format_gb_seconds(char *text, unsigned __int128 mb_ns)
{
	unsigned __int128 gb_ns = (mb_ns + 512) / 1024;
	uint64_t value = gb_ns > UINT64_MAX ? UINT64_MAX : (uint64_t)gb_ns;
	unsigned int digits = count_digits(value);

	return format_fixed(text, value, 9,
			    digits >= 12 ? 0
			    : digits > 3 ? 12 - digits
					 : 9,
			    " GB-s");
}

static uint64_t clock_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;
}

uint64_t clock_monotonic_ns(void)
{
	return clock_ns(CLOCK_MONOTONIC);
}

uint64_t clock_realtime_ns(void)
{
	return clock_ns(CLOCK_REALTIME);
}
