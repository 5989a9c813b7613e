// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * thread_marks.c - see thread_marks.h. A thread is in one thing at a time: each of its runs makes it ready, gives it
 * a CPU, and takes it away. Of several steps at one time, or back in time, the last one counts.
 */
#include "analysis/thread_marks.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/carrier.h"
#include "base/array.h"
#include "base/heap.h"

void thread_marks_init(struct thread_marks *marks)
{
	memset(marks, 0, sizeof(*marks));
}

void thread_marks_release(struct thread_marks *marks)
{
	free(marks->cursors);
	free(marks->heap);
	thread_marks_init(marks);
}

/* ---- the steps of one thread ---- */

static unsigned int kind_of_off(uint8_t off_reason)
{
	switch (off_reason) {
	case OFF_STOPPED:
		return MARK_STOPPED;
	case OFF_THROTTLED:
		return MARK_THROTTLED;
	default:
		return MARK_NOTHING;
	}
}

/* What another's work means for this invocation is the carriers' to say. */
static uint8_t kind_of_run(const struct run *run, unsigned int kind)
{
	return (uint8_t)(run->scope == SCOPE_OTHERS ? MARK_NOTHING : kind);
}

static inline struct thread_step read_step(struct thread_cursor *cursor)
{
	const struct run *run = cursor->run;

	if (run == cursor->runs_end) {
		struct thread_step end = { cursor->end_ns, MARK_NOTHING };

		cursor->end_ns = UINT64_MAX;
		return end;
	}
	switch (cursor->step_of_run++) {
	case 0:
		return (struct thread_step){ run->ready_ns, kind_of_run(run, MARK_READY) };
	case 1:
		return (struct thread_step){ run->on_ns, kind_of_run(run, MARK_CPU + run->scope) };
	default:
		cursor->step_of_run = 0;
		cursor->run++;
		return (struct thread_step){ run->off_ns, (uint8_t)kind_of_off(run->off_reason) };
	}
}

/* To the next change; returns when it is. */
static inline uint64_t advance(struct thread_cursor *cursor, uint64_t end_ns)
{
	struct thread_step next = cursor->ahead;

	while (next.time_ns < end_ns) {
		cursor->ahead = read_step(cursor);
		if (cursor->ahead.time_ns > next.time_ns)
			break;
		next.kind = cursor->ahead.kind;
	}
	cursor->next_kind = next.kind;
	return next.time_ns;
}

/* ---- the heap ---- */

static bool is_earlier(const void *left, const void *right, const void *unused)
{
	const struct thread_change *a = left, *b = right;

	return a->time_ns < b->time_ns;
}

static const struct heap_order change_order = { sizeof(struct thread_change), is_earlier };

void thread_marks_pass(struct thread_marks *marks, uint64_t time_ns, size_t *counters)
{
	while (thread_marks_next_ns(marks) <= time_ns) {
		struct thread_change *first = marks->heap;
		struct thread_cursor *cursor = &marks->cursors[first->thread];

		counters[cursor->kind]--;
		counters[cursor->next_kind]++;
		cursor->kind = cursor->next_kind;
		first->time_ns = advance(cursor, marks->end_ns);
		if (first->time_ns < marks->end_ns)
			heap_sink_first(&change_order, first, marks->heap_count, NULL);
		else
			heap_drop_first(&change_order, first, marks->heap_count--, NULL);
	}
}

/* ---- the start ---- */

static int make_room(struct thread_marks *marks, size_t count)
{
	while (marks->cursor_capacity < count)
		if (array_grow(&marks->cursors, &marks->cursor_capacity, sizeof(*marks->cursors)))
			return -ENOMEM;
	while (marks->heap_capacity < count)
		if (array_grow(&marks->heap, &marks->heap_capacity, sizeof(*marks->heap)))
			return -ENOMEM;
	return 0;
}

static void start_thread(struct thread_marks *marks, uint32_t index,
			 const struct thread_timeline *thread, uint64_t start_ns)
{
	struct thread_cursor *cursor = &marks->cursors[index];
	uint64_t next_ns;

	*cursor = (struct thread_cursor){ .run = thread->runs,
					  .runs_end = thread->runs + thread->run_count,
					  .end_ns = carrier_thread_end(thread),
					  .ahead = { start_ns, MARK_NOTHING } };
	advance(cursor, UINT64_MAX);
	cursor->kind = cursor->next_kind;
	next_ns = advance(cursor, marks->end_ns);
	if (next_ns >= marks->end_ns)
		return;
	marks->heap[marks->heap_count++] = (struct thread_change){ next_ns, index };
	heap_rise_last(&change_order, marks->heap, marks->heap_count, NULL);
}

int thread_marks_start(struct thread_marks *marks, const struct timeline *timeline,
		       uint64_t start_ns, uint64_t end_ns)
{
	marks->count = timeline->thread_count;
	marks->heap_count = 0;
	marks->end_ns = end_ns;
	if (make_room(marks, marks->count))
		return -ENOMEM;
	for (uint32_t i = 0; i < marks->count; i++)
		start_thread(marks, i, &timeline->threads[i], start_ns);
	return 0;
}
