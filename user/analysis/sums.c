// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * sums.c - see sums.h.
 */
#include "analysis/sums.h"

#include <math.h>

#include "analysis/billing.h"

static void add_waste(struct sums *sums, const struct invocation *invocation)
{
	const struct waste *waste = &invocation->waste;

	sums->orphans += waste->orphaned_ns > 0;
	sums->orphaned_ns += waste->orphaned_ns;
	sums->orphaned_pico = billing_add_pico(sums->orphaned_pico, waste->orphaned_pico);
	sums->retry_waste_ns += waste->retry_ns;
	sums->retry_waste_pico = billing_add_pico(sums->retry_waste_pico, waste->retry_pico);
	if (!waste->is_duplicate)
		return;
	sums->duplicates++;
	sums->duplicate_ns += invocation_billed_ns(invocation);
	sums->duplicate_pico = billing_add_pico(sums->duplicate_pico, invocation->cost_pico);
}

void sums_add_invocation(struct sums *sums, const struct invocation *invocation)
{
	const uint64_t memory_mb = invocation->memory_mb;

	sums->invocations++;
	sums->billed_ns += invocation_billed_ns(invocation);
	sums->billed_ms += invocation->billed_ms;
	for (size_t i = 0; i < STATE_COUNT; i++)
		sums->state_ns[i] += invocation->state_ns[i];
	sums->double_billed_ns += invocation->double_billed_ns;
	sums->double_init_ns += invocation->double_init_ns;
	sums->transit_ns += invocation->transit_ns;
	sums->init_ns += invocation_init_ns(invocation);
	sums->cost_pico = billing_add_pico(sums->cost_pico, invocation->cost_pico);
	sums->init_cost_pico = billing_add_pico(sums->init_cost_pico, invocation->init_cost_pico);
	sums->double_billed_pico =
		billing_add_pico(sums->double_billed_pico, invocation->double_billed_pico);
	sums->cold_starts += invocation->is_cold;
	sums->errors += invocation->status == STATUS_ERROR;
	sums->timeouts += invocation->status == STATUS_TIMEOUT;
	sums->incomplete += !!(invocation->flags & INVOCATION_INCOMPLETE);
	sums->estimated += !!(invocation->flags & INVOCATION_ESTIMATED);
	sums->shared += !!(invocation->flags & INVOCATION_SHARED);
	sums->shared_ns += invocation->shared_ns;
	add_waste(sums, invocation);
	sums->unpriced += !!(invocation->flags & INVOCATION_UNKNOWN_MEMORY);
	sums->billed_mb_ns += (unsigned __int128)invocation_billed_ns(invocation) * memory_mb;
	sums->wait_lambda_mb_ns +=
		(unsigned __int128)invocation->state_ns[STATE_WAIT_LAMBDA] * memory_mb;
	sums->double_billed_mb_ns += (unsigned __int128)invocation->double_billed_ns * memory_mb;
}

void sums_add(struct sums *sums, const struct sums *others)
{
	sums->invocations += others->invocations;
	sums->billed_ns += others->billed_ns;
	sums->billed_ms += others->billed_ms;
	for (size_t i = 0; i < STATE_COUNT; i++)
		sums->state_ns[i] += others->state_ns[i];
	sums->double_billed_ns += others->double_billed_ns;
	sums->double_init_ns += others->double_init_ns;
	sums->transit_ns += others->transit_ns;
	sums->init_ns += others->init_ns;
	sums->cost_pico = billing_add_pico(sums->cost_pico, others->cost_pico);
	sums->init_cost_pico = billing_add_pico(sums->init_cost_pico, others->init_cost_pico);
	sums->double_billed_pico =
		billing_add_pico(sums->double_billed_pico, others->double_billed_pico);
	sums->cold_starts += others->cold_starts;
	sums->errors += others->errors;
	sums->timeouts += others->timeouts;
	sums->incomplete += others->incomplete;
	sums->estimated += others->estimated;
	sums->shared += others->shared;
	sums->shared_ns += others->shared_ns;
	sums->orphans += others->orphans;
	sums->orphaned_ns += others->orphaned_ns;
	sums->orphaned_pico = billing_add_pico(sums->orphaned_pico, others->orphaned_pico);
	sums->retry_waste_ns += others->retry_waste_ns;
	sums->retry_waste_pico = billing_add_pico(sums->retry_waste_pico, others->retry_waste_pico);
	sums->duplicates += others->duplicates;
	sums->duplicate_ns += others->duplicate_ns;
	sums->duplicate_pico = billing_add_pico(sums->duplicate_pico, others->duplicate_pico);
	sums->unpriced += others->unpriced;
	sums->billed_mb_ns += others->billed_mb_ns;
	sums->wait_lambda_mb_ns += others->wait_lambda_mb_ns;
	sums->double_billed_mb_ns += others->double_billed_mb_ns;
}

/* ---- ratios ---- */

static double divide(unsigned __int128 numerator, unsigned __int128 denominator)
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

double sums_overhead_gb_s(const struct sums *sums)
{
	return divide(sums->double_billed_mb_ns, sums->billed_mb_ns - sums->double_billed_mb_ns);
}

double sums_share_gb_s(const struct sums *sums)
{
	return divide(sums->double_billed_mb_ns, sums->billed_mb_ns);
}

double sums_amplification_gb_s(const struct sums *sums)
{
	return divide(sums->billed_mb_ns, sums->billed_mb_ns - sums->wait_lambda_mb_ns);
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
