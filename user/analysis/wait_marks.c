// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * wait_marks.c - see wait_marks.h. A natural merge sort: stretches that are in order already are found one
 * after the other, and merged with their neighbours. Each one that waits on the stack is more than twice as
 * long as the next, so the stack is short and a long one (of the thread that did the work) is seldom moved
 * for short ones (of its helpers).
 */
#include "analysis/wait_marks.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define CAPACITY_FIRST 256
#define STRETCHES_MAX 64 /* no array has 2^64 elements */

void wait_marks_init(struct wait_marks *marks)
{
	memset(marks, 0, sizeof(*marks));
}

void wait_marks_release(struct wait_marks *marks)
{
	free(marks->marks);
	free(marks->aside);
	wait_marks_init(marks);
}

int wait_marks_grow(struct wait_marks *marks)
{
	size_t capacity = marks->capacity ? 2 * marks->capacity : CAPACITY_FIRST;
	struct mark *grown = realloc(marks->marks, capacity * sizeof(*grown));

	if (!grown)
		return -ENOMEM;
	marks->marks = grown;
	grown = realloc(marks->aside, capacity * sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	marks->aside = grown;
	marks->capacity = capacity;
	return 0;
}

/* Where the stretch in order of time ends that begins at @from. */
static size_t find_end(const struct wait_marks *marks, size_t from)
{
	const struct mark *at = marks->marks;
	size_t end = from + 1;

	while (end < marks->count && at[end - 1].time_ns <= at[end].time_ns)
		end++;
	return end;
}

/* Joins [@from, @middle) and [@middle, @end), from behind: what is left of the first is in its place. */
static void merge(struct wait_marks *marks, size_t from, size_t middle, size_t end)
{
	struct mark *first = marks->marks + from, *left = marks->marks + middle;
	struct mark *next = marks->marks + end, *right = marks->aside + (end - middle);

	memcpy(marks->aside, left, (end - middle) * sizeof(*left));
	while (left > first && right > marks->aside) {
		if (left[-1].time_ns > right[-1].time_ns)
			*--next = *--left;
		else
			*--next = *--right;
	}
	memcpy(left, marks->aside, (size_t)(right - marks->aside) * sizeof(*right));
}

void wait_marks_sort(struct wait_marks *marks)
{
	/* of the stretches that wait, and where the last of them ends */
	size_t starts[STRETCHES_MAX + 2];
	size_t count = 0;

	starts[0] = 0;
	while (starts[count] < marks->count || count > 1) {
		/* last[-2], last[-1]: the last two; last[0]: their end */
		size_t *last = starts + count;

		if (count > 1 &&
		    (last[0] == marks->count || last[-1] - last[-2] <= 2 * (last[0] - last[-1]))) {
			merge(marks, last[-2], last[-1], last[0]);
			last[-1] = last[0];
			count--;
		} else {
			last[1] = find_end(marks, last[0]);
			count++;
		}
	}
}
