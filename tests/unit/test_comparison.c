/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * test_comparison.c - two traces compared: means and variances value by value, what is significant and what is
 * not, rows that appear and vanish, calls of several attempts, caveats, JSON.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "analysis/comparison.h"
#include "analysis/price_plan.h"
#include "base/json_read.h"
#include "output/diff_json.h"
#include "output/schema.h"
#include "results_fixture.h"

/* ---- spreads ---- */

static struct spread spread_of(const double *values, size_t count)
{
	struct spread spread = { 0 };

	for (size_t i = 0; i < count; i++)
		spread_add(&spread, values[i]);
	return spread;
}

static void adds_up_mean_and_variance(void **state)
{
	static const double values[] = { 2, 4, 4, 4, 5, 5, 7, 9 };
	struct spread spread = spread_of(values, 8);

	assert_int_equal(spread.count, 8);
	assert_true(fabs(spread.mean - 5) < 1e-12);
	assert_true(fabs(spread.squares - 32) < 1e-12);
}

/* Of a huge mean the variance is not lost in rounding. */
static void a_small_spread_far_from_zero_is_kept(void **state)
{
	struct spread spread = { 0 };

	for (int i = 0; i < 1000; i++)
		spread_add(&spread, 1e15 + (i % 2 ? 1 : -1));
	assert_true(fabs(spread.squares - 1000) < 1);
}

/*
 * Student's sleep data: means 0.75 and 2.33, the wider variance 4.009, so that one standard error of the
 * difference is 0.8954 and 2.8784 of them (18 degrees of freedom) are 2.577.
 */
static void is_exact_at_its_border(void **state)
{
	static const double first[] = { 0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0 };
	static const double second[] = { 1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4 };
	double below[10], above[10];
	struct spread a = spread_of(first, 10), b = spread_of(second, 10), c, d;

	for (int i = 0; i < 10; i++) {
		below[i] = second[i] + 0.996;
		above[i] = second[i] + 0.998;
	}
	c = spread_of(below, 10);
	d = spread_of(above, 10);
	assert_int_equal(spread_compare(&a, &b), SIGNIFICANCE_WITHIN);
	assert_int_equal(spread_compare(&b, &a), SIGNIFICANCE_WITHIN);
	assert_int_equal(spread_compare(&a, &c), SIGNIFICANCE_WITHIN);
	assert_int_equal(spread_compare(&a, &d), SIGNIFICANCE_99);
	assert_int_equal(spread_compare(&d, &a), SIGNIFICANCE_99);
}

static void too_few_say_nothing(void **state)
{
	struct spread few = { .count = SPREAD_VALUES_MIN - 1, .mean = 1 };
	struct spread enough = { .count = SPREAD_VALUES_MIN, .mean = 9 };
	struct spread same = enough, other = { .count = SPREAD_VALUES_MIN, .mean = 10 };
	struct spread none = { 0 };

	assert_int_equal(spread_compare(&few, &enough), SIGNIFICANCE_TOO_FEW);
	assert_int_equal(spread_compare(&enough, &none), SIGNIFICANCE_TOO_FEW);
	assert_int_equal(spread_compare(&enough, &same), SIGNIFICANCE_EQUAL);
	assert_int_equal(spread_compare(&enough, &other), SIGNIFICANCE_99); /* without any spread */
}

static uint64_t next_random(uint64_t *seed)
{
	*seed = *seed * 6364136223846793005ull + 1442695040888963407ull;
	return *seed >> 33;
}

/* Durations as they are: a floor, and a long tail (of a uniform value's fourth power). */
static struct spread draw(uint64_t *seed, unsigned int count, double factor)
{
	struct spread spread = { 0 };

	for (unsigned int i = 0; i < count; i++) {
		double uniform = (double)next_random(seed) / (double)(1ull << 31);

		spread_add(&spread, factor * (100 + 400 * uniform * uniform * uniform * uniform));
	}
	return spread;
}

/*
 * Of 4000 pairs from one distribution at most 1 % may look different, skewed as it is and with so many more
 * values on one side; half as long again is found nearly always in 100 values.
 */
