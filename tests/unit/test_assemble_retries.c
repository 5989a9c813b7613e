/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * test_assemble_retries.c - which attempts are of one call: by an SDK's id and numbers, by content after
 * an error; what is no retry; ids and numbers that cannot be true.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "assemble/retries.h"

static struct invocation *invocation;

static int setup(void **state)
{
	invocation = invocation_new();
	return invocation ? 0 : -ENOMEM;
}

static int teardown(void **state)
{
	invocation_unref(invocation);
	return 0;
}

/* An Invoke of b with @body, 5 ns long. */
static struct exchange *add(uint64_t start_ns, uint16_t status, uint64_t body)
{
	struct exchange *attempt = exchange_new();

	assert_non_null(attempt);
	attempt->has_request = true;
	attempt->has_response = status != 0;
	attempt->kind = MESSAGE_INVOKE;
	attempt->function = "b";
	attempt->path = "/b";
	attempt->request_body = (struct digest){ .value = body, .bytes = 10 };
	attempt->start_ns = start_ns;
	attempt->end_ns = start_ns + 5;
	attempt->is_over = true;
	attempt->is_cut = !status;
	attempt->status = status;
	assert_int_equal(invocation_add_attempt(invocation, attempt), 0);
	return attempt;
}

static struct exchange *add_sdk(uint64_t start_ns, uint16_t status, const char *id, uint16_t number)
{
	struct exchange *attempt = add(start_ns, status, 7);

	attempt->sdk_invocation_id = id;
	attempt->sdk_attempt = number;
	attempt->sdk_max = number ? 3 : 0;
	return attempt;
}

static void number(void)
{
	assert_int_equal(retries_number(invocation), 0);
}

static void assert_is(const struct exchange *attempt, uint32_t call, uint32_t place,
		      enum link_kind retry)
{
	assert_int_equal(attempt->call, call);
	assert_int_equal(attempt->attempt, place);
	assert_int_equal(attempt->retry, retry);
}

static void test_by_id(void **state)
{
	const struct exchange *a1 = add_sdk(0, 500, "a", 1), *b1 = add_sdk(1, 0, "b", 1);
	const struct exchange *b2 = add_sdk(20, 429, "b", 2), *a2 = add_sdk(30, 200, "a", 2);
	const struct exchange *b3 = add_sdk(40, 200, "b", 3);

	number();
	assert_is(a1, 0, 1, 0);
	assert_is(b1, 1, 1, 0);
	assert_is(b2, 1, 2, LINK_EXACT);
	assert_is(a2, 0, 2, LINK_EXACT);
	assert_is(b3, 1, 3, LINK_EXACT);
	assert_int_equal(invocation->call_count, 2);
}

/* Whatever the reply was: the SDK says that it tries again (a reply that it could not read). */
static void test_id_after_success(void **state)
{
	add_sdk(0, 200, "a", 1);
	add_sdk(10, 200, "a", 2);
	number();
	assert_is(invocation->attempts[1], 0, 2, LINK_EXACT);
}

/* More calls at once than are looked at by content. */
static void test_wide_fan_out(void **state)
{
	enum {
		CALLS = 500
	};
	static char ids[CALLS][8];

	for (unsigned int i = 0; i < CALLS; i++) {
		snprintf(ids[i], sizeof(ids[i]), "id-%u", i);
		add_sdk(i, 503, ids[i], 1);
	}
	for (unsigned int i = 0; i < CALLS; i++)
		add_sdk(1000 + i, 200, ids[CALLS - 1 - i], 2);
	number();
	assert_int_equal(invocation->call_count, CALLS);
	for (unsigned int i = 0; i < CALLS; i++)
		assert_is(invocation->attempts[CALLS + i], CALLS - 1 - i, 2, LINK_EXACT);
}

static void test_by_content(void **state)
{
	const struct exchange *first, *retry, *again, *other, *after;

	first = add(0, 429, 1);
	retry = add(10, 0, 1);
	again = add(20, 200, 1);
	other = add(30, 200, 2);
	after = add(40, 200, 1); /* asks the same after a success */
	number();
	assert_is(first, 0, 1, 0);
	assert_is(retry, 0, 2, LINK_INFERRED);
	assert_is(again, 0, 3, LINK_INFERRED);
	assert_is(other, 1, 1, 0);
	assert_is(after, 2, 1, 0);
}

