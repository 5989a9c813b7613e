/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * sums.h - what is added up over invocations, and the ratios of it.
 */
#ifndef IDLETAX_ANALYSIS_SUMS_H
#define IDLETAX_ANALYSIS_SUMS_H

#include <stdint.h>

#include "model/invocation.h"

/* Sums over invocations. billed_ns == the sum of state_ns, to the nanosecond. */
struct sums {
	uint64_t invocations;
	uint64_t billed_ns; /* INIT apart */
	uint64_t billed_ms; /* each invocation rounded up to 1 ms, with INIT where cold */
	uint64_t state_ns[STATE_COUNT];
	uint64_t double_billed_ns, double_init_ns, transit_ns;
	uint64_t init_ns;
	int64_t cost_pico, init_cost_pico, double_billed_pico;
	uint64_t cold_starts, errors, timeouts;
	uint64_t incomplete; /* invocations whose figures are bounds */
	uint64_t estimated;
	uint64_t shared;    /* invocations of which it is partly not known whose work was done */
	uint64_t shared_ns; /* how long, in each of them */
	/* model/waste.h; not to be added to each other */
	uint64_t orphans; /* whose result nobody read, while they were still billed */
	uint64_t orphaned_ns;
	int64_t orphaned_pico;
	uint64_t retry_waste_ns;
	int64_t retry_waste_pico;
	uint64_t duplicates, duplicate_ns; /* runs that did another's work again, their bills */
	int64_t duplicate_pico;
	uint64_t unpriced; /* invocations that have no price: their memory is not known */
	/* The same times the memory in MB of each invocation; 0 where that is not known. 1 GB is 1024 MB. */
	unsigned __int128 billed_mb_ns, wait_lambda_mb_ns, double_billed_mb_ns;
};

/* An invocation whose figures are complete. */
void sums_add_invocation(struct sums *sums, const struct invocation *invocation);

/* A new member has to be added in both: test_replay.c holds one against the other. */
void sums_add(struct sums *sums, const struct sums *others);

/* SEMANTICS 4: only waiting for functions is not its own; a database's wait is. */
static inline uint64_t sums_own_ns(const struct sums *sums)
{
	return sums->billed_ns - sums->state_ns[STATE_WAIT_LAMBDA];
}

/* SEMANTICS 4. NaN where the denominator is zero. */
double sums_overhead(const struct sums *sums);	    /* D / (billed - D) */
double sums_share(const struct sums *sums);	    /* D / billed */
double sums_amplification(const struct sums *sums); /* billed / own */
/* The same of GB-seconds, and of money (cost_pico: time as it is charged, and requests). */
double sums_overhead_gb_s(const struct sums *sums);
double sums_share_gb_s(const struct sums *sums);
double sums_amplification_gb_s(const struct sums *sums);
double sums_overhead_money(const struct sums *sums);
double sums_share_money(const struct sums *sums);

#endif
