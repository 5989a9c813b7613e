/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * whatif_words.h - what a replay takes for granted, in sentences with its numbers: the same in the terminal
 * and in JSON.
 */
#ifndef IDLETAX_OUTPUT_WHATIF_WORDS_H
#define IDLETAX_OUTPUT_WHATIF_WORDS_H

#include "analysis/whatif.h"
#include "output/words.h"

/* Called with each sentence in turn. */
struct whatif_teller {
	void *context;
	void (*tell)(void *context, const struct words *sentence);
	bool is_utf8; /* what names may hold */
};

/* @results: of the same trace, for what its functions are. */
void whatif_tell(const struct whatif *whatif, const struct results *results,
		 const struct whatif_teller *teller);

/* "inline", "async", "parallel", "memory", "price-plan": the names of the options, and in JSON. */
const char *whatif_kind_name(enum replay_kind kind);
/* "unlinked", "ambiguous", ...: in JSON. */
const char *whatif_left_name(enum replay_left left);

#endif
