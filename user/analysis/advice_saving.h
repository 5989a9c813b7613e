/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * advice_saving.h - what an edge's calls would save if they were inlined, or not waited for: by replay of the
 * chains that hold them, until there are enough. Which of the two counts is known when all was seen. Used by
 * advice.c only.
 */
#ifndef IDLETAX_ANALYSIS_ADVICE_SAVING_H
#define IDLETAX_ANALYSIS_ADVICE_SAVING_H

#include "analysis/advice.h"
#include "analysis/price_plan.h"

/* Chains of one edge that are replayed: what they have in common shows in fewer. */
#define ADVICE_REPLAYS_MAX 1000
/* Edges for which one chain is replayed: each time all of it. Of more edges they take turns. */
#define ADVICE_EDGES_MAX 64

struct savings {
	uint64_t chains;
	struct advice_saving inlined, unawaited;
};

/* @edge's calls in @chain, once per chain. 0 or -ENOMEM. */
int savings_add(struct savings *savings, const struct edge_advice *edge, const struct chain *chain,
		const struct price_plan *plan);

/* The saving of what @verdict says is to be done: of no call where that changes nothing. */
struct advice_saving savings_find(const struct savings *savings, enum verdict verdict);

#endif
