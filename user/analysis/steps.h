/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * steps.h - how many intervals covered a moment, at most: a peak over time, told as beginnings and ends in
 * nearly any order. Memory does not grow with their number: the oldest half of STEPS_MAX is counted for
 * good, and what comes later than that with an earlier time counts from there on.
 */
#ifndef IDLETAX_ANALYSIS_STEPS_H
#define IDLETAX_ANALYSIS_STEPS_H

#include <stddef.h>
#include <stdint.h>

#define STEPS_MAX 8192

struct step {
	uint64_t time_ns;
	int32_t change; /* +1: one begins, -1: one ends */
};

struct steps {
	struct step *pending;
	size_t count, capacity;
	int64_t level, peak; /* of what is counted for good */
	uint64_t counted_ns; /* up to here */
};

void steps_init(struct steps *steps);
void steps_release(struct steps *steps);
int steps_add(struct steps *steps, uint64_t time_ns, int32_t change); /* 0 or -ENOMEM */
/* Counts all that was told for good; intervals are half open. */
uint64_t steps_peak(struct steps *steps);

#endif
