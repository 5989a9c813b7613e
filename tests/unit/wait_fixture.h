/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * wait_fixture.h - attributes a hand-made invocation's time, and holds the explanation against the result. Everything
 * is included, nothing is linked: each test program uses what it needs.
 */
#ifndef IDLETAX_TESTS_WAIT_FIXTURE_H
#define IDLETAX_TESTS_WAIT_FIXTURE_H

#include "model_builder.h"

#include "analysis/wait.h"

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-function"

/* The states that a rule can give; a thread on a CPU is active, or unknown in another's share. */
static bool is_allowed(const struct wait_cause *cause)
{
	switch (cause->rule) {
	case RULE_ON_CPU:
		return cause->state == STATE_ACTIVE ||
		       (cause->is_share && cause->reason == UNKNOWN_SHARED);
	case RULE_READY:
	case RULE_AT_OTHERS_WORK:
		return cause->state == STATE_RUNNABLE;
	case RULE_STOPPED:
		return cause->reason == UNKNOWN_STOPPED;
	case RULE_THROTTLED:
		return cause->reason == UNKNOWN_THROTTLED;
	case RULE_ATTEMPT:
		return cause->state == STATE_WAIT_LAMBDA || cause->state == STATE_WAIT_SERVICE;
	case RULE_DOUBTFUL:
		return cause->reason == UNKNOWN_SHARED;
	case RULE_ESTIMATED:
		return cause->state == STATE_ACTIVE;
	case RULE_LOSS:
		return cause->reason == UNKNOWN_LOSS;
	case RULE_DISK:
		return cause->state == STATE_WAIT_IO;
	case RULE_DEADLINE:
	case RULE_SLEEP:
	case RULE_LAST_DEADLINE:
		return cause->state == STATE_WAIT_TIMER;
	case RULE_WOKEN_INSIDE:
		return cause->state == STATE_WAIT_LOCK;
	default:
		return cause->reason == UNKNOWN_UNEXPLAINED && cause->rule > RULE_DISK;
	}
}

/* At every instant the cause tells the segment's state, and a rule that gives that. */
static void assert_explained(const struct invocation *invocation)
{
	const struct explanation *explanation = invocation->explanation;
	size_t at = 0;

	assert_non_null(explanation);
	for (size_t i = 0; i < explanation->cause_count; i++) {
		const struct wait_cause *cause = &explanation->causes[i];
		const struct segment *segment = &invocation->segments[at];

		assert_true(is_allowed(cause));
		assert_true(segment->start_ns <= cause->start_ns &&
			    segment->end_ns >= cause->end_ns);
		assert_int_equal(cause->state, segment->state);
		assert_int_equal(cause->reason, segment->reason);
		assert_int_equal(cause->attempt, segment->attempt);
		at += segment->end_ns == cause->end_ns;
	}
	assert_int_equal(at, invocation->segment_count);
}

static void attribute(struct invocation *invocation, const struct timeline *timeline)
{
	struct wait_context context = { .is_explained = true };

	assert_int_equal(wait_attribute(invocation, timeline, &context), 0);
	assert_true(wait_is_exact(invocation));
	assert_explained(invocation);
}

#pragma GCC diagnostic pop

#endif
