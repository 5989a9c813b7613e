// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * retries_text.c - see retries_text.h.
 */
#include "output/terminal/retries_text.h"

#include "base/units.h"
#include "output/summary.h"

#define TIMEOUTS_MAX 8 /* lines */
#define NAME_COLUMNS 40

/* "retries: 300 ms waiting for attempts that were repeated, 300 ms billed by their callees, ..." */
static void print_cost(FILE *file, const struct results *results)
{
	uint64_t wait_ns = 0, billed_ns = 0, backoff_ns = 0;
	const struct sums *sums = &results->totals;
	char wait[UNITS_TEXT_MAX], billed[UNITS_TEXT_MAX], backoff[UNITS_TEXT_MAX];

	for (size_t i = 0; i < results->edge_count; i++) {
		wait_ns += results->edges[i].retry_wait_ns;
		billed_ns += results->edges[i].retry_billed_ns;
		backoff_ns += results->edges[i].backoff_ns;
	}
	if (!wait_ns && !billed_ns && !backoff_ns)
		return;
	fprintf(file,
		"retries: %s waiting for attempts that were repeated, %s billed by\n"
		"         their callees, %s between attempts\n",
		format_read_ms(wait, wait_ns), format_read_ms(billed, billed_ns),
		format_read_ms(backoff, backoff_ns));
	fprintf(file, "         in all %s (%s) of the bill, with what those callees called\n",
		format_read_ms(wait, sums->retry_waste_ns),
		format_dollars(billed, sums->retry_waste_pico));
}

static void print_timeout(FILE *file, const struct edge_row *row, bool is_utf8)
{
	char caller[NAME_COLUMNS * 4 + 1], callee[NAME_COLUMNS * 4 + 1], delay[UNITS_TEXT_MAX];

	text_safe(caller, sizeof(caller), row->caller, NAME_COLUMNS, is_utf8);
	text_safe(callee, sizeof(callee), row->callee, NAME_COLUMNS, is_utf8);
	fprintf(file, "time-out: %s gave up on %s %llu times, each after %s (inferred)\n", caller,
		callee, (unsigned long long)row->client_timeouts,
		format_read_ms(delay, row->client_timeout_ns));
}

void retries_text(FILE *file, const struct results *results, const struct text_style *style)
{
	size_t timeouts = 0;

	print_cost(file, results);
	for (size_t i = 0; i < results->edge_count; i++)
		if (results->edges[i].client_timeout_ns && timeouts++ < TIMEOUTS_MAX)
			print_timeout(file, &results->edges[i], style->is_utf8);
	if (timeouts > TIMEOUTS_MAX)
		fprintf(file, "time-out: and %zu more; --json has all\n", timeouts - TIMEOUTS_MAX);
}
