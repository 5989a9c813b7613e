// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * repetition.c - see repetition.h. Which run is a duplicate is found with the retries (retry.c), but for an
 * event that was handed out again: that is known by its link.
 */
#include "analysis/repetition.h"

static bool is_discarded(const struct invocation *invocation)
{
	const struct invocation *parent = invocation->parent;

	return parent && (parent->waste.is_discarded || invocation->caller->is_repeated);
}

static void compute_one(const struct price_plan *plan, struct invocation *invocation)
{
	struct waste *waste = &invocation->waste;

	if (invocation->basis.evidence & LINK_BY_RERUN)
		waste->is_duplicate = true;
	waste->is_discarded = is_discarded(invocation);
	if (waste->is_discarded) {
		waste->retry_ns = invocation_billed_ns(invocation);
		waste->retry_pico = invocation->cost_pico;
		return;
	}
	waste->retry_ns = 0;
	for (size_t i = 0; i < invocation->attempt_count; i++) {
		const struct exchange *attempt = invocation->attempts[i];

		waste->retry_ns += attempt->backoff_ns;
		if (attempt->is_repeated)
			waste->retry_ns += attempt->wait_ns;
	}
	waste->retry_pico = price_plan_compute_pico(plan, waste->retry_ns, invocation->memory_mb);
}

void repetition_compute(const struct price_plan *plan, struct invocation **order, size_t count)
{
	for (size_t i = 0; i < count; i++)
		compute_one(plan, order[i]);
}
