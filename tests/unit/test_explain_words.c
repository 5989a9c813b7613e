// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * test_explain_words.c - what explain says: which invocation is meant, sentences and their lines, and that
 * each rule, reason and flag has words of its own.
 */
#include "model_builder.h"

#include <errno.h>
#include <stdio.h>

#include "output/cause_words.h"
#include "output/invocation_query.h"
#include "output/invocation_words.h"
#include "output/link_text.h"

/* ---- which one ---- */

static struct invocation *invocations[16];
static size_t invocation_count;

static void add(const char *request_id)
{
	struct invocation *invocation = make_invocation(invocation_count, "f", 0, 1);

	invocation->request_id = request_id;
	invocations[invocation_count++] = invocation;
}

static void pass_all(struct invocation_query *query)
{
	for (size_t i = 0; i < invocation_count; i++) {
		struct chain chain = { .invocations = &invocations[i], .invocation_count = 1 };

		invocation_query_pass(query, &chain);
	}
}

static void release_all(void)
{
	while (invocation_count)
		invocation_unref(invocations[--invocation_count]);
}

static enum query_result find(struct invocation_query *query, const char *text, uint64_t *ret_id)
{
	*ret_id = UINT64_MAX;
	assert_int_equal(invocation_query_parse(query, text), 0);
	pass_all(query);
	return invocation_query_end(query, ret_id);
}

static void test_who_is_meant(void **state)
{
	struct invocation_query query;
	uint64_t id;

	add("4f-one");
	add("4f-two");
	add("1-three");
	add("4f-one-more");
	add(NULL);
	assert_int_equal(find(&query, "3", &id), QUERY_FOUND);
	assert_int_equal(id, 3);
	assert_int_equal(find(&query, "#4", &id), QUERY_FOUND);
	assert_int_equal(id, 4);
	assert_int_equal(find(&query, "1", &id), QUERY_FOUND); /* an id before a request id */
	assert_int_equal(id, 1);
	assert_int_equal(find(&query, "1-", &id), QUERY_FOUND);
	assert_int_equal(id, 2);
	assert_int_equal(find(&query, "4f-t", &id), QUERY_FOUND);
	assert_int_equal(id, 1);
	assert_int_equal(find(&query, "4f-one", &id), QUERY_FOUND); /* the whole before a part */
	assert_int_equal(id, 0);
	assert_int_equal(find(&query, "4f", &id), QUERY_SEVERAL);
	assert_int_equal(invocation_query_several(&query)->count, 3);
	assert_string_equal(invocation_query_several(&query)->first[1].request_id, "4f-two");
	release_all();
}

static void test_who_is_near(void **state)
{
	struct invocation_query query;
	uint64_t id;

	add("4f-one");
	add("4f-two");
	assert_int_equal(find(&query, "9", &id), QUERY_NONE);
	assert_int_equal(query.nearest.id, 1);
	release_all();
}

static void test_whom_nobody_can_mean(void **state)
{
	struct invocation_query query;
	uint64_t id;

	add("4f-one");
	add("4f-two");
	assert_int_equal(find(&query, "4f-tau", &id), QUERY_NONE);
	assert_int_equal(query.nearest.id, 1);
	assert_int_equal(find(&query, "zzz", &id), QUERY_NONE);
	assert_int_equal(query.nearest_score, 0);
	assert_int_equal(query.seen, 2);
	assert_int_equal(invocation_query_parse(&query, "#x"), -EINVAL);
	assert_int_equal(invocation_query_parse(&query, "#"), -EINVAL);
	assert_int_equal(invocation_query_parse(&query, ""), -EINVAL);
	release_all();
}

/* However many begin so, memory for them is bounded, and chains of the first are kept. */
static void test_many_begin_alike(void **state)
{
	struct invocation_query query;
	struct invocation *one = make_invocation(0, "f\033[2J", 0, 1);
	struct chain chain = { .invocations = &one, .invocation_count = 1 };
	size_t kept = 0;

	one->request_id = "r\n-1";
	assert_int_equal(invocation_query_parse(&query, "r"), 0);
	for (int i = 0; i < 100; i++)
		kept += invocation_query_pass(&query, &chain);
	assert_int_equal(kept, QUERY_CANDIDATES_MAX);
	assert_int_equal(query.beginning.count, 100);
	assert_string_equal(query.beginning.first[0].request_id, "r?-1");
	assert_string_equal(query.beginning.first[0].function, "f?[2J");
	invocation_unref(one);
}

