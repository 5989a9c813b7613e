// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * advice_saving.c - see advice_saving.h.
 */
#include "analysis/advice_saving.h"

#include "analysis/billing.h"
#include "analysis/replay.h"

static int64_t cost_of(const struct sums *sums)
{
	return billing_add_pico(sums->cost_pico, sums->init_cost_pico);
}

static bool is_unpriced(const struct chain *chain)
{
	for (size_t i = 0; i < chain->invocation_count; i++)
		if (chain->invocations[i]->flags & INVOCATION_UNKNOWN_MEMORY)
			return true;
	return false;
}

static int add(struct advice_saving *saving, const struct chain *chain,
	       const struct replay_change *change, const struct price_plan *plan)
{
	struct replay_figures after;
	int error = replay_chain(chain, change, 1, plan, &after);

	if (error || !after.tallies[0].taken)
		return error;
	saving->is_known = true;
	saving->is_unpriced |= is_unpriced(chain);
	saving->calls += after.tallies[0].taken;
	saving->latency_ns += (int64_t)(chain->latency_ns - after.latency_ns);
	saving->billed_ns += (int64_t)(chain->sums.billed_ns - after.sums.billed_ns);
	saving->cost_pico =
		billing_add_pico(saving->cost_pico, cost_of(&chain->sums) - cost_of(&after.sums));
	return 0;
}

int savings_add(struct savings *savings, const struct edge_advice *edge, const struct chain *chain,
		const struct price_plan *plan)
{
	struct replay_change change = { .kind = REPLAY_INLINE,
					.caller = edge->caller,
					.callee = edge->callee };
	int error;

	if (edge->mode == EDGE_EVENT || savings->chains == ADVICE_REPLAYS_MAX)
		return 0;
	savings->chains++;
	error = add(&savings->inlined, chain, &change, plan);
	change.kind = REPLAY_ASYNC;
	return error ? error : add(&savings->unawaited, chain, &change, plan);
}

struct advice_saving savings_find(const struct savings *savings, enum verdict verdict)
{
	switch (verdict) {
	case VERDICT_INLINE:
		return savings->inlined;
	case VERDICT_STEP_FUNCTIONS:
	case VERDICT_FAN_OUT:
	case VERDICT_ASYNC_SQS:
		return savings->unawaited;
	case VERDICT_VPC_PROXY_OK:
	case VERDICT_BATCH_LOOP_OK:
	case VERDICT_DIRECT_OK:
	case VERDICT_NEEDS_CONTRACT: /* the wait stays */
		return (struct advice_saving){ .is_known = true };
	case VERDICT_UNKNOWN:
	case VERDICT_COUNT:
		break;
	}
	return (struct advice_saving){ 0 };
}
