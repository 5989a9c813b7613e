// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * intervals.c - see intervals.h.
 */
#include "assemble/intervals.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void intervals_release(struct intervals *intervals)
{
	free(intervals->spans);
	*intervals = (struct intervals){ 0 };
}

uint64_t intervals_uncovered(const struct intervals *intervals, uint64_t start_ns, uint64_t end_ns)
{
	uint64_t sum_ns = 0;

	for (size_t i = 0; i < intervals->count && start_ns < end_ns; i++) {
		const struct interval *span = &intervals->spans[i];

		if (span->end_ns <= start_ns)
			continue;
		if (span->start_ns > start_ns)
			sum_ns += (span->start_ns < end_ns ? span->start_ns : end_ns) - start_ns;
		start_ns = span->end_ns;
	}
	return start_ns < end_ns ? sum_ns + end_ns - start_ns : sum_ns;
}

int intervals_add(struct intervals *intervals, uint64_t start_ns, uint64_t end_ns,
		  uint64_t horizon_ns)
{
	struct interval *spans = realloc(intervals->spans, (intervals->count + 1) * sizeof(*spans));
	struct interval added = { start_ns, end_ns };
	size_t kept = 0, position;

	if (!spans)
		return -ENOMEM;
	intervals->spans = spans;
	for (size_t i = 0; i < intervals->count; i++) {
		if (spans[i].start_ns <= added.end_ns && added.start_ns <= spans[i].end_ns) {
			if (spans[i].start_ns < added.start_ns)
				added.start_ns = spans[i].start_ns;
			if (spans[i].end_ns > added.end_ns)
				added.end_ns = spans[i].end_ns;
		} else if (spans[i].end_ns > horizon_ns) {
			spans[kept++] = spans[i];
		}
	}
	for (position = kept; position > 0 && spans[position - 1].start_ns > added.start_ns;
	     position--)
		spans[position] = spans[position - 1];
	spans[position] = added;
	intervals->count = kept + 1;
	if (intervals->count > INTERVALS_MAX) { /* the two oldest become one */
		spans[1].start_ns = spans[0].start_ns;
		memmove(spans, spans + 1, --intervals->count * sizeof(*spans));
	}
	return 0;
}
