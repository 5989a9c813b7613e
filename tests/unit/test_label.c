// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * test_label.c - an event whose request came through a relay that had given everything it can have been for
 * to others (analysis/label.h): nobody knows that it has no caller.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "analysis/label.h"

static void test_lost_way_is_no_root(void **state)
{
	struct exchange *sent = exchange_new(), *received = exchange_new();
	struct request request = { .server = received, .client = sent };
	struct handover event = { .request = &request, .link = LINK_EXACT };
	uint32_t alternatives;

	assert_int_equal(label_event(&event, &alternatives), LINK_ROOT);
	assert_int_equal(label_served(&request, &alternatives), LINK_ROOT);
	request.is_way_lost = true;
	assert_int_equal(label_event(&event, &alternatives), LINK_AMBIGUOUS);
	assert_int_equal(alternatives, 1);
	assert_int_equal(label_served(&request, &alternatives), LINK_AMBIGUOUS);
	assert_int_equal(alternatives, 1);
	exchange_unref(sent);
	exchange_unref(received);
}

/* The same where a relay sent on what had come through the one that lost its way. */
static void test_lost_way_before_a_relay(void **state)
{
	struct exchange *sent = exchange_new(), *received = exchange_new();
	struct request first = { .server = received, .client = sent, .is_way_lost = true };
	struct request second = { .server = received, .client = sent, .upstream = &first };
	struct handover event = { .request = &second, .link = LINK_EXACT };
	uint32_t alternatives;

	second.relayed = LINK_EXACT;
	assert_int_equal(label_event(&event, &alternatives), LINK_AMBIGUOUS);
	assert_int_equal(alternatives, 1);
	exchange_unref(sent);
	exchange_unref(received);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lost_way_is_no_root),
		cmocka_unit_test(test_lost_way_before_a_relay),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
