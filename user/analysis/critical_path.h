/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * critical_path.h - what a chain's latency consists of (SEMANTICS 5).
 */
#ifndef IDLETAX_ANALYSIS_CRITICAL_PATH_H
#define IDLETAX_ANALYSIS_CRITICAL_PATH_H

#include "analysis/results.h"

struct path_frame;

/* Where a walk is. Its memory serves the next one, too. */
struct path_walk {
	struct path_segment *segments; /* backwards */
	size_t count, capacity;
	struct path_frame *frames; /* a stack */
	size_t depth, depth_capacity;
	int error;
};

void path_walk_init(struct path_walk *walk);
void path_walk_release(struct path_walk *walk);

/*
 * Fills @chain's latency_ns and critical_path, in order of time: adjacent segments from the root's
 * start to its response (its end, where it gave none), which sum to latency_ns. Needs the segments and
 * callees of its invocations. 0 or -ENOMEM.
 */
int critical_path_compute(struct chain *chain, struct path_walk *walk);

#endif
