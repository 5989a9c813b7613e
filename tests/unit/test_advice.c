// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * test_advice.c - the border of every rule of user/analysis/advice: what holds with n of n and not with n - 1,
 * 19 and 20 observations, what cannot be said where something was not seen, and which verdict is the first.
 */
#include "model_builder.h"

#include <errno.h>

#include "analysis/advice.h"
#include "analysis/aggregate.h"
#include "analysis/billing.h"
#include "analysis/chain.h"
#include "analysis/price_plan.h"
#include "analysis/same_service.h"
#include "analysis/service_prices.h"
#include "base/units.h"
#include "output/advice_words.h"

#define ENOUGH ADVICE_OBSERVATIONS_MIN
#define INVOCATIONS_MAX 8

static struct advice *advice;
static uint64_t clock_ms, next_id;

/* One chain in the making. */
static struct {
	struct invocation *invocations[INVOCATIONS_MAX];
	size_t count;
} made;

static int setup(void **state)
{
	const struct advice_options options = { 0 };

	clock_ms = 1000;
	next_id = 0;
	made.count = 0;
	return advice_new(&advice, &options);
}

static int teardown(void **state)
{
	advice_free(advice);
	return 0;
}

/* ---- building ---- */

static struct invocation *run(const char *function, uint64_t start_ms, uint64_t end_ms)
{
	struct invocation *invocation =
		make_invocation(next_id++, function, clock_ms + start_ms, clock_ms + end_ms);

	assert_true(made.count < INVOCATIONS_MAX);
	made.invocations[made.count++] = invocation;
	return invocation;
}

static void set_body(struct digest *digest, uint64_t value, uint64_t bytes)
{
	*digest = (struct digest){ .value = value, .bytes = bytes };
}

/* @caller asks something, and is answered something else each time. */
static struct exchange *ask(struct invocation *caller, enum service_class service_class,
			    uint64_t start_ms, uint64_t end_ms)
{
	struct exchange *attempt = add_attempt(caller, next_id++, service_class,
					       clock_ms + start_ms, clock_ms + end_ms);

	attempt->status = 200;
	attempt->owner = caller;
	set_body(&attempt->request_body, next_id, 100);
	set_body(&attempt->response_body, next_id, 50);
	return attempt;
}

/* A call of @function, which ran all the time until its reply. */
static struct exchange *call(struct invocation *caller, const char *function, uint64_t start_ms,
			     uint64_t end_ms)
{
	struct exchange *attempt = ask(caller, SERVICE_LAMBDA_SYNC, start_ms, end_ms);

	attempt->function = function;
	attempt->callee = invocation_ref(run(function, start_ms, end_ms));
	attempt->link = LINK_EXACT;
	return attempt;
}

static struct invocation *callee_of(const struct exchange *attempt)
{
	return attempt->callee;
}

/* Tells the chain; the next one begins later. */
static void tell(void)
{
	struct chain chain = { .root = made.invocations[0],
			       .invocations = made.invocations,
			       .invocation_count = made.count };

	assert_int_equal(advice_add_chain(advice, &chain), 0);
	for (size_t i = 0; i < made.count; i++)
		invocation_unref(made.invocations[i]);
	made.count = 0;
	clock_ms += 1000;
}

/* The same with the chain's own figures. */
static void tell_billed(void)
{
	const struct price_plan *plan = price_plan_get(false);
	struct chain chain = { .root = made.invocations[0],
			       .invocations = made.invocations,
			       .invocation_count = made.count };

	for (size_t i = 0; i < made.count; i++) {
		billing_compute(plan, made.invocations[i]);
		sums_add_invocation(&chain.sums, plan, made.invocations[i]);
	}
	chain.latency_ns = chain.root->response_ns - chain.root->start_ns;
	assert_int_equal(advice_add_chain(advice, &chain), 0);
	for (size_t i = 0; i < made.count; i++)
		invocation_unref(made.invocations[i]);
	made.count = 0;
	clock_ms += 1000;
}

