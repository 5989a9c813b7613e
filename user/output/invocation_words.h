/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * invocation_words.h - an invocation's borders, flags and bill in words.
 */
#ifndef IDLETAX_OUTPUT_INVOCATION_WORDS_H
#define IDLETAX_OUTPUT_INVOCATION_WORDS_H

#include "analysis/price_plan.h"
#include "model/invocation.h"
#include "output/words.h"

/* What its first and its last moment are (SEMANTICS 2), without times. */
void start_border_words(struct words *words, const struct invocation *invocation);
void end_border_words(struct words *words, const struct invocation *invocation);
/* Its INIT: how long, or why none. */
void init_words(struct words *words, const struct invocation *invocation);
/* One bit of its flags. */
void flag_words(struct words *words, const struct invocation *invocation, unsigned int bit);
/* How its price comes about. */
void bill_words(struct words *words, const struct invocation *invocation,
		const struct price_plan *plan);

#endif