/* Each outcome alone, with the same asked again after it. */
static void test_outcomes(void **state)
{
	static const struct {
		uint16_t status;
		bool is_retried;
	} outcomes[] = { { 200, false }, { 202, false }, { 301, false }, { 400, false },
			 { 403, false }, { 404, false }, { 408, true },	 { 429, true },
			 { 500, true },	 { 502, true },	 { 503, true },	 { 504, true } };
	size_t count = sizeof(outcomes) / sizeof(*outcomes);

	for (size_t i = 0; i < count; i++) {
		add(100 * i, outcomes[i].status, i + 1);
		add(100 * i + 50, 200, i + 1);
	}
	number();
	for (size_t i = 0; i < count; i++)
		assert_int_equal(invocation->attempts[2 * i + 1]->retry,
				 outcomes[i].is_retried ? LINK_INFERRED : 0);
}

static void test_function_error(void **state)
{
	struct exchange *failed = add(0, 200, 1);

	failed->function_error = "Unhandled";
	add(10, 200, 1);
	number();
	assert_is(invocation->attempts[1], 0, 2, LINK_INFERRED);
}

/* DynamoDB's throttling is a 400; an Invoke's 400 is what was asked. */
static void test_throttled_service(void **state)
{
	struct exchange *first = add(0, 400, 1), *second = add(10, 200, 1);

	first->kind = second->kind = MESSAGE_AWS;
	number();
	assert_is(second, 0, 2, LINK_INFERRED);
}

/* A loop around an SDK: the same again after a function's failure, with an id of its own. */
static void test_loop_around_sdk(void **state)
{
	struct exchange *a1 = add_sdk(0, 500, "a", 1), *a2 = add_sdk(10, 200, "a", 2);
	const struct exchange *b1 = add_sdk(20, 500, "b", 1), *b2 = add_sdk(30, 200, "b", 2);

	a2->function_error = "Unhandled";
	number();
	assert_is(a1, 0, 1, 0);
	assert_is(a2, 0, 2, LINK_EXACT);
	assert_is(b1, 0, 3, LINK_INFERRED);
	assert_is(b2, 0, 4, LINK_EXACT);
}

/* What the SDK itself tries again is not what another call of the same content repeats. */
static void test_ids_go_first(void **state)
{
	const struct exchange *a1 = add_sdk(0, 500, "a", 1), *b1 = add_sdk(20, 200, "b", 1);
	const struct exchange *a2 = add_sdk(30, 200, "a", 2);

	number();
	assert_is(a1, 0, 1, 0);
	assert_is(b1, 1, 1, 0);
	assert_is(a2, 0, 2, LINK_EXACT);
}

/* Two equal calls at once, and their retries: neither is the other's, and which is whose is a guess. */
static void test_equal_fan_out(void **state)
{
	add(0, 500, 1);
	add(1, 500, 1);
	number();
	assert_int_equal(invocation->call_count, 2);
	add(20, 500, 1);
	add(21, 200, 1);
	add(40, 200, 1);
	number();
	assert_is(invocation->attempts[2], 0, 2, LINK_AMBIGUOUS);
	assert_is(invocation->attempts[3], 1, 2, LINK_INFERRED);
	assert_is(invocation->attempts[4], 0, 3, LINK_INFERRED);
	assert_int_equal(invocation->call_count, 2);
}

static void test_not_the_same(void **state)
{
	struct exchange *attempt;

	add(0, 500, 1);
	attempt = add(10, 500, 1);
	attempt->function = "c";
	attempt = add(20, 500, 1);
	attempt->path = "/b?";
	attempt = add(30, 500, 1);
	attempt->host = "elsewhere";
	attempt = add(40, 500, 1);
	attempt->request_body.bytes++;
	attempt = add(50, 500, 1);
	attempt->request_body.flags = 1;
	attempt = add(60, 500, 1);
	attempt->invocation_type = INVOCATION_EVENT;
	attempt = add(70, 500, 1);
	attempt->kind = MESSAGE_BYTES;
	number();
	assert_int_equal(invocation->call_count, 8);
}

