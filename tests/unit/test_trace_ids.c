// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * test_trace_ids.c - trace ids and span ids of hand-made chains: which header counts, which span it names,
 * and that the rest is derived, always the same and never twice.
 */
#include "model_builder.h"

#include "analysis/trace_ids.h"

#define CHAIN_MAX 64
#define OFFSET_NS 1700000000000000000ull
#define ROOT_A "Root=1-5759e988-bd862e3fe1be46a994272793"
#define ROOT_B "Root=1-5759e988-00000000000000000000000b"
#define W3C_A "00-5759e988bd862e3fe1be46a994272793-"

struct built_chain {
	struct chain chain;
	struct invocation *invocations[CHAIN_MAX];
};

static struct invocation *add(struct built_chain *built, const char *function,
			      struct exchange *caller)
{
	size_t count = built->chain.invocation_count++;
	struct invocation *invocation = make_invocation(count, function, count, 100 - count);

	assert_true(count < CHAIN_MAX);
	built->chain.invocations = built->invocations;
	built->invocations[count] = invocation;
	if (!count)
		built->chain.root = invocation;
	invocation->caller = caller;
	if (caller && caller->service_class == SERVICE_LAMBDA_SYNC)
		invocation->parent = caller->owner;
	return invocation;
}

static struct exchange *call(struct invocation *invocation, uint64_t id)
{
	struct exchange *attempt = add_attempt(invocation, id, SERVICE_LAMBDA_SYNC, id, id + 1);

	attempt->connection = 100 + id;
	return attempt;
}

/* The request that the dispatcher read for it. */
static struct exchange *add_entry(struct invocation *invocation, const char *xray)
{
	invocation->entry = make_exchange(999, SERVICE_LAMBDA_SYNC, 0, 1);
	invocation->entry->is_client = false;
	invocation->entry->trace_header = xray;
	return invocation->entry;
}

static void assign(struct built_chain *built)
{
	assert_int_equal(trace_ids_assign(&built->chain, OFFSET_NS), 0);
}

static void release(struct built_chain *built)
{
	for (size_t i = 0; i < built->chain.invocation_count; i++)
		invocation_unref(built->invocations[i]);
}

static void assert_trace(const struct built_chain *built, const char *expected)
{
	char text[TRACE_ID_TEXT_MAX];

	trace_id_format_xray(text, built->chain.trace_id);
	assert_string_equal(text, expected);
}

static void assert_span(const uint8_t *span_id, const char *expected)
{
	char text[SPAN_ID_TEXT_MAX];

	span_id_format(text, span_id);
	assert_string_equal(text, expected);
}

static void assert_other_span(const uint8_t *span_id, const char *unexpected)
{
	char text[SPAN_ID_TEXT_MAX];

	assert_false(span_id_is_none(span_id));
	span_id_format(text, span_id);
	assert_string_not_equal(text, unexpected);
}

/* X-Ray's counts, wherever in the chain it is, over W3C's, and the first of both. */
static void test_which_header_counts(void **state)
{
	struct built_chain built = { 0 };
	struct invocation *a = add(&built, "a", NULL), *b;

	call(a, 1)->traceparent = "00-0af7651916cd43dd8448eb211c80319c-00000000000000ab-01";
	b = add(&built, "b", a->attempts[0]);
	b->trace_header = "Parent=00000000000000bb;" ROOT_A;
	call(b, 2)->trace_header = ROOT_B;
	assign(&built);
	assert_trace(&built, "1-5759e988-bd862e3fe1be46a994272793");
	assert_int_equal(built.chain.trace_source, TRACE_FROM_XRAY);
	assert_true(built.chain.has_trace_conflict);
	assert_int_equal(a->flags, INVOCATION_TRACE_CONFLICT);
	assert_int_equal(b->flags, INVOCATION_TRACE_CONFLICT);
	assert_memory_equal(a->trace_id, b->trace_id, TRACE_ID_BYTES);
	/* A span of another trace is none of this one's. */
	assert_other_span(a->attempts[0]->span_id, "00000000000000ab");
	release(&built);
}

static void test_malformed_headers_are_ignored(void **state)
{
	struct built_chain built = { 0 };
	struct invocation *a = add(&built, "a", NULL), *b;

	a->trace_header = "Root=1-00000000-000000000000000000000000;Parent=00000000000000aa";
	add_entry(a, NULL)->flags = MESSAGE_TRACE_MALFORMED;
	call(a, 1)->traceparent = "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01";
	b = add(&built, "b", a->attempts[0]);
	call(b, 2)->flags = MESSAGE_TRACE_MALFORMED;
	add(&built, "c", b->attempts[0]);
	assign(&built);
	assert_int_equal(built.chain.trace_source, TRACE_DERIVED);
	assert_false(built.chain.has_trace_conflict);
	assert_int_equal(a->flags, INVOCATION_TRACE_MALFORMED);
	assert_int_equal(b->flags, INVOCATION_TRACE_MALFORMED);
	assert_int_equal(built.invocations[2]->flags, 0);
	assert_true(span_id_is_none(a->parent_span_id));
	release(&built);
}

