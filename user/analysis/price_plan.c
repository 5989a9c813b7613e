// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * price_plan.c - see price_plan.h. Products are 128 bits wide; what does not fit saturates.
 */
#include "analysis/price_plan.h"

#include "base/units.h"

#define SECONDS_PER_HOUR 3600ll

#define KIB 1024u

static const struct price_plan plan_x86 = {
	.name = "us-east-1-x86",
	.source = "AWS Lambda pricing page, us-east-1, on demand, x86; September 2026",
	.tiers = { { 6000000000, 16666700 * SECONDS_PER_HOUR }, /* $0.0000166667 */
		   { 15000000000, 15000000 * SECONDS_PER_HOUR },
		   { 0, 13333400 * SECONDS_PER_HOUR } },
	.tier_count = 3,
	.request_pico = 200000, /* $0.20 per million */
	.event_first_bytes = 256 * KIB,
	.event_further_bytes = 64 * KIB,
	.granularity_ms = 1,
	.memory_granularity_mb = 1,
	.is_init_billed = true,
	.free_requests = 1000000,
	.free_gb_s = 400000,
};

static const struct price_plan plan_arm = {
	.name = "us-east-1-arm",
	.source = "AWS Lambda pricing page, us-east-1, on demand, arm; September 2026",
	.tiers = { { 7500000000, 13333400 * SECONDS_PER_HOUR }, /* $0.0000133334 */
		   { 18750000000, 12000100 * SECONDS_PER_HOUR },
		   { 0, 10666700 * SECONDS_PER_HOUR } },
	.tier_count = 3,
	.request_pico = 200000,
	.event_first_bytes = 256 * KIB,
	.event_further_bytes = 64 * KIB,
	.granularity_ms = 1,
	.memory_granularity_mb = 1,
	.is_init_billed = true,
	.free_requests = 1000000,
	.free_gb_s = 400000,
};

const struct price_plan *price_plan_get(bool is_arm)
{
	return is_arm ? &plan_arm : &plan_x86;
}

static int64_t gb_hour_pico(const struct price_plan *plan)
{
	return plan->tier_count ? plan->tiers[0].gb_hour_pico : 0;
}

bool price_plan_charges_time(const struct price_plan *plan)
{
	return gb_hour_pico(plan) || plan->cpu_hour_pico;
}

bool price_plan_charges_memory(const struct price_plan *plan)
{
	return gb_hour_pico(plan) || plan->standby_gb_hour_pico;
}

/* ---- rounding ---- */

static uint64_t round_up(uint64_t value, uint64_t step)
{
	uint64_t rest = step ? value % step : 0;

	if (!rest)
		return value;
	return value > UINT64_MAX - (step - rest) ? UINT64_MAX : value + (step - rest);
}

uint64_t price_plan_round_ms(const struct price_plan *plan, uint64_t ns)
{
	uint64_t ms = round_up(ns / NS_PER_MS + (ns % NS_PER_MS != 0), plan->granularity_ms);

	return ms < plan->minimum_ms ? plan->minimum_ms : ms;
}

uint64_t price_plan_round_mb(const struct price_plan *plan, uint32_t memory_mb)
{
	return round_up(memory_mb, plan->memory_granularity_mb);
}

uint64_t price_plan_count_requests(const struct price_plan *plan, uint64_t event_bytes)
{
	if (!plan->event_further_bytes || event_bytes <= plan->event_first_bytes)
		return 1;
	return 1 + round_up(event_bytes - plan->event_first_bytes, plan->event_further_bytes) /
			   plan->event_further_bytes;
}

/* ---- money ---- */

/* @parts of @whole, which is even, half up. */
static int64_t divide(unsigned __int128 parts, unsigned __int128 whole)
{
	unsigned __int128 pico;

	if (!parts) /* a division of this width takes its time */
		return 0;
	if (__builtin_add_overflow(parts, whole / 2, &pico))
		return INT64_MAX;
	pico /= whole;
	return pico > INT64_MAX ? INT64_MAX : (int64_t)pico;
}

int64_t price_plan_time_pico(const struct price_plan *plan, uint64_t wall_ns, uint64_t cpu_ns,
			     uint32_t memory_mb)
{
	/* Two factors of 64 and 33 bits each time: only the third can be too much. */
	unsigned __int128 wall = (unsigned __int128)wall_ns * price_plan_round_mb(plan, memory_mb);
	unsigned __int128 cpu = (unsigned __int128)cpu_ns * MB_PER_GB;

	if (__builtin_mul_overflow(wall, (unsigned __int128)gb_hour_pico(plan), &wall) ||
	    __builtin_mul_overflow(cpu, (unsigned __int128)plan->cpu_hour_pico, &cpu) ||
	    __builtin_add_overflow(wall, cpu, &wall))
		return INT64_MAX;
	return divide(wall, PRICE_GB_HOUR);
}

int64_t price_plan_compute_pico(const struct price_plan *plan, uint64_t duration_ns,
				uint32_t memory_mb)
{
	return price_plan_time_pico(plan, duration_ns, 0, memory_mb);
}

int64_t price_plan_standby_pico(const struct price_plan *plan, uint64_t life_ns, uint32_t memory_mb)
{
	unsigned __int128 parts = (unsigned __int128)life_ns * price_plan_round_mb(plan, memory_mb);

	if (__builtin_mul_overflow(parts, (unsigned __int128)plan->standby_gb_hour_pico, &parts))
		return INT64_MAX;
	return divide(parts, PRICE_GB_HOUR);
}
