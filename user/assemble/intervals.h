/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * intervals.h - a union of half open intervals that grows as they are told, in nearly any order; those that
 * nothing told later can overlap are forgotten.
 */
#ifndef IDLETAX_ASSEMBLE_INTERVALS_H
#define IDLETAX_ASSEMBLE_INTERVALS_H

#include <stddef.h>
#include <stdint.h>

#define INTERVALS_MAX 4096 /* in one union */

struct interval {
	uint64_t start_ns, end_ns;
};

struct intervals { /* disjoint, in order of time; all zero: empty */
	struct interval *spans;
	size_t count;
};

void intervals_release(struct intervals *intervals);

/* How much of [@start_ns, @end_ns) is in none of them. */
uint64_t intervals_uncovered(const struct intervals *intervals, uint64_t start_ns, uint64_t end_ns);

/*
 * Adds one, and forgets those that ended at or before @horizon_ns. Where there are too many, the gap
 * between the two oldest counts as told too. 0 or -ENOMEM.
 */
int intervals_add(struct intervals *intervals, uint64_t start_ns, uint64_t end_ns,
		  uint64_t horizon_ns);

#endif
