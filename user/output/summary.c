/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * summary.c - see summary.h. Rounds for reading only; exact figures are in the JSON.
 */
#include "output/summary.h"

#include <stdio.h>

#include "base/units.h"

char *format_read_ms(char *text, uint64_t ns)
{
	uint64_t step = ns >= 100 * NS_PER_MS  ? NS_PER_MS
			: ns >= 10 * NS_PER_MS ? 100 * NS_PER_US
					       : 10 * NS_PER_US;

	return format_ms(text, (ns + step / 2) / step * step);
}

char *format_percent(char *text, size_t bytes, double ratio)
{
	double percent = ratio * 100;

	if (percent != percent) /* NaN */
		snprintf(text, bytes, "-");
	else if (percent > 0 && percent < 0.95)
		snprintf(text, bytes, "%.1f %%", percent);
	else
		snprintf(text, bytes, "%.0f %%", percent);
	return text;
}

char *summary_format(char text[SUMMARY_TEXT_MAX], const struct sums *sums)
{
	char billed[UNITS_TEXT_MAX], own[UNITS_TEXT_MAX], doubled[UNITS_TEXT_MAX];
	char overhead[24], share[24];

	format_read_ms(billed, sums->billed_ns);
	format_read_ms(own, sums_own_ns(sums));
	format_read_ms(doubled, sums->double_billed_ns);
	if (!sums->double_billed_ns)
		snprintf(text, SUMMARY_TEXT_MAX, "billed %s   own %s   double-billed nothing",
			 billed, own);
	else
		snprintf(text, SUMMARY_TEXT_MAX,
			 "billed %s   own %s   double-billed %s (%s overhead, %s of the bill)",
			 billed, own, doubled,
			 format_percent(overhead, sizeof(overhead), sums_overhead(sums)),
			 format_percent(share, sizeof(share), sums_share(sums)));
	return text;
}
