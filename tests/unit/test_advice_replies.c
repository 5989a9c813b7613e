// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * test_advice_replies.c - the rules of user/analysis/advice about what comes back and what comes next: replies that
 * say nothing or are not waited for, several consumers, steps in a row.
 */
#include "advice_fixture.h"

/* ---- the reply ---- */

/* The same success, whatever was asked; then a answers. */
static struct exchange *notify(const char *callee, uint64_t start_ms)
{
	struct exchange *attempt = call(made.count ? made.invocations[0] : run("shop-a", 0, 500),
					callee, start_ms, start_ms + 50);

	ask(callee_of(attempt), SERVICE_AWS, start_ms + 10, start_ms + 20);
	set_body(&attempt->response_body, 77, 4);
	return attempt;
}

static void test_same_reply(void **state)
{
	const struct edge_advice *edge;

	for (int i = 0; i < ENOUGH; i++) {
		notify("shop-b", 10);
		tell();
	}
	edge = find("shop-a", "shop-b");
	assert_verdict(edge, VERDICT_ASYNC_SQS);
	assert_int_equal(edge->facts.same_replies, ENOUGH);
	assert_int_equal(edge->facts.reply_bytes, 4);
	assert_int_equal(edge->facts.requests, ENOUGH);
	assert_true(holds_also(edge, VERDICT_DIRECT_OK));
	notify("shop-b", 10)->response_body.value++; /* the next one says something */
	tell();
	assert_verdict(find("shop-a", "shop-b"), VERDICT_DIRECT_OK);
}

/* It is the answer to what was asked: to four things, or to five. */
static void test_same_reply_to_few_requests(void **state)
{
	for (int i = 0; i < ENOUGH; i++) {
		set_body(&notify("shop-b", 10)->request_body, (uint64_t)i % 4, 100);
		tell();
	}
	assert_verdict(find("shop-a", "shop-b"), VERDICT_DIRECT_OK);
	assert_int_equal(find("shop-a", "shop-b")->facts.requests, 4);
	set_body(&notify("shop-b", 10)->request_body, 4, 100);
	tell();
	assert_verdict(find("shop-a", "shop-b"), VERDICT_ASYNC_SQS);
}

/* An empty one says nothing, to whatever. */
static void test_empty_reply(void **state)
{
	for (int i = 0; i < ENOUGH; i++) {
		struct exchange *attempt = notify("shop-b", 10);

		set_body(&attempt->request_body, 1, 2);
		set_body(&attempt->response_body, 0, 0);
		tell();
	}
	assert_verdict(find("shop-a", "shop-b"), VERDICT_ASYNC_SQS);
}

/* Only the first bytes of it are known to be the same. */
static void test_same_beginning_of_reply(void **state)
{
	for (int i = 0; i < ENOUGH; i++) {
		notify("shop-b", 10)->response_body.flags = DIGEST_IS_PREFIX;
		tell();
	}
	assert_verdict(find("shop-a", "shop-b"), VERDICT_DIRECT_OK);
}

static void test_reply_is_a_failure(void **state)
{
	for (int i = 0; i < ENOUGH; i++) {
		notify("shop-b", 10)->function_error = "Unhandled";
		tell();
	}
	assert_verdict(find("shop-a", "shop-b"), VERDICT_DIRECT_OK);
}

/* Something came after it, once: that can have waited for it. */
static void test_same_reply_and_then_a_call(void **state)
{
	for (int i = 0; i < ENOUGH; i++) {
		notify("shop-b", 10);
		if (i == 3)
			ask(made.invocations[0], SERVICE_AWS, 60, 70);
		tell();
	}
	assert_verdict(find("shop-a", "shop-b"), VERDICT_DIRECT_OK);
	assert_int_equal(find("shop-a", "shop-b")->facts.last_calls, ENOUGH - 1);
}

/* One call of it for each of several things: each may go the same way. */
static void test_same_reply_and_then_the_same_function(void **state)
{
	for (int i = 0; i < ENOUGH / 2; i++) {
		notify("shop-b", 10);
		notify("shop-b", 70);
		tell();
	}
	assert_verdict(find("shop-a", "shop-b"), VERDICT_ASYNC_SQS);
}

/* a has answered before the reply begins: at its end it is open, or comes later. */
static void tell_unread(bool is_content)
{
	struct exchange *attempt = add_plain();

	made.invocations[0]->response_ns = (clock_ms + 30) * MS;
	if (!is_content)
		made.invocations[0]->status = STATUS_ERROR;
	tell();
	(void)attempt;
}

static void test_unread_reply(void **state)
{
	for (int i = 0; i < ENOUGH; i++)
		tell_unread(true);
	assert_verdict(find("shop-a", "bank-b"), VERDICT_ASYNC_SQS);
	assert_int_equal(find("shop-a", "bank-b")->facts.unread_replies, ENOUGH);
	add_plain(); /* one that it waits for */
	tell();
	assert_verdict(find("shop-a", "bank-b"), VERDICT_NEEDS_CONTRACT);
}

static void test_unread_reply_of_a_failure(void **state)
{
	for (int i = 0; i < ENOUGH; i++)
		tell_unread(i > 0);
	assert_verdict(find("shop-a", "bank-b"), VERDICT_NEEDS_CONTRACT);
}

static void add_event_call(uint16_t status)
{
	struct exchange *attempt = ask(run("shop-a", 0, 100), SERVICE_LAMBDA_EVENT, 10, 15);

	attempt->function = "shop-b";
	attempt->status = status;
	attempt->link = LINK_NONE;
	tell();
}

