/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * test_timeout_budget.c - time left against what callees may take (user/analysis/timeout_budget): whose limit
 * counts, which attempt is the tightest, and what stays unknown.
 */
#include "model_builder.h"

#include "analysis/timeout_budget.h"

#define S (1000 * MS)

static struct invocation *caller;

static int setup(void **state)
{
	caller = make_invocation(7, "a", 1000, 9000);
	return 0;
}

static int teardown(void **state)
{
	invocation_unref(caller);
	return 0;
}

static void set_limits(struct invocation *invocation)
{
	timeout_budget_set_limits(&invocation, 1);
}

static struct exchange *attempt_of(uint64_t start_ms, uint64_t end_ms, uint16_t number,
				   uint16_t max)
{
	struct exchange *attempt =
		add_attempt(caller, caller->attempt_count, SERVICE_LAMBDA_SYNC, start_ms, end_ms);

	attempt->sdk_attempt = number;
	attempt->sdk_max = max;
	return attempt;
}

/* ---- limits ---- */

static void test_no_limit(void **state)
{
	struct exchange *attempt = attempt_of(2000, 3000, 0, 0);
	struct budget_log log = { 0 };
	struct edge_budget budget;
	int64_t left_ns = 42;

	set_limits(caller);
	assert_false(timeout_budget_left(caller, 2000 * MS, &left_ns));
	assert_int_equal(left_ns, 42);
	budget_log_add(&log, caller, attempt);
	budget = budget_log_finish(&log, 6 * S, BUDGET_BY_DEADLINE, 0);
	assert_false(budget.has_start || budget.has_end || budget.has_need);
	assert_int_equal(budget.attempt_ns, 6 * S);
}

static void test_deadline(void **state)
{
	int64_t left_ns;

	caller->deadline_ns = 4000 * MS;
	set_limits(caller);
	assert_true(timeout_budget_left(caller, 3000 * MS, &left_ns));
	assert_int_equal(left_ns, 1000 * MS);
	assert_true(timeout_budget_left(caller, 5000 * MS, &left_ns));
	assert_int_equal(left_ns, -1000 * (int64_t)MS);
	assert_false(timeout_budget_is_gateway(caller));
}

/* Of the chain's invocations each has its own deadline, all have the gateway's. */
static void test_gateway(void **state)
{
	struct invocation *callee = make_invocation(8, "b", 2000, 3000);
	struct invocation *order[] = { caller, callee };

	caller->entry = make_exchange(1, SERVICE_HTTP, 900, 9100);
	caller->entry->is_client = false;
	caller->deadline_ns = 10000 * MS;
	callee->parent = caller;
	callee->deadline_ns = 60000 * MS;
	timeout_budget_set_limits(order, 2);
	assert_int_equal(caller->limit_ns, 10000 * MS);
	assert_false(timeout_budget_is_gateway(caller));
	assert_int_equal(callee->gateway_ns, 29900 * MS);
	assert_int_equal(callee->limit_ns, 29900 * MS);
	assert_true(timeout_budget_is_gateway(callee));
	caller->deadline_ns = callee->deadline_ns = 0;
	timeout_budget_set_limits(order, 2);
	assert_int_equal(caller->limit_ns, 29900 * MS);
	invocation_unref(callee);
}

/*
 * An Invoke, a function URL, what an emulator hands on inside, what an Event call caused, and a server of its own
 * are no gateway.
 */
static void test_no_gateway(void **state)
{
	struct exchange *entry = make_exchange(1, SERVICE_LAMBDA_SYNC, 900, 9100);

	caller->entry = entry;
	set_limits(caller);
	assert_int_equal(caller->limit_ns, 0);
	entry->kind = MESSAGE_HTTP;
	set_limits(caller);
	assert_int_equal(caller->limit_ns, 0);
	entry->service_class = SERVICE_HTTP;
	entry->request_id = "r-1";
	set_limits(caller);
	assert_int_equal(caller->limit_ns, 0);
	entry->request_id = NULL;
	caller->request = exchange_ref(entry);
	set_limits(caller);
	assert_int_equal(caller->limit_ns, 0);
	exchange_unref(caller->request);
	caller->request = NULL;
	caller->caused_by = caller; /* whoever it was */
	set_limits(caller);
	assert_int_equal(caller->limit_ns, 0);
	caller->caused_by = NULL;
	set_limits(caller);
	assert_int_equal(caller->limit_ns, 29900 * MS);
}