/* a waits for b, and goes on to work: b asks a service for something. */
static struct exchange *add_plain(void)
{
	struct exchange *attempt = call(run("shop-a", 0, 100), "bank-b", 10, 60);

	ask(callee_of(attempt), SERVICE_AWS, 20, 30);
	return attempt;
}

static const struct edge_advice *find(const char *caller, const char *callee)
{
	const struct edge_advice *rows;
	size_t count;

	assert_int_equal(advice_finish(advice, &rows, &count), 0);
	for (size_t i = 0; i < count; i++)
		if (!strcmp(rows[i].caller, caller) && !strcmp(rows[i].callee, callee))
			return &rows[i];
	fail_msg("no edge from %s to %s", caller, callee);
	return NULL;
}

static void assert_verdict(const struct edge_advice *edge, enum verdict verdict)
{
	assert_string_equal(verdict_name(edge->verdict), verdict_name(verdict));
}

static bool holds_also(const struct edge_advice *edge, enum verdict verdict)
{
	return edge->also & 1u << verdict;
}

/* ---- how much was seen ---- */

static void test_number_of_observations(void **state)
{
	const struct edge_advice *edge;

	for (int i = 0; i < ENOUGH - 1; i++) {
		add_plain();
		tell();
	}
	edge = find("shop-a", "bank-b");
	assert_verdict(edge, VERDICT_UNKNOWN);
	assert_int_equal(edge->facts.observations, ENOUGH - 1);
	assert_int_equal(edge->also, 0);
	add_plain();
	tell();
	edge = find("shop-a", "bank-b");
	assert_verdict(edge, VERDICT_NEEDS_CONTRACT);
	assert_int_equal(edge->facts.observations, ENOUGH);
	assert_int_equal(edge->also, 0);
}

/* Each of these calls is no observation, for another reason. */
static void test_calls_that_do_not_count(void **state)
{
	const struct edge_advice *edge;
	struct exchange *attempt;

	for (int i = 0; i < ENOUGH; i++) {
		attempt = add_plain();
		if (i == 0)
			attempt->link = LINK_AMBIGUOUS;
		if (i == 1)
			callee_of(attempt)->flags |= INVOCATION_INCOMPLETE;
		if (i == 2)
			made.invocations[0]->flags |= INVOCATION_INCOMPLETE;
		if (i == 3)
			callee_of(attempt)->status = STATUS_CUT;
		if (i == 4)
			made.invocations[0]->start_border = START_RECORDING;
		if (i == 5)
			callee_of(attempt)->start_border = START_DISPATCH;
		if (i == 6) {
			invocation_unref(attempt->callee);
			attempt->callee = NULL;
			attempt->link = LINK_NONE;
		}
		if (i == 7)
			attempt->link = LINK_INFERRED;
		tell();
	}
	edge = find("shop-a", "bank-b");
	assert_verdict(edge, VERDICT_UNKNOWN);
	assert_int_equal(edge->facts.calls, ENOUGH);
	assert_int_equal(edge->facts.observations, ENOUGH - 7);
	assert_int_equal(edge->facts.ambiguous, 1);
	assert_int_equal(edge->facts.incomplete, 3);
	assert_int_equal(edge->facts.cut, 2);
	assert_int_equal(edge->facts.unlinked, 1);
	assert_int_equal(edge->facts.inferred, 1);
}

