/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * test_check.c - limits as they are written, and results held against them: exactly at the limit, what is not
 * known, what is named and not there, figures that would overflow.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "analysis/check.h"
#include "base/json_read.h"
#include "output/check_output.h"
#include "output/schema.h"
#include "results_fixture.h"

/* ---- amounts ---- */

static void expect_quantity(enum quantity_unit unit, const char *text, int64_t expected)
{
	int64_t value = -1;

	assert_int_equal(quantity_parse(&value, unit, text), 0);
	assert_int_equal(value, expected);
}

static void reads_amounts_to_the_last_digit(void **state)
{
	char text[QUANTITY_TEXT_MAX];

	expect_quantity(QUANTITY_NS, "500ms", 500 * (int64_t)NS_PER_MS);
	expect_quantity(QUANTITY_NS, "1.000000001s", 1000000001);
	expect_quantity(QUANTITY_NS, "1.5 min", 90 * (int64_t)NS_PER_S);
	expect_quantity(QUANTITY_NS, "7ns", 7);
	expect_quantity(QUANTITY_RATIO, "20%", 200000000);
	expect_quantity(QUANTITY_RATIO, "0.2", 200000000);
	expect_quantity(QUANTITY_RATIO, "254.5 %", 2545000000);
	expect_quantity(QUANTITY_PICO, "$0.50", PICO_PER_DOLLAR / 2);
	expect_quantity(QUANTITY_PICO, "0.000000000001", 1);
	expect_quantity(QUANTITY_COUNT, "0", 0);
	assert_string_equal(quantity_format(text, QUANTITY_RATIO, 833333333), "83.3333333 %");
	assert_string_equal(quantity_format(text, QUANTITY_PICO, 18733370000000), "$18.73337");
	assert_string_equal(quantity_format(text, QUANTITY_NS, -1500000), "-1.5 ms");
	assert_string_equal(quantity_format(text, QUANTITY_COUNT, 30), "30");
	assert_string_equal(quantity_format(text, QUANTITY_COUNT, INT64_MIN),
			    "-9223372036854775808");
}

static void refuses_what_is_no_amount(void **state)
{
	static const struct {
		enum quantity_unit unit;
		const char *text;
		int error;
	} cases[] = {
		{ QUANTITY_NS, "500", -EINVAL },
		{ QUANTITY_NS, "", -EINVAL },
		{ QUANTITY_NS, "ms", -EINVAL },
		{ QUANTITY_NS, "-5ms", -EINVAL },
		{ QUANTITY_NS, "5msx", -EINVAL },
		{ QUANTITY_NS, "5 m", -EINVAL },
		{ QUANTITY_NS, "0.5ns", -EDOM },
		{ QUANTITY_NS, "9999999999999h", -ERANGE },
		{ QUANTITY_NS, "1..5s", -EINVAL },
		{ QUANTITY_RATIO, "20%%", -EINVAL },
		{ QUANTITY_RATIO, "a", -EINVAL },
		{ QUANTITY_RATIO, "nan", -EINVAL },
		{ QUANTITY_RATIO, "inf", -EINVAL },
		{ QUANTITY_RATIO, "0x10", -EINVAL },
		{ QUANTITY_RATIO, "1e99", -ERANGE },
		{ QUANTITY_PICO, "$", -EINVAL },
		{ QUANTITY_PICO, "0.50$", -EINVAL },
		{ QUANTITY_PICO, "$$1", -EINVAL },
		{ QUANTITY_COUNT, "2.5", -EDOM },
		{ QUANTITY_COUNT, "+", -EINVAL },
		{ QUANTITY_COUNT, "18446744073709551616", -ERANGE },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int64_t value = 77;

		if (quantity_parse(&value, cases[i].unit, cases[i].text) != cases[i].error)
			fail_msg("'%s'", cases[i].text);
		assert_int_equal(value, 77);
	}
}

/* ---- rules ---- */

static void reads_a_file(void **state)
{
	static const char text[] =
		"# limits\n\n  max-overhead = 20%  # of all\r\n"
		"max-share=svc=dev=50%\nallow-incomplete\nmax-billed-p99 = *=1s\n"
		"min-budget = svc-a/svc-b \t=  1s \nno-verdict = svc-a/* = inline\r\n";
	struct check_rules rules;
	struct diag diag;

	check_rules_init(&rules);
	assert_int_equal(check_rules_add_text(&rules, text, sizeof(text) - 1, &diag), 0);
	assert_int_equal(rules.count, 5);
	assert_true(rules.allows_incomplete);
	assert_null(rules.rules[0].subject);
	assert_int_equal(rules.rules[0].limit, 200000000);
	assert_string_equal(rules.rules[1].subject, "svc=dev");
	assert_string_equal(rules.rules[2].subject, "*");
	assert_string_equal(rules.rules[3].subject,
			    "svc-a/svc-b"); /* blanks around the second sign */
	assert_int_equal(rules.rules[3].limit, NS_PER_S);
	assert_string_equal(rules.rules[4].subject, "svc-a/*");
	assert_int_equal(rules.rules[4].limit, VERDICT_INLINE);
	check_rules_release(&rules);
}