static void is_right_as_often_as_it_says(void **state)
{
	static const unsigned int counts[][2] = {
		{ 10, 10 }, { 30, 30 }, { 10, 500 }, { 100, 100 }
	};
	uint64_t seed = 1;

	for (size_t i = 0; i < 4; i++) {
		unsigned int wrong = 0, found = 0;

		for (int run = 0; run < 4000; run++) {
			struct spread old = draw(&seed, counts[i][0], 1), new;

			new = draw(&seed, counts[i][1], 1);
			wrong += spread_compare(&old, &new) == SIGNIFICANCE_99;
			new = draw(&seed, counts[i][1], 1.5);
			found += spread_compare(&old, &new) == SIGNIFICANCE_99;
		}
		if (wrong > 4000 / 100)
			fail_msg("%u of 4000 without a difference, %u and %u values", wrong,
				 counts[i][0], counts[i][1]);
		if (counts[i][0] == 100 && found < 3600)
			fail_msg("only %u of 4000 differences", found);
	}
}

/* ---- traces ---- */

struct pair {
	struct comparison_log old_log, new_log;
	struct results old_results, new_results;
	struct comparison comparison;
};

static void pair_init(struct pair *pair)
{
	memset(pair, 0, sizeof(*pair));
	comparison_log_init(&pair->old_log);
	comparison_log_init(&pair->new_log);
	pair->old_results.is_complete = pair->new_results.is_complete = true;
}

static void pair_compare(struct pair *pair, const char *old_host, const char *new_host)
{
	struct compared_trace old = { &pair->old_results, &pair->old_log, old_host };
	struct compared_trace new = { &pair->new_results, &pair->new_log, new_host };

	comparison_log_finish(&pair->old_log);
	comparison_log_finish(&pair->new_log);
	assert_int_equal(comparison_make(&pair->comparison, &old, &new), 0);
}

static void pair_release(struct pair *pair)
{
	comparison_release(&pair->comparison);
	comparison_log_release(&pair->old_log);
	comparison_log_release(&pair->new_log);
}

static void add(struct comparison_log *log, struct fixture *fixture, unsigned int times)
{
	while (times--)
		assert_int_equal(comparison_log_add_chain(log, &fixture->chain), 0);
}

static void joins_rows_by_their_names(void **state)
{
	struct fixture fixture;
	struct pair pair;
	struct compared_value value;

	pair_init(&pair);
	fixture_init(&fixture);
	add(&pair.old_log, &fixture, 3);
	fixture.b.function = "other";
	fixture.a.end_ns += 100 * NS_PER_MS;
	fixture.a.state_ns[STATE_ACTIVE] += 100 * NS_PER_MS;
	add(&pair.new_log, &fixture, 12);
	pair_compare(&pair, "", "");
	assert_int_equal(pair.comparison.function_count, 3);
	assert_int_equal(pair.comparison.edge_count, 2);
	assert_string_equal(compared_row_entry(&pair.comparison.functions[0])->name, "other");
	assert_null(pair.comparison.functions[0].old);
	assert_string_equal(compared_row_entry(&pair.comparison.functions[1])->name, "svc-dev-a");
	assert_null(pair.comparison.functions[2].new);
	assert_string_equal(pair.comparison.edges[0].new->callee, "other");
	value = compared_row_value(&pair.comparison.functions[1], COMPARED_BILLED);
	assert_int_equal(value.old_sum, 3 * 600 * NS_PER_MS);
	assert_int_equal(value.new_sum, 12 * 700 * NS_PER_MS);
	assert_int_equal(value.new_mean, 700 * NS_PER_MS);
	assert_true(fabs(value.change - 1.0 / 6) < 1e-12);
	assert_int_equal(value.significance, SIGNIFICANCE_TOO_FEW);
	value = compared_row_value(&pair.comparison.functions[2], COMPARED_BILLED);
	assert_false(value.is_known);
	assert_true(isnan(value.change));
	assert_int_equal(pair.comparison.caveats, 0);
	pair_release(&pair);
}