/* Attempts of one call are one observation. */
static void test_retries_count_once(void **state)
{
	const struct edge_advice *edge;
	struct exchange *first, *second;

	for (int i = 0; i < ENOUGH; i++) {
		first = call(run("shop-a", 0, 200), "bank-b", 10, 60);
		ask(callee_of(first), SERVICE_AWS, 20, 30);
		if (i < ENOUGH / 2) {
			second = call(made.invocations[0], "bank-b", 80, 150);
			ask(callee_of(second), SERVICE_AWS, 90, 100);
			second->call = first->call;
			second->attempt = 2;
			first->status = 500;
			first->is_repeated = true;
		}
		tell();
		if (i == ENOUGH - 2)
			assert_verdict(find("shop-a", "bank-b"), VERDICT_UNKNOWN);
	}
	edge = find("shop-a", "bank-b");
	assert_int_equal(edge->facts.observations, ENOUGH);
	assert_int_equal(edge->facts.attempts, ENOUGH + ENOUGH / 2);
	assert_int_equal(edge->facts.retried, ENOUGH / 2);
	assert_verdict(edge, VERDICT_NEEDS_CONTRACT); /* one step, however often it is tried */
}

/* ---- inline ---- */

static void tell_library_calls(int count)
{
	for (int i = 0; i < count; i++) {
		call(run("shop-a", 0, 100), "shop-b", 10, 60);
		tell();
	}
}

static void test_library(void **state)
{
	const struct edge_advice *edge;

	tell_library_calls(ENOUGH);
	edge = find("shop-a", "shop-b");
	assert_verdict(edge, VERDICT_INLINE);
	assert_true(holds_also(edge, VERDICT_DIRECT_OK));
	assert_false(holds_also(edge, VERDICT_NEEDS_CONTRACT));
	assert_int_equal(edge->facts.callee_invocations, ENOUGH);
}

/* Whoever calls it: what it does for others it does. */
static void test_library_that_calls_once(void **state)
{
	tell_library_calls(ENOUGH);
	ask(run("shop-b", 0, 10), SERVICE_HTTP, 2, 5);
	tell();
	assert_verdict(find("shop-a", "shop-b"), VERDICT_DIRECT_OK);
}

static void test_library_that_connects_once(void **state)
{
	tell_library_calls(ENOUGH + 9);
	callee_of(call(run("shop-a", 0, 100), "shop-b", 10, 60))->connections_unused = 1;
	tell();
	assert_verdict(find("shop-a", "shop-b"), VERDICT_DIRECT_OK);
	assert_int_equal(find("shop-a", "shop-b")->facts.callee_connecting, 1);
}

static void test_library_that_prepares(void **state)
{
	tell_library_calls(ENOUGH);
	run("shop-b", 0, 10)->environment->outside_wait_ns = 5 * MS;
	tell();
	assert_verdict(find("shop-a", "shop-b"), VERDICT_DIRECT_OK);
}

/* "Never" is not said of what was not seen; that the recording cut one short is no reason. */
static void test_library_partly_seen(void **state)
{
	const struct edge_advice *edge;

	tell_library_calls(ENOUGH);
	run("shop-b", 0, 10)->status = STATUS_CUT;
	tell();
	assert_verdict(find("shop-a", "shop-b"), VERDICT_INLINE);
	run("shop-b", 0, 10)->flags |= INVOCATION_INCOMPLETE;
	tell();
	edge = find("shop-a", "shop-b");
	assert_verdict(edge, VERDICT_UNKNOWN);
	assert_int_equal(edge->undecided, 1u << VERDICT_INLINE);
	assert_true(holds_also(edge, VERDICT_DIRECT_OK));
	assert_false(holds_also(edge, VERDICT_INLINE));
}

static void test_library_with_calls_of_unknown_owner(void **state)
{
	struct exchange *doubtful = make_exchange(999, SERVICE_HTTP, 1, 2);

	tell_library_calls(ENOUGH);
	assert_int_equal(invocation_add_doubtful(run("shop-b", 0, 10), doubtful), 0);
	tell();
	assert_verdict(find("shop-a", "shop-b"), VERDICT_UNKNOWN);
}