/* ---- lines ---- */

static char *print(const char *text, const char *label, unsigned int columns)
{
	struct words words;
	char *printed = NULL;
	size_t bytes = 0;
	FILE *file = open_memstream(&printed, &bytes);

	assert_non_null(file);
	words_begin(&words, true);
	words_add(&words, "%s", text);
	words_print(file, &words, label, columns);
	fclose(file);
	return printed;
}

static void test_lines(void **state)
{
	char *printed = print("one two three four five six", "l  ", 24);

	assert_string_equal(printed, "l  one two three four\n   five six\n");
	free(printed);
	printed = print("a-word-that-is-longer-than-the-line b", "", 20);
	assert_string_equal(printed, "a-word-that-is-longer-than-the-line\nb\n");
	free(printed);
	/* nine columns of two bytes each, and ten more */
	printed = print("\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4 "
			"ab cdefgh",
			"", 20);
	assert_null(strstr(printed, "\ncd"));
	free(printed);
}

static void test_too_long_is_cut(void **state)
{
	struct words words;

	words_begin(&words, true);
	for (int i = 0; i < 1000; i++)
		words_add(&words, "word ");
	assert_int_equal(strlen(words.text), WORDS_BYTES - 1);
	assert_int_equal(words.used, WORDS_BYTES - 1);
}

/* ---- sentences ---- */

static void test_each_rule_has_its_own_words(void **state)
{
	struct invocation *a = make_invocation(0, "a", 0, 100);
	char texts[RULE_COUNT][WORDS_BYTES];

	add_attempt(a, 0, SERVICE_LAMBDA_SYNC, 0, 100)->function = "b";
	a->explanation = explanation_new();
	for (unsigned int rule = 0; rule < RULE_COUNT; rule++) {
		struct wait_cause cause = { .start_ns = a->start_ns,
					    .end_ns = a->end_ns,
					    .rule = (uint8_t)rule,
					    .tid = 7,
					    .threads = 1,
					    .outstanding = 1,
					    .is_carrier = true,
					    .waker_tid = 9,
					    .waker_tgid = 8,
					    .off_reason = OFF_SLEEP,
					    .blocked_in = BLOCKED_SLEEP };
		struct words words;

		words_begin(&words, true);
		cause_words(&words, a, &cause, false);
		assert_true(words.used > 10);
		memcpy(texts[rule], words.text, sizeof(words.text));
		for (unsigned int other = 0; other < rule; other++)
			assert_string_not_equal(texts[rule], texts[other]);
	}
	invocation_unref(a);
}

static void test_who_else_it_can_be(void **state)
{
	struct wait_cause cause = { .end_ns = 10 * MS,
				    .rule = RULE_ON_CPU,
				    .state = STATE_ACTIVE,
				    .is_share = true,
				    .others = 6,
				    .scope = 1,
				    .tid = 7,
				    .threads = 1 };
	struct invocation *a = make_invocation(0, "a", 0, 100);
	struct words words;

	a->explanation = explanation_new();
	a->explanation->others = calloc(8, sizeof(*a->explanation->others));
	a->explanation->other_count = 8;
	for (uint64_t i = 0; i < 8; i++) /* the last two begin later, or are not near enough */
		a->explanation->others[i] = (struct open_beside){ 10 + i, i == 6 ? 10 * MS : 0,
								  UINT64_MAX, i == 7 ? 2 : 1 };
	words_begin(&words, true);
	cause_words(&words, a, &cause, true);
	assert_string_equal(words.text, "thread 7 was on a CPU, for this one or 6 others that were "
					"open (#10, #11, #12, #13 and 2 more): its equal part");
	invocation_unref(a);
}

static void test_each_reason_has_its_own_words(void **state)
{
	for (unsigned int i = 0; i < LINK_REASON_COUNT; i++) {
		assert_true(strlen(link_reason_text(i)) > 10);
		for (unsigned int j = 0; j < i; j++)
			assert_string_not_equal(link_reason_text(i), link_reason_text(j));
	}
}

