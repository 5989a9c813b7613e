/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * advice_fixture.h - chains in the making, told to an advice one by one, and what is found of their edges.
 * Everything is included, nothing is linked: each test program uses what it needs.
 */
#ifndef IDLETAX_TESTS_ADVICE_FIXTURE_H
#define IDLETAX_TESTS_ADVICE_FIXTURE_H

#include "model_builder.h"

#include "analysis/advice.h"

#define ENOUGH ADVICE_OBSERVATIONS_MIN
#define INVOCATIONS_MAX 8
#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-function"

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

#pragma GCC diagnostic pop

#endif
