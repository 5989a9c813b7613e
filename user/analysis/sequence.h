/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * sequence.h - ids that count in order of start, given while facts still come: an invocation gets its
 * id when it is clear which began before it, a closed chain when all that began before its root are in
 * closed chains; until then the chain is held. Memory is that of what is in flight, or was beside it.
 *
 * One whose event was not seen is told of late, when those that began after it may have their ids: its
 * own is higher then, but its chain still comes before those that are not told yet and began after it.
 */
#ifndef IDLETAX_ANALYSIS_SEQUENCE_H
#define IDLETAX_ANALYSIS_SEQUENCE_H

#include <stddef.h>
#include <stdint.h>

#include "analysis/results.h"

/*
 * Chains held at most: where one stays open while more than these end, it is told after them, and its
 * id says so.
 */
#define SEQUENCE_HELD_MAX 4096

struct sequence {
	struct invocation **unnumbered; /* counted, in order of start */
	size_t unnumbered_count, unnumbered_capacity;
	struct chain **held; /* owned, in order of their roots' start */
	size_t held_count, held_capacity;
	uint64_t next_invocation, next_chain;
	void *context;
	/* A chain with its id; the receiver frees it. */
	int (*tell)(void *context, struct chain *chain);
};

void sequence_init(struct sequence *sequence);
void sequence_release(struct sequence *sequence);

/* Each returns 0 or negative errno. Once per invocation; its id before is where it stands in doubt. */
int sequence_begin(struct sequence *sequence, struct invocation *invocation);
/* Numbers those that began at or before @until_ns. */
void sequence_number(struct sequence *sequence, uint64_t until_ns);

/* Takes over @chain, whose invocations are all numbered. */
int sequence_hold(struct sequence *sequence, struct chain *chain);
/* Tells the chains whose roots began before @before_ns, the start of the oldest in no closed chain. */
int sequence_tell(struct sequence *sequence, uint64_t before_ns);

#endif