static void tells_the_line_of_an_error(void **state)
{
	static const struct {
		const char *text;
		size_t bytes;
		uint64_t line;
		const char *why, *hint;
	} cases[] = {
		{ "\nmax-overhaed = 2", 0, 2, "there is no limit 'max-overhaed'",
		  "did you mean max-overhead?" },
		{ "max-overhead 20%\n", 0, 1, "'max-overhead 20%' is no line NAME = LIMIT", "" },
		{ "\n\nmax-overhead =", 0, 3, "'' is not a ratio, like 20% or 0.2", "" },
		{ "max-overhead = =2", 0, 1, "nothing is named before the '='", "" },
		{ "max-share = svc-a = ", 0, 1, "'' is not a ratio, like 20% or 0.2", "" },
		{ "max-chain-depth = a=2", 0, 1,
		  "'a' is named, but it is about all chains together", "" },
		{ "max\0overhead = 2", 16, 1, "is no line of text", "" },
		{ "allow-incomplete = yes", 0, 1, "allow-incomplete has no value", "" },
		{ "= 3", 0, 1, "there is no limit ''", "" },
		{ "min-budget = a=1s", 0, 1, "'a' is no CALLER/CALLEE", "" },
		{ "no-verdict = inlien", 0, 1, "there is no verdict 'inlien': is inline meant?",
		  "" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		size_t bytes = cases[i].bytes ? cases[i].bytes : strlen(cases[i].text);
		struct check_rules rules;
		struct diag diag = { 0 };

		check_rules_init(&rules);
		assert_true(check_rules_add_text(&rules, cases[i].text, bytes, &diag) < 0);
		assert_true(diag.has_offset);
		assert_int_equal(diag.offset, cases[i].line);
		assert_string_equal(diag.text, cases[i].why);
		assert_string_equal(diag.hint, cases[i].hint);
		assert_int_equal(rules.count, 0);
		check_rules_release(&rules);
	}
}

static void a_line_has_a_limit(void **state)
{
	char text[2048];
	struct check_rules rules;
	struct diag diag;

	memset(text, 'x', sizeof(text));
	check_rules_init(&rules);
	assert_int_equal(check_rules_add_text(&rules, text, sizeof(text), &diag), -EINVAL);
	check_rules_release(&rules);
}

/* ---- results against rules ---- */

static struct check_outcome run(const struct results *results, const char *text)
{
	const struct check_input input = { .results = results };
	struct check_outcome outcome;
	struct check_rules rules;
	struct diag diag;

	check_rules_init(&rules);
	assert_int_equal(check_rules_add_text(&rules, text, strlen(text), &diag), 0);
	assert_int_equal(check_run(&outcome, &rules, &input, &diag), 0);
	/* Findings name their rule: what they are asked for below needs none of it. */
	check_rules_release(&rules);
	return outcome;
}

/* The fixture bills 1100 ms, 500 of them twice: overhead 5/6, share 5/11, amplification 11/6. */
static void expect(const char *text, size_t breaches, size_t unknown)
{
	struct fixture fixture;
	struct check_outcome outcome;

	fixture_init(&fixture);
	fixture.results.chain_depth = 2;
	fixture.results.requests = 1;
	fixture.functions[1].sums.unpriced = 1; /* b's memory is not known */
	outcome = run(&fixture.results, text);
	if (outcome.breaches.count != breaches || outcome.unknown.count != unknown)
		fail_msg("%s: %zu breaches, %zu unknown", text, outcome.breaches.count,
			 outcome.unknown.count);
	check_outcome_release(&outcome);
}

static void compares_exactly(void **state)
{
	expect("max-overhead = 0.833333333", 1, 0); /* 5/6 is a third of a billionth above it */
	expect("max-overhead = 0.833333334", 0, 0);
	expect("max-share = 45.4545454%", 1, 0);
	expect("max-share = 45.4545455%", 0, 0);
	expect("max-amplification = 1.833333333", 1, 0);
	expect("max-amplification = 200%", 0, 0);
	expect("max-chain-depth = 2", 0, 0);
	expect("max-chain-depth = 1", 1, 0);
	expect("max-billed-p99 = svc-dev-a=600ms", 0, 0);
	expect("max-billed-p99 = svc-dev-a=599.999999ms", 1, 0);
	expect("max-billed-p99 = 0s", 1, 0); /* b's is 0 in the fixture */
	/* 1500004 + 777 pico-dollars */
	expect("max-cost-per-million = 1.500781", 0, 0);
	expect("max-cost-per-million = 1.500780999999", 1, 0);
}

static void names_functions_and_edges(void **state)
{
	expect("max-share = svc-dev-a=83%", 1, 0);
	expect("max-share = svc-*=83%", 1, 0);
	expect("max-share = svc-dev-a/svc-dev-b=83%", 1, 0);
	expect("max-share = svc-dev-a/svc-dev-b=84%", 0, 0);
	expect("max-share = */*=83%\nmax-share = 40%", 2, 0);
}

static void what_is_not_known_breaks_nothing(void **state)
{
	/* an invocation that took no time, and that something called: no request from outside */
	const struct results nothing = { .is_complete = true, .totals.invocations = 1 };
	struct check_outcome outcome =
		run(&nothing,
		    "max-overhead = 0\nmax-share = 0\nmax-amplification = 0\nmax-chain-depth = 0\n"
		    "max-cost-per-million = 0\nmax-billed-p99 = 0ns\n");

	assert_int_equal(outcome.breaches.count, 0);
	assert_int_equal(outcome.unknown.count, 4);
	assert_int_equal(outcome.checked, 2); /* depth, and that it is complete */
	check_outcome_release(&outcome);
	expect("max-cost-per-million = svc-dev-b=0", 0, 1);
}

static void a_trace_without_invocations_is_an_error(void **state)
{
	const struct results nothing = { .is_complete = true };
	const struct check_input input = { .results = &nothing };
	struct check_outcome outcome;
	struct check_rules rules;
	struct diag diag = { 0 };

	check_rules_init(&rules);
	assert_int_equal(check_rules_add(&rules, CHECK_MAX_OVERHEAD, "20%", &diag), 0);
	assert_int_equal(check_run(&outcome, &rules, &input, &diag), -ENODATA);
	assert_string_equal(diag.text, "no invocation was seen: there is nothing to check");
	check_rules_release(&rules);
}

static void something_against_nothing_breaks_every_limit(void **state)
{
	struct results results = { .is_complete = true };
	const struct check_input input = { .results = &results };
	struct check_outcome outcome;
	struct check_rules rules;
	struct diag diag;
	char *text = NULL;
	size_t bytes;
	FILE *file = open_memstream(&text, &bytes);

	results.totals.invocations = 1;
	results.totals.billed_ns = results.totals.double_billed_ns = 500 * NS_PER_MS;
	results.totals.state_ns[STATE_WAIT_LAMBDA] = 500 * NS_PER_MS;
	check_rules_init(&rules);
	assert_int_equal(check_rules_add(&rules, CHECK_MAX_OVERHEAD, "9000000000", &diag), 0);
	assert_int_equal(check_rules_add(&rules, CHECK_MAX_AMPLIFICATION, "2", &diag), 0);
	assert_int_equal(check_rules_add(&rules, CHECK_MAX_SHARE, "1", &diag), 0);
	assert_int_equal(check_run(&outcome, &rules, &input, &diag), 0);
	assert_int_equal(outcome.breaches.count, 2); /* the share is 1 */
	assert_int_equal(outcome.unknown.count, 0);
	check_text(file, &outcome, false);
	assert_int_equal(check_json(file, &outcome), 0);
	fclose(file);
	assert_non_null(strstr(text,
			       "max-overhead of total: infinite (all that is billed is double "
			       "billing), at most 900000000000 %\n"));
	assert_non_null(strstr(text,
			       "max-amplification of total: infinite (nothing that is billed is "
			       "own), at most 200 %\n"));
	assert_non_null(strstr(text, "\"value\": null,"));
	check_outcome_release(&outcome);
	check_rules_release(&rules);
	free(text);
}

static void an_unpriced_invocation_leaves_the_cost_unknown(void **state)
{
	struct fixture fixture;
	struct check_outcome outcome;

	fixture_init(&fixture);
	fixture.results.requests = 1;
	fixture.results.totals.unpriced = 1;
	outcome = run(&fixture.results, "max-cost-per-million = 0");
	assert_int_equal(outcome.unknown.count, 1);
	check_outcome_release(&outcome);
}

static void only_requests_from_outside_count_as_such(void **state)
{
	struct fixture fixture;
	struct check_outcome outcome;

	fixture_init(&fixture);
	fixture.results.requests = 2; /* 1500004 + 777 pico-dollars */
	outcome = run(&fixture.results, "max-cost-per-million = 0.750390499999");
	assert_int_equal(outcome.breaches.count, 1);
	check_outcome_release(&outcome);
	fixture.results.requests = 0;
	outcome = run(&fixture.results, "max-cost-per-million = 0");
	assert_int_equal(outcome.unknown.count, 1);
	check_outcome_release(&outcome);
}

static void an_incomplete_trace_is_a_breach(void **state)
{
	const struct results results = { .is_complete = false, .totals.invocations = 1 };
	struct check_outcome outcome = run(&results, "max-chain-depth = 9");

	assert_int_equal(outcome.breaches.count, 1);
	assert_null(outcome.breaches.rows[0].rule);
	check_outcome_release(&outcome);
	outcome = run(&results, "allow-incomplete\nmax-chain-depth = 9");
	assert_int_equal(outcome.breaches.count, 0);
	check_outcome_release(&outcome);
}

static void suggests_the_nearest_name(void **state)
{
	static const struct {
		enum check_metric metric;
		const char *rule, *hint;
	} cases[] = {
		{ CHECK_MAX_SHARE, "svc-dev-aa=1", "did you mean svc-dev-a?" },
		{ CHECK_MAX_SHARE, "svc-dev-a/svc-dev-c=1", "did you mean svc-dev-a/svc-dev-b?" },
		{ CHECK_MAX_SHARE, "something=1", "" },
		{ CHECK_MAX_SHARE, "nobody/*=1", "" },
		{ CHECK_MAX_OVERHEAD, "svc-dev-b/svc-dev-a=1", "" }, /* is not about edges */
	};
	struct fixture fixture;
	const struct check_input input = { .results = &fixture.results };

	fixture_init(&fixture);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct check_outcome outcome;
		struct check_rules rules;
		struct diag diag = { 0 };

		check_rules_init(&rules);
		assert_int_equal(check_rules_add(&rules, cases[i].metric, cases[i].rule, &diag), 0);
		assert_int_equal(check_run(&outcome, &rules, &input, &diag), -ENOENT);
		assert_string_equal(diag.hint, cases[i].hint);
		check_rules_release(&rules);
	}
}

