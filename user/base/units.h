/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * units.h - time and money: integers inside, text at the edges.
 * Time is uint64_t nanoseconds, money int64_t pico-dollars (10^-12 USD).
 */
#ifndef IDLETAX_BASE_UNITS_H
#define IDLETAX_BASE_UNITS_H

#include <stddef.h>
#include <stdint.h>

#define NS_PER_US 1000ull
#define NS_PER_MS 1000000ull
#define NS_PER_S 1000000000ull
#define PICO_PER_DOLLAR 1000000000000ll

static inline uint64_t later_of(uint64_t left_ns, uint64_t right_ns)
{
	return left_ns > right_ns ? left_ns : right_ns;
}

static inline uint64_t earlier_of(uint64_t left_ns, uint64_t right_ns)
{
	return left_ns < right_ns ? left_ns : right_ns;
}

#define UNITS_TEXT_MAX 48

/*
 * Each writes at most UNITS_TEXT_MAX bytes with the NUL and returns @text. Rounded half up (money:
 * half away from zero), zeros at the end of a fraction are left out.
 */
char *format_ms(char *text, uint64_t ns); /* "1100.25 ms": at most 3 decimals */
char *format_duration(char *text,
		      uint64_t ns); /* "12.3 us", "500 ms", "3.21 s": 3 significant digits */
char *format_dollars(char *text,
		     int64_t pico); /* "$0.000018": 3 significant digits; cents from $1 on */
char *format_gb_seconds(char *text, unsigned __int128 mb_ns); /* "0.5 GB-s": 3 significant digits */
char *format_bytes(char *text,
		   uint64_t bytes); /* "56.2 MB": powers of 1000, 3 significant digits */

uint64_t clock_monotonic_ns(void);
uint64_t clock_realtime_ns(void);

#endif
