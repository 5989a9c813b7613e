// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * test_explanation.c - what each rule of SEMANTICS 3 keeps of what it saw (model/explanation.h); that
 * rules and states go together is test_wait.c's.
 */
#include "model_builder.h"

#include "analysis/wait.h"

static struct built_timeline built;
static struct invocation *a;
static struct wait_context context;

static void begin(uint64_t end_ms)
{
	a = make_invocation(0, "a", 0, end_ms);
	context = (struct wait_context){ .is_explained = true };
	timeline_start(&built);
}

/* The cause of the instant @ms. */
static const struct wait_cause *explain(uint64_t ms)
{
	const struct explanation *explanation;

	assert_int_equal(wait_attribute(a, timeline_finish(&built), &context), 0);
	assert_true(wait_is_exact(a));
	explanation = a->explanation;
	for (size_t i = 0; i < explanation->cause_count; i++)
		if (explanation->causes[i].end_ns > ms * MS)
			return &explanation->causes[i];
	fail_msg("nothing at %llu ms", (unsigned long long)ms);
	return NULL;
}

static void assert_cause(const struct wait_cause *cause, enum wait_rule rule, uint32_t tid,
			 uint64_t start_ms, uint64_t end_ms)
{
	assert_string_equal(wait_rule_name(cause->rule), wait_rule_name(rule));
	assert_int_equal(cause->tid, tid);
	assert_int_equal(cause->start_ns, start_ms * MS);
	assert_int_equal(cause->end_ns, end_ms * MS);
}

static void test_the_thread_that_is_on_a_cpu(void **state)
{
	const struct wait_cause *cause;

	begin(100);
	assert_int_equal(invocation_add_carrier(a, 8), 0);
	add_run(add_thread(&built, 1, 7), 0, 50);
	add_run(add_thread(&built, 1, 8), 20, 60);
	cause = explain(10);
	assert_cause(cause, RULE_ON_CPU, 7, 0, 20);
	assert_false(cause->is_carrier);
	assert_int_equal(cause->threads, 1);
	cause = explain(30);
	assert_cause(cause, RULE_ON_CPU, 8, 20, 50);
	assert_true(cause->is_carrier);
	assert_int_equal(cause->threads, 2);
	assert_cause(explain(55), RULE_ON_CPU, 8, 50, 60);
	invocation_unref(a);
}

static void test_ready_and_stopped(void **state)
{
	struct built_thread *main;

	begin(100);
	main = add_thread(&built, 1, 7);
	add_run(main, 0, 10)->off_reason = OFF_STOPPED;
	add_run(main, 40, 50)->ready_ns = 30 * MS;
	main->runs[1].off_reason = OFF_THROTTLED;
	add_run(main, 60, 70);
	assert_cause(explain(55), RULE_THROTTLED, 7, 50, 60);
	assert_cause(explain(20), RULE_STOPPED, 7, 10, 30);
	assert_cause(explain(35), RULE_READY, 7, 30, 40);
	invocation_unref(a);
}

static void test_the_attempt_that_ends_first(void **state)
{
	const struct wait_cause *cause;

	begin(100);
	add_attempt(a, 0, SERVICE_LAMBDA_SYNC, 0, 90);
	add_attempt(a, 1, SERVICE_OTHER, 10, 50);
	cause = explain(20);
	assert_cause(cause, RULE_ATTEMPT, 0, 10, 50);
	assert_int_equal(cause->attempt, 1);
	assert_int_equal(cause->outstanding, 2);
	cause = explain(60);
	assert_cause(cause, RULE_ATTEMPT, 0, 50, 90);
	assert_int_equal(cause->attempt, 0);
	assert_int_equal(cause->outstanding, 1);
	invocation_unref(a);
}

/* A plain HTTP request that a function turns out to have answered was a call of it. */
static void test_a_call_that_is_known_late(void **state)
{
	struct exchange *call;

	begin(100);
	call = add_attempt(a, 0, SERVICE_HTTP, 10, 50);
	assert_int_equal(explain(20)->state, STATE_WAIT_SERVICE);
	call->callee = invocation_ref(make_invocation(1, "b", 20, 40));
	wait_note_calls(a);
	assert_true(wait_is_exact(a));
	assert_int_equal(a->explanation->causes[1].state, STATE_WAIT_LAMBDA);
	invocation_unref(call->callee);
	invocation_unref(a);
}

static void test_what_the_carrier_did(void **state)
{
	const struct wait_cause *cause;
	struct built_thread *main;
	struct run *run;

	begin(100);
	assert_int_equal(invocation_add_carrier(a, 7), 0);
	main = add_thread(&built, 1, 7);
	add_run(main, 0, 10)->deadline_ns = 40 * MS;
	run = add_run(main, 41, 50);
	run->ready_ns = 40 * MS;
	run->blocked_in = BLOCKED_FUTEX;
	run = add_run(main, 70, 80);
	run->waker = WAKER_TASK;
	run->waker_tgid = 1;
	run->waker_tid = 9;
	cause = explain(20);
	assert_cause(cause, RULE_DEADLINE, 7, 10, 40);
	assert_true(cause->is_carrier);
	assert_int_equal(cause->blocked_ns, 10 * MS);
	assert_int_equal(cause->woken_ns, 40 * MS);
	assert_int_equal(cause->deadline_ns, 40 * MS);
	assert_int_equal(cause->blocked_in, BLOCKED_POLL);
	cause = explain(60);
	assert_cause(cause, RULE_WOKEN_INSIDE, 7, 50, 70);
	assert_int_equal(cause->blocked_in, BLOCKED_FUTEX);
	assert_int_equal(cause->waker_tid, 9);
	cause = explain(90);
	assert_cause(cause, RULE_LAST_UNTIMED, 0, 80, 100);
	invocation_unref(a);
}

