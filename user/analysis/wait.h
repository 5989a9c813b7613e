/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * wait.h - the eight states of one invocation (SEMANTICS 3): its attempts and its threads' runs in,
 * segments and waits out.
 */
#ifndef IDLETAX_ANALYSIS_WAIT_H
#define IDLETAX_ANALYSIS_WAIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "analysis/loss_log.h"
#include "analysis/thread_marks.h"
#include "analysis/wait_marks.h"
#include "model/invocation.h"
#include "model/timeline.h"

/* A wake that comes this much before a syscall's deadline, or later, is the deadline's. */
#define WAIT_DEADLINE_SLACK_NS 1000000ull

/* Another invocation that was open in the same environment. */
struct open_interval {
	uint64_t id;
	uint64_t start_ns, end_ns;
	bool is_incomplete;    /* its borders are in doubt */
	enum run_scope nearby; /* the smallest scope of a run that can be of both */
};

/* Memory for what lives as long as one attribution: the next one finds it there. */
struct wait_scratch {
	struct wait_marks marks;
	struct thread_marks threads;
	struct segment *segments;
	size_t segment_capacity;
	uint32_t *heap;
	size_t heap_capacity;
};

void wait_scratch_init(struct wait_scratch *scratch);
void wait_scratch_release(struct wait_scratch *scratch);

/* What beside the timeline bears on an invocation's states. */
struct wait_context {
	struct wait_scratch *scratch;  /* NULL: none is kept */
	const struct loss_log *losses; /* NULL: none */
	const struct open_interval *others;
	size_t other_count;
	bool is_explained; /* fill invocation->explanation */
};

/*
 * Fills @invocation's segments, state_ns, flags and its attempts' wait_ns. Segments are adjacent and
 * cover [start_ns, end_ns) exactly; the waits of attempts sum to wait_lambda + wait_service; where it is
 * explained, causes cover it likewise, state by state as segments do. Time is O((runs + attempts) log).
 * 0 or -ENOMEM.
 */
int wait_attribute(struct invocation *invocation, const struct timeline *timeline,
		   const struct wait_context *context);

/* True when segments and explanation are what wait_attribute promises. */
bool wait_is_exact(const struct invocation *invocation);

/*
 * Once links are known: a plain HTTP request that a function answered was a synchronous call of it, so what
 * was given to it is wait_lambda.
 */
void wait_note_calls(struct invocation *invocation);

#endif