/* Without scheduler facts times are estimates; whom it calls is known all the same. */
static void test_library_estimated(void **state)
{
	for (int i = 0; i < ENOUGH; i++) {
		call(run("shop-a", 0, 100), "shop-b", 10, 60);
		made.invocations[0]->flags |= INVOCATION_ESTIMATED;
		tell();
	}
	assert_verdict(find("shop-a", "shop-b"), VERDICT_INLINE);
	assert_int_equal(find("shop-a", "shop-b")->facts.estimated, ENOUGH);
}

/* ---- databases ---- */

static struct exchange *ask_database(struct invocation *invocation, uint8_t kind, uint64_t address,
				     uint64_t at_ms)
{
	struct exchange *attempt = ask(invocation, SERVICE_OTHER, at_ms, at_ms + 5);

	attempt->kind = kind;
	attempt->server_address = address;
	return attempt;
}

static void tell_database_calls(int count, uint8_t callers_kind, uint64_t callers_address)
{
	for (int i = 0; i < count; i++) {
		struct exchange *attempt = call(run("shop-a", 0, 100), "shop-b", 10, 60);

		ask_database(callee_of(attempt), MESSAGE_POSTGRES, 5432, 20);
		if (callers_kind)
			ask_database(made.invocations[0], callers_kind, callers_address, 70);
		tell();
	}
}

static void test_database_behind(void **state)
{
	const struct edge_advice *edge;

	tell_database_calls(ENOUGH, 0, 0);
	edge = find("shop-a", "shop-b");
	assert_verdict(edge, VERDICT_VPC_PROXY_OK);
	assert_string_equal(edge->facts.database, "postgres");
	assert_int_equal(edge->facts.callee_databases, ENOUGH);
	assert_true(holds_also(edge, VERDICT_DIRECT_OK));
}

static void test_database_of_both(void **state)
{
	tell_database_calls(ENOUGH - 1, 0, 0);
	tell_database_calls(1, MESSAGE_POSTGRES, 5432); /* once is enough: it can */
	assert_verdict(find("shop-a", "shop-b"), VERDICT_DIRECT_OK);
}

/* Encrypted, or unanswered: the caller reached it, whatever it asked. */
static void test_database_of_both_in_other_ways(void **state)
{
	tell_database_calls(ENOUGH, MESSAGE_TLS, 5432);
	assert_verdict(find("shop-a", "shop-b"), VERDICT_DIRECT_OK);
}

static void test_database_that_does_not_answer_the_caller(void **state)
{
	tell_database_calls(ENOUGH, 0, 0);
	ask_database(run("shop-a", 0, 100), MESSAGE_POSTGRES, 5432, 70)->has_response = false;
	tell();
	assert_verdict(find("shop-a", "shop-b"), VERDICT_DIRECT_OK);
}

static void test_another_database(void **state)
{
	tell_database_calls(ENOUGH, MESSAGE_REDIS, 6379);
	assert_verdict(find("shop-a", "shop-b"), VERDICT_VPC_PROXY_OK);
}

static void test_database_unanswered(void **state)
{
	for (int i = 0; i < ENOUGH; i++) {
		struct exchange *attempt = call(run("shop-a", 0, 100), "shop-b", 10, 60);

		ask_database(callee_of(attempt), MESSAGE_POSTGRES, 5432, 20)->has_response = false;
		tell();
	}
	assert_verdict(find("shop-a", "shop-b"), VERDICT_DIRECT_OK);
}

/* What the caller did there, nobody knows: it can have asked the database, too. */
static void test_database_caller_partly_seen(void **state)
{
	tell_database_calls(ENOUGH, 0, 0);
	run("shop-a", 0, 100)->flags |= INVOCATION_INCOMPLETE;
	tell();
	assert_verdict(find("shop-a", "shop-b"), VERDICT_UNKNOWN);
	assert_int_equal(find("shop-a", "shop-b")->undecided, 1u << VERDICT_VPC_PROXY_OK);
}

