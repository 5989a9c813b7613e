/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * candidates.h - what counts from some time on until another, and the foremost of what counts now, while time
 * goes on. The order in which they come is by time; which is foremost, the user's to say.
 */
#ifndef IDLETAX_ANALYSIS_CANDIDATES_H
#define IDLETAX_ANALYSIS_CANDIDATES_H

#include <stddef.h>
#include <stdint.h>

#include "base/heap.h"

struct candidate {
	uint64_t from_ns;
	uint64_t until_ns;
	uint32_t tid;
	uint32_t thread;  /* index into the timeline's threads */
	uint32_t run;	  /* index into the thread's runs */
	uint32_t run_end; /* index of the first that does not count any more */
};

/*
 * Those that have come are a heap in front; those to come lie behind, in order of from_ns. Between them is room:
 * of those that are gone.
 */
struct candidates {
	struct candidate *items;
	size_t heap_count;
	size_t come; /* index of the first to come */
	size_t count, capacity;
	const struct heap_order *order; /* of struct candidate */
};

void candidates_init(struct candidates *candidates, const struct heap_order *order);
void candidates_release(struct candidates *candidates);

/* All of them are added, in any order, before the first one comes. 0 or -ENOMEM. */
int candidates_add(struct candidates *candidates, const struct candidate *candidate);
void candidates_start(struct candidates *candidates);

/* Lets those come that count from @time_ns on or before. */
void candidates_advance(struct candidates *candidates, uint64_t time_ns);

/* The foremost of those that have come, over or not; NULL: there is none. */
static inline struct candidate *candidates_first(const struct candidates *candidates)
{
	return candidates->heap_count ? candidates->items : NULL;
}

/* Of the foremost: it is gone; it has changed, to what is not before what it was. */
void candidates_drop_first(struct candidates *candidates);
void candidates_settle_first(struct candidates *candidates);

#endif
