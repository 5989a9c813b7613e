// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * test_link_reasons.c - why an invocation has no caller although one was found for it (analysis/chain.c);
 * what the scenarios of tests/traces do not show.
 */
#include "model_builder.h"

#include "analysis/chain.h"

static struct chain_builder builder;
static struct invocation *a, *b, *c;
static struct exchange *call;

static int on_closed(void *context, struct chain *chain)
{
	chain_free(chain);
	return 0;
}

static void begin(void)
{
	chain_builder_init(&builder);
	builder.closed = on_closed;
	a = make_invocation(0, "a", 0, 100);
	b = make_invocation(1, "b", 10, 90);
	c = make_invocation(2, "c", 20, 80);
	call = add_attempt(a, 0, SERVICE_LAMBDA_SYNC, 5, 95);
}

static void end(void)
{
	chain_builder_release(&builder);
	exchange_unref(exchange_ref(call));
	invocation_unref(a);
	invocation_unref(b);
	invocation_unref(c);
}

static void settle(struct invocation *invocation)
{
	assert_int_equal(chain_builder_begin(&builder, invocation), 0);
	assert_int_equal(chain_builder_settle(&builder, invocation, 0), 0);
}

/* @invocation answers @attempt of @caller, and what is known of both agrees. */
static void link_to(struct invocation *invocation, struct invocation *caller,
		    struct exchange *attempt)
{
	struct link_decision decision = {
		.invocation = invocation,
		.request = attempt,
		.attempt = attempt,
		.caller = caller,
		.link = caller ? LINK_EXACT : LINK_ROOT,
		.basis = { .evidence = LINK_BY_SOCKET_PAIR | LINK_BY_BEING_ALONE,
			   .reason = caller ? LINK_REASON_NONE : ROOT_NO_DISPATCHER },
	};

	assert_int_equal(chain_builder_link(&builder, &decision), 0);
}

static void assert_refused(const struct invocation *invocation, enum link_reason reason)
{
	assert_int_equal(invocation->link, LINK_NONE);
	assert_null(invocation->parent);
	assert_string_equal(link_reason_name(invocation->basis.reason), link_reason_name(reason));
}

static void test_a_link_keeps_its_evidence(void **state)
{
	begin();
	settle(a);
	settle(b);
	link_to(b, a, call);
	assert_int_equal(b->basis.reason, LINK_REASON_NONE);
	assert_int_equal(b->basis.evidence, LINK_BY_SOCKET_PAIR | LINK_BY_BEING_ALONE);
	assert_int_equal(call->basis.evidence, b->basis.evidence);
	end();
}

static void test_the_callers_chain_is_told(void **state)
{
	begin();
	settle(b);
	link_to(b, a, call);
	assert_refused(b, CALLER_TOLD);
	assert_null(call->callee);
	assert_int_equal(call->basis.reason, CALLEE_UNLINKED);
	end();
}

static void test_the_caller_was_called_by_it(void **state)
{
	struct exchange *back;

	begin();
	back = add_attempt(b, 1, SERVICE_LAMBDA_SYNC, 15, 85);
	settle(a);
	settle(b);
	link_to(b, a, call);
	link_to(a, b, back);
	assert_refused(a, CALLER_IS_EFFECT);
	assert_int_equal(back->basis.reason, CALLEE_UNLINKED);
	assert_int_equal(b->link, LINK_EXACT);
	end();
}

static void test_the_call_has_led_elsewhere(void **state)
{
	begin();
	settle(a);
	settle(b);
	settle(c);
	link_to(b, a, call);
	link_to(c, a, call);
	assert_refused(c, CALLER_ANSWERED);
	assert_ptr_equal(call->callee, b);
	assert_int_equal(call->basis.reason, LINK_REASON_NONE);
	end();
}

static void test_the_caller_has_no_end(void **state)
{
	begin();
	assert_int_equal(chain_builder_begin(&builder, a), 0);
	settle(b);
	link_to(b, a, call);
	assert_int_equal(b->link, LINK_EXACT);
	assert_int_equal(chain_builder_close(&builder, true), 0);
	assert_refused(b, CALLER_UNFINISHED);
	end();
}

/* Names are unique: a program that reads them can tell reasons apart. */
static void test_names(void **state)
{
	for (unsigned int i = 0; i < LINK_REASON_COUNT; i++)
		for (unsigned int j = 0; j < i; j++)
			assert_string_not_equal(link_reason_name(i), link_reason_name(j));
	for (unsigned int i = 0; i < LINK_EVIDENCE_BITS; i++)
		for (unsigned int j = 0; j < i; j++)
			assert_string_not_equal(link_evidence_name(i), link_evidence_name(j));
	assert_null(link_evidence_name(LINK_EVIDENCE_BITS));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_link_keeps_its_evidence),
		cmocka_unit_test(test_the_callers_chain_is_told),
		cmocka_unit_test(test_the_caller_was_called_by_it),
		cmocka_unit_test(test_the_call_has_led_elsewhere),
		cmocka_unit_test(test_the_caller_has_no_end),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
