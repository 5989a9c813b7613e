// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * results.c - ratios and look-ups over finished results (results.h).
 */
#include "analysis/results.h"

#include <math.h>

#include "analysis/billing.h"

static double divide(uint64_t numerator, uint64_t denominator)
{
	return denominator ? (double)numerator / (double)denominator : NAN;
}

int64_t edge_retry_waste_pico(const struct edge_row *row)
{
	return billing_add_pico(billing_add_pico(row->retry_wait_pico, row->retry_billed_pico),
				row->backoff_pico);
}

double life_utilization(const struct life *life)
{
	return divide(life->busy_ns, life->busy_ns + life->idle_ns);
}

const char *edge_mode_name(enum edge_mode mode)
{
	switch (mode) {
	case EDGE_EVENT:
		return "event";
	case EDGE_STREAM:
		return "stream";
	case EDGE_SYNC:
		break;
	}
	return "sync";
}

double results_mean(const struct results *results, uint64_t sum_ns)
{
	return divide(sum_ns, results->end_monotonic_ns - results->start_monotonic_ns);
}

struct invocation *results_find_invocation(const struct results *results, uint64_t id)
{
	for (size_t i = 0; i < results->chain_kept_count; i++) {
		const struct chain *chain = results->chains[i];

		for (size_t j = 0; j < chain->invocation_count; j++)
			if (chain->invocations[j]->id == id)
				return chain->invocations[j];
	}
	return NULL;
}
