// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * test_advice.c - the border of every rule of user/analysis/advice: what holds with n of n and not with n - 1,
 * 19 and 20 observations, what cannot be said where something was not seen, and which verdict is the first.
 * What replies, consumers and steps decide is in test_advice_replies.c, money and words in test_advice_money.c.
 */
#include "advice_fixture.h"

#include <errno.h>

#include "analysis/same_service.h"

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
		TEST(test_recursion),
		TEST(test_loop_of_children),
		TEST(test_loop_of_one_process),
		TEST(test_many_clients),
		TEST(test_server_is_no_loop),
		TEST(test_calls_at_once_are_no_loop),
		TEST(test_services_by_name),
		TEST(test_verdict_names),
		TEST(test_too_many_calls),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
