/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * timelines.h - slices into runs of threads, runs of threads into the timeline of an environment.
 */
#ifndef IDLETAX_ASSEMBLE_TIMELINES_H
#define IDLETAX_ASSEMBLE_TIMELINES_H

#include "assemble/state.h"

void timelines_push_slice(struct assembler *assembler, const struct fact *fact);

/* Room for the timeline of one window; filled anew each time. */
struct timeline_builder {
	struct timeline timeline;
	struct thread_timeline *threads;
	size_t thread_capacity;
	struct run **copies; /* of helper threads: only the runs that are the environment's */
	size_t copy_count, copy_capacity;
};

void timeline_builder_init(struct timeline_builder *builder);
/* The timeline is in @builder until the next fill or its release. 0 or -ENOMEM. */
int timeline_builder_fill(struct timeline_builder *builder,
			  const struct environment_state *environment, uint64_t start_ns,
			  uint64_t end_ns);
/* The same step by step: empty, then with some runs of threads; @runs (malloc) are taken over. */
void timeline_builder_start(struct timeline_builder *builder,
			    const struct environment_state *environment);
int timeline_builder_add(struct timeline_builder *builder, const struct thread *thread,
			 struct run *runs, size_t run_count);
void timeline_builder_release(struct timeline_builder *builder);

/*
 * A settled invocation's interval, as far as no other's covered it, is time in which its environment
 * was busy; its CPU time is taken out of the environment's outside_active_ns.
 */
void timelines_count(struct assembler *assembler, struct environment_state *environment,
		     const struct timeline *timeline, uint64_t start_ns, uint64_t end_ns);

#endif