/* ---- edges ---- */

static void test_attempts_left(void **state)
{
	assert_int_equal(timeout_budget_attempts(attempt_of(1, 2, 1, 3)), 3);
	assert_int_equal(timeout_budget_attempts(attempt_of(1, 2, 3, 3)), 1);
	assert_int_equal(timeout_budget_attempts(attempt_of(1, 2, 4, 3)), 0);
	assert_int_equal(timeout_budget_attempts(attempt_of(1, 2, 0, 3)), 0);
	assert_int_equal(timeout_budget_attempts(attempt_of(1, 2, 1, 0)), 0);
}

/*
 * 6 s at 3 attempts against 7 s left (the first), or at one against 3 s (the last): the first has less
 * margin, though the last had less time. Only the last has a reply.
 */
static void test_tightest(void **state)
{
	struct exchange *first = attempt_of(1000, 4000, 1, 3), *last = attempt_of(5000, 6500, 3, 3);
	struct budget_log log = { 0 };
	struct edge_budget budget;

	caller->deadline_ns = 8000 * MS;
	set_limits(caller);
	first->is_cut = true;
	last->backoff_ns = 500 * MS;
	budget_log_add(&log, caller, first);
	budget_log_add(&log, caller, last);
	budget = budget_log_finish(&log, 6 * S, BUDGET_BY_DEADLINE, 0);
	assert_true(budget.has_start && budget.has_end && budget.has_need);
	assert_int_equal(budget.start_min_ns, 3 * S);
	assert_int_equal(budget.end_min_ns, 1500 * MS);
	assert_int_equal(budget.end_invocation, 7);
	assert_int_equal(budget.attempts, 3);
	assert_int_equal(budget.left_ns, 7 * S);
	assert_int_equal(budget.need_ns, 19 * S);
	assert_int_equal(budget.margin_ns, -12 * (int64_t)S);
	/* With less to need the other is the tightest. */
	budget = budget_log_finish(&log, 100 * MS, BUDGET_BY_P99, 0);
	assert_int_equal(budget.attempts, 1);
	assert_int_equal(budget.margin_ns, 2900 * MS);
	assert_int_equal(budget.source, BUDGET_BY_P99);
}

/* The client waits for less than the callee may take; or nothing else is known. */
static void test_client_timeout(void **state)
{
	struct budget_log log = { 0 };
	struct edge_budget budget;

	caller->deadline_ns = 8000 * MS;
	set_limits(caller);
	budget_log_add(&log, caller, attempt_of(1000, 4000, 0, 0));
	budget = budget_log_finish(&log, 6 * S, BUDGET_BY_DEADLINE, 2 * S);
	assert_int_equal(budget.source, BUDGET_BY_CLIENT);
	assert_int_equal(budget.need_ns, 2 * S);
	budget = budget_log_finish(&log, 0, BUDGET_BY_NOTHING, 2 * S);
	assert_int_equal(budget.source, BUDGET_BY_CLIENT);
	assert_int_equal(budget.margin_ns, 5 * S);
	budget = budget_log_finish(&log, S, BUDGET_BY_DEADLINE, 2 * S);
	assert_int_equal(budget.source, BUDGET_BY_DEADLINE);
	budget = budget_log_finish(&log, 0, BUDGET_BY_NOTHING, 0);
	assert_false(budget.has_need);
	assert_int_equal(budget.source, BUDGET_BY_NOTHING);
}

/* Absurd figures of a trace: nothing wraps. */
static void test_absurd(void **state)
{
	struct exchange *attempt = attempt_of(1000, 4000, 1, UINT16_MAX);
	struct budget_log log = { 0 };
	struct edge_budget budget;

	caller->deadline_ns = 1;
	set_limits(caller);
	attempt->backoff_ns = UINT64_MAX;
	budget_log_add(&log, caller, attempt);
	budget = budget_log_finish(&log, UINT64_MAX, BUDGET_BY_DEADLINE, 0);
	assert_int_equal(budget.attempts, BUDGET_ATTEMPTS_MAX);
	assert_int_equal(budget.need_ns, INT64_MAX);
	assert_true(budget.margin_ns == INT64_MIN);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_no_limit),	   TEST(test_deadline),	     TEST(test_gateway),
		TEST(test_no_gateway),	   TEST(test_attempts_left), TEST(test_tightest),
		TEST(test_client_timeout), TEST(test_absurd),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
