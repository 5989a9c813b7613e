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

double sums_overhead(const struct sums *sums)
{
	return divide(sums->double_billed_ns, sums->billed_ns - sums->double_billed_ns);
}

double sums_share(const struct sums *sums)
{
	return divide(sums->double_billed_ns, sums->billed_ns);
}

double sums_amplification(const struct sums *sums)
{
	return divide(sums->billed_ns, sums_own_ns(sums));
}

int64_t edge_retry_waste_pico(const struct edge_row *row)
{
	return billing_add_pico(billing_add_pico(row->retry_wait_pico, row->retry_billed_pico),
				row->backoff_pico);
}

static double divide_wide(unsigned __int128 numerator, unsigned __int128 denominator)
{
	return denominator ? (double)numerator / (double)denominator : NAN;
}

double sums_overhead_gb_s(const struct sums *sums)
{
	return divide_wide(sums->double_billed_mb_ns,
			   sums->billed_mb_ns - sums->double_billed_mb_ns);
}

double sums_share_gb_s(const struct sums *sums)
{
	return divide_wide(sums->double_billed_mb_ns, sums->billed_mb_ns);
}

double sums_amplification_gb_s(const struct sums *sums)
{
	return divide_wide(sums->billed_mb_ns, sums->billed_mb_ns - sums->wait_lambda_mb_ns);
}

/* A bill that is capped at a time-out can be less than what is double-billed. */
double sums_overhead_money(const struct sums *sums)
{
	int64_t rest_pico = sums->cost_pico - sums->double_billed_pico;

	return rest_pico > 0 ? (double)sums->double_billed_pico / (double)rest_pico : NAN;
}

double sums_share_money(const struct sums *sums)
{
	return sums->cost_pico ? (double)sums->double_billed_pico / (double)sums->cost_pico : NAN;
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