static void test_which_span_parent_names(void **state)
{
	static const struct {
		const char *request, *event, *first_call, *second_call;
		const char *own, *parent; /* of the invocation; NULL: derived, none */
	} cases[] = {
		/* made by who handed the event over */
		{ NULL, ROOT_A ";Parent=00000000000000e1", NULL, NULL, "00000000000000e1", NULL },
		{ ROOT_A ";Parent=00000000000000c1", ROOT_A ";Parent=00000000000000e1", NULL, NULL,
		  "00000000000000e1", "00000000000000c1" },
		/* handed on: the sender's */
		{ ROOT_A ";Parent=00000000000000c1", ROOT_A ";Parent=00000000000000c1",
		  ROOT_A ";Parent=00000000000000c1", ROOT_A ";Parent=00000000000000c1", NULL,
		  "00000000000000c1" },
		/* one call may name the call, several name their caller */
		{ ROOT_A, ROOT_A, ROOT_A ";Parent=00000000000000f1", NULL, NULL, NULL },
		{ ROOT_A, ROOT_A, ROOT_A ";Parent=00000000000000f1",
		  ROOT_A ";Parent=00000000000000f1", "00000000000000f1", NULL },
		{ ROOT_A, ROOT_A, ROOT_A ";Parent=00000000000000f1",
		  ROOT_A ";Parent=00000000000000f2", NULL, NULL },
		/* of another trace */
		{ ROOT_B ";Parent=00000000000000c1", ROOT_A ";Parent=00000000000000e1", NULL, NULL,
		  "00000000000000e1", NULL },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct built_chain built = { 0 };
		struct invocation *a = add(&built, "a", NULL);

		add_entry(a, cases[i].request);
		a->trace_header = cases[i].event;
		call(a, 1)->trace_header = cases[i].first_call;
		call(a, 2)->trace_header = cases[i].second_call;
		assign(&built);
		if (cases[i].own)
			assert_span(a->span_id, cases[i].own);
		else
			for (size_t j = 0; j < 3; j++)
				assert_other_span(a->span_id, j == 0   ? "00000000000000c1"
							      : j == 1 ? "00000000000000f1"
								       : "00000000000000f2");
		assert_span(a->parent_span_id,
			    cases[i].parent ? cases[i].parent : "0000000000000000");
		release(&built);
	}
}

/* Whose request was not read, of that nobody knows who made the Parent. */
static void test_unread_requests_prove_nothing(void **state)
{
	for (int i = 0; i < 2; i++) {
		struct built_chain built = { 0 };
		struct invocation *a = add(&built, "a", NULL);

		a->trace_header = ROOT_A ";Parent=00000000000000e1";
		if (i)
			add_entry(a, NULL)->flags = MESSAGE_HAS_GAP;
		assign(&built);
		assert_other_span(a->span_id, "00000000000000e1");
		assert_true(span_id_is_none(a->parent_span_id));
		release(&built);
	}
}

/* A traceparent names its call, unless it came from above or is on a second one. */
static void test_which_span_traceparent_names(void **state)
{
	struct built_chain built = { 0 };
	struct invocation *a = add(&built, "a", NULL), *b;

	add_entry(a, NULL)->traceparent = W3C_A "00000000000000aa-01";
	call(a, 1)->traceparent = W3C_A "00000000000000c1-01";
	call(a, 2)->traceparent = W3C_A "00000000000000c2-01";
	call(a, 3)->traceparent = W3C_A "00000000000000c2-01";
	call(a, 4)->traceparent = W3C_A "00000000000000aa-01";
	b = add(&built, "b", a->attempts[0]);
	assign(&built);
	assert_int_equal(built.chain.trace_source, TRACE_FROM_W3C);
	assert_span(a->parent_span_id, "00000000000000aa");
	assert_span(a->attempts[0]->span_id, "00000000000000c1");
	assert_span(b->parent_span_id, "00000000000000c1");
	assert_other_span(a->attempts[1]->span_id, "00000000000000c2");
	assert_other_span(a->attempts[2]->span_id, "00000000000000c2");
	assert_memory_not_equal(a->attempts[1]->span_id, a->attempts[2]->span_id, SPAN_ID_BYTES);
	assert_other_span(a->attempts[3]->span_id, "00000000000000aa");
	release(&built);
}

/* Without its request, one and the same traceparent on all calls may be another's that is passed on. */
static void test_passed_on_traceparents_name_nobody(void **state)
{
	struct built_chain built = { 0 };
	struct invocation *a = add(&built, "a", NULL), *b = add(&built, "b", NULL);

	call(a, 1)->traceparent = W3C_A "00000000000000c1-01";
	call(a, 2)->traceparent = W3C_A "00000000000000c1-01";
	call(b, 3)->traceparent = W3C_A "00000000000000d1-01";
	call(b, 4)->traceparent = W3C_A "00000000000000d2-01";
	assign(&built);
	assert_other_span(a->attempts[0]->span_id, "00000000000000c1");
	assert_span(b->attempts[0]->span_id, "00000000000000d1");
	release(&built);
}

