/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * projection.h - what a month costs in which the trace's mix of invocations goes on (report --per-month). A
 * request is one event from outside: a chain of which no part of the trace called the root.
 */
#ifndef IDLETAX_ANALYSIS_PROJECTION_H
#define IDLETAX_ANALYSIS_PROJECTION_H

#include "analysis/price_plan.h"
#include "analysis/results.h"
#include "base/diag.h"

#define PROJECTION_REQUESTS_MAX 1000000000000000ull /* a month; more cannot be meant */
#define PROJECTION_HOURS 730			    /* of a month */

struct projection {
	uint64_t requests;    /* of the month, from outside */
	uint64_t invocations; /* of the month */
	/* of these: their time is not in the bill, for their memory is not known */
	uint64_t unpriced;
	uint64_t request_units; /* of the month, as the plan counts requests */
	int64_t cost_pico;	/* of the month: the sum of the three */
	int64_t time_pico, request_pico, standby_pico; /* time: with INIT, where that is billed */
	/* What the bill would be lower by, if the time of waiting for functions were not on it. */
	int64_t wait_pico;
	int64_t double_billed_pico; /* the same for double billing alone */
};

/*
 * Everything that the plan counts in @row is multiplied with @requests / results->requests, as often as the
 * trace has it, cold starts too, and rounded half up to a MB-ns, a ms, a request; the free tier is taken
 * off, what is left goes through the tiers, and the sum is rounded half up to a pico-dollar. Standby is for
 * as many environments of each function as lived at once, for all of the month.
 *
 * 0, or -ENODATA (no request in the trace) or -EOVERFLOW with the reason in @diag.
 */
int projection_compute(struct projection *ret_projection, const struct results *results,
		       const struct plan_row *row, uint64_t requests, struct diag *diag);

#endif
