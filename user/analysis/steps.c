// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * steps.c - see steps.h.
 */
#include "analysis/steps.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"

void steps_init(struct steps *steps)
{
	memset(steps, 0, sizeof(*steps));
}

void steps_release(struct steps *steps)
{
	free(steps->pending);
	steps_init(steps);
}

/* What ends at a moment is over before what begins there. */
static int compare_steps(const void *left, const void *right)
{
	const struct step *a = left, *b = right;

	if (a->time_ns != b->time_ns)
		return a->time_ns < b->time_ns ? -1 : 1;
	return (a->change > b->change) - (a->change < b->change);
}

static void count_oldest(struct steps *steps, size_t count)
{
	qsort(steps->pending, steps->count, sizeof(*steps->pending), compare_steps);
	for (size_t i = 0; i < count; i++) {
		steps->level += steps->pending[i].change;
		if (steps->level > steps->peak)
			steps->peak = steps->level;
		steps->counted_ns = steps->pending[i].time_ns;
	}
	steps->count -= count;
	memmove(steps->pending, steps->pending + count, steps->count * sizeof(*steps->pending));
}

int steps_add(struct steps *steps, uint64_t time_ns, int32_t change)
{
	if (steps->count == STEPS_MAX)
		count_oldest(steps, STEPS_MAX / 2);
	if (array_make_room(&steps->pending, steps->count, &steps->capacity,
			    sizeof(*steps->pending)))
		return -ENOMEM;
	if (time_ns < steps->counted_ns)
		time_ns = steps->counted_ns;
	steps->pending[steps->count++] = (struct step){ time_ns, change };
	return 0;
}

uint64_t steps_peak(struct steps *steps)
{
	if (steps->count)
		count_oldest(steps, steps->count);
	return (uint64_t)steps->peak;
}
