// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * candidates.c - see candidates.h.
 */
#include "analysis/candidates.h"

#include <errno.h>
#include <stdlib.h>

#include "base/array.h"

void candidates_init(struct candidates *candidates, const struct heap_order *order)
{
	*candidates = (struct candidates){ .order = order };
}

void candidates_release(struct candidates *candidates)
{
	free(candidates->items);
	candidates_init(candidates, candidates->order);
}

int candidates_add(struct candidates *candidates, const struct candidate *candidate)
{
	if (array_make_room(&candidates->items, candidates->count, &candidates->capacity,
			    sizeof(*candidates->items)))
		return -ENOMEM;
	candidates->items[candidates->count++] = *candidate;
	return 0;
}

static int compare_from(const void *left, const void *right)
{
	const struct candidate *a = left, *b = right;

	return (a->from_ns > b->from_ns) - (a->from_ns < b->from_ns);
}

void candidates_start(struct candidates *candidates)
{
	if (candidates->count > 1)
		qsort(candidates->items, candidates->count, sizeof(*candidates->items),
		      compare_from);
}

void candidates_settle_first(struct candidates *candidates)
{
	heap_sink_first(candidates->order, candidates->items, candidates->heap_count, NULL);
}

void candidates_drop_first(struct candidates *candidates)
{
	heap_drop_first(candidates->order, candidates->items, candidates->heap_count--, NULL);
}

/* Its own place is behind the heap, or the heap's next. */
static void push(struct candidates *candidates, struct candidate candidate)
{
	candidates->items[candidates->heap_count++] = candidate;
	heap_rise_last(candidates->order, candidates->items, candidates->heap_count, NULL);
}

void candidates_advance(struct candidates *candidates, uint64_t time_ns)
{
	while (candidates->come < candidates->count &&
	       candidates->items[candidates->come].from_ns <= time_ns)
		push(candidates, candidates->items[candidates->come++]);
}
