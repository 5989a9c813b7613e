/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * wait_marks.h - the moments at which an invocation's state can change (wait.c), and their order.
 */
#ifndef IDLETAX_ANALYSIS_WAIT_MARKS_H
#define IDLETAX_ANALYSIS_WAIT_MARKS_H

#include <stddef.h>
#include <stdint.h>

#include "base/array.h"
#include "model/timeline.h"

enum mark_kind {
	MARK_CPU = 0, /* threads on a CPU, by the scope of what they do */
	/* other invocations, by the smallest scope of a run that can be theirs, too: with a higher id */
	MARK_HIGHER = MARK_CPU + SCOPE_COUNT,
	MARK_LOWER = MARK_HIGHER + SCOPE_COUNT, /* and with a lower one */
	MARK_READY = MARK_LOWER + SCOPE_COUNT,	/* threads waiting for a CPU */
	MARK_STOPPED,
	MARK_THROTTLED,
	MARK_LOSS,
	MARK_DOUBTFUL, /* attempts that can be another's */
	MARK_CARRIER,  /* carriers alive */
	MARK_COUNTERS,
	MARK_ATTEMPT = MARK_COUNTERS, /* an attempt begins */
	MARK_NOTHING,
	MARK_KINDS,
};

/* The answer can change here. */
struct mark {
	uint64_t time_ns;
	uint32_t index; /* of the attempt, with MARK_ATTEMPT */
	uint8_t ends;	/* enum mark_kind: what is counted once less from here on; or nothing */
	uint8_t begins; /* once more; or an attempt; or nothing */
};

struct wait_marks {
	struct mark *marks;
	size_t count, capacity;
};

void wait_marks_init(struct wait_marks *marks);
void wait_marks_release(struct wait_marks *marks);

/* One more, for the caller to fill; NULL when out of memory. */
static inline struct mark *wait_marks_add(struct wait_marks *marks)
{
	if (array_make_room(&marks->marks, marks->count, &marks->capacity, sizeof(*marks->marks)))
		return NULL;
	return &marks->marks[marks->count++];
}

void wait_marks_sort(struct wait_marks *marks); /* by time */

#endif
