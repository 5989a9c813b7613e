// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * run_list.c - a vector with a moving front. Trimming only moves the front; the memory behind it is
 * taken back when the vector is full.
 */
#include "assemble/run_list.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/units.h"

#define CAPACITY_FIRST 8

void run_list_init(struct run_list *list)
{
	memset(list, 0, sizeof(*list));
}

void run_list_release(struct run_list *list)
{
	free(list->runs);
	run_list_init(list);
}

void run_list_trim(struct run_list *list, uint64_t horizon_ns)
{
	while (list->first + 1 < list->end && list->runs[list->first + 1].on_ns <= horizon_ns)
		list->first++;
}

/* Half of a full vector must be free after moving: so each run is moved at most once on average. */
static int run_list_make_room(struct run_list *list)
{
	size_t capacity = list->capacity ? 2 * list->capacity : CAPACITY_FIRST;
	size_t count;
	struct run *runs;

	if (list->end < list->capacity)
		return 0;
	count = list->end - list->first;
	if (list->first && count <= list->capacity / 2) {
		memmove(list->runs, list->runs + list->first, count * sizeof(*list->runs));
		list->first = 0;
		list->end = count;
		return 0;
	}
	runs = realloc(list->runs, capacity * sizeof(*runs));
	if (!runs)
		return -ENOMEM;
	list->runs = runs;
	list->capacity = capacity;
	return 0;
}

int run_list_push(struct run_list *list, const struct run *run)
{
	const struct run *last = run_list_last(list);
	uint64_t after_ns = last ? last->off_ns : 0;
	struct run *fitted;
	int error;

	if (last &&
	    (run->off_ns < after_ns || (run->off_ns == after_ns && last->on_ns <= run->on_ns)))
		return -EALREADY;
	error = run_list_make_room(list);
	if (error)
		return error;
	fitted = &list->runs[list->end++];
	*fitted = *run;
	fitted->on_ns = earlier_of(later_of(run->on_ns, after_ns), run->off_ns);
	fitted->ready_ns = earlier_of(later_of(run->ready_ns, after_ns), fitted->on_ns);
	return 0;
}

size_t run_list_find(const struct run_list *list, uint64_t time_ns)
{
	size_t low = list->first, high = list->end;

	while (low < high) { /* the first run that ends at that time or later */
		size_t middle = low + (high - low) / 2;

		if (list->runs[middle].off_ns < time_ns)
			low = middle + 1;
		else
			high = middle;
	}
	return low < list->end && list->runs[low].on_ns <= time_ns ? low : SIZE_MAX;
}

/* The index of the first run that began after @time_ns. */
static size_t find_after(const struct run_list *list, uint64_t time_ns)
{
	size_t begun = array_count_up_to(list->runs, list->end, sizeof(*list->runs),
					 offsetof(struct run, on_ns), time_ns);

	return begun > list->first ? begun : list->first;
}

bool run_list_blocks_longer(const struct run_list *list, uint64_t start_ns, uint64_t end_ns,
			    uint64_t limit_ns)
{
	size_t after = find_after(list, start_ns);
	uint64_t blocked_ns = 0, at_ns = start_ns;
	bool is_interrupted = false;

	for (size_t i = after > list->first ? after - 1 : after;
	     i < list->end && at_ns < end_ns && blocked_ns <= limit_ns; i++) {
		const struct run *run = &list->runs[i];
		uint64_t ready_ns = earlier_of(run->ready_ns, end_ns);

		if (ready_ns > at_ns)
			blocked_ns += ready_ns - at_ns;
		at_ns = later_of(at_ns, earlier_of(run->off_ns, end_ns));
		is_interrupted = run_is_interrupted(run);
	}
	if (!is_interrupted && at_ns < end_ns)
		blocked_ns += end_ns - at_ns;
	return blocked_ns > limit_ns;
}

struct run_window run_list_window(const struct run_list *list, uint64_t start_ns, uint64_t end_ns)
{
	size_t after = find_after(list, start_ns);
	struct run_window window = { after > list->first ? after - 1 : after, after };

	while (window.end < list->end && list->runs[window.end].on_ns <= end_ns)
		window.end++;
	if (window.end < list->end)
		window.end++;
	return window;
}
