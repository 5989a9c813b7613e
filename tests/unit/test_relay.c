// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * test_relay.c - which of the requests that a relay received is the one that it sends on, and how surely.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "analysis/relay.h"

#define PATH "/2015-03-31/functions/function/invocations"
#define REQUESTS_MAX 4

static struct exchange received[REQUESTS_MAX];
static struct request requests[REQUESTS_MAX];
static struct request *columns[REQUESTS_MAX];
static struct dispatcher relay;
static struct relay_match match;

static struct exchange make(uint64_t start_ns, const char *path, uint64_t body)
{
	return (struct exchange){
		.kind = MESSAGE_INVOKE,
		.start_ns = start_ns,
		.path = path,
		.request_body = { .value = body, .bytes = 20 },
	};
}

static void begin(void)
{
	memset(requests, 0, sizeof(requests));
	relay = (struct dispatcher){ .columns = columns };
}

static struct exchange *receive(uint64_t start_ns, const char *path, uint64_t body)
{
	size_t i = relay.column_count++;

	received[i] = make(start_ns, path, body);
	requests[i].server = &received[i];
	columns[i] = &requests[i];
	return &received[i];
}

static bool find(uint64_t start_ns, const char *path, uint64_t body)
{
	struct exchange forward = make(start_ns, path, body);

	return relay_find(&relay, &forward, &match);
}

static void only_one(void **state)
{
	begin();
	receive(10, PATH, 1);
	assert_true(find(11, PATH, 1));
	assert_ptr_equal(match.request, &requests[0]);
	assert_int_equal(match.link, LINK_EXACT);
	assert_int_equal(match.alternatives, 0);
}

static void others_open(void **state)
{
	begin();
	receive(10, PATH, 1);
	receive(11, PATH, 2);
	assert_true(find(12, PATH, 2));
	assert_ptr_equal(match.request, &requests[1]);
	assert_int_equal(match.link, LINK_INFERRED);
}

/* Another name for the function: SAM calls each container's "function". */
static void renamed(void **state)
{
	begin();
	receive(10, "/2015-03-31/functions/orders/invocations", 1)->kind = MESSAGE_INVOKE;
	assert_true(find(11, PATH, 1));
	assert_int_equal(match.link, LINK_INFERRED);
	received[0].kind = MESSAGE_HTTP;
	assert_false(find(11, PATH, 1));
}

static void alike(void **state)
{
	begin();
	receive(10, PATH, 1);
	receive(11, PATH, 1);
	assert_true(find(12, PATH, 1));
	assert_ptr_equal(match.request, &requests[0]);
	assert_int_equal(match.link, LINK_AMBIGUOUS);
	assert_int_equal(match.alternatives, 1);
	/* the second is what the first left, and as doubtful */
	requests[0].is_passed_on = true;
	requests[0].is_doubtful = true;
	assert_true(find(13, PATH, 1));
	assert_ptr_equal(match.request, &requests[1]);
	assert_int_equal(match.link, LINK_AMBIGUOUS);
}

static void impossible(void **state)
{
	struct exchange forward = make(20, PATH, 1);

	begin();
	receive(30, PATH, 1); /* came later */
	receive(10, PATH, 2); /* another body */
	assert_false(relay_find(&relay, &forward, &match));
	receive(10, PATH, 1)->is_over = true; /* was over */
	received[2].end_ns = 19;
	assert_false(relay_find(&relay, &forward, &match));
	received[2].end_ns = 40;
	received[2].response_start_ns = 35;
	forward.response_start_ns = 36; /* answered before the answer came */
	assert_false(relay_find(&relay, &forward, &match));
	forward.response_start_ns = 34;
	assert_true(relay_find(&relay, &forward, &match));
	requests[2].is_passed_on = true;
	assert_false(relay_find(&relay, &forward, &match));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_one),   cmocka_unit_test(others_open),
		cmocka_unit_test(renamed),    cmocka_unit_test(alike),
		cmocka_unit_test(impossible),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
