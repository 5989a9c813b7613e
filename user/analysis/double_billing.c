// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * double_billing.c - see double_billing.h. A segment that was given to an attempt is cut with two
 * intervals of its callee, B and the part of INIT before it, so D + INIT's part never exceed the wait.
 */
#include "analysis/double_billing.h"

static uint64_t overlap(const struct segment *segment, uint64_t from_ns, uint64_t to_ns)
{
	if (from_ns < segment->start_ns)
		from_ns = segment->start_ns;
	if (to_ns > segment->end_ns)
		to_ns = segment->end_ns;
	return from_ns < to_ns ? to_ns - from_ns : 0;
}

static void add_segment(struct exchange *attempt, const struct segment *segment)
{
	const struct invocation *callee = attempt->callee;
	uint64_t end_ns = callee->is_over ? callee->end_ns : UINT64_MAX;
	uint64_t init_end_ns = callee->init_end_ns;

	attempt->double_billed_ns += overlap(segment, callee->start_ns, end_ns);
	if (init_end_ns > callee->start_ns)
		init_end_ns = callee->start_ns;
	attempt->double_init_ns += overlap(segment, callee->init_start_ns, init_end_ns);
}

void double_billing_compute(struct invocation *invocation)
{
	invocation->double_billed_ns = 0;
	invocation->double_init_ns = 0;
	invocation->transit_ns = 0;
	for (size_t i = 0; i < invocation->attempt_count; i++) {
		invocation->attempts[i]->double_billed_ns = 0;
		invocation->attempts[i]->double_init_ns = 0;
		invocation->attempts[i]->transit_ns = 0;
	}
	for (size_t i = 0; i < invocation->segment_count; i++) {
		const struct segment *segment = &invocation->segments[i];
		struct exchange *attempt;

		if (segment->state != STATE_WAIT_LAMBDA && segment->state != STATE_WAIT_SERVICE)
			continue;
		attempt = invocation->attempts[segment->attempt];
		if (attempt->callee && attempt->service_class != SERVICE_LAMBDA_EVENT)
			add_segment(attempt, segment);
	}
	for (size_t i = 0; i < invocation->attempt_count; i++) {
		struct exchange *attempt = invocation->attempts[i];
		bool is_here = attempt->callee || attempt->peer_connection;

		if (attempt->service_class == SERVICE_LAMBDA_SYNC && is_here)
			attempt->transit_ns = attempt->wait_ns - attempt->double_billed_ns;
		invocation->double_billed_ns += attempt->double_billed_ns;
		invocation->double_init_ns += attempt->double_init_ns;
		invocation->transit_ns += attempt->transit_ns;
	}
}