static void assert_link(enum link_kind link, const struct link_basis *basis, const char *expected)
{
	struct invocation *callee = make_invocation(1, "b", 0, 1);
	struct words words;

	words_begin(&words, true);
	link_words(&words, link, 2, basis, callee);
	assert_string_equal(words.text, expected);
	invocation_unref(callee);
}

static void test_links(void **state)
{
	struct link_basis basis = { .evidence = LINK_BY_SOCKET_PAIR | LINK_BY_EXCLUSION |
						LINK_BY_REQUEST_ID | LINK_NOT_RESULT_DIGEST,
				    .receiver_tgid = 5,
				    .requests = 2 };

	assert_link(LINK_EXACT, &basis,
		    "exact: process 5 received it over a connection whose two ends are known, and "
		    "answered the runtime's request for an event with it; by time, names and ids 2 "
		    "other requests can be for this event, but every other choice leaves a request "
		    "without its event; equal: request id; although different: body of the result");
	basis = (struct link_basis){ .evidence = LINK_BY_RELAY | LINK_BY_ORDER,
				     .receiver_tgid = 5,
				     .relays = 2,
				     .relayed = LINK_AMBIGUOUS,
				     .events = 1 };
	assert_link(LINK_AMBIGUOUS, &basis,
		    "ambiguous, the best of 3 candidates: 2 processes passed it on (one of several "
		    "that are alike); process 5 received it, and answered the runtime's request "
		    "for an event with it; by time, names and ids 1 other event can be for this "
		    "request, and nothing but their order tells them apart: first come, first "
		    "served");
	basis = (struct link_basis){ .reason = CALLER_TOLD };
	assert_link(LINK_NONE, &basis,
		    "none: the caller's chain was closed before the link was known");
}

static void test_each_flag_has_words(void **state)
{
	struct invocation *a = make_invocation(0, "a", 0, 100);
	const char *name;

	for (unsigned int bit = 0; (name = invocation_flag_name(bit)); bit++) {
		struct words words;

		words_begin(&words, true);
		flag_words(&words, a, bit);
		assert_string_not_equal(words.text, name);
	}
	invocation_unref(a);
}

static void test_borders(void **state)
{
	struct invocation *a = make_invocation(0, "a", 0, 100);
	char last[WORDS_BYTES] = "";

	for (unsigned int border = END_NONE; border <= END_CLOSED; border++) {
		struct words words;

		a->end_border = (uint8_t)border;
		words_begin(&words, true);
		end_border_words(&words, a);
		assert_string_not_equal(words.text, last);
		memcpy(last, words.text, sizeof(last));
	}
	for (unsigned int border = START_EVENT; border <= START_UNSEEN; border++) {
		struct words words;

		a->start_border = (uint8_t)border;
		words_begin(&words, true);
		start_border_words(&words, a);
		assert_string_not_equal(words.text, last);
		memcpy(last, words.text, sizeof(last));
	}
	invocation_unref(a);
}

static void test_the_bill(void **state)
{
	const struct price_plan plan = { .tiers = { { 0, 16000000 * 3600ll } },
					 .tier_count = 1,
					 .request_pico = 200000,
					 .is_init_billed = true };
	struct invocation *a = make_invocation(0, "a", 0, 0);
	struct words words;

	a->end_ns = a->start_ns + 99500000;
	a->is_cold = true;
	a->init_end_ns = 30 * MS;
	words_begin(&words, true);
	bill_words(&words, a, &plan);
	assert_string_equal(words.text, "99.5 ms, charged as 100 ms of 1024 MB, and one request: "
					"$0.0000018; INIT adds 30 ms: $0.00000048");
	a->memory_mb = 0;
	words_begin(&words, true);
	bill_words(&words, a, &plan);
	assert_string_equal(words.text, "99.5 ms, charged as 100 ms");
	invocation_unref(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_who_is_meant),
		cmocka_unit_test(test_who_is_near),
		cmocka_unit_test(test_whom_nobody_can_mean),
		cmocka_unit_test(test_many_begin_alike),
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_too_long_is_cut),
		cmocka_unit_test(test_each_rule_has_its_own_words),
		cmocka_unit_test(test_who_else_it_can_be),
		cmocka_unit_test(test_each_reason_has_its_own_words),
		cmocka_unit_test(test_links),
		cmocka_unit_test(test_each_flag_has_words),
		cmocka_unit_test(test_borders),
		cmocka_unit_test(test_the_bill),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