static void test_more_databases_than_are_remembered(void **state)
{
	tell_database_calls(ENOUGH, 0, 0);
	for (uint64_t i = 0; i < 65; i++)
		ask_database(made.count ? made.invocations[0] : run("shop-a", 0, 1000),
			     MESSAGE_REDIS, 7000 + i, i * 10);
	tell();
	assert_verdict(find("shop-a", "shop-b"), VERDICT_UNKNOWN);
}

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

/* ---- recursion ---- */

static void test_recursion(void **state)
{
	const struct edge_advice *edge;

	for (int i = 0; i < ENOUGH; i++) {
		call(run("shop-a", 0, 100), "shop-a", 10, 60);
		tell();
	}
	edge = find("shop-a", "shop-a");
	assert_verdict(edge, VERDICT_DIRECT_OK); /* it is no library: it calls itself */
	assert_int_equal(edge->facts.recursive, ENOUGH);
}

/* ---- from outside ---- */

static struct exchange *outside(uint32_t tgid, uint32_t parent_tgid, uint64_t start_ms)
{
	struct invocation *root = run("shop-a", start_ms + 10, start_ms + 60);
	struct exchange *request = make_exchange(next_id++, SERVICE_LAMBDA_SYNC,
						 clock_ms + start_ms, clock_ms + start_ms + 100);

	root->link = LINK_ROOT;
	root->outside = request;
	request->tgid = tgid;
	request->parent_tgid = parent_tgid;
	request->program = "curl";
	request->parent_program = "import.sh";
	return request;
}

static void test_loop_of_children(void **state)
{
	const struct edge_advice *edge;

	for (uint32_t i = 0; i < ENOUGH - 1; i++) {
		outside(100 + i, 50, 0);
		tell();
	}
	assert_verdict(find("import.sh", "shop-a"), VERDICT_UNKNOWN);
	outside(900, 50, 0);
	tell();
	edge = find("import.sh", "shop-a");
	assert_verdict(edge, VERDICT_BATCH_LOOP_OK);
	assert_true(edge->facts.is_outside);
	assert_int_equal(edge->facts.observations, ENOUGH);
	assert_false(holds_also(edge, VERDICT_INLINE)); /* nobody is billed for the script's wait */
}

static void test_loop_of_one_process(void **state)
{
	for (uint32_t i = 0; i < ENOUGH; i++) {
		outside(100, 50, 0)->program = "import.py";
		tell();
	}
	assert_verdict(find("import.py", "shop-a"), VERDICT_BATCH_LOOP_OK);
}

/* Twenty different callers are no loop. */
static void test_many_clients(void **state)
{
	for (uint32_t i = 0; i < ENOUGH; i++) {
		outside(100 + i, 500 + i, 0);
		tell();
	}
	assert_verdict(find("curl", "shop-a"), VERDICT_UNKNOWN);
}

static void test_server_is_no_loop(void **state)
{
	for (uint32_t i = 0; i < ENOUGH; i++) {
		struct exchange *request = outside(100, 50, 0);

		request->program = "backend.js";
		request->is_of_server = i == 7;
		tell();
	}
	assert_verdict(find("backend.js", "shop-a"), VERDICT_NEEDS_CONTRACT);
}

static void test_calls_at_once_are_no_loop(void **state)
{
	for (uint32_t i = 0; i < ENOUGH; i++) {
		outside(100, 50, 0)->program = "load.py";
		tell();
	}
	clock_ms -= 950; /* the next one begins while the last one runs */
	outside(100, 50, 0)->program = "load.py";
	tell();
	assert_verdict(find("load.py", "shop-a"), VERDICT_NEEDS_CONTRACT);
	assert_int_equal(find("load.py", "shop-a")->facts.overlaps, 1);
}

/* ---- names ---- */

