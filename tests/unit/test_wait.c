// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * test_wait.c - the eight states (user/analysis/wait.c, carrier.c): cases by hand. Random ones are in
 * test_wait_properties.c.
 */
#include "wait_fixture.h"

static void assert_state_ms(const struct invocation *invocation, enum state state, uint64_t ms)
{
	assert_int_equal(invocation->state_ns[state], ms * MS);
}

static void test_wait_for_one_function(void **state)
{
	struct invocation *a = make_invocation(0, "a", 0, 600);
	struct exchange *call = add_attempt(a, 0, SERVICE_LAMBDA_SYNC, 50, 550);
	struct built_timeline built;
	struct built_thread *main;

	timeline_start(&built);
	main = add_thread(&built, 1, 1);
	add_run(main, 0, 50);
	add_run(main, 550, 600);
	attribute(a, timeline_finish(&built));
	assert_state_ms(a, STATE_ACTIVE, 100);
	assert_state_ms(a, STATE_WAIT_LAMBDA, 500);
	assert_int_equal(call->wait_ns, 500 * MS);
	assert_int_equal(a->segment_count, 3);
	assert_int_equal(a->segments[1].attempt, 0);
	invocation_unref(a);
}

static void test_fan_out_partitions_the_wait(void **state)
{
	struct invocation *a = make_invocation(0, "a", 0, 350);
	struct exchange *slow = add_attempt(a, 0, SERVICE_LAMBDA_SYNC, 20, 320);
	struct exchange *middle = add_attempt(a, 1, SERVICE_LAMBDA_SYNC, 20, 220);
	struct exchange *fast = add_attempt(a, 2, SERVICE_LAMBDA_SYNC, 20, 120);
	struct built_timeline built;
	struct built_thread *main;

	timeline_start(&built);
	main = add_thread(&built, 1, 1);
	add_run(main, 0, 20);
	add_run(main, 320, 350);
	attribute(a, timeline_finish(&built));
	assert_int_equal(slow->wait_ns, 100 * MS);
	assert_int_equal(middle->wait_ns, 100 * MS);
	assert_int_equal(fast->wait_ns, 100 * MS);
	invocation_unref(a);
}

static void test_the_attempt_that_ends_first_takes_the_instant(void **state)
{
	struct invocation *a = make_invocation(0, "a", 0, 300);
	struct exchange *function = add_attempt(a, 0, SERVICE_LAMBDA_SYNC, 0, 300);
	struct exchange *database = add_attempt(a, 1, SERVICE_OTHER, 0, 150);
	struct built_timeline built;

	timeline_start(&built);
	add_thread(&built, 1, 1);
	attribute(a, timeline_finish(&built));
	assert_int_equal(database->wait_ns, 150 * MS);
	assert_int_equal(function->wait_ns, 150 * MS);
	assert_state_ms(a, STATE_WAIT_SERVICE, 150);
	assert_state_ms(a, STATE_WAIT_LAMBDA, 150);
	invocation_unref(a);
}

static void test_equal_ends_go_to_the_earlier_start_then_the_lower_id(void **state)
{
	struct invocation *a = make_invocation(0, "a", 0, 100);
	struct exchange *late = add_attempt(a, 1, SERVICE_OTHER, 20, 100);
	struct exchange *high = add_attempt(a, 7, SERVICE_OTHER, 10, 100);
	struct exchange *low = add_attempt(a, 3, SERVICE_OTHER, 10, 100);
	struct built_timeline built;

	timeline_start(&built);
	attribute(a, timeline_finish(&built));
	assert_int_equal(low->wait_ns, 90 * MS);
	assert_int_equal(high->wait_ns, 0);
	assert_int_equal(late->wait_ns, 0);
	assert_state_ms(a, STATE_UNKNOWN, 10);
	invocation_unref(a);
}

static void test_a_dangling_attempt_ends_with_the_invocation(void **state)
{
	struct invocation *a = make_invocation(0, "a", 0, 100);
	struct exchange *dangling = add_attempt(a, 0, SERVICE_OTHER, 10, 10);
	struct exchange *other = add_attempt(a, 1, SERVICE_OTHER, 30, 60);
	struct built_timeline built;
	struct built_thread *main;

	dangling->is_over = false;
	dangling->is_dangling = true;
	timeline_start(&built);
	main = add_thread(&built, 1, 1);
	add_run(main, 0, 10);
	attribute(a, timeline_finish(&built));
	assert_int_equal(other->wait_ns, 30 * MS);
	assert_int_equal(dangling->wait_ns, 60 * MS);
	invocation_unref(a);
}

