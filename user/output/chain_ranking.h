/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * chain_ranking.h - of all chains that are told the few that the report shows: those that weigh most
 * under a key. Keeps what a row shows and no more.
 */
#ifndef IDLETAX_OUTPUT_CHAIN_RANKING_H
#define IDLETAX_OUTPUT_CHAIN_RANKING_H

#include "analysis/results.h"
#include "output/report_key.h"

struct chain_row {
	uint64_t weight;
	uint64_t id;
	const char *root;  /* function; names live as long as the assembler */
	const char *cause; /* function of the invocation that caused it; or NULL */
	size_t invocations;
	uint64_t latency_ns;
	struct sums sums;
};

struct chain_ranking {
	enum report_key key;
	size_t limit;	 /* rows at most */
	uint64_t ranked; /* chains seen */
	struct chain_row *rows;
	size_t count, capacity;
};

void chain_ranking_init(struct chain_ranking *ranking, enum report_key key, size_t limit);
void chain_ranking_release(struct chain_ranking *ranking);

/* A results_sink.chain. 0 or -ENOMEM. */
int chain_ranking_add(void *ranking, const struct chain *chain);
/* Puts the rows into the order in which they are shown; nothing may be added afterwards. */
void chain_ranking_sort(struct chain_ranking *ranking);

#endif
