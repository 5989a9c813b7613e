// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * candidates.c - see candidates.h.
 */
#include "analysis/candidates.h"

#include <errno.h>
#include <stdlib.h>

#include "base/array.h"

void candidates_init(struct candidates *candidates, candidate_order *is_before)
{
	*candidates = (struct candidates){ .is_before = is_before };
}

void candidates_release(struct candidates *candidates)
{
	free(candidates->items);
	candidates_init(candidates, candidates->is_before);
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
	struct candidate *heap = candidates->items;
	struct candidate settled = heap[0];
	size_t i = 0, child;

	for (; (child = 2 * i + 1) < candidates->heap_count; i = child) {
		if (child + 1 < candidates->heap_count &&
		    candidates->is_before(&heap[child + 1], &heap[child]))
			child++;
		if (!candidates->is_before(&heap[child], &settled))
			break;
		heap[i] = heap[child];
	}
	heap[i] = settled;
}

void candidates_drop_first(struct candidates *candidates)
{
	candidates->items[0] = candidates->items[--candidates->heap_count];
	candidates_settle_first(candidates);
}

/* Its own place is behind the heap, or the heap's next. */
static void push(struct candidates *candidates, struct candidate candidate)
{
	struct candidate *heap = candidates->items;
	size_t i = candidates->heap_count++;

	for (; i > 0 && candidates->is_before(&candidate, &heap[(i - 1) / 2]); i = (i - 1) / 2)
		heap[i] = heap[(i - 1) / 2];
	heap[i] = candidate;
}

void candidates_advance(struct candidates *candidates, uint64_t time_ns)
{
	while (candidates->come < candidates->count &&
	       candidates->items[candidates->come].from_ns <= time_ns)
		push(candidates, candidates->items[candidates->come++]);
}
