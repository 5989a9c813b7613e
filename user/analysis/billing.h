/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * billing.h - what one invocation costs (SEMANTICS 2, 4 and 6).
 */
#ifndef IDLETAX_ANALYSIS_BILLING_H
#define IDLETAX_ANALYSIS_BILLING_H

#include "analysis/price_plan.h"
#include "model/invocation.h"

/* B rounded up to 1 ms; a time-out caps it at the function's time-out where that is known. */
uint64_t billing_duration_ms(const struct invocation *invocation);

/* The same with INIT, where it was cold and @plan bills INIT: rounded up once, over both. */
uint64_t billing_billed_ms(const struct price_plan *plan, const struct invocation *invocation);

/*
 * Fills the three costs, each rounded half up once:
 *   cost_pico           billing_duration_ms at its memory, and one request
 *   init_cost_pico      the further milliseconds that INIT adds to the bill
 *   double_billed_pico  double_billed_ns, not rounded to milliseconds, at its own (the caller's) memory
 * Where the memory is not known all three are 0: half a price would read like a price.
 */
void billing_compute(const struct price_plan *plan, struct invocation *invocation);

/* One attempt's double billing, in the money of @invocation, its owner. */
int64_t billing_attempt_pico(const struct price_plan *plan, const struct invocation *invocation,
			     const struct exchange *attempt);

/* @a + @b, INT64_MAX where that does not fit. */
int64_t billing_add_pico(int64_t a, int64_t b);

#endif
