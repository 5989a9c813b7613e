/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * timeout_budget.h - how much time an invocation has left when it calls, and when the reply comes, against
 * what the callee may take (SEMANTICS 6). In fixed memory per edge.
 */
#ifndef IDLETAX_ANALYSIS_TIMEOUT_BUDGET_H
#define IDLETAX_ANALYSIS_TIMEOUT_BUDGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "analysis/results.h"
#include "base/units.h"

/* After it Amazon API Gateway answers 504 in a function's place (its default, for REST). */
#define BUDGET_GATEWAY_NS (29 * NS_PER_S)
/* More attempts of one call that are left count as these. */
#define BUDGET_ATTEMPTS_MAX 16

/*
 * Fills limit_ns and gateway_ns of a chain's invocations, callers before callees (descent.h): the invocation's
 * own deadline; or, where that is earlier, 29 s after the request for it, or for one above it, came in by
 * plain HTTP. That there would be an API Gateway is an assumption: an emulator's front has no such limit, nor
 * has a function URL. A function that serves its HTTP requests itself has no front, and what an Event call caused
 * has nobody who waits.
 */
void timeout_budget_set_limits(struct invocation **order, size_t count);

/* Time left to @invocation at @at_ns, negative past its limit. False: the limit is not known. */
bool timeout_budget_left(const struct invocation *invocation, uint64_t at_ns, int64_t *ret_left_ns);

/* After @attempt's reply; false also where it got none. */
bool timeout_budget_left_after(const struct invocation *invocation, const struct exchange *attempt,
			       int64_t *ret_left_ns);

/* Whether that limit is the assumed one of an API in front. */
static inline bool timeout_budget_is_gateway(const struct invocation *invocation)
{
	return invocation->limit_ns && invocation->limit_ns == invocation->gateway_ns;
}

/* How many attempts of its call can be made, with @attempt, as its SDK says; 0: that is not known. */
uint32_t timeout_budget_attempts(const struct exchange *attempt);

struct budget_moment {
	bool is_known;
	bool is_gateway; /* an API in front leaves less than the deadline does: an assumption */
	int64_t left_ns;
	uint64_t invocation; /* id */
};

/* Of one edge. */
struct budget_log {
	struct budget_moment start, end; /* with the least time left */
	/* at the starts of attempts with 1, 2 ... attempts left; those of which that is unknown count as 1 */
	struct budget_moment by_attempts[BUDGET_ATTEMPTS_MAX];
	uint64_t longest_backoff_ns;
};

/* @attempt is @invocation's, whose limit, and the back-off before it, are known. */
void budget_log_add(struct budget_log *log, const struct invocation *invocation,
		    const struct exchange *attempt);

/*
 * What one attempt may take: the callee's time-out, or what stands for it, and no more than the client waits
 * (@client_timeout_ns; 0: not known). Back-off is the longest that was seen on the edge, before each further
 * attempt.
 */
struct edge_budget budget_log_finish(const struct budget_log *log, uint64_t callee_ns,
				     enum budget_source source, uint64_t client_timeout_ns);

#endif