static void test_a_helper_thread_interrupts_a_wait(void **state)
{
	struct invocation *a = make_invocation(0, "a", 0, 100);
	struct exchange *call = add_attempt(a, 0, SERVICE_LAMBDA_SYNC, 0, 100);
	struct built_timeline built;

	timeline_start(&built);
	add_thread(&built, 1, 1);
	add_run(add_thread(&built, 1, 2), 40, 45);
	attribute(a, timeline_finish(&built));
	assert_state_ms(a, STATE_ACTIVE, 5);
	assert_int_equal(call->wait_ns, 95 * MS);
	assert_int_equal(a->segment_count, 3);
	invocation_unref(a);
}

static void test_runnable_and_stopped(void **state)
{
	struct invocation *a = make_invocation(0, "a", 0, 100);
	struct built_timeline built;
	struct built_thread *main;
	struct run *run;

	timeline_start(&built);
	main = add_thread(&built, 1, 1);
	add_run(main, 0, 30)->off_reason = OFF_PREEMPTED;
	run = add_run(main, 40, 60);
	run->ready_ns = 30 * MS;
	run->off_reason = OFF_STOPPED;
	add_run(main, 80, 85)->off_reason = OFF_THROTTLED;
	add_run(main, 90, 100);
	attribute(a, timeline_finish(&built));
	assert_state_ms(a, STATE_ACTIVE, 65);
	assert_state_ms(a, STATE_RUNNABLE, 10);
	assert_state_ms(a, STATE_UNKNOWN, 25);
	assert_int_equal(a->segments[3].reason, UNKNOWN_STOPPED);
	assert_int_equal(a->segments[5].reason, UNKNOWN_THROTTLED);
	invocation_unref(a);
}

/* One carrier sleeps from 10 to 90 in something; what that is decides. */
static enum state classify(uint8_t off_reason, uint8_t blocked_in, uint64_t deadline_ms,
			   uint8_t waker, uint32_t waker_tgid)
{
	struct invocation *a = make_invocation(0, "a", 0, 100);
	struct built_timeline built;
	struct built_thread *main;
	enum state found;
	struct run *run;

	assert_int_equal(invocation_add_carrier(a, 1), 0);
	timeline_start(&built);
	main = add_thread(&built, 1, 1);
	run = add_run(main, 0, 10);
	run->off_reason = off_reason;
	run->blocked_in = blocked_in;
	run->deadline_ns = deadline_ms * MS;
	run = add_run(main, 90, 100);
	run->waker = waker;
	run->waker_tgid = waker_tgid;
	attribute(a, timeline_finish(&built));
	assert_int_equal(a->segment_count, 3);
	found = a->segments[1].state;
	invocation_unref(a);
	return found;
}

static void test_what_a_carrier_blocked_in(void **state)
{
	const uint8_t interrupt = WAKER_INTERRUPT, task = WAKER_TASK;

	assert_int_equal(classify(OFF_IO, BLOCKED_READ, 0, interrupt, 0), STATE_WAIT_IO);
	assert_int_equal(classify(OFF_UNINTERRUPTIBLE, BLOCKED_NONE, 0, interrupt, 0),
			 STATE_WAIT_IO);
	assert_int_equal(classify(OFF_UNINTERRUPTIBLE, BLOCKED_OTHER, 0, interrupt, 0),
			 STATE_UNKNOWN);
	assert_int_equal(classify(OFF_SLEEP, BLOCKED_SLEEP, 90, interrupt, 0), STATE_WAIT_TIMER);
	assert_int_equal(classify(OFF_SLEEP, BLOCKED_POLL, 91, interrupt, 0), STATE_WAIT_TIMER);
	assert_int_equal(classify(OFF_SLEEP, BLOCKED_POLL, 92, interrupt, 0), STATE_UNKNOWN);
	assert_int_equal(classify(OFF_SLEEP, BLOCKED_POLL, 95, task, 1), STATE_WAIT_LOCK);
	assert_int_equal(classify(OFF_SLEEP, BLOCKED_FUTEX, 0, task, 1), STATE_WAIT_LOCK);
	assert_int_equal(classify(OFF_SLEEP, BLOCKED_FUTEX, 0, task, 9), STATE_UNKNOWN);
	assert_int_equal(classify(OFF_SLEEP, BLOCKED_READ, 0, task, 1), STATE_WAIT_LOCK);
	assert_int_equal(classify(OFF_SLEEP, BLOCKED_ACCEPT, 0, task, 1), STATE_UNKNOWN);
	assert_int_equal(classify(OFF_SLEEP, BLOCKED_POLL, 0, interrupt, 0), STATE_UNKNOWN);
}

