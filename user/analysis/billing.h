/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * billing.h - what one invocation costs (SEMANTICS 2, 4 and 6): what of it is on a bill, and its price
 * under a plan. The first does not depend on the plan, so that one trace can be priced under several.
 */
#ifndef IDLETAX_ANALYSIS_BILLING_H
#define IDLETAX_ANALYSIS_BILLING_H

#include "analysis/price_plan.h"
#include "model/invocation.h"

struct billing_usage {
	/* |B|; a time-out caps it at the function's time-out, where that is known */
	uint64_t duration_ns;
	uint64_t init_ns;	   /* 0: warm, or not seen */
	uint64_t active_ns;	   /* of duration_ns, on a CPU */
	uint64_t wait_lambda_ns;   /* of duration_ns, for functions */
	uint64_t double_billed_ns; /* of that */
	/* of the payload of an asynchronous event; 0: not known, or it is none */
	uint64_t event_bytes;
	uint32_t memory_mb; /* 0 unknown */
};

struct bill {
	/* Rounded up as the plan says, of the time by which it charges; both 0 where it charges none. */
	uint64_t duration_ms;
	uint64_t billed_ms; /* with INIT, where the plan bills that: rounded once, over both */
	uint64_t wall_ms,
		cpu_ms; /* what memory and CPU are charged for, with INIT; 0: not charged */
	uint64_t requests;
	/* Each rounded half up once. All 0 where the plan needs the memory and that is not known. */
	int64_t cost_pico;	/* duration_ms, and the requests */
	int64_t request_pico;	/* of it, the requests */
	int64_t init_cost_pico; /* the further milliseconds that INIT adds */
	int64_t double_billed_pico; /* double_billed_ns, not rounded to milliseconds, at its own memory */
	bool is_priced;
};

void billing_measure(struct billing_usage *ret_usage, const struct invocation *invocation);
void billing_price(struct bill *ret_bill, const struct price_plan *plan,
		   const struct billing_usage *usage);

/* Both: its bill. */
void billing_make(struct bill *ret_bill, const struct price_plan *plan,
		  const struct invocation *invocation);

/*
 * Fills the invocation's billed_ms and three costs, its attempts' cost_pico, and its INVOCATION_UNKNOWN_MEMORY
 * where there is no price.
 */
void billing_compute(const struct price_plan *plan, struct invocation *invocation);
/* The same of @bill, its bill under @plan. */
void billing_apply(const struct bill *bill, const struct price_plan *plan,
		   struct invocation *invocation);

/* One attempt's double billing, in the money of @invocation, its owner. */
int64_t billing_attempt_pico(const struct price_plan *plan, const struct invocation *invocation,
			     const struct exchange *attempt);

/* @a + @b, INT64_MAX where that does not fit. */
int64_t billing_add_pico(int64_t a, int64_t b);

#endif