/* How the next run was woken, out of a sleep without a deadline. */
static enum wait_rule find_rule(uint8_t off_reason, uint8_t blocked_in, uint8_t waker,
				uint32_t waker_tgid)
{
	struct built_thread *main;
	enum wait_rule rule;
	struct run *run;

	begin(100);
	assert_int_equal(invocation_add_carrier(a, 7), 0);
	main = add_thread(&built, 1, 7);
	run = add_run(main, 0, 10);
	run->off_reason = off_reason;
	run->blocked_in = blocked_in;
	run = add_run(main, 90, 100);
	run->waker = waker;
	run->waker_tgid = waker_tgid;
	rule = explain(50)->rule;
	invocation_unref(a);
	return rule;
}

static void test_who_woke_it(void **state)
{
	const uint8_t interrupt = WAKER_INTERRUPT, task = WAKER_TASK;

	assert_int_equal(find_rule(OFF_IO, BLOCKED_READ, interrupt, 0), RULE_DISK);
	assert_int_equal(find_rule(OFF_SLEEP, BLOCKED_SLEEP, interrupt, 0), RULE_SLEEP);
	assert_int_equal(find_rule(OFF_SLEEP, BLOCKED_READ, task, 1), RULE_WOKEN_INSIDE);
	assert_int_equal(find_rule(OFF_SLEEP, BLOCKED_ACCEPT, task, 1), RULE_WOKEN_OTHERWISE);
	assert_int_equal(find_rule(OFF_SLEEP, BLOCKED_READ, task, 2), RULE_WOKEN_OUTSIDE);
	assert_int_equal(find_rule(OFF_SLEEP, BLOCKED_READ, interrupt, 0), RULE_INTERRUPT);
	assert_int_equal(find_rule(OFF_SLEEP, BLOCKED_READ, WAKER_UNKNOWN, 0), RULE_WAKER_UNSEEN);
	assert_int_equal(find_rule(OFF_DEAD, BLOCKED_READ, interrupt, 0), RULE_NOT_ASLEEP);
}

static void test_what_was_not_seen(void **state)
{
	struct built_thread *main;

	begin(100);
	assert_int_equal(invocation_add_carrier(a, 7), 0);
	main = add_thread(&built, 1, 7);
	add_run(main, 50, 60)->deadline_ns = 200 * MS;
	assert_cause(explain(20), RULE_BEFORE_UNSEEN, 7, 0, 50);
	assert_cause(explain(80), RULE_LAST_DEADLINE, 7, 60, 100);
	assert_int_equal(explain(80)->woken_ns, 0);
	invocation_unref(a);
}

static void test_who_else_was_open(void **state)
{
	struct open_interval others[] = {
		{ .id = 4, .start_ns = 10 * MS, .end_ns = 30 * MS, .nearby = SCOPE_HOME },
		{ .id = 5, .end_ns = UINT64_MAX, .nearby = SCOPE_ENVIRONMENT },
	};
	const struct wait_cause *cause;

	begin(100);
	context.others = others;
	context.other_count = 2;
	add_run(add_thread(&built, 1, 7), 0, 40);
	assert_int_equal(invocation_add_doubtful(a, make_exchange(1, SERVICE_HTTP, 50, 150)), 0);
	cause = explain(12);
	assert_cause(cause, RULE_ON_CPU, 7, 10, 20);
	assert_true(cause->is_share);
	assert_int_equal(cause->others, 1);
	assert_int_equal(cause->state, STATE_ACTIVE);
	cause = explain(25);
	assert_cause(cause, RULE_ON_CPU, 7, 20, 30);
	assert_int_equal(cause->reason, UNKNOWN_SHARED);
	assert_false(explain(35)->is_share);
	cause = explain(70);
	assert_cause(cause, RULE_DOUBTFUL, 0, 50, 100);
	assert_int_equal(cause->outstanding, 1);
	assert_int_equal(a->explanation->other_count, 2);
	assert_int_equal(a->explanation->others[0].id, 4);
	assert_int_equal(a->explanation->others[1].end_ns, UINT64_MAX);
	invocation_unref(a);
}

/* Nothing is kept where nobody asked. */
static void test_not_asked_for(void **state)
{
	begin(100);
	context.is_explained = false;
	assert_int_equal(wait_attribute(a, timeline_finish(&built), &context), 0);
	assert_null(a->explanation);
	invocation_unref(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_thread_that_is_on_a_cpu),
		cmocka_unit_test(test_ready_and_stopped),
		cmocka_unit_test(test_the_attempt_that_ends_first),
		cmocka_unit_test(test_a_call_that_is_known_late),
		cmocka_unit_test(test_what_the_carrier_did),
		cmocka_unit_test(test_who_woke_it),
		cmocka_unit_test(test_what_was_not_seen),
		cmocka_unit_test(test_who_else_was_open),
		cmocka_unit_test(test_not_asked_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