static void test_each_carrier_is_listed_once_in_order(void **state)
{
	struct invocation *a = make_invocation(0, "a", 0, 100);

	for (uint32_t i = 0; i < 1000; i++) {
		assert_int_equal(invocation_add_carrier(a, 5000 - i), 0);
		assert_int_equal(invocation_add_carrier(a, 5000 - i / 2), 0);
	}
	assert_int_equal(a->carrier_count, 1000);
	assert_non_null(a->carrier_table); /* not looked for one by one */
	for (uint32_t i = 0; i < 1000; i++)
		assert_int_equal(a->carriers[i], 5000 - i);
	invocation_unref(a);
}

static void test_a_carrier_that_never_runs_again(void **state)
{
	struct invocation *a = make_invocation(0, "a", 0, 100);
	struct built_timeline built;
	struct built_thread *main;

	assert_int_equal(invocation_add_carrier(a, 1), 0);
	timeline_start(&built);
	main = add_thread(&built, 1, 1);
	add_run(main, 0, 10)->deadline_ns = 500 * MS;
	add_run(main, 500, 510);
	attribute(a, timeline_finish(&built));
	assert_state_ms(a, STATE_WAIT_TIMER, 90);
	invocation_unref(a);
}

/* A shell waits for its child: the carriers (curl) are dead or not born, the child is in nanosleep. */
static void test_no_carrier_alive(void **state)
{
	struct invocation *a = make_invocation(0, "a", 0, 100);
	struct built_timeline built;
	struct built_thread *shell, *curl, *sleep;
	struct run *run;

	assert_int_equal(invocation_add_carrier(a, 5), 0);
	timeline_start(&built);
	shell = add_thread(&built, 4, 4);
	add_run(shell, 5, 10)->blocked_in = BLOCKED_WAIT;
	run = add_run(shell, 95, 100);
	run->waker = WAKER_TASK;
	run->waker_tgid = 6;
	curl = add_thread(&built, 5, 5);
	add_run(curl, 0, 5);
	curl->timeline.end_ns = 5 * MS;
	sleep = add_thread(&built, 6, 6);
	sleep->timeline.start_ns = 10 * MS;
	run = add_run(sleep, 10, 15);
	run->blocked_in = BLOCKED_SLEEP;
	run->deadline_ns = 90 * MS;
	add_run(sleep, 90, 95)->off_reason = OFF_DEAD;
	attribute(a, timeline_finish(&built));
	assert_state_ms(a, STATE_WAIT_TIMER, 75);
	assert_state_ms(a, STATE_ACTIVE, 25);
	invocation_unref(a);
}

static void test_without_scheduler_facts_it_is_estimated(void **state)
{
	struct invocation *a = make_invocation(0, "a", 0, 100);
	struct timeline none = { .has_scheduler_facts = false };

	add_attempt(a, 0, SERVICE_LAMBDA_SYNC, 20, 80);
	attribute(a, &none);
	assert_state_ms(a, STATE_ACTIVE, 40);
	assert_state_ms(a, STATE_WAIT_LAMBDA, 60);
	assert_true(a->flags & INVOCATION_ESTIMATED);
	invocation_unref(a);
}

static void test_loss_is_unknown_where_nothing_explains(void **state)
{
	struct fact_loss loss = {
		.from_ns = 20 * MS, .to_ns = 70 * MS, .records = 3, .loss_class = LOSS_SCHEDULER
	};
	struct invocation *a = make_invocation(0, "a", 0, 100);
	struct wait_context context = { 0 };
	struct built_timeline built;
	struct loss_log losses;
	struct built_thread *main;

	assert_int_equal(invocation_add_carrier(a, 1), 0);
	loss_log_init(&losses);
	assert_int_equal(loss_log_add(&losses, &loss), 0);
	context.losses = &losses;
	timeline_start(&built);
	main = add_thread(&built, 1, 1);
	add_run(main, 0, 10)->deadline_ns = 90 * MS;
	add_run(main, 90, 100);
	add_attempt(a, 0, SERVICE_OTHER, 60, 80);
	assert_int_equal(wait_attribute(a, timeline_finish(&built), &context), 0);
	assert_true(wait_is_exact(a));
	assert_true(a->flags & INVOCATION_INCOMPLETE);
	assert_state_ms(a, STATE_WAIT_SERVICE, 20);
	assert_state_ms(a, STATE_UNKNOWN, 40);
	assert_state_ms(a, STATE_WAIT_TIMER, 20);
	loss_log_release(&losses);
	invocation_unref(a);
}

