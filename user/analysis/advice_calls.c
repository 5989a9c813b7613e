// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * advice_calls.c - see advice_calls.h. Attempts are in order of start. Bodies are compared by digest; short
 * ones ({}) are alike by accident.
 */
#include "analysis/advice_calls.h"

#include "analysis/edge.h"
#include "analysis/evidence.h"
#include "base/text_equal.h"

#define BODY_BYTES_MIN 8

bool attempt_is_function_call(const struct exchange *attempt)
{
	return (attempt->service_class == SERVICE_LAMBDA_SYNC ||
		attempt->service_class == SERVICE_LAMBDA_EVENT) &&
	       attempt->invocation_type != INVOCATION_DRY_RUN;
}

static bool is_same_body(const struct exchange *one, const struct exchange *other)
{
	return one->request_body.bytes >= BODY_BYTES_MIN &&
	       other->request_body.bytes >= BODY_BYTES_MIN &&
	       evidence_compare_bodies(&one->request_json, &one->request_body, &other->request_json,
				       &other->request_body) > 0;
}

static bool is_last(const struct invocation *invocation, const struct function_call *call)
{
	for (size_t i = invocation->attempt_count; i--;) {
		const struct exchange *later = invocation->attempts[i];

		if (later->start_ns < call->attempt->end_ns)
			return true;
		if (later == call->attempt ||
		    (attempt_is_function_call(later) &&
		     (is_same_body(later, call->attempt) ||
		      text_is_equal(attempt_callee_name(later), call->callee))))
			continue;
		return false;
	}
	return true;
}

static bool has_callee(const char *const *callees, uint32_t count, const char *callee)
{
	for (uint32_t i = 0; i < count; i++)
		if (callees[i] == callee)
			return true;
	return false;
}

static uint32_t count_consumers(const struct function_call *calls, size_t count,
				const struct function_call *call)
{
	const char *callees[ADVICE_CONSUMERS_MAX] = { call->callee };
	uint32_t consumers = 1;

	for (size_t i = 0; i < count && consumers < ADVICE_CONSUMERS_MAX; i++)
		if (!has_callee(callees, consumers, calls[i].callee) &&
		    is_same_body(calls[i].attempt, call->attempt))
			callees[consumers++] = calls[i].callee;
	return consumers;
}

/* Functions that were called for their reply; 0: two of them at once. */
static uint32_t count_steps(const struct function_call *calls, size_t count)
{
	uint32_t steps = 0;

	for (size_t i = 0; i < count; i++) {
		bool is_counted = false;

		if (calls[i].attempt->service_class != SERVICE_LAMBDA_SYNC)
			continue;
		for (size_t j = 0; j < i; j++) {
			if (calls[j].attempt->service_class != SERVICE_LAMBDA_SYNC)
				continue;
			is_counted |= calls[j].callee == calls[i].callee;
			if (calls[j].callee != calls[i].callee &&
			    calls[j].attempt->end_ns > calls[i].attempt->start_ns)
				return 0;
		}
		steps += !is_counted;
	}
	return steps;
}

static bool has_retry(const struct invocation *invocation)
{
	for (size_t i = 0; i < invocation->attempt_count; i++)
		if (invocation->attempts[i]->is_repeated &&
		    invocation->attempts[i]->service_class == SERVICE_LAMBDA_SYNC)
			return true;
	return false;
}

void function_calls_relate(const struct invocation *invocation, struct function_call *calls,
			   size_t count)
{
	uint32_t steps = 0;
	bool is_retried;

	if (invocation->attempt_count > ADVICE_ATTEMPTS_MAX)
		return;
	if (count > 1)
		steps = count_steps(calls, count);
	is_retried = steps > 1 && has_retry(invocation);
	for (size_t i = 0; i < count; i++) {
		calls[i].is_last = is_last(invocation, &calls[i]);
		calls[i].is_step = steps > 1;
		calls[i].is_tried_again = is_retried;
		calls[i].steps = steps > 1 ? steps : 0;
		calls[i].consumers = count_consumers(calls, count, &calls[i]);
	}
}
