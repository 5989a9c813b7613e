/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * cause_words.h - why a stretch of billed time has its state, in words.
 */
#ifndef IDLETAX_OUTPUT_CAUSE_WORDS_H
#define IDLETAX_OUTPUT_CAUSE_WORDS_H

#include "model/invocation.h"
#include "output/words.h"

/*
 * Adds what @cause of @invocation says. @has_times: the stretch's own times, too; without them the words
 * are the same for all causes that are alike (cause_is_alike). Times count from the invocation's start.
 */
void cause_words(struct words *words, const struct invocation *invocation,
		 const struct wait_cause *cause, bool has_times);

/* Whether both are told in the same words, when without times. */
bool cause_is_alike(const struct wait_cause *a, const struct wait_cause *b);

/* "in poll", "in a futex", ...: where a thread was blocked. */
const char *blocked_words(uint8_t blocked_in);

#endif
