/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * thread_marks.h - the marks (wait_marks.h) of an invocation's threads in order of time, read from their runs where
 * they lie: a cursor per thread, in a heap by what comes next.
 */
#ifndef IDLETAX_ANALYSIS_THREAD_MARKS_H
#define IDLETAX_ANALYSIS_THREAD_MARKS_H

#include <stddef.h>
#include <stdint.h>

#include "analysis/wait_marks.h"
#include "model/timeline.h"

/* From time_ns on a thread is in @kind (enum mark_kind; MARK_NOTHING: in none that counts). */
struct thread_step {
	uint64_t time_ns;
	uint8_t kind;
};

struct thread_cursor {
	const struct run *run, *runs_end;
	uint64_t end_ns;	  /* of the thread; UINT64_MAX: that step is taken */
	struct thread_step ahead; /* the one after the next change, or at its time */
	uint8_t step_of_run;	  /* which of the run's comes after that */
	uint8_t kind, next_kind;  /* in what the thread is now; and from its next change on */
};

struct thread_change {
	uint64_t time_ns;
	uint32_t thread;
};

struct thread_marks {
	struct thread_cursor *cursors; /* `count` */
	struct thread_change *heap;    /* the next of each thread that has one; the first on top */
	size_t count, heap_count;
	size_t cursor_capacity, heap_capacity;
	uint64_t end_ns;
};

void thread_marks_init(struct thread_marks *marks);
void thread_marks_release(struct thread_marks *marks);

/* To the threads of @timeline, which it borrows, at @start_ns; marks come before @end_ns only. 0 or -ENOMEM. */
int thread_marks_start(struct thread_marks *marks, const struct timeline *timeline,
		       uint64_t start_ns, uint64_t end_ns);

/* In what thread @thread of the timeline is: enum mark_kind. */
static inline unsigned int thread_marks_kind(const struct thread_marks *marks, size_t thread)
{
	return marks->cursors[thread].kind;
}

/* When the next mark is; UINT64_MAX: there is none. */
static inline uint64_t thread_marks_next_ns(const struct thread_marks *marks)
{
	return marks->heap_count ? marks->heap[0].time_ns : UINT64_MAX;
}

/* All marks up to @time_ns: @counters are of threads by enum mark_kind (those of MARK_NOTHING are of no use). */
void thread_marks_pass(struct thread_marks *marks, uint64_t time_ns, size_t *counters);

#endif
