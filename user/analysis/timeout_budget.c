// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * timeout_budget.c - see timeout_budget.h. What a callee may take is known when the trace is over; until then
 * the least time left is kept for each number of attempts left.
 */
#include "analysis/timeout_budget.h"

#include "analysis/evidence.h"

/* ---- limits ---- */

/* 0: not known. */
static uint64_t earlier_known(uint64_t left_ns, uint64_t right_ns)
{
	if (!left_ns || !right_ns)
		return left_ns ? left_ns : right_ns;
	return left_ns < right_ns ? left_ns : right_ns;
}

/*
 * When an API in front of it gives up; 0: it was not called by plain HTTP that something made an event of, and
 * waits for. (Of an Event run the request was answered before it began.)
 */
static uint64_t find_gateway_ns(const struct invocation *invocation)
{
	const struct exchange *entry = invocation->entry;

	if (!entry || invocation->request || invocation->caused_by || entry->kind != MESSAGE_HTTP ||
	    entry->service_class != SERVICE_HTTP || evidence_is_named(entry))
		return 0;
	return entry->start_ns + BUDGET_GATEWAY_NS;
}

void timeout_budget_set_limits(struct invocation **order, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct invocation *invocation = order[i];
		const struct invocation *parent = invocation->parent;

		invocation->gateway_ns =
			earlier_known(find_gateway_ns(invocation), parent ? parent->gateway_ns : 0);
		invocation->limit_ns =
			earlier_known(invocation->deadline_ns, invocation->gateway_ns);
	}
}

bool timeout_budget_left(const struct invocation *invocation, uint64_t at_ns, int64_t *ret_left_ns)
{
	if (!invocation->limit_ns)
		return false;
	*ret_left_ns = (int64_t)(invocation->limit_ns - at_ns);
	return true;
}

bool timeout_budget_left_after(const struct invocation *invocation, const struct exchange *attempt,
			       int64_t *ret_left_ns)
{
	if (!attempt->has_response || attempt->is_cut || attempt->is_dangling)
		return false;
	return timeout_budget_left(invocation, attempt->end_ns, ret_left_ns);
}

uint32_t timeout_budget_attempts(const struct exchange *attempt)
{
	if (!attempt->sdk_max || !attempt->sdk_attempt || attempt->sdk_attempt > attempt->sdk_max)
		return 0;
	return (uint32_t)attempt->sdk_max - attempt->sdk_attempt + 1;
}

/* ---- one edge ---- */

static void note(struct budget_moment *tightest, const struct invocation *invocation,
		 int64_t left_ns)
{
	if (tightest->is_known && tightest->left_ns <= left_ns)
		return;
	*tightest = (struct budget_moment){ .is_known = true,
					    .is_gateway = timeout_budget_is_gateway(invocation),
					    .left_ns = left_ns,
					    .invocation = invocation->id };
}

void budget_log_add(struct budget_log *log, const struct invocation *invocation,
		    const struct exchange *attempt)
{
	uint32_t attempts = timeout_budget_attempts(attempt);
	int64_t left_ns;

	if (attempt->backoff_ns > log->longest_backoff_ns)
		log->longest_backoff_ns = attempt->backoff_ns;
	if (!timeout_budget_left(invocation, attempt->start_ns, &left_ns))
		return;
	if (!attempts)
		attempts = 1;
	if (attempts > BUDGET_ATTEMPTS_MAX)
		attempts = BUDGET_ATTEMPTS_MAX;
	note(&log->start, invocation, left_ns);
	note(&log->by_attempts[attempts - 1], invocation, left_ns);
	if (timeout_budget_left_after(invocation, attempt, &left_ns))
		note(&log->end, invocation, left_ns);
}

/* What @attempts may take; as long as can be told, where that is longer. */
static int64_t compute_need_ns(uint64_t attempt_ns, uint64_t backoff_ns, uint32_t attempts)
{
	unsigned __int128 need_ns = (unsigned __int128)attempt_ns * attempts +
				    (unsigned __int128)backoff_ns * (attempts - 1);

	return need_ns > INT64_MAX ? INT64_MAX : (int64_t)need_ns;
}

static int64_t subtract(int64_t left_ns, int64_t need_ns)
{
	int64_t margin_ns;

	return __builtin_sub_overflow(left_ns, need_ns, &margin_ns) ? INT64_MIN : margin_ns;
}

/* The tightest, over all numbers of attempts left. */
static void find_need(const struct budget_log *log, struct edge_budget *budget)
{
	for (uint32_t attempts = 1; attempts <= BUDGET_ATTEMPTS_MAX; attempts++) {
		const struct budget_moment *moment = &log->by_attempts[attempts - 1];
		int64_t need_ns, margin_ns;

		if (!moment->is_known)
			continue;
		need_ns = compute_need_ns(budget->attempt_ns, budget->backoff_ns, attempts);
		margin_ns = subtract(moment->left_ns, need_ns);
		if (budget->has_need && budget->margin_ns <= margin_ns)
			continue;
		budget->has_need = true;
		budget->attempts = attempts;
		budget->left_ns = moment->left_ns;
		budget->need_ns = need_ns;
		budget->margin_ns = margin_ns;
		budget->invocation = moment->invocation;
		budget->is_gateway = moment->is_gateway;
	}
}

struct edge_budget budget_log_finish(const struct budget_log *log, uint64_t callee_ns,
				     enum budget_source source, uint64_t client_timeout_ns)
{
	struct edge_budget budget = { .has_start = log->start.is_known,
				      .has_end = log->end.is_known,
				      .start_min_ns = log->start.left_ns,
				      .end_min_ns = log->end.left_ns,
				      .start_invocation = log->start.invocation,
				      .end_invocation = log->end.invocation,
				      .is_gateway = log->start.is_gateway,
				      .backoff_ns = log->longest_backoff_ns };

	if (!callee_ns || (client_timeout_ns && client_timeout_ns < callee_ns)) {
		callee_ns = client_timeout_ns;
		source = client_timeout_ns ? BUDGET_BY_CLIENT : BUDGET_BY_NOTHING;
	}
	budget.attempt_ns = callee_ns;
	budget.source = source;
	if (callee_ns)
		find_need(log, &budget);
	return budget;
}
