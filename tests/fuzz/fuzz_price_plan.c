/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * fuzz_price_plan.c - the input is the JSON of a price plan: it is refused with a reason that can be printed,
 * or what is read holds what the schema promises, and prices the largest invocation without a wrap.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/billing.h"
#include "analysis/price_plan_read.h"
#include "base/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static void check_text(const char *text, size_t size)
{
	size_t length = strnlen(text, size);

	if (length == size || !utf8_is_plain(text, length))
		abort();
}

static void check_tiers(const struct price_plan *plan)
{
	uint64_t above_gb_s = 0;

	if (plan->tier_count > PRICE_TIERS_MAX)
		abort();
	for (uint32_t i = 0; i < plan->tier_count; i++) {
		const struct price_tier *tier = &plan->tiers[i];

		if (tier->gb_hour_pico < 0 || tier->gb_hour_pico > (int64_t)PRICE_HOUR_PICO_MAX)
			abort();
		if (i + 1 == plan->tier_count ? tier->limit_gb_s != 0
					      : tier->limit_gb_s <= above_gb_s)
			abort();
		above_gb_s = tier->limit_gb_s;
	}
}

static void check_plan(const struct price_plan *plan)
{
	const struct billing_usage usage = { .duration_ns = UINT64_MAX,
					     .init_ns = UINT64_MAX,
					     .active_ns = UINT64_MAX,
					     .double_billed_ns = UINT64_MAX,
					     .event_bytes = UINT64_MAX,
					     .memory_mb = UINT32_MAX };
	struct bill bill;

	check_text(plan->name, sizeof(plan->name));
	check_text(plan->source, sizeof(plan->source));
	check_text(plan->note, sizeof(plan->note));
	check_tiers(plan);
	if (!plan->name[0] || !plan->granularity_ms || !plan->memory_granularity_mb ||
	    plan->cpu_hour_pico < 0 || plan->standby_gb_hour_pico < 0 || plan->request_pico < 0 ||
	    plan->free_requests > PRICE_MONTH_MAX)
		abort();
	billing_price(&bill, plan, &usage);
	if (bill.cost_pico < bill.request_pico || bill.init_cost_pico < 0 ||
	    bill.double_billed_pico < 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	struct price_plan plan;
	struct diag diag = { 0 };

	if (!price_plan_parse(&plan, (const char *)data, bytes, &diag)) {
		check_plan(&plan);
		return 0;
	}
	if (!diag.text[0])
		abort();
	check_text(diag.text, sizeof(diag.text));
	check_text(diag.hint, sizeof(diag.hint));
	return 0;
}
