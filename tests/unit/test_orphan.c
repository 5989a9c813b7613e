/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * test_orphan.c - what served nobody (user/analysis/orphan, repetition): callees whose caller is gone, and what
 * they call in turn; what is known of who ended an attempt, and what is not; runs that were thrown away.
 */
#include "model_builder.h"

#include "analysis/descent.h"
#include "analysis/orphan.h"
#include "analysis/repetition.h"
#include "analysis/retry.h"

#define CHAIN_MAX 8

static struct invocation *all[CHAIN_MAX];
static struct chain chain;

static int setup(void **state)
{
	memset(&chain, 0, sizeof(chain));
	return 0;
}

static int teardown(void **state)
{
	for (size_t i = 0; i < chain.invocation_count; i++)
		invocation_unref(all[i]);
	return 0;
}

static struct invocation *add(const char *function, uint64_t start_ms, uint64_t end_ms)
{
	struct invocation *invocation =
		make_invocation(chain.invocation_count, function, start_ms, end_ms);

	assert_true(chain.invocation_count < CHAIN_MAX);
	invocation->depth = 1;
	all[chain.invocation_count++] = invocation;
	chain.invocations = all;
	chain.root = all[0];
	return invocation;
}

/* @caller's attempt from @start_ms on, which @callee answers, unless the test says otherwise. */
static struct exchange *call(struct invocation *caller, struct invocation *callee,
			     uint64_t start_ms, uint64_t end_ms)
{
	struct exchange *attempt =
		add_attempt(caller, caller->attempt_count, SERVICE_LAMBDA_SYNC, start_ms, end_ms);

	attempt->owner = caller;
	attempt->callee = invocation_ref(callee);
	attempt->wait_ns = attempt->end_ns - attempt->start_ns;
	callee->parent = caller;
	callee->caller = attempt;
	callee->depth = caller->depth + 1;
	return attempt;
}

static void cut(struct exchange *attempt, enum exchange_close closed_by)
{
	attempt->is_cut = true;
	attempt->has_response = false;
	attempt->response_start_ns = 0;
	attempt->closed_by = closed_by;
}

static void compute(void)
{
	struct invocation **order = descent_new(&chain);

	for (size_t i = 0; i < chain.invocation_count; i++) {
		all[i]->cost_pico = 1000 + (int64_t)i;
		assert_int_equal(retry_compute(all[i]), 0);
	}
	orphan_compute(price_plan_get(false), order, chain.invocation_count);
	repetition_compute(price_plan_get(false), order, chain.invocation_count);
	free(order);
}

static void assert_orphan(const struct invocation *invocation, enum orphan_cause cause,
			  uint64_t orphaned_ms)
{
	assert_int_equal(invocation->waste.orphaned_by, cause);
	assert_int_equal(invocation->waste.orphaned_ns, orphaned_ms * MS);
	assert_int_equal(!!invocation->waste.orphaned_since_ns, cause != ORPHAN_NONE);
}

/* ---- orphans ---- */

/* The worked case: killed at its time-out of 1000, the callee runs from 50 to 3050. */
static void test_caller_is_killed(void **state)
{
	struct invocation *a = add("a", 0, 1000), *b = add("b", 50, 3050);
	struct exchange *attempt = call(a, b, 50, 1000);

	a->status = STATUS_TIMEOUT;
	cut(attempt, CLOSED_BY_UNKNOWN);
	attempt->is_dangling = true;
	compute();
	assert_orphan(a, ORPHAN_NONE, 0);
	assert_orphan(b, ORPHAN_CALLER_DIED, 2050);
	/* 2.05 s of 1 GB at 16666700 */
	assert_int_equal(b->waste.orphaned_pico, 34166735);
	assert_int_equal(b->waste.retry_ns, 0);
}

/* What was answered is read: work after the response is billed, but no orphan. */
static void test_work_after_the_response(void **state)
{
	struct invocation *a = add("a", 0, 100), *b = add("b", 10, 300);

	b->response_ns = 50 * MS;
	call(a, b, 10, 50);
	compute();
	assert_orphan(b, ORPHAN_NONE, 0);
}

static void test_who_ended_it(void **state)
{
	struct invocation *a = add("a", 0, 100), *gave_up = add("b", 10, 90);
	struct invocation *reset = add("b", 10, 90), *unknown = add("b", 10, 90);
	struct invocation *left = add("b", 10, 190), *over = add("b", 10, 20);

	cut(call(a, gave_up, 10, 30), CLOSED_BY_CALLER);
	cut(call(a, reset, 10, 40), CLOSED_BY_RESET);
	cut(call(a, unknown, 10, 40), CLOSED_BY_UNKNOWN);
	call(a, left, 10, 100)->is_dangling = true;
	cut(call(a, over, 10, 30), CLOSED_BY_CALLER);
	compute();
	assert_orphan(gave_up, ORPHAN_GAVE_UP, 60);
	assert_orphan(reset, ORPHAN_BROKEN, 50);
	assert_orphan(unknown, ORPHAN_NONE, 0);
	assert_orphan(left, ORPHAN_NOT_AWAITED, 90);
	assert_orphan(over, ORPHAN_GAVE_UP, 0); /* it had ended before */
}

/* What the recording's end cut may have been read later. */
static void test_cut_recording(void **state)
{
	struct invocation *a = add("a", 0, 100), *b = add("b", 10, 100);
	struct exchange *attempt = call(a, b, 10, 100);

	a->status = b->status = STATUS_CUT;
	cut(attempt, CLOSED_BY_UNKNOWN);
	attempt->is_dangling = true;
	compute();
	assert_orphan(b, ORPHAN_NONE, 0);
}