static void huge_figures_do_not_overflow(void **state)
{
	struct function_row function = { .name = "f", .memory_mb = 1 };
	struct results results = {
		.is_complete = true, .requests = 1, .functions = &function, .function_count = 1
	};
	struct check_outcome outcome;

	function.sums.invocations = 1;
	function.sums.billed_ns = UINT64_MAX;
	function.sums.double_billed_ns = UINT64_MAX - 1;
	function.sums.cost_pico = function.sums.init_cost_pico = INT64_MAX;
	function.p99_ns = UINT64_MAX;
	results.totals = function.sums;
	outcome = run(
		&results,
		"max-overhead = 9223372036\nmax-cost-per-million = 9223372\nmax-billed-p99 = 2562047h\n"
		"max-share = 0.999999999\n");
	assert_int_equal(outcome.breaches.count, 4);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(outcome.breaches.rows[i].value, INT64_MAX);
	check_outcome_release(&outcome);
}

static void knows_time_left_and_waste(void **state)
{
	struct fixture fixture;
	struct check_outcome outcome;
	struct edge_budget *budget;

	fixture_init(&fixture);
	budget = &fixture.edges[0].budget;
	outcome = run(&fixture.results, "min-budget = 1ns"); /* no time-out is known */
	assert_int_equal(outcome.unknown.count, 1);
	check_outcome_release(&outcome);
	budget->has_start = true;
	budget->start_min_ns = 5;
	outcome = run(&fixture.results, "min-budget = 5ns\nmin-budget = */*=6ns");
	assert_int_equal(outcome.breaches.count, 1);
	check_outcome_release(&outcome);
	budget->has_end = true;
	budget->end_min_ns = -7; /* its reply came too late */
	outcome = run(&fixture.results, "min-budget = 0ns");
	assert_int_equal(outcome.breaches.count, 1);
	assert_int_equal(outcome.breaches.rows[0].value, -7);
	check_outcome_release(&outcome);
	fixture.results.totals.retry_waste_ns = 110 * NS_PER_MS;
	fixture.results.totals.orphaned_ns = 550 * NS_PER_MS;
	outcome = run(&fixture.results,
		      "max-retry-waste = 10%\nmax-retry-waste = 9.9999999%\n"
		      "max-orphaned = 0.5\nmax-orphaned = 0.499999999\nmax-orphaned = svc-dev-b=0");
	assert_int_equal(outcome.breaches.count, 2);
	assert_int_equal(outcome.breaches.rows[1].value, QUANTITY_RATIO_ONE / 2);
	check_outcome_release(&outcome);
}

