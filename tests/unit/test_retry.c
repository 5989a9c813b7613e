/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * test_retry.c - what retries cost (back-off that calls share, names of what was not reached), and when a
 * client's time-out is known.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "analysis/client_timeout.h"
#include "analysis/retry.h"
#include "base/units.h"

#define MS NS_PER_MS

static struct invocation *invocation;

static int setup(void **state)
{
	invocation = invocation_new();
	invocation->segments = calloc(8, sizeof(*invocation->segments));
	return 0;
}

static int teardown(void **state)
{
	invocation_unref(invocation);
	return 0;
}

static struct exchange *add(uint32_t call, uint32_t number, uint64_t start_ns, uint64_t end_ns)
{
	struct exchange *attempt = exchange_new();

	attempt->id = invocation->attempt_count;
	attempt->call = call;
	attempt->attempt = number;
	attempt->retry = number > 1 ? LINK_EXACT : 0;
	attempt->start_ns = start_ns;
	attempt->end_ns = end_ns;
	assert_int_equal(invocation_add_attempt(invocation, attempt), 0);
	return attempt;
}

static void add_segment(uint64_t start_ns, uint64_t end_ns, enum state state)
{
	invocation->segments[invocation->segment_count++] =
		(struct segment){ .start_ns = start_ns, .end_ns = end_ns, .state = state };
}

static void test_backoff(void **state)
{
	const struct exchange *first = add(0, 1, 0, 10), *second = add(0, 2, 60, 70);
	const struct exchange *last = add(0, 3, 100, 110);

	add_segment(0, 10, STATE_WAIT_LAMBDA);
	add_segment(10, 15, STATE_ACTIVE);
	add_segment(15, 60, STATE_WAIT_TIMER);
	add_segment(60, 70, STATE_WAIT_LAMBDA);
	add_segment(70, 110, STATE_UNKNOWN);
	assert_int_equal(retry_compute(invocation), 0);
	assert_int_equal(first->backoff_ns, 0);
	assert_int_equal(second->backoff_ns, 45);
	assert_int_equal(last->backoff_ns, 0);
	assert_true(first->is_repeated && second->is_repeated);
	assert_false(last->is_repeated);
}

/* Gaps [10, 40), [20, 30), [5, 35) and [36, 50), all of it on a timer: each instant once. */
static void test_shared_backoff(void **state)
{
	const struct exchange *a, *b, *c, *d;

	add(0, 1, 0, 10);
	add(1, 1, 0, 20);
	add(2, 1, 0, 5);
	add(3, 1, 0, 36);
	b = add(1, 2, 30, 90);
	c = add(2, 2, 35, 90);
	a = add(0, 2, 40, 90);
	d = add(3, 2, 50, 90);
	add_segment(0, 100, STATE_WAIT_TIMER);
	assert_int_equal(retry_compute(invocation), 0);
	assert_int_equal(b->backoff_ns, 10);
	assert_int_equal(c->backoff_ns, 20);
	assert_int_equal(a->backoff_ns, 5);
	assert_int_equal(d->backoff_ns, 10);
}

static void test_names(void **state)
{
	struct exchange *refused = add(0, 1, 0, 10), *reached = add(0, 2, 20, 30);
	const struct exchange *other = add(1, 1, 40, 50);

	reached->callee = invocation_new();
	reached->callee->function = "b";
	assert_int_equal(retry_compute(invocation), 0);
	assert_string_equal(refused->call_callee, "b");
	assert_null(other->call_callee);
}

/* ---- a client's own time-out ---- */

static uint64_t find(const uint64_t *delays_ms, size_t count, uint64_t *ret_count)
{
	struct client_timeout timeout = { 0 };

	for (size_t i = 0; i < count; i++) {
		struct exchange attempt = { .closed_by = CLOSED_BY_CALLER,
					    .request_end_ns = 1000 * MS,
					    .end_ns = (1000 + delays_ms[i]) * MS };

		client_timeout_add(&timeout, &attempt);
	}
	return client_timeout_find(&timeout, ret_count);
}

static void test_client_timeout(void **state)
{
	static const uint64_t once[] = { 700 }, twice[] = { 703, 700 }, different[] = { 700, 900 };
	static const uint64_t several[] = { 100, 3000, 900, 3100, 200, 3000 };
	static const uint64_t many[] = { 10, 20, 40, 60, 90, 130, 200, 300, 500, 800, 800 };
	uint64_t count;

	assert_int_equal(find(once, 1, &count), 0);
	assert_int_equal(count, 0);
	assert_int_equal(find(twice, 2, &count), 700 * MS);
	assert_int_equal(count, 2);
	assert_int_equal(find(different, 2, &count), 0);
	assert_int_equal(find(several, 6, &count), 3000 * MS);
	assert_int_equal(count, 3);
	assert_int_equal(find(many, 11, &count), 800 * MS);
}

static void test_no_client_timeout(void **state)
{
	struct exchange good = { .closed_by = CLOSED_BY_CALLER, .end_ns = 700 * MS };
	struct exchange replied = good, dangling = good, reset = good, closed = good, bytes = good;
	struct client_timeout timeout = { 0 };
	uint64_t count;

	replied.response_start_ns = 1;
	dangling.is_dangling = true;
	reset.closed_by = CLOSED_BY_RESET;
	closed.closed_by = CLOSED_BY_CALLEE;
	bytes.kind = MESSAGE_BYTES;
	client_timeout_add(&timeout, &good);
	for (int i = 0; i < 2; i++) {
		client_timeout_add(&timeout, &replied);
		client_timeout_add(&timeout, &dangling);
		client_timeout_add(&timeout, &reset);
		client_timeout_add(&timeout, &closed);
		client_timeout_add(&timeout, &bytes);
	}
	assert_int_equal(client_timeout_find(&timeout, &count), 0);
	client_timeout_add(&timeout, &good);
	assert_int_equal(client_timeout_find(&timeout, &count), 700 * MS);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_backoff),
		TEST(test_shared_backoff),
		TEST(test_names),
		cmocka_unit_test(test_client_timeout),
		cmocka_unit_test(test_no_client_timeout),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
