// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * projection.c - see projection.h. Usage is in MB-ns and ms, 128 bits wide; every product is checked.
 */
#include "analysis/projection.h"

#include <errno.h>

#include "base/units.h"

#define MB_NS_PER_GB_S ((unsigned __int128)MB_PER_GB * NS_PER_S)

typedef unsigned __int128 wide;

/* What a plan counts, of a month. */
struct usage {
	wide mb_ns; /* charged memory times time */
	wide cpu_ms;
	wide requests;
};

static int fail_too_large(struct diag *diag)
{
	return diag_set(diag, -EOVERFLOW,
			"the bill of such a month is more than can be counted ($9.2 million)");
}

/* @value times @times, of which there are @per, half up. */
static int scale(wide *ret_value, wide value, uint64_t times, uint64_t per)
{
	wide product;

	if (__builtin_mul_overflow(value, (wide)times, &product) ||
	    __builtin_add_overflow(product, (wide)per / 2, &product))
		return -EOVERFLOW;
	*ret_value = product / per;
	return 0;
}

static int scale_count(uint64_t *ret_value, uint64_t value, uint64_t times, uint64_t per)
{
	wide scaled;

	if (scale(&scaled, value, times, per) || scaled > UINT64_MAX)
		return -EOVERFLOW;
	*ret_value = (uint64_t)scaled;
	return 0;
}

static wide less_free(wide value, wide free)
{
	return value > free ? value - free : 0;
}

/* Of memory times time, in pico-dollars times PRICE_GB_HOUR. */
static int price_memory(wide *ret_parts, const struct price_plan *plan, wide mb_ns)
{
	wide parts = 0, below = 0;

	mb_ns = less_free(mb_ns, plan->free_gb_s * MB_NS_PER_GB_S);
	for (uint32_t i = 0; i < plan->tier_count && below < mb_ns; i++) {
		const struct price_tier *tier = &plan->tiers[i];
		wide limit = tier->limit_gb_s * MB_NS_PER_GB_S, price;
		wide end = tier->limit_gb_s && limit < mb_ns ? limit : mb_ns;

		if (__builtin_mul_overflow(end - below, (wide)tier->gb_hour_pico, &price) ||
		    __builtin_add_overflow(parts, price, &parts))
			return -EOVERFLOW;
		below = end;
	}
	*ret_parts = parts;
	return 0;
}

static int price_cpu(wide *ret_parts, const struct price_plan *plan, wide cpu_ms)
{
	const wide per_ms = (wide)NS_PER_MS * MB_PER_GB;
	wide charged = less_free(cpu_ms, plan->free_cpu_ms);

	if (__builtin_mul_overflow(charged, per_ms, &charged) ||
	    __builtin_mul_overflow(charged, (wide)plan->cpu_hour_pico, ret_parts))
		return -EOVERFLOW;
	return 0;
}

static int round_pico(int64_t *ret_pico, wide parts, wide whole)
{
	wide pico = parts / whole + (parts % whole >= whole - parts % whole);

	if (pico > INT64_MAX)
		return -EOVERFLOW;
	*ret_pico = (int64_t)pico;
	return 0;
}

static int price_time(int64_t *ret_pico, const struct price_plan *plan, wide mb_ns, wide cpu_ms)
{
	wide memory, cpu;
	int error = price_memory(&memory, plan, mb_ns);

	if (!error)
		error = price_cpu(&cpu, plan, cpu_ms);
	if (!error && __builtin_add_overflow(memory, cpu, &memory))
		error = -EOVERFLOW;
	return error ? error : round_pico(ret_pico, memory, PRICE_GB_HOUR);
}

static int price_requests(int64_t *ret_pico, const struct price_plan *plan, wide requests)
{
	wide pico;

	if (__builtin_mul_overflow(less_free(requests, plan->free_requests),
				   (wide)plan->request_pico, &pico))
		return -EOVERFLOW;
	return round_pico(ret_pico, pico, 1);
}

