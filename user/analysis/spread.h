/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * spread.h - how far the values of one figure lie apart, value by value and in fixed memory (Welford), and
 * whether two such sets differ by more than that (a t-test on the safe side).
 */
#ifndef IDLETAX_ANALYSIS_SPREAD_H
#define IDLETAX_ANALYSIS_SPREAD_H

#include <stdint.h>

/* Fewer values than these on either side say nothing: of so few, skewed ones look regular. */
#define SPREAD_VALUES_MIN 10

struct spread {
	uint64_t count;
	double mean;
	double squares; /* sum of the squared distances from the mean */
};

void spread_add(struct spread *spread, double value);

enum significance {
	SIGNIFICANCE_TOO_FEW = 0, /* values, on one side or both */
	SIGNIFICANCE_EQUAL = 1,	  /* the means are the same */
	SIGNIFICANCE_WITHIN = 2,  /* they differ, as they would where nothing had changed */
	/* where nothing had changed, they would differ so in less than 1 of 100 */
	SIGNIFICANCE_99 = 3,
};

/*
 * Two-sided, of means. Durations are skewed: the few values of a small side often miss the long ones, look
 * alike, and with their own variance (Welch's test) are called different in 3 to 8 of 100 cases in which nothing
 * had changed. So both sides are taken to spread as widely as the wider one; then it is less than 1 of 100, for
 * skewed values too. Degrees of freedom are rounded down.
 */
enum significance spread_compare(const struct spread *old, const struct spread *new);

/* "too_few", "equal", "within_spread", "significant_99". */
const char *significance_name(enum significance significance);

#endif