static void test_services_by_name(void **state)
{
	static const struct service_rule rules[] = { { "pay-*", "money" },
						     { "*-ledger", "money" } };
	const struct advice_options none = { 0 }, ruled = { .services = rules, .service_count = 2 };
	char name[SERVICE_NAME_MAX];

	assert_true(same_service(name, &none, "shop-dev-cart", "shop-dev-pay"));
	assert_string_equal(name, "shop-dev");
	assert_true(same_service(name, &none, "orders", "orders_archive"));
	assert_string_equal(name, "orders");
	assert_false(same_service(name, &none, "orders", "ordering"));
	assert_false(same_service(name, &none, "shop-dev-cart", "bank-dev-pay"));
	assert_false(
		same_service(name, &none, "prod-cart", "prod-pay")); /* a stage is no service */
	assert_false(same_service(name, &none, "aws-prod-cart", "aws-prod-pay"));
	assert_true(same_service(name, &none, "prod-shop-cart", "prod-shop-pay"));
	assert_false(same_service(name, &none, "t-1", "t-2"));
	assert_false(same_service(name, &none, "", ""));
	assert_true(same_service(name, &ruled, "pay-in", "main-ledger"));
	assert_string_equal(name, "money");
	assert_false(same_service(name, &ruled, "pay-in", "payments"));
	assert_false(same_service(name, &ruled, "shop-ledger", "shop-cart")); /* the rule counts */
}

static void test_verdict_names(void **state)
{
	enum verdict verdict;

	for (int i = 0; i < VERDICT_COUNT; i++) {
		assert_int_equal(verdict_parse(&verdict, verdict_name((enum verdict)i)), 0);
		assert_int_equal(verdict, i);
	}
	assert_int_equal(verdict_parse(&verdict, "inlined"), -EINVAL);
}

/* ---- money ---- */

/* As LAMBDA.md has it: in GB-seconds of waiting. */
static void test_prices(void **state)
{
	static const struct {
		enum verdict verdict;
		double gb_seconds;
		int64_t million_pico;
	} prices[] = {
		{ VERDICT_STEP_FUNCTIONS, 1.5, 25 * PICO_PER_DOLLAR },
		{ VERDICT_ASYNC_SQS, 0.072, PICO_PER_DOLLAR * 6 / 5 },
		{ VERDICT_FAN_OUT, 0.03, PICO_PER_DOLLAR / 2 },
		{ VERDICT_NEEDS_CONTRACT, 0.06, PICO_PER_DOLLAR },
	};

	for (size_t i = 0; i < sizeof(prices) / sizeof(prices[0]); i++) {
		const struct service_price *price = service_price_find(prices[i].verdict);
		int64_t pico = service_price_pico(price, 0);
		double gb_seconds = advice_gb_seconds(price_plan_get(false), pico);

		assert_int_equal(pico * 1000000, prices[i].million_pico);
		assert_true(gb_seconds > 0.999 * prices[i].gb_seconds &&
			    gb_seconds < 1.001 * prices[i].gb_seconds);
		assert_int_equal(service_price_pico(price, 64 * 1024), pico);
	}
	assert_int_equal(service_price_pico(service_price_find(VERDICT_FAN_OUT), 64 * 1024 + 1),
			 1000000);
	assert_null(service_price_find(VERDICT_INLINE));
	assert_null(service_price_find(VERDICT_DIRECT_OK));
}

static void assert_balance(int64_t saved_pico, const char *beginning)
{
	struct edge_advice edge = {
		.mode = EDGE_SYNC,
		.verdict = VERDICT_STEP_FUNCTIONS,
		.saving = { .is_known = true, .calls = 1, .cost_pico = saved_pico }
	};
	struct words words;

	words_begin(&words, true);
	assert_true(advice_words_balance(&words, &edge));
	assert_memory_equal(words.text, beginning, strlen(beginning));
}

