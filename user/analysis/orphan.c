// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * orphan.c - see orphan.h.
 */
#include "analysis/orphan.h"

static enum orphan_cause find_cause_of_dangling(const struct invocation *caller)
{
	switch (caller->status) {
	case STATUS_TIMEOUT:
	case STATUS_KILLED:
		return ORPHAN_CALLER_DIED;
	case STATUS_CUT:
		return ORPHAN_NONE;
	case STATUS_OK:
	case STATUS_ERROR:
		break;
	}
	return ORPHAN_NOT_AWAITED;
}

static enum orphan_cause find_cause_of_close(enum exchange_close closed_by)
{
	switch (closed_by) {
	case CLOSED_BY_CALLER:
		return ORPHAN_GAVE_UP;
	case CLOSED_BY_CALLEE:
	case CLOSED_BY_RESET:
		return ORPHAN_BROKEN;
	case CLOSED_BY_UNKNOWN:
		break;
	}
	return ORPHAN_NONE;
}

/*
 * A run that was ended by the emulator did not answer, but what it was billed from the reply until it was dead
 * is how long that takes.
 */
static bool is_answered_for(const struct exchange *attempt, const struct invocation *callee)
{
	return (attempt->status >= 400 || attempt->function_error) &&
	       callee->response_ns > attempt->end_ns;
}

/* Why nobody reads the result of @callee once @attempt has ended. */
static enum orphan_cause find_cause(const struct exchange *attempt, const struct invocation *callee)
{
	if (attempt->is_dangling)
		return find_cause_of_dangling(callee->parent);
	if (attempt->is_cut)
		return find_cause_of_close(attempt->closed_by);
	return is_answered_for(attempt, callee) ? ORPHAN_ANSWERED_FOR : ORPHAN_NONE;
}

/* Its caller's are known. */
static void compute_one(const struct price_plan *plan, struct invocation *invocation)
{
	const struct invocation *parent = invocation->parent;
	uint64_t above_ns = parent ? parent->waste.orphaned_since_ns : 0;
	struct waste *waste = &invocation->waste;
	uint64_t since_ns;

	waste->orphaned_since_ns = waste->orphaned_ns = 0;
	waste->orphaned_pico = 0;
	waste->orphaned_by = ORPHAN_NONE;
	if (!parent)
		return;
	waste->orphaned_by = (uint8_t)find_cause(invocation->caller, invocation);
	if (waste->orphaned_by)
		waste->orphaned_since_ns = invocation->caller->end_ns;
	if (above_ns && (!waste->orphaned_by || above_ns < waste->orphaned_since_ns)) {
		waste->orphaned_by = ORPHAN_ABOVE;
		waste->orphaned_since_ns = above_ns;
	}
	since_ns = waste->orphaned_since_ns;
	if (!since_ns || since_ns >= invocation->end_ns)
		return;
	if (since_ns < invocation->start_ns)
		since_ns = invocation->start_ns;
	waste->orphaned_ns = invocation->end_ns - since_ns;
	waste->orphaned_pico =
		price_plan_compute_pico(plan, waste->orphaned_ns, invocation->memory_mb);
}

void orphan_compute(const struct price_plan *plan, struct invocation **order, size_t count)
{
	for (size_t i = 0; i < count; i++)
		compute_one(plan, order[i]);
}
