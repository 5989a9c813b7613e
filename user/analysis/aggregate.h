/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * aggregate.h - rows of functions and edges, and totals, added up chain by chain. Memory grows with the
 * number of functions and edges, not with that of invocations.
 */
#ifndef IDLETAX_ANALYSIS_AGGREGATE_H
#define IDLETAX_ANALYSIS_AGGREGATE_H

#include "analysis/price_plan.h"
#include "analysis/results.h"
#include "base/row_table.h"
#include "base/string_pool.h"

#define AGGREGATE_ORPHANS_MAX 16 /* that are listed */

struct aggregate {
	const struct price_plan *plan;
	struct string_pool names; /* the rows' own copies: they outlive the facts */
	struct row_table functions;
	struct row_table edges;
	struct sums totals;
	struct unlinked unlinked;
	struct orphan_row orphans[AGGREGATE_ORPHANS_MAX]; /* longest first */
	size_t orphan_count;
	uint64_t serial; /* invocations added so far */
};

void aggregate_init(struct aggregate *aggregate, const struct price_plan *plan);
void aggregate_release(struct aggregate *aggregate);

/* All of @chain's invocations and attempts, whose figures are complete. 0 or -ENOMEM. */
int aggregate_add_chain(struct aggregate *aggregate, const struct chain *chain);

/* Of @function's environments; its row is made where it had no invocation. 0 or -ENOMEM. */
int aggregate_set_life(struct aggregate *aggregate, const char *function,
		       const struct life_sums *life);

/*
 * Fills @results' totals and rows, sorted by name (edges: by caller, callee, service, mode). The rows
 * are the results' (results_release), their names the aggregate's. 0 or -ENOMEM.
 */
int aggregate_finish(const struct aggregate *aggregate, struct results *results);

#endif