static int price_standby(int64_t *ret_pico, const struct price_plan *plan,
			 const struct results *results)
{
	wide memory_mb = 0, parts;

	for (size_t i = 0; i < results->function_count; i++) {
		const struct function_row *row = &results->functions[i];

		memory_mb += (wide)row->life.peak_environments *
			     price_plan_round_mb(plan, row->memory_mb);
	}
	if (__builtin_mul_overflow(memory_mb, (wide)PROJECTION_HOURS, &parts) ||
	    __builtin_mul_overflow(parts, (wide)plan->standby_gb_hour_pico, &parts))
		return -EOVERFLOW;
	return round_pico(ret_pico, parts, MB_PER_GB);
}

/* What of @time_pico goes away with @mb_ns of @usage. */
static int price_part(int64_t *ret_pico, const struct price_plan *plan, const struct usage *usage,
		      wide mb_ns, int64_t time_pico)
{
	int64_t without_pico;
	int error = price_time(&without_pico, plan, less_free(usage->mb_ns, mb_ns), usage->cpu_ms);

	if (!error)
		*ret_pico = time_pico - without_pico;
	return error;
}

static int price_parts(struct projection *projection, const struct plan_row *row,
		       const struct usage *usage, uint64_t per)
{
	wide wait, doubled;
	int error = scale(&wait, row->wait_mb_ns, projection->requests, per);

	if (!error)
		error = scale(&doubled, row->double_billed_mb_ns, projection->requests, per);
	if (!error)
		error = price_part(&projection->wait_pico, row->plan, usage, wait,
				   projection->time_pico);
	if (!error)
		error = price_part(&projection->double_billed_pico, row->plan, usage, doubled,
				   projection->time_pico);
	return error;
}

static int find_usage(struct usage *ret_usage, const struct plan_row *row, uint64_t times,
		      uint64_t per)
{
	wide mb_ns;
	int error = __builtin_mul_overflow(row->charged_mb_ms, (wide)NS_PER_MS, &mb_ns)
			    ? -EOVERFLOW
			    : scale(&ret_usage->mb_ns, mb_ns, times, per);

	if (!error)
		error = scale(&ret_usage->cpu_ms, row->charged_cpu_ms, times, per);
	if (!error)
		error = scale(&ret_usage->requests, row->requests, times, per);
	return error ? error : ret_usage->requests > UINT64_MAX ? -EOVERFLOW : 0;
}

static int add_up(struct projection *projection)
{
	if (__builtin_add_overflow(projection->time_pico, projection->request_pico,
				   &projection->cost_pico) ||
	    __builtin_add_overflow(projection->cost_pico, projection->standby_pico,
				   &projection->cost_pico))
		return -EOVERFLOW;
	return 0;
}

int projection_compute(struct projection *ret_projection, const struct results *results,
		       const struct plan_row *row, uint64_t requests, struct diag *diag)
{
	struct projection projection = { .requests = requests };
	struct usage usage;
	int error;

	if (!results->requests)
		return diag_set(diag, -ENODATA,
				"the trace has no request from outside: no invocation that "
				"nothing in it called");
	error = find_usage(&usage, row, requests, results->requests);
	if (error)
		return fail_too_large(diag);
	projection.request_units = (uint64_t)usage.requests;
	if (scale_count(&projection.invocations, results->totals.invocations, requests,
			results->requests) ||
	    scale_count(&projection.unpriced, row->unpriced, requests, results->requests))
		return fail_too_large(diag);
	error = price_time(&projection.time_pico, row->plan, usage.mb_ns, usage.cpu_ms);
	if (!error)
		error = price_requests(&projection.request_pico, row->plan, usage.requests);
	if (!error)
		error = price_standby(&projection.standby_pico, row->plan, results);
	if (!error)
		error = price_parts(&projection, row, &usage, results->requests);
	if (!error)
		error = add_up(&projection);
	if (error)
		return fail_too_large(diag);
	*ret_projection = projection;
	return 0;
}
