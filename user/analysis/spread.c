/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * spread.c - see spread.h. t is compared squared: no square root is needed.
 */
#include "analysis/spread.h"

#include <stddef.h>

void spread_add(struct spread *spread, double value)
{
	double distance = value - spread->mean;

	spread->count++;
	spread->mean += distance / (double)spread->count;
	spread->squares += distance * (value - spread->mean);
}

/* The 99.5th percentile of Student's t, by degrees of freedom. */
static double find_critical(double freedom)
{
	static const struct {
		double freedom, critical;
	} table[] = {
		{ 120, 2.6174 }, { 60, 2.6603 }, { 40, 2.7045 }, { 30, 2.7500 }, { 28, 2.7633 },
		{ 26, 2.7787 },	 { 24, 2.7969 }, { 22, 2.8188 }, { 20, 2.8453 }, { 19, 2.8609 },
		{ 18, 2.8784 },	 { 17, 2.8982 }, { 16, 2.9208 }, { 15, 2.9467 }, { 14, 2.9768 },
		{ 13, 3.0123 },	 { 12, 3.0545 }, { 11, 3.1058 }, { 10, 3.1693 }, { 9, 3.2498 },
	};
	size_t count = sizeof(table) / sizeof(table[0]);

	for (size_t i = 0; i < count; i++)
		if (freedom >= table[i].freedom)
			return table[i].critical;
	return table[count - 1]
		.critical; /* with SPREAD_VALUES_MIN values it is 9 at least, but for rounding */
}

static double variance_of(const struct spread *spread)
{
	return spread->squares / (double)(spread->count - 1);
}

enum significance spread_compare(const struct spread *old, const struct spread *new)
{
	double distance = new->mean - old->mean;
	double variance, old_error, new_error, error, freedom, critical;

	if (old->count < SPREAD_VALUES_MIN || new->count < SPREAD_VALUES_MIN)
		return SIGNIFICANCE_TOO_FEW;
	if (distance == 0)
		return SIGNIFICANCE_EQUAL;
	variance = variance_of(old) > variance_of(new) ? variance_of(old) : variance_of(new);
	old_error = variance / (double)old->count;
	new_error = variance / (double)new->count;
	error = old_error + new_error;
	if (error <= 0) /* every value is its mean */
		return SIGNIFICANCE_99;
	freedom = error * error /
		  (old_error * old_error / (double)(old->count - 1) +
		   new_error * new_error / (double)(new->count - 1));
	critical = find_critical(freedom);
	return distance * distance > critical * critical * error ? SIGNIFICANCE_99
								 : SIGNIFICANCE_WITHIN;
}

const char *significance_name(enum significance significance)
{
	switch (significance) {
	case SIGNIFICANCE_EQUAL:
		return "equal";
	case SIGNIFICANCE_WITHIN:
		return "within_spread";
	case SIGNIFICANCE_99:
		return "significant_99";
	case SIGNIFICANCE_TOO_FEW:
		break;
	}
	return "too_few";
}