/* What an Event call caused has the trace id of its cause, whichever of them is told first. */
static void test_a_cause_gives_its_trace_id(void **state)
{
	static const char *const headers[] = { NULL, ROOT_A };

	for (size_t i = 0; i < 4; i++) {
		struct built_chain cause = { 0 }, caused = { 0 };
		struct invocation *a = add(&cause, "a", NULL), *b, *c;

		a->trace_header = headers[i & 1];
		b = add(&cause, "b", call(a, 1));
		/* deeper than where a chain that is not told yet is looked at */
		if (!(i & 2))
			b->trace_header = ROOT_A;
		call(b, 2)->service_class = SERVICE_LAMBDA_EVENT;
		c = add(&caused, "c", b->attempts[0]);
		c->caused_by = caused.chain.caused_by = b;
		c->trace_header = ROOT_B;
		if (i & 2)
			assign(&caused);
		assign(&cause);
		if (!(i & 2))
			assign(&caused);
		assert_memory_equal(cause.chain.trace_id, caused.chain.trace_id, TRACE_ID_BYTES);
		assert_int_equal(caused.chain.trace_source, TRACE_FROM_CAUSE);
		assert_true(caused.chain.has_trace_conflict);
		assert_false(cause.chain.has_trace_conflict);
		release(&cause);
		release(&caused);
	}
}

static void test_lineage_comes_with_event_or_request(void **state)
{
	struct built_chain built = { 0 };
	struct invocation *a = add(&built, "a", NULL), *b;

	a->trace_header = ROOT_A ";Lineage=3:a87bd80c:2";
	b = add(&built, "b", call(a, 1));
	b->trace_header = ROOT_A;
	add_entry(b, ROOT_A ";Lineage=a87bd80c:4|68fd508a:5");
	assign(&built);
	assert_int_equal(a->lineage.requests, 3);
	assert_int_equal(a->lineage.loops, 2);
	assert_int_equal(b->lineage.resources, 2);
	assert_int_equal(b->lineage.loops, 5);
	release(&built);
}

static void build_wide(struct built_chain *built)
{
	memset(built, 0, sizeof(*built));
	add(built, "a", NULL);
	for (uint64_t i = 1; i < CHAIN_MAX; i++)
		add(built, "b", call(built->invocations[(i - 1) / 2], i));
}

/* An early reply: what follows of its request looks like another exchange of the same place. */
static void test_attempts_of_one_place_differ(void **state)
{
	struct built_chain built = { 0 };
	struct invocation *a = add(&built, "a", NULL);

	call(a, 1)->connection = 100;
	call(a, 2)->connection = 100;
	assign(&built);
	assert_memory_not_equal(a->attempts[0]->span_id, a->attempts[1]->span_id, SPAN_ID_BYTES);
	release(&built);
}

static int compare_ids(const void *left, const void *right)
{
	return memcmp(left, right, SPAN_ID_BYTES);
}

static void test_derived_ids_repeat_and_differ(void **state)
{
	uint8_t ids[2 * CHAIN_MAX][SPAN_ID_BYTES];
	struct built_chain first, second;
	size_t count = 0;

	build_wide(&first);
	build_wide(&second);
	assign(&first);
	assign(&second);
	assert_int_equal(first.chain.trace_source, TRACE_DERIVED);
	assert_memory_equal(first.chain.trace_id, second.chain.trace_id, TRACE_ID_BYTES);
	assert_int_equal(first.chain.trace_id[0], 0x65); /* 1700000000 s */
	for (size_t i = 0; i < CHAIN_MAX; i++) {
		struct invocation *invocation = first.invocations[i];

		assert_memory_equal(invocation->span_id, second.invocations[i]->span_id,
				    SPAN_ID_BYTES);
		memcpy(ids[count++], invocation->span_id, SPAN_ID_BYTES);
		for (size_t j = 0; j < invocation->attempt_count; j++)
			memcpy(ids[count++], invocation->attempts[j]->span_id, SPAN_ID_BYTES);
		if (i)
			assert_memory_equal(invocation->parent_span_id, invocation->caller->span_id,
					    SPAN_ID_BYTES);
	}
	qsort(ids, count, SPAN_ID_BYTES, compare_ids);
	assert_false(span_id_is_none(ids[0]));
	for (size_t i = 1; i < count; i++)
		assert_memory_not_equal(ids[i - 1], ids[i], SPAN_ID_BYTES);
	release(&first);
	release(&second);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_which_header_counts),
		cmocka_unit_test(test_malformed_headers_are_ignored),
		cmocka_unit_test(test_which_span_parent_names),
		cmocka_unit_test(test_unread_requests_prove_nothing),
		cmocka_unit_test(test_which_span_traceparent_names),
		cmocka_unit_test(test_passed_on_traceparents_name_nobody),
		cmocka_unit_test(test_a_cause_gives_its_trace_id),
		cmocka_unit_test(test_lineage_comes_with_event_or_request),
		cmocka_unit_test(test_attempts_of_one_place_differ),
		cmocka_unit_test(test_derived_ids_repeat_and_differ),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