/* A transition costs 25,000,000 pico-dollars: as much saved is not cheaper. */
static void test_never_cheaper_when_it_is_not(void **state)
{
	assert_balance(25000001, "it pays: $0.000001 less");
	assert_balance(25000000, "on cost alone it does not pay: $0 more");
	assert_balance(2000000, "on cost alone it does not pay: $23 more");
	assert_balance(-1000000, "on cost alone it does not pay: $26 more");
}

static void assert_saving(struct edge_advice *edge, const char *wanted)
{
	struct words words;

	words_begin(&words, true);
	assert_true(advice_words_saving(&words, edge, price_plan_get(false)));
	assert_string_equal(words.text, wanted);
}

/* What grows is not called a saving; without a memory size nothing is said of money. */
static void test_saving_in_words(void **state)
{
	struct edge_advice edge = { .mode = EDGE_SYNC,
				    .verdict = VERDICT_STEP_FUNCTIONS,
				    .saving = { .is_known = true,
						.calls = 2,
						.billed_ns = 10 * MS,
						.latency_ns = -12 * (int64_t)MS,
						.cost_pico = 2 * 16666700 } };
	struct words words;

	assert_saving(&edge,
		      "per call 5 ms less billed and 6 ms more latency; per million calls $16.67 "
		      "less, the worth of 1000000 GB-s (replay of 2 calls)");
	edge.saving.cost_pico = -edge.saving.cost_pico;
	assert_saving(&edge,
		      "per call 5 ms less billed and 6 ms more latency; per million calls $16.67 "
		      "more, the worth of 1000000 GB-s (replay of 2 calls)");
	edge.saving.is_unpriced = true;
	assert_saving(&edge,
		      "per call 5 ms less billed and 6 ms more latency; in money it is not known: "
		      "some function's memory is not (replay of 2 calls)");
	words_begin(&words, true);
	assert_true(advice_words_balance(&words, &edge));
	assert_string_equal(words.text,
			    "what it would save in money is not known, so not whether it pays");
}

/* Every edge says what its verdict stands on, and no name of a trace reaches a terminal as it is. */
static void test_evidence_in_words(void **state)
{
	struct edge_advice edge = { .caller = "a\x1b[31m", .callee = "b", .mode = EDGE_SYNC };
	struct words words;

	edge.facts = (struct edge_facts){ .calls = 41,
					  .observations = 40,
					  .same_replies = 40,
					  .last_calls = 40,
					  .reply_bytes = 4,
					  .requests = 32,
					  .incomplete = 1,
					  .database = "redis",
					  .service = "s",
					  .callee_databases = 7 };
	words_begin(&words, true);
	for (unsigned int i = 0; i < VERDICT_COUNT; i++) {
		edge.verdict = (enum verdict)i;
		edge.undecided = i ? 0 : 1u << VERDICT_INLINE;
		assert_true(advice_words_evidence(&words, &edge, 0));
		for (size_t j = 0; advice_words_evidence(&words, &edge, j); j++) {
			assert_true(words.used > 0);
			assert_null(strchr(words.text, '\x1b'));
		}
	}
	edge.verdict = VERDICT_ASYNC_SQS;
	assert_true(advice_words_evidence(&words, &edge, 0));
	assert_string_equal(words.text,
			    "the reply's body was the same 4 bytes, a success, in 40 of 40 calls");
	assert_true(advice_words_evidence(&words, &edge, 1));
	assert_string_equal(words.text, "the same came to at least 32 different requests");
}