/* Two at once on one thread: 7 ns of CPU are 4 for the lower id and 3 for the other. */
static void test_shared_time_is_split_without_rest(void **state)
{
	struct open_interval first = { .id = 0, .start_ns = 0, .end_ns = UINT64_MAX };
	struct open_interval second = { .id = 1, .start_ns = 50 * MS, .end_ns = 150 * MS };
	struct invocation *a = make_invocation(0, "a", 0, 200);
	struct invocation *b = make_invocation(1, "a", 50, 150);
	struct wait_context context_a = { .others = &second,
					  .other_count = 1,
					  .is_explained = true };
	struct wait_context context_b = { .others = &first,
					  .other_count = 1,
					  .is_explained = true };
	struct built_timeline built;
	struct built_thread *main;
	struct run *run;

	timeline_start(&built);
	main = add_thread(&built, 1, 1);
	add_run(main, 40, 60);
	run = add_run(main, 100, 100);
	run->off_ns += 7;
	add_attempt(a, 0, SERVICE_OTHER, 0, 200);
	add_attempt(b, 1, SERVICE_OTHER, 55, 150);
	assert_int_equal(wait_attribute(a, timeline_finish(&built), &context_a), 0);
	assert_int_equal(wait_attribute(b, timeline_finish(&built), &context_b), 0);
	assert_true(wait_is_exact(a) && wait_is_exact(b));
	assert_explained(a);
	assert_explained(b);
	assert_int_equal(a->state_ns[STATE_ACTIVE], 15 * MS + 4);
	assert_int_equal(b->state_ns[STATE_ACTIVE], 5 * MS + 3);
	assert_int_equal(a->state_ns[STATE_UNKNOWN], 5 * MS + 3);
	assert_int_equal(b->state_ns[STATE_UNKNOWN], 5 * MS + 4);
	assert_true(a->flags & INVOCATION_SHARED);
	assert_int_equal(a->shared_ns, 10 * MS + 7);
	assert_int_equal(b->shared_ns, 10 * MS + 7);
	invocation_unref(a);
	invocation_unref(b);
}

/* Only what can be another's is shared, and only with those whose it can be. */
static void test_a_share_is_as_large_as_the_scope_is_small(void **state)
{
	struct open_interval others[] = {
		{ .id = 1, .end_ns = 200 * MS, .nearby = SCOPE_PROCESS },
		{ .id = 2, .end_ns = 200 * MS, .nearby = SCOPE_ENVIRONMENT },
	};
	struct wait_context context = { .others = others, .other_count = 2, .is_explained = true };
	struct invocation *a = make_invocation(0, "a", 0, 200);
	struct built_timeline built;
	struct built_thread *home, *helper;

	timeline_start(&built);
	home = add_thread(&built, 1, 1);
	add_run(home, 0, 20);
	helper = add_thread(&built, 1, 2);
	add_run(helper, 10, 40)->scope = SCOPE_PROCESS;
	add_run(helper, 100, 130)->scope = SCOPE_ENVIRONMENT;
	assert_int_equal(wait_attribute(a, timeline_finish(&built), &context), 0);
	assert_true(wait_is_exact(a));
	assert_state_ms(a, STATE_ACTIVE, 20 + 10 + 10);
	assert_int_equal(a->shared_ns, 50 * MS);
	assert_true(a->flags & INVOCATION_SHARED);

	built.threads[1].timeline.run_count = 0;
	a->flags = 0;
	assert_int_equal(wait_attribute(a, timeline_finish(&built), &context), 0);
	assert_state_ms(a, STATE_ACTIVE, 20);
	assert_int_equal(a->flags, 0);
	assert_int_equal(a->shared_ns, 0);
	invocation_unref(a);
}

/*
 * A helper thread that moved its bytes works for another one from 30 to 40 and has waited for a CPU since 28:
 * its own work goes on there at 50. Before and after that the helper is blocked; while a call is out, that
 * is what is waited for.
 */