/* An API in front answered 504 at 30; one that the emulator ended, and one that failed itself, answered. */
static void test_answered_for(void **state)
{
	struct invocation *a = add("a", 0, 100), *slow = add("b", 10, 90);
	struct invocation *ended = add("b", 10, 35), *failed = add("b", 10, 35);
	struct exchange *attempts[] = { call(a, slow, 10, 30), call(a, ended, 10, 30),
					call(a, failed, 10, 36) };

	for (size_t i = 0; i < 3; i++)
		attempts[i]->status = i == 2 ? 500 : 504;
	ended->status = STATUS_TIMEOUT;
	ended->response_ns = 0;
	compute();
	assert_orphan(slow, ORPHAN_ANSWERED_FOR, 60);
	assert_orphan(ended, ORPHAN_NONE, 0);
	assert_orphan(failed, ORPHAN_NONE, 0);
}

/* c is called by b after b's caller is gone; d before, and ends after; e by b, which gives up on it first. */
static void test_below_an_orphan(void **state)
{
	struct invocation *a = add("a", 0, 100), *b = add("b", 10, 1000);
	struct invocation *c = add("a", 200, 300), *d = add("d", 50, 150), *e = add("e", 20, 900);
	struct exchange *attempt = call(a, b, 10, 100);

	a->status = STATUS_KILLED;
	cut(attempt, CLOSED_BY_UNKNOWN);
	attempt->is_dangling = true;
	call(b, c, 200, 300);
	call(b, d, 50, 150);
	cut(call(b, e, 20, 60), CLOSED_BY_CALLER);
	compute();
	assert_orphan(b, ORPHAN_CALLER_DIED, 900);
	assert_orphan(c, ORPHAN_ABOVE, 100);
	assert_orphan(d, ORPHAN_ABOVE, 50);
	assert_orphan(e, ORPHAN_GAVE_UP, 840);
}

/* ---- repetition ---- */

static void retry(struct exchange *first, struct exchange *second)
{
	second->call = first->call;
	second->attempt = 2;
	second->retry = LINK_EXACT;
}

static void add_segment(struct invocation *invocation, uint64_t from_ms, uint64_t to_ms,
			enum state state)
{
	invocation->segments = realloc(invocation->segments,
				       (invocation->segment_count + 1) * sizeof(struct segment));
	invocation->segments[invocation->segment_count++] =
		(struct segment){ .start_ns = from_ms * MS, .end_ns = to_ms * MS, .state = state };
}

/* The worked case: 100 work, the attempt fails after 300, back-off 100, the retry takes 300. */
static void test_retry_waste(void **state)
{
	struct invocation *a = add("a", 0, 800), *first = add("b", 100, 400);
	struct invocation *second = add("b", 500, 800);
	struct exchange *failed = call(a, first, 100, 400), *good = call(a, second, 500, 800);

	first->status = STATUS_ERROR;
	failed->status = 500;
	retry(failed, good);
	add_segment(a, 0, 400, STATE_WAIT_LAMBDA);
	add_segment(a, 400, 500, STATE_WAIT_TIMER);
	add_segment(a, 500, 800, STATE_WAIT_LAMBDA);
	compute();
	assert_int_equal(a->waste.retry_ns, 400 * MS);
	assert_int_equal(a->waste.retry_pico, 6666680);
	assert_int_equal(first->waste.retry_ns, 300 * MS);
	assert_int_equal(first->waste.retry_pico, first->cost_pico);
	assert_true(first->waste.is_discarded);
	assert_int_equal(second->waste.retry_ns, 0);
	assert_false(second->waste.is_duplicate);
	assert_orphan(first, ORPHAN_NONE, 0);
}

/* a gave up on b after 50 and asked again, while the first b, which called c and retried that, went on. */
static void test_duplicate(void **state)
{
	struct invocation *a = add("a", 0, 400), *first = add("b", 10, 300);
	struct invocation *second = add("b", 70, 380), *c = add("c", 20, 50),
			  *again = add("c", 60, 90);
	struct exchange *given_up = call(a, first, 10, 60), *good = call(a, second, 70, 380);
	struct exchange *failed = call(first, c, 20, 50), *repeated = call(first, again, 60, 90);

	cut(given_up, CLOSED_BY_CALLER);
	retry(given_up, good);
	c->status = STATUS_ERROR;
	retry(failed, repeated);
	compute();
	assert_true(second->waste.is_duplicate);
	assert_false(first->waste.is_duplicate);
	assert_false(again->waste.is_duplicate);
	assert_orphan(first, ORPHAN_GAVE_UP, 240);
	assert_orphan(again, ORPHAN_ABOVE, 30);
	/* Each nanosecond once: b's own waits for c are in b's bill. */
	assert_int_equal(a->waste.retry_ns, 50 * MS);
	assert_int_equal(first->waste.retry_ns, 290 * MS);
	assert_int_equal(c->waste.retry_ns, 30 * MS);
	assert_int_equal(again->waste.retry_ns, 30 * MS);
	assert_int_equal(second->waste.retry_ns, 0);
}

/* An event that was handed out again is known by its link. */
static void test_rerun(void **state)
{
	struct invocation *a = add("a", 0, 100);

	a->basis.evidence = LINK_BY_RERUN;
	compute();
	assert_true(a->waste.is_duplicate);
	assert_false(a->waste.is_discarded);
	assert_int_equal(a->waste.retry_ns, 0);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_caller_is_killed),
		TEST(test_work_after_the_response),
		TEST(test_who_ended_it),
		TEST(test_cut_recording),
		TEST(test_answered_for),
		TEST(test_below_an_orphan),
		TEST(test_retry_waste),
		TEST(test_duplicate),
		TEST(test_rerun),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