/* By replay: b's 50 ms are not billed twice any more. */
static void test_saving(void **state)
{
	const struct results results = { .plan = price_plan_get(false) };
	const struct edge_advice *edge;

	assert_int_equal(advice_begin(advice, &results), 0);
	for (int i = 0; i < ENOUGH; i++) {
		struct exchange *attempt = call(run("shop-a", 0, 100), "shop-b", 10, 60);
		struct invocation *caller = made.invocations[0];

		caller->segments = calloc(3, sizeof(*caller->segments));
		caller->segment_count = 3;
		for (size_t j = 0; j < 3; j++)
			caller->segments[j] = (struct segment){
				.start_ns = j == 0   ? caller->start_ns
					    : j == 1 ? attempt->start_ns
						     : attempt->end_ns,
				.end_ns = j == 0   ? attempt->start_ns
					  : j == 1 ? attempt->end_ns
						   : caller->end_ns,
				.state = j == 1 ? STATE_WAIT_LAMBDA : STATE_ACTIVE,
			};
		caller->state_ns[STATE_ACTIVE] = 50 * MS;
		caller->state_ns[STATE_WAIT_LAMBDA] = attempt->wait_ns = 50 * MS;
		attempt->callee->segments = calloc(1, sizeof(*caller->segments));
		attempt->callee->segment_count = 1;
		attempt->callee->segments[0] =
			(struct segment){ .start_ns = attempt->callee->start_ns,
					  .end_ns = attempt->callee->end_ns,
					  .state = STATE_ACTIVE };
		attempt->callee->state_ns[STATE_ACTIVE] = 50 * MS;
		attempt->callee->parent = caller;
		attempt->callee->caller = attempt;
		attempt->callee->link = LINK_EXACT;
		tell_billed();
	}
	edge = find("shop-a", "shop-b");
	assert_verdict(edge, VERDICT_INLINE);
	assert_true(edge->saving.is_known);
	assert_int_equal(edge->saving.calls, ENOUGH);
	assert_int_equal(edge->saving.billed_ns, ENOUGH * 50 * MS);
	assert_int_equal(edge->saving.latency_ns, 0);
	/* 50 ms at 1 GB and a request, $0.0000010333 */
	assert_int_equal(edge->saving.cost_pico, ENOUGH * (833335 + 200000));
}

/* A caller with more calls than are compared: nothing is said of how they stand to each other. */
static void test_too_many_calls(void **state)
{
	struct invocation *caller = run("shop-a", 0, 900), *callee = run("shop-b", 10, 20);

	ask(callee, SERVICE_AWS, 12, 14);

	for (uint64_t i = 0; i < 1100; i++) {
		struct exchange *attempt = ask(caller, SERVICE_LAMBDA_SYNC, 10, 20);

		attempt->function = "shop-b";
		attempt->callee = invocation_ref(callee);
		attempt->link = LINK_EXACT;
		set_body(&attempt->response_body, 77, 4);
	}
	tell();
	assert_verdict(find("shop-a", "shop-b"), VERDICT_DIRECT_OK);
	assert_int_equal(find("shop-a", "shop-b")->facts.last_calls, 0);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_number_of_observations),
		TEST(test_calls_that_do_not_count),
		TEST(test_retries_count_once),
		TEST(test_library),
		TEST(test_library_that_calls_once),
		TEST(test_library_that_connects_once),
		TEST(test_library_that_prepares),
		TEST(test_library_partly_seen),
		TEST(test_library_with_calls_of_unknown_owner),
		TEST(test_library_estimated),
		TEST(test_database_behind),
		TEST(test_database_of_both),
		TEST(test_database_of_both_in_other_ways),
		TEST(test_database_that_does_not_answer_the_caller),
		TEST(test_another_database),
		TEST(test_database_unanswered),
		TEST(test_database_caller_partly_seen),
		TEST(test_more_databases_than_are_remembered),
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
		TEST(test_recursion),
		TEST(test_loop_of_children),
		TEST(test_loop_of_one_process),
		TEST(test_many_clients),
		TEST(test_server_is_no_loop),
		TEST(test_calls_at_once_are_no_loop),
		TEST(test_services_by_name),
		TEST(test_verdict_names),
		TEST(test_too_many_calls),
		TEST(test_prices),
		TEST(test_never_cheaper_when_it_is_not),
		TEST(test_evidence_in_words),
		TEST(test_saving),
		TEST(test_saving_in_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