/* A call of two attempts is one value; so is what another call of the same edge waits. */
static void adds_attempts_of_a_call(void **state)
{
	struct fixture fixture;
	struct exchange more[2];
	struct exchange *attempts[3];
	struct pair pair;
	const struct comparison_entry *edge;

	pair_init(&pair);
	fixture_init(&fixture);
	more[0] = more[1] = fixture.attempt;
	more[0].id = 1;
	more[0].call = 1;
	more[0].wait_ns = 1;
	more[1].id = 2;
	more[1].attempt = 2;
	more[1].status = 500;
	more[1].wait_ns = 7;
	attempts[0] = &fixture.attempt;
	attempts[1] = &more[0];
	attempts[2] = &more[1];
	fixture.a.attempts = attempts;
	fixture.a.attempt_count = 3;
	add(&pair.old_log, &fixture, 2);
	pair_compare(&pair, "", "");
	edge = pair.comparison.edges[0].old;
	assert_int_equal(edge->count, 4);
	assert_int_equal(edge->attempts, 6);
	assert_int_equal(edge->errors, 2);
	assert_int_equal(edge->figures[COMPARED_CALL_WAIT].sum, 2 * (500 * NS_PER_MS + 8));
	assert_int_equal(edge->figures[COMPARED_CALL_WAIT].spread.count, 4);
	pair_release(&pair);
}

/* Of a trace that nobody recorded. */
static void absurd_spans_add_up(void **state)
{
	const unsigned __int128 longest = UINT64_MAX;
	struct fixture fixture;
	struct exchange more;
	struct exchange *attempts[2];
	struct pair pair;
	const struct comparison_entry *edge;
	struct compared_value value;

	pair_init(&pair);
	fixture_init(&fixture);
	fixture.a.state_ns[STATE_ACTIVE] = fixture.a.double_billed_ns = UINT64_MAX;
	fixture.a.cost_pico = INT64_MAX;
	fixture.attempt.wait_ns = fixture.attempt.transit_ns = UINT64_MAX;
	fixture.attempt.cost_pico = INT64_MAX;
	more = fixture.attempt; /* another attempt of the same call */
	more.id = 1;
	more.attempt = 2;
	attempts[0] = &fixture.attempt;
	attempts[1] = &more;
	fixture.a.attempts = attempts;
	fixture.a.attempt_count = 2;
	add(&pair.old_log, &fixture, 3);
	pair_compare(&pair, "", "");
	edge = pair.comparison.edges[0].old;
	assert_true(edge->figures[COMPARED_CALL_WAIT].sum == 6 * longest);
	assert_true(edge->figures[COMPARED_CALL_COST].sum == 6 * (unsigned __int128)INT64_MAX);
	value = compared_row_value(&pair.comparison.edges[0], COMPARED_CALL_TRANSIT);
	assert_true(value.old_sum == 6 * longest);
	assert_int_equal(value.old_mean, INT64_MAX);
	assert_true(pair.comparison.functions[0].old->figures[COMPARED_ACTIVE].sum == 3 * longest);
	assert_true(isnan(comparison_entry_overhead(pair.comparison.functions[0].old)));
	pair_release(&pair);
}

static void leaves_out_what_has_no_value(void **state)
{
	struct fixture fixture;
	struct pair pair;
	const struct comparison_entry *b;

	pair_init(&pair);
	fixture_init(&fixture);
	fixture.b.flags |= INVOCATION_UNKNOWN_MEMORY;
	add(&pair.old_log, &fixture, 1);
	pair_compare(&pair, "", "");
	b = pair.comparison.functions[1].old;
	assert_string_equal(b->name, "svc-dev-b");
	assert_int_equal(b->figures[COMPARED_COST].spread.count, 0);
	assert_int_equal(b->figures[COMPARED_LATENCY].spread.count, 0); /* it never answered */
	assert_int_equal(pair.old_log.all.figures[COMPARED_COST].spread.count, 0);
	assert_int_equal(pair.old_log.all.figures[COMPARED_LATENCY].spread.count, 1);
	pair_release(&pair);
}

/* A call is priced at its caller's memory. */
static void leaves_out_what_calls_cost_without_memory(void **state)
{
	struct fixture fixture;
	struct pair pair;
	const struct comparison_entry *edge;

	pair_init(&pair);
	fixture_init(&fixture);
	add(&pair.old_log, &fixture, 1);
	fixture.a.flags |= INVOCATION_UNKNOWN_MEMORY;
	add(&pair.old_log, &fixture, 1);
	pair_compare(&pair, "", "");
	edge = pair.comparison.edges[0].old;
	assert_int_equal(edge->figures[COMPARED_CALL_WAIT].spread.count, 2);
	assert_int_equal(edge->figures[COMPARED_CALL_COST].spread.count, 1);
	pair_release(&pair);
}

