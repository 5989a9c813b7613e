// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * billing.c - see billing.h.
 */
#include "analysis/billing.h"

#include "base/units.h"

static uint64_t capped_ns(const struct invocation *invocation)
{
	uint64_t billed_ns = invocation_billed_ns(invocation);

	if (invocation->status == STATUS_TIMEOUT &&
	    invocation->deadline_ns > invocation->start_ns &&
	    billed_ns > invocation->deadline_ns - invocation->start_ns)
		return invocation->deadline_ns - invocation->start_ns;
	return billed_ns;
}

static uint64_t round_up_ms(uint64_t ns)
{
	return ns / NS_PER_MS + (ns % NS_PER_MS != 0);
}

uint64_t billing_duration_ms(const struct invocation *invocation)
{
	return round_up_ms(capped_ns(invocation));
}

uint64_t billing_billed_ms(const struct price_plan *plan, const struct invocation *invocation)
{
	uint64_t ns = capped_ns(invocation);

	if (plan->is_init_billed && invocation->is_cold)
		ns += invocation_init_ns(invocation);
	return round_up_ms(ns);
}

int64_t billing_add_pico(int64_t a, int64_t b)
{
	int64_t sum;

	return __builtin_add_overflow(a, b, &sum) ? INT64_MAX : sum;
}

int64_t billing_attempt_pico(const struct price_plan *plan, const struct invocation *invocation,
			     const struct exchange *attempt)
{
	return price_plan_compute_pico(plan, attempt->double_billed_ns, invocation->memory_mb);
}

void billing_compute(const struct price_plan *plan, struct invocation *invocation)
{
	uint64_t duration_ms = billing_duration_ms(invocation);
	uint64_t billed_ms = billing_billed_ms(plan, invocation);
	uint32_t memory_mb = invocation->memory_mb;

	invocation->cost_pico = 0;
	invocation->init_cost_pico = 0;
	invocation->double_billed_pico = 0;
	if (!memory_mb) {
		invocation->flags |= INVOCATION_UNKNOWN_MEMORY;
		return;
	}
	invocation->cost_pico =
		billing_add_pico(price_plan_compute_pico(plan, duration_ms * NS_PER_MS, memory_mb),
				 plan->request_pico);
	invocation->init_cost_pico =
		price_plan_compute_pico(plan, (billed_ms - duration_ms) * NS_PER_MS, memory_mb);
	invocation->double_billed_pico =
		price_plan_compute_pico(plan, invocation->double_billed_ns, memory_mb);
}