static void test_a_carrier_at_another_ones_work(void **state)
{
	struct invocation *a = make_invocation(0, "a", 0, 100);
	struct built_timeline built;
	struct built_thread *helper;
	struct run *run;

	assert_int_equal(invocation_add_carrier(a, 2), 0);
	timeline_start(&built);
	add_run(add_thread(&built, 1, 1), 0, 10);
	helper = add_thread(&built, 1, 2);
	add_run(helper, 10, 20)->blocked_in = BLOCKED_FUTEX;
	run = add_run(helper, 30, 40);
	run->ready_ns = 28 * MS;
	run->scope = SCOPE_OTHERS;
	run->blocked_in = BLOCKED_FUTEX;
	run->waker = WAKER_TASK;
	run->waker_tgid = 1;
	run = add_run(helper, 50, 100);
	run->waker = WAKER_TASK;
	run->waker_tgid = 1;
	attribute(a, timeline_finish(&built));
	assert_state_ms(a, STATE_ACTIVE, 10 + 10 + 50);
	assert_state_ms(a, STATE_RUNNABLE, 12);
	assert_state_ms(a, STATE_WAIT_LOCK, 8 + 10);
	assert_false(a->flags & INVOCATION_SHARED);

	add_attempt(a, 0, SERVICE_OTHER, 15, 35);
	attribute(a, timeline_finish(&built));
	assert_state_ms(a, STATE_WAIT_SERVICE, 15);
	assert_state_ms(a, STATE_RUNNABLE, 5);
	invocation_unref(a);
}

/* A call of one of several is not counted as anybody's wait, and the time is not guessed. */
static void test_a_doubtful_call_explains_nothing(void **state)
{
	struct invocation *a = make_invocation(0, "a", 0, 100);
	struct exchange *own = add_attempt(a, 0, SERVICE_LAMBDA_SYNC, 40, 60);
	struct built_timeline built;

	assert_int_equal(invocation_add_doubtful(a, make_exchange(1, SERVICE_HTTP, 20, 150)), 0);
	timeline_start(&built);
	add_run(add_thread(&built, 1, 1), 0, 30);
	attribute(a, timeline_finish(&built));
	assert_state_ms(a, STATE_ACTIVE, 30);
	assert_int_equal(own->wait_ns, 20 * MS);
	assert_state_ms(a, STATE_UNKNOWN, 50);
	assert_int_equal(a->segments[1].reason, UNKNOWN_SHARED);
	assert_int_equal(a->shared_ns, 50 * MS);
	assert_true(a->flags & INVOCATION_SHARED);
	invocation_unref(a);
}

static void test_nothing_at_all(void **state)
{
	struct invocation *empty = make_invocation(0, "a", 5, 5);
	struct invocation *blank = make_invocation(0, "a", 5, 6);
	struct timeline timeline = { .has_scheduler_facts = true };

	attribute(empty, &timeline);
	assert_int_equal(empty->segment_count, 0);
	attribute(blank, &timeline);
	assert_state_ms(blank, STATE_UNKNOWN, 1);
	invocation_unref(empty);
	invocation_unref(blank);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_wait_for_one_function),
		cmocka_unit_test(test_fan_out_partitions_the_wait),
		cmocka_unit_test(test_the_attempt_that_ends_first_takes_the_instant),
		cmocka_unit_test(test_equal_ends_go_to_the_earlier_start_then_the_lower_id),
		cmocka_unit_test(test_a_dangling_attempt_ends_with_the_invocation),
		cmocka_unit_test(test_a_helper_thread_interrupts_a_wait),
		cmocka_unit_test(test_runnable_and_stopped),
		cmocka_unit_test(test_what_a_carrier_blocked_in),
		cmocka_unit_test(test_each_carrier_is_listed_once_in_order),
		cmocka_unit_test(test_a_carrier_that_never_runs_again),
		cmocka_unit_test(test_no_carrier_alive),
		cmocka_unit_test(test_without_scheduler_facts_it_is_estimated),
		cmocka_unit_test(test_loss_is_unknown_where_nothing_explains),
		cmocka_unit_test(test_shared_time_is_split_without_rest),
		cmocka_unit_test(test_a_share_is_as_large_as_the_scope_is_small),
		cmocka_unit_test(test_a_carrier_at_another_ones_work),
		cmocka_unit_test(test_a_doubtful_call_explains_nothing),
		cmocka_unit_test(test_nothing_at_all),
	};

	return cmocka_run_group_tests_name("wait", tests, NULL, NULL);
}