static void refuses_verdicts(void **state)
{
	static const struct edge_advice advice[] = {
		{ .caller = "a", .callee = "b", .verdict = VERDICT_INLINE },
		{ .caller = "a", .callee = "c", .verdict = VERDICT_UNKNOWN },
		{ .caller = "c", .callee = "d", .verdict = VERDICT_DIRECT_OK },
	};
	static const struct {
		const char *rule;
		size_t breaches, unknown, checked; /* and that the trace is complete */
	} cases[] = {
		{ "inline", 1, 1, 3 },	  { "direct-ok", 1, 1, 3 }, { "a/*=direct-ok", 0, 1, 2 },
		{ "async-sqs", 0, 1, 3 }, { "unknown", 1, 0, 4 },   { "a/b=inline", 1, 0, 2 },
	};
	const struct results results = { .is_complete = true, .totals.invocations = 3 };
	const struct check_input input = { &results, advice, 3 };

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct check_outcome outcome;
		struct check_rules rules;
		struct diag diag;

		check_rules_init(&rules);
		assert_int_equal(check_rules_add(&rules, CHECK_NO_VERDICT, cases[i].rule, &diag),
				 0);
		assert_int_equal(check_run(&outcome, &rules, &input, &diag), 0);
		assert_int_equal(outcome.breaches.count, cases[i].breaches);
		assert_int_equal(outcome.unknown.count, cases[i].unknown);
		assert_int_equal(outcome.checked, cases[i].checked);
		check_outcome_release(&outcome);
		check_rules_release(&rules);
	}
}

