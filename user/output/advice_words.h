/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * advice_words.h - a verdict, what it stands on and what it costs, in sentences: for the terminal and for
 * --json alike.
 */
#ifndef IDLETAX_OUTPUT_ADVICE_WORDS_H
#define IDLETAX_OUTPUT_ADVICE_WORDS_H

#include "analysis/advice.h"
#include "analysis/price_plan.h"
#include "analysis/service_prices.h"
#include "output/words.h"

/* What to do. */
void advice_words_meaning(struct words *words, const struct edge_advice *edge);

/*
 * What was seen, or with VERDICT_UNKNOWN is missing, one sentence at a time: the one of number @index.
 * False: there are no more.
 */
bool advice_words_evidence(struct words *words, const struct edge_advice *edge, size_t index);

/* What nobody can see in a trace and has to be known before the advice is followed; false: nothing. */
bool advice_words_limits(struct words *words, const struct edge_advice *edge);

/*
 * Money, for a million calls: what following the advice saves, what it costs, and whether that pays. False
 * where the verdict changes nothing.
 */
bool advice_words_saving(struct words *words, const struct edge_advice *edge,
			 const struct price_plan *plan);
bool advice_words_price(struct words *words, const struct edge_advice *edge,
			const struct price_plan *plan);
bool advice_words_balance(struct words *words, const struct edge_advice *edge);

/* For a million calls; 0 where nothing was replayed. */
int64_t advice_saving_per_million(const struct edge_advice *edge);
/* Of what takes the call's place, at the mean size of its bodies; 0: nothing does. */
int64_t advice_price_per_million(const struct edge_advice *edge);
/* GB-seconds that as much money buys; NaN: @plan does not charge for them. */
double advice_gb_seconds(const struct price_plan *plan, int64_t pico);

#endif