/* The recording began later; one in between was refused at its connect. */
static void test_gaps(void **state)
{
	const struct exchange *second = add_sdk(0, 500, "a", 2), *only = add_sdk(1, 200, "b", 3);
	const struct exchange *first = add_sdk(2, 500, "c", 1), *third = add_sdk(30, 200, "c", 3);
	const struct exchange *last = add_sdk(40, 200, "a", 3);

	number();
	assert_is(second, 0, 2, LINK_EXACT);
	assert_is(only, 1, 3, LINK_EXACT);
	assert_is(first, 2, 1, 0);
	assert_is(third, 2, 3, LINK_EXACT);
	assert_is(last, 0, 3, LINK_EXACT);
}

static struct exchange *add_refused(uint64_t start_ns)
{
	struct exchange *attempt = add(start_ns, 0, 7);

	attempt->has_request = false;
	attempt->is_refused = true;
	return attempt;
}

/* Connects that failed, before an SDK's call and before one without numbers. */
static void test_refused(void **state)
{
	const struct exchange *one = add_refused(0), *two = add_refused(10);
	struct exchange *fourth = add_sdk(20, 500, "a", 4), *fifth = add_sdk(30, 200, "a", 5);
	const struct exchange *other = add_refused(40), *through = add(50, 200, 7);

	fourth->sdk_max = fifth->sdk_max = 6;
	number();
	assert_is(one, 0, 1, 0);
	assert_is(two, 0, 2, LINK_INFERRED);
	assert_is(fourth, 0, 4, LINK_EXACT);
	assert_is(fifth, 0, 5, LINK_EXACT);
	assert_is(other, 1, 1, 0);
	assert_is(through, 1, 2, LINK_INFERRED);
}

/* One id for everything, as from a copied request; on two callees; sent again as it was. */
static void test_ids_in_disorder(void **state)
{
	const struct exchange *one = add_sdk(0, 200, "a", 1), *two = add_sdk(10, 200, "a", 1);
	struct exchange *other = add_sdk(20, 200, "a", 2);
	const struct exchange *cut = add_sdk(30, 0, "b", 1), *resent = add_sdk(40, 200, "b", 1);

	other->function = "c";
	number();
	assert_is(one, 0, 1, 0);
	assert_is(two, 1, 1, 0);
	assert_is(other, 2, 2, LINK_EXACT);
	assert_is(cut, 3, 1, 0);
	assert_is(resent, 3, 2, LINK_EXACT);
}

/* Above the most there can be, far too high, or without a number: counted as they come. */
static void test_numbers_in_disorder(void **state)
{
	struct exchange *above = add_sdk(0, 500, "a", 9), *below = add_sdk(10, 200, "a", 1);
	struct exchange *high = add_sdk(20, 500, "b", 65535), *without = add_sdk(30, 500, "b", 0);
	const struct exchange *after = add_sdk(40, 200, "b", 0), *anew = add_sdk(50, 200, "b", 0);

	high->sdk_max = 0;
	number();
	assert_is(above, 0, 1, 0);
	assert_is(below, 0, 2, LINK_EXACT);
	assert_is(high, 1, 1, 0);
	assert_is(without, 1, 2, LINK_EXACT);
	assert_is(after, 1, 3, LINK_EXACT);
	assert_is(anew, 2, 1, 0);
}

/* Numbers have no gaps after attempts were taken away, and none is left of before. */
static void test_numbered_anew(void **state)
{
	add(0, 200, 1);
	add(10, 500, 2);
	add(20, 200, 2);
	number();
	assert_int_equal(invocation->attempts[2]->call, 1);
	exchange_unref(invocation->attempts[0]);
	invocation->attempt_count--;
	memmove(invocation->attempts, invocation->attempts + 1,
		invocation->attempt_count * sizeof(*invocation->attempts));
	number();
	assert_is(invocation->attempts[1], 0, 2, LINK_INFERRED);
	assert_int_equal(invocation->call_count, 1);
	exchange_unref(invocation->attempts[0]);
	invocation->attempts[0] = invocation->attempts[1];
	invocation->attempt_count--;
	number();
	assert_is(invocation->attempts[0], 0, 1, 0);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_by_id),
		TEST(test_id_after_success),
		TEST(test_wide_fan_out),
		TEST(test_by_content),
		TEST(test_outcomes),
		TEST(test_function_error),
		TEST(test_throttled_service),
		TEST(test_loop_around_sdk),
		TEST(test_ids_go_first),
		TEST(test_equal_fan_out),
		TEST(test_not_the_same),
		TEST(test_gaps),
		TEST(test_refused),
		TEST(test_ids_in_disorder),
		TEST(test_numbers_in_disorder),
		TEST(test_numbered_anew),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
