// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * billing.c - see billing.h.
 */
#include "analysis/billing.h"

#include <string.h>

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

/* As its caller sent it, else as whoever passed it on received it. */
static uint64_t find_event_bytes(const struct invocation *invocation)
{
	const struct exchange *sources[] = { invocation->caller, invocation->entry };

	for (size_t i = 0; i < sizeof(sources) / sizeof(sources[0]); i++)
		if (sources[i] && sources[i]->service_class == SERVICE_LAMBDA_EVENT)
			return sources[i]->request_body.bytes;
	return 0;
}

void billing_measure(struct billing_usage *ret_usage, const struct invocation *invocation)
{
	uint64_t duration_ns = capped_ns(invocation);
	uint64_t active_ns = invocation->state_ns[STATE_ACTIVE];
	uint64_t wait_ns = invocation->state_ns[STATE_WAIT_LAMBDA];

	*ret_usage = (struct billing_usage){
		.duration_ns = duration_ns,
		.init_ns = invocation->is_cold ? invocation_init_ns(invocation) : 0,
		.active_ns = active_ns < duration_ns ? active_ns : duration_ns,
		.wait_lambda_ns = wait_ns < duration_ns ? wait_ns : duration_ns,
		.double_billed_ns = invocation->double_billed_ns,
		.event_bytes = find_event_bytes(invocation),
		.memory_mb = invocation->memory_mb,
	};
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

/* @ms of wall-clock time and @active_ms on a CPU. */
static int64_t price_ms(const struct price_plan *plan, uint64_t ms, uint64_t active_ms,
			uint32_t memory_mb)
{
	if (ms > UINT64_MAX / NS_PER_MS || active_ms > UINT64_MAX / NS_PER_MS)
		return INT64_MAX;
	return price_plan_time_pico(plan, ms * NS_PER_MS, active_ms * NS_PER_MS, memory_mb);
}

static uint64_t add_ns(uint64_t a, uint64_t b)
{
	return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

void billing_price(struct bill *ret_bill, const struct price_plan *plan,
		   const struct billing_usage *usage)
{
	bool is_by_cpu = plan->basis == PRICE_BY_ACTIVE_CPU;
	/* What INIT did is not known: all of it counts as work. */
	uint64_t init_ns = plan->is_init_billed ? usage->init_ns : 0;
	uint64_t wall_ms = price_plan_round_ms(plan, usage->duration_ns);
	uint64_t active_ms = price_plan_round_ms(plan, usage->active_ns);
	uint64_t init_wall_ms =
		price_plan_round_ms(plan, add_ns(usage->duration_ns, init_ns)) - wall_ms;
	uint64_t init_active_ms =
		price_plan_round_ms(plan, add_ns(usage->active_ns, init_ns)) - active_ms;

	memset(ret_bill, 0, sizeof(*ret_bill));
	ret_bill->requests = price_plan_count_requests(plan, usage->event_bytes);
	if (price_plan_charges_time(plan)) {
		ret_bill->duration_ms = is_by_cpu ? active_ms : wall_ms;
		ret_bill->billed_ms =
			ret_bill->duration_ms + (is_by_cpu ? init_active_ms : init_wall_ms);
	}
	if (!usage->memory_mb && price_plan_charges_memory(plan))
		return;
	ret_bill->wall_ms = plan->tier_count ? wall_ms + init_wall_ms : 0;
	ret_bill->cpu_ms = is_by_cpu ? active_ms + init_active_ms : 0;
	ret_bill->is_priced = true;
	if (__builtin_mul_overflow(ret_bill->requests, plan->request_pico, &ret_bill->request_pico))
		ret_bill->request_pico = INT64_MAX;
	ret_bill->cost_pico = billing_add_pico(price_ms(plan, wall_ms, active_ms, usage->memory_mb),
					       ret_bill->request_pico);
	ret_bill->init_cost_pico = price_ms(plan, init_wall_ms, init_active_ms, usage->memory_mb);
	ret_bill->double_billed_pico =
		price_plan_compute_pico(plan, usage->double_billed_ns, usage->memory_mb);
}

void billing_make(struct bill *ret_bill, const struct price_plan *plan,
		  const struct invocation *invocation)
{
	struct billing_usage usage;

	billing_measure(&usage, invocation);
	billing_price(ret_bill, plan, &usage);
}

void billing_apply(const struct bill *bill, const struct price_plan *plan,
		   struct invocation *invocation)
{
	invocation->billed_ms = bill->billed_ms;
	for (size_t i = 0; i < invocation->attempt_count; i++)
		invocation->attempts[i]->cost_pico =
			billing_attempt_pico(plan, invocation, invocation->attempts[i]);
	invocation->flags &= ~(uint32_t)INVOCATION_UNKNOWN_MEMORY;
	if (!bill->is_priced)
		invocation->flags |= INVOCATION_UNKNOWN_MEMORY;
	invocation->cost_pico = bill->cost_pico;
	invocation->init_cost_pico = bill->init_cost_pico;
	invocation->double_billed_pico = bill->double_billed_pico;
}

void billing_compute(const struct price_plan *plan, struct invocation *invocation)
{
	struct bill bill;

	billing_make(&bill, plan, invocation);
	billing_apply(&bill, plan, invocation);
}