static void writes_json(void **state)
{
	struct fixture fixture;
	const struct check_input input = { .results = &fixture.results };
	struct check_outcome outcome;
	struct check_rules rules;
	struct json_document *document;
	const struct json_value *breach;
	struct diag diag;
	char *text = NULL;
	size_t bytes;
	FILE *file = open_memstream(&text, &bytes);

	fixture_init(&fixture);
	fixture.results.is_complete = false;
	check_rules_init(&rules);
	assert_int_equal(check_rules_add(&rules, CHECK_MAX_BILLED_P99, "svc-dev-a=1ms", &diag), 0);
	assert_int_equal(check_rules_add(&rules, CHECK_MAX_COST_PER_MILLION, "1", &diag), 0);
	assert_int_equal(check_run(&outcome, &rules, &input, &diag), 0);
	assert_int_equal(check_json(file, &outcome), 0);
	fclose(file);
	assert_int_equal(json_parse(&document, text, bytes, NULL), 0);
	breach = json_element(json_member(json_root(document), "breaches"), 0);
	assert_string_equal(json_get_string(json_member(breach, "rule")), "complete");
	breach = json_element(json_member(json_root(document), "breaches"), 1);
	assert_string_equal(json_get_string(json_member(breach, "where")), "svc-dev-a");
	assert_non_null(strstr(text, "\"value\": 600000000,"));
	assert_int_equal(json_count(json_member(json_root(document), "not_known")), 1);
	assert_non_null(schema_find("check"));
	json_document_free(document);
	check_outcome_release(&outcome);
	check_rules_release(&rules);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_amounts_to_the_last_digit),
		cmocka_unit_test(refuses_what_is_no_amount),
		cmocka_unit_test(reads_a_file),
		cmocka_unit_test(tells_the_line_of_an_error),
		cmocka_unit_test(a_line_has_a_limit),
		cmocka_unit_test(compares_exactly),
		cmocka_unit_test(names_functions_and_edges),
		cmocka_unit_test(what_is_not_known_breaks_nothing),
		cmocka_unit_test(an_unpriced_invocation_leaves_the_cost_unknown),
		cmocka_unit_test(only_requests_from_outside_count_as_such),
		cmocka_unit_test(a_trace_without_invocations_is_an_error),
		cmocka_unit_test(something_against_nothing_breaks_every_limit),
		cmocka_unit_test(an_incomplete_trace_is_a_breach),
		cmocka_unit_test(suggests_the_nearest_name),
		cmocka_unit_test(huge_figures_do_not_overflow),
		cmocka_unit_test(knows_time_left_and_waste),
		cmocka_unit_test(refuses_verdicts),
		cmocka_unit_test(writes_json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