/* Nobody answers them; what they led to need not be known. */
static void test_event_calls(void **state)
{
	const struct edge_advice *edge;

	for (int i = 0; i < ENOUGH - 1; i++)
		add_event_call(202);
	add_event_call(429);
	assert_verdict(find("shop-a", "shop-b"), VERDICT_UNKNOWN);
	add_event_call(202);
	edge = find("shop-a", "shop-b");
	assert_verdict(edge, VERDICT_ASYNC_SQS);
	assert_int_equal(edge->mode, EDGE_EVENT);
	assert_int_equal(edge->also,
			 0); /* who does not wait needs neither a library nor a contract */
}

/* ---- several consumers ---- */

static void tell_notifications(bool has_one_body)
{
	static const char *const names[] = { "shop-b", "shop-c", "shop-d" };

	for (uint64_t j = 0; j < 3; j++) {
		struct exchange *attempt = notify(names[j], 10 + 5 * j);

		if (has_one_body)
			set_body(&attempt->request_body, 5000 + clock_ms, 100);
	}
	tell();
}

static void test_fan_out(void **state)
{
	for (int i = 0; i < ENOUGH; i++)
		tell_notifications(i % 2);
	assert_verdict(find("shop-a", "shop-b"), VERDICT_FAN_OUT);
	assert_verdict(find("shop-a", "shop-d"), VERDICT_FAN_OUT);
	assert_true(holds_also(find("shop-a", "shop-c"), VERDICT_ASYNC_SQS));
	assert_int_equal(find("shop-a", "shop-c")->facts.consumers_max, 3);
	tell_notifications(false); /* less than half */
	assert_verdict(find("shop-a", "shop-b"), VERDICT_ASYNC_SQS);
}

/* Their answers are put together: nobody else can do that. */
static void test_parallel_calls_with_replies(void **state)
{
	for (int i = 0; i < ENOUGH; i++) {
		struct invocation *caller = run("shop-a", 0, 100);
		struct exchange *one = call(caller, "shop-b", 10, 60);
		struct exchange *other = call(caller, "shop-c", 11, 70);

		ask(callee_of(one), SERVICE_AWS, 20, 30);
		ask(callee_of(other), SERVICE_AWS, 20, 30);
		other->request_body = one->request_body;
		tell();
	}
	assert_verdict(find("shop-a", "shop-b"), VERDICT_DIRECT_OK);
	assert_int_equal(find("shop-a", "shop-b")->facts.fan_outs, ENOUGH);
	assert_int_equal(find("shop-a", "shop-b")->facts.sequences, 0);
}

/* ---- steps ---- */

static void tell_steps(bool is_retried, bool is_parallel)
{
	struct invocation *caller = run("shop-a", 0, 500);
	struct exchange *step = call(caller, "shop-b", 10, 60);

	ask(callee_of(step), SERVICE_AWS, 20, 30);
	if (is_retried) {
		struct exchange *failed = call(caller, "shop-c", 70, 100);

		ask(callee_of(failed), SERVICE_AWS, 80, 90);
		failed->is_repeated = true;
	}
	step = call(caller, "shop-c", is_parallel ? 50 : 110, 200);
	ask(callee_of(step), SERVICE_AWS, 120, 130);
	step->attempt = is_retried ? 2 : 1;
	tell();
}

static void test_steps(void **state)
{
	for (int i = 0; i < ENOUGH - 1; i++)
		tell_steps(i == 0, false);
	tell_steps(false, false);
	assert_verdict(find("shop-a", "shop-b"), VERDICT_DIRECT_OK); /* one retry is an accident */
	tell_steps(true, false);
	assert_verdict(find("shop-a", "shop-b"), VERDICT_STEP_FUNCTIONS);
	assert_verdict(find("shop-a", "shop-c"), VERDICT_STEP_FUNCTIONS);
	assert_int_equal(find("shop-a", "shop-c")->facts.steps_max, 2);
	assert_int_equal(find("shop-a", "shop-c")->facts.retried, 2);
}

static void test_steps_at_once(void **state)
{
	for (int i = 0; i < ENOUGH; i++)
		tell_steps(true, true);
	assert_verdict(find("shop-a", "shop-b"), VERDICT_DIRECT_OK);
}

static void test_steps_in_less_than_half(void **state)
{
	for (int i = 0; i < ENOUGH; i++) {
		if (i % 2) {
			tell_steps(true, false);
			continue;
		}
		ask(callee_of(call(run("shop-a", 0, 100), "shop-b", 10, 60)), SERVICE_AWS, 20, 30);
		tell();
	}
	assert_verdict(find("shop-a", "shop-b"), VERDICT_STEP_FUNCTIONS);
	ask(callee_of(call(run("shop-a", 0, 100), "shop-b", 10, 60)), SERVICE_AWS, 20, 30);
	tell();
	assert_verdict(find("shop-a", "shop-b"), VERDICT_DIRECT_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_same_reply),
		TEST(test_same_reply_to_few_requests),
		TEST(test_empty_reply),
		TEST(test_same_beginning_of_reply),
		TEST(test_reply_is_a_failure),
		TEST(test_same_reply_and_then_a_call),
		TEST(test_same_reply_and_then_the_same_function),
		TEST(test_unread_reply),
		TEST(test_unread_reply_of_a_failure),
		TEST(test_event_calls),
		TEST(test_fan_out),
		TEST(test_parallel_calls_with_replies),
		TEST(test_steps),
		TEST(test_steps_at_once),
		TEST(test_steps_in_less_than_half),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