/* What is not known is not another. */
static void unknown_memory_is_no_other_memory(void **state)
{
	struct fixture fixture;
	struct pair pair;

	pair_init(&pair);
	fixture_init(&fixture);
	add(&pair.old_log, &fixture, 1);
	fixture.a.memory_mb = 0;
	add(&pair.new_log, &fixture, 1);
	pair_compare(&pair, "", "");
	assert_int_equal(pair.comparison.caveats, 0);
	pair_release(&pair);
}

static void tells_what_makes_them_less_comparable(void **state)
{
	struct price_plan cheap, dear;
	struct fixture fixture;
	struct pair pair;

	pair_init(&pair);
	fixture_init(&fixture);
	cheap = dear = *price_plan_get(false);
	strcpy(dear.name, "dear");
	pair.old_results.plan = &cheap;
	pair.new_results.plan = &dear;
	pair.new_results.is_complete = false;
	pair.old_results.totals.estimated = 3;
	add(&pair.old_log, &fixture, 1);
	fixture.a.memory_mb = 512;
	add(&pair.new_log, &fixture, 1);
	pair_compare(&pair, "kernel 6.1", "kernel 6.8");
	assert_int_equal(pair.comparison.caveats, CAVEAT_NEW_INCOMPLETE | CAVEAT_PLANS |
							  CAVEAT_HOSTS | CAVEAT_ESTIMATED |
							  CAVEAT_MEMORY);
	pair_release(&pair);
}

static char *json_of(const struct pair *pair, struct json_document **ret_document)
{
	char *text = NULL;
	size_t bytes;
	FILE *file = open_memstream(&text, &bytes);

	assert_int_equal(diff_json(file, &pair->comparison), 0);
	fclose(file);
	assert_int_equal(json_parse(ret_document, text, bytes, NULL), 0);
	return text;
}

static void writes_json_of_anything(void **state)
{
	struct fixture fixture;
	struct json_document *document;
	const struct json_value *function, *figure;
	struct pair pair;

	pair_init(&pair); /* nothing at all */
	pair_compare(&pair, "", "");
	free(json_of(&pair, &document));
	assert_int_equal(json_count(json_member(json_root(document), "functions")), 0);
	json_document_free(document);
	pair_release(&pair);

	pair_init(&pair);
	fixture_init(&fixture);
	fixture.a.function = "\x01\"\xff";
	add(&pair.new_log, &fixture, 1);
	pair_compare(&pair, "", "");
	free(json_of(&pair, &document));
	function = json_element(json_member(json_root(document), "functions"), 0);
	assert_string_equal(json_get_string(json_member(function, "name")), "\x01\"\xef\xbf\xbd");
	assert_string_equal(json_get_string(json_member(function, "presence")), "appeared");
	figure = json_member(json_member(function, "figures"), "billed_ns");
	assert_true(json_is_null(json_member(figure, "old_mean")));
	assert_true(json_is_null(json_member(figure, "change")));
	assert_string_equal(json_get_string(json_member(figure, "significance")), "too_few");
	json_document_free(document);
	pair_release(&pair);
	assert_non_null(schema_find("diff"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(adds_up_mean_and_variance),
		cmocka_unit_test(a_small_spread_far_from_zero_is_kept),
		cmocka_unit_test(is_exact_at_its_border),
		cmocka_unit_test(too_few_say_nothing),
		cmocka_unit_test(is_right_as_often_as_it_says),
		cmocka_unit_test(joins_rows_by_their_names),
		cmocka_unit_test(adds_attempts_of_a_call),
		cmocka_unit_test(absurd_spans_add_up),
		cmocka_unit_test(leaves_out_what_has_no_value),
		cmocka_unit_test(leaves_out_what_calls_cost_without_memory),
		cmocka_unit_test(unknown_memory_is_no_other_memory),
		cmocka_unit_test(tells_what_makes_them_less_comparable),
		cmocka_unit_test(writes_json_of_anything),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
