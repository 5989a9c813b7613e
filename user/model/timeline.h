/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * timeline.h - when each thread of an environment ran, waited for a CPU, or was blocked, and in what.
 */
#ifndef IDLETAX_MODEL_TIMELINE_H
#define IDLETAX_MODEL_TIMELINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "trace_format.h"

/*
 * Whose work a run can be besides the invocation's for which the timeline was made, where several are
 * open in its environment (SEMANTICS 3, last paragraph).
 */
enum run_scope {
	SCOPE_HOME = 0,	   /* that of those that may be at home on the same thread */
	SCOPE_PROCESS = 1, /* that of those that have the same process */
	SCOPE_ENVIRONMENT = 2,
	SCOPE_COUNT = 3,
	SCOPE_OTHERS = SCOPE_COUNT, /* known to be another's, on a thread that works for several */
};

/*
 * One stretch on a CPU. The thread was blocked from the previous run's off_ns to ready_ns when that
 * run's off_reason is a blocking one, was waiting for a CPU from ready_ns to on_ns, and ran to off_ns.
 * After a preemption or a cut ready_ns is the previous run's off_ns; after it was throttled, on_ns.
 */
struct run {
	uint64_t ready_ns;
	uint64_t on_ns;
	uint64_t off_ns;
	uint64_t deadline_ns; /* CLOCK_MONOTONIC, of what it blocked in at off_ns; 0 none */
	uint32_t waker_tgid;  /* who ended the blocking before this run; valid with WAKER_TASK */
	uint32_t waker_tid;
	uint8_t waker;	    /* enum waker_kind (trace_format.h) */
	uint8_t off_reason; /* enum off_reason */
	uint8_t blocked_in; /* enum blocked_in */
	uint8_t scope;	    /* enum run_scope; who else's work it can be */
	uint32_t touched;   /* whose bytes the thread moved in it; private to user/assemble */
};

/* It would have gone on, had it been let: what it did next is the same work. */
static inline bool run_is_interrupted(const struct run *run)
{
	return run->off_reason == OFF_PREEMPTED || run->off_reason == OFF_CUT ||
	       run->off_reason == OFF_THROTTLED;
}

/*
 * Runs of one thread in order, at least from the last one that began before the window asked for (so
 * that what it was blocked in at the window's start is known) to the first one after its end if any.
 * A thread that was asleep at attach has a first run of length 0 at its FACT_TASK_SEEN.
 */
struct thread_timeline {
	uint32_t tgid;
	uint32_t tid;
	uint64_t start_ns; /* when the thread began; 0 before the recording */
	uint64_t end_ns;   /* when it ended; 0 alive */
	const struct run *runs;
	size_t run_count;
};

/* What is known of an environment's threads around one window. Borrowed for the call that gets it. */
struct timeline {
	const struct thread_timeline *threads;
	size_t thread_count;
	bool has_scheduler_facts; /* false: the recording has no slices at all for it */
};

#endif
