// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * retry.c - see retry.h.
 */
#include "analysis/retry.h"

#include <errno.h>
#include <stdlib.h>

/* Between two attempts of one call. */
struct gap {
	uint64_t from_ns, to_ns;
	struct exchange *after;
};

struct calls {
	struct exchange **last;	  /* by call number */
	const char **callees;	  /* likewise: a function that one of its attempts reached */
	struct invocation **runs; /* likewise: the last that one of its attempts led to */
	struct gap *gaps;
	size_t gap_count;
};

static uint32_t count_calls(const struct invocation *invocation)
{
	uint32_t count = 0;

	for (size_t i = 0; i < invocation->attempt_count; i++)
		if (invocation->attempts[i]->call >= count)
			count = invocation->attempts[i]->call + 1;
	return count;
}

static bool has_retries(const struct invocation *invocation)
{
	for (size_t i = 0; i < invocation->attempt_count; i++)
		if (invocation->attempts[i]->retry)
			return true;
	return false;
}

/* Whether @run had failed when @later began: then that was no repetition of its work. */
static bool has_failed_before(const struct invocation *run, const struct invocation *later)
{
	return run->end_ns <= later->start_ns &&
	       (run->status == STATUS_ERROR || run->status == STATUS_TIMEOUT ||
		run->status == STATUS_KILLED);
}

static void note_run(struct invocation **last, struct invocation *run)
{
	if (*last && !has_failed_before(*last, run))
		run->waste.is_duplicate = true;
	*last = run;
}

static void walk(const struct invocation *invocation, struct calls *calls)
{
	for (size_t i = 0; i < invocation->attempt_count; i++) {
		struct exchange *attempt = invocation->attempts[i];
		struct exchange *before = calls->last[attempt->call];

		if (attempt->callee) {
			calls->callees[attempt->call] = attempt->callee->function;
			if (attempt->callee->parent == invocation)
				note_run(&calls->runs[attempt->call], attempt->callee);
		}
		if (before)
			before->is_repeated = true;
		if (before && before->end_ns < attempt->start_ns)
			calls->gaps[calls->gap_count++] = (struct gap){
				.from_ns = before->end_ns,
				.to_ns = attempt->start_ns,
				.after = attempt,
			};
		calls->last[attempt->call] = attempt;
	}
	for (size_t i = 0; i < invocation->attempt_count; i++)
		invocation->attempts[i]->call_callee =
			calls->callees[invocation->attempts[i]->call];
}

/* ---- back-off ---- */

static uint64_t timer_between(const struct invocation *invocation, uint64_t from_ns, uint64_t to_ns)
{
	uint64_t sum_ns = 0;

	for (size_t i = invocation_find_segment(invocation, from_ns);
	     i < invocation->segment_count && invocation->segments[i].start_ns < to_ns; i++) {
		const struct segment *segment = &invocation->segments[i];
		uint64_t start_ns = segment->start_ns > from_ns ? segment->start_ns : from_ns;
		uint64_t end_ns = segment->end_ns < to_ns ? segment->end_ns : to_ns;

		if (segment->state == STATE_WAIT_TIMER)
			sum_ns += end_ns - start_ns;
	}
	return sum_ns;
}

static int compare_by_end(const void *left, const void *right)
{
	const struct gap *a = left, *b = right;

	if (a->to_ns != b->to_ns)
		return a->to_ns < b->to_ns ? -1 : 1;
	return (a->after->id > b->after->id) - (a->after->id < b->after->id);
}

/* In order of their ends: what those before have taken is one list of intervals that grows at its end. */
static void share_out(const struct invocation *invocation, struct gap *gaps, size_t count)
{
	struct gap *taken = gaps; /* never longer than what was looked at */
	size_t taken_count = 0;

	qsort(gaps, count, sizeof(*gaps), compare_by_end);
	for (size_t i = 0; i < count; i++) {
		struct gap gap = gaps[i];
		uint64_t to_ns = gap.to_ns, backoff_ns = 0;

		while (taken_count && taken[taken_count - 1].to_ns > gap.from_ns) {
			const struct gap *last = &taken[--taken_count];

			if (last->to_ns < to_ns)
				backoff_ns += timer_between(invocation, last->to_ns, to_ns);
			to_ns = last->from_ns;
		}
		if (to_ns > gap.from_ns)
			backoff_ns += timer_between(invocation, gap.from_ns, to_ns);
		else
			gap.from_ns = to_ns;
		gap.after->backoff_ns = backoff_ns;
		taken[taken_count++] = gap;
	}
}

int retry_compute(struct invocation *invocation)
{
	size_t count = has_retries(invocation) ? count_calls(invocation) : 0;
	struct calls calls = { 0 };
	int error = -ENOMEM;

	if (!count)
		return 0;
	calls.last = calloc(count, sizeof(*calls.last));
	calls.callees = calloc(count, sizeof(*calls.callees));
	calls.runs = calloc(count, sizeof(*calls.runs));
	calls.gaps = calloc(invocation->attempt_count, sizeof(*calls.gaps));
	if (calls.last && calls.callees && calls.runs && calls.gaps) {
		walk(invocation, &calls);
		share_out(invocation, calls.gaps, calls.gap_count);
		error = 0;
	}
	free(calls.gaps);
	free(calls.runs);
	free(calls.callees);
	free(calls.last);
	return error;
}
