// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * test_projection.c - one trace under several price plans, memory that the user tells, and a month's bill
 * (user/analysis/plan_table.c, memory_override.c, projection.c).
 */
#include "model_builder.h"

#include <errno.h>

#include "analysis/memory_override.h"
#include "analysis/plan_table.h"
#include "analysis/projection.h"

#define PER_HOUR 3600ll
#define DOLLAR 1000000000000ll
#define GB_S_IN_MB_MS (1024ull * 1000)

/* ---- several plans ---- */

static void test_each_plan_has_its_own_sums(void **state)
{
	const struct price_plan more[] = { { .name = "requests", .request_pico = 5 },
					   { .name = "standby",
					     .standby_gb_hour_pico = 1000 * PER_HOUR } };
	struct environment environment = { .memory_mb = 2048 };
	struct invocation *a = make_invocation(0, "a", 0, 600);
	struct plan_table table;

	a->double_billed_ns = 500 * MS;
	a->state_ns[STATE_WAIT_LAMBDA] = 510 * MS;
	assert_int_equal(plan_table_init(&table, price_plan_get(false), more, 2), 0);
	plan_table_add_invocation(&table, a);
	plan_table_add_environment(&table, &environment, 3000 * MS);
	assert_int_equal(table.count, 3);
	assert_int_equal(table.rows[0].billed_ms, 600);
	assert_int_equal(table.rows[0].duration_pico, 10000020);
	assert_int_equal(table.rows[0].request_pico, 200000);
	assert_int_equal(table.rows[0].double_billed_pico, 8333350);
	assert_int_equal(plan_row_total_pico(&table.rows[0]), 10200020);
	assert_int_equal(a->cost_pico, 10200020); /* of the first */
	assert_true(table.rows[0].charged_mb_ms == 600 * 1024);
	assert_true(table.rows[0].wait_mb_ns == 510 * MS * 1024);
	assert_int_equal(table.rows[1].billed_ms, 0);
	assert_int_equal(plan_row_total_pico(&table.rows[1]), 5);
	assert_int_equal(table.rows[2].standby_pico, 6000); /* 2 GB for 3 s */
	plan_table_release(&table);
	invocation_unref(a);
}

static void test_what_has_no_price_is_counted(void **state)
{
	struct invocation *a = make_invocation(0, "a", 0, 600);
	struct plan_table table;

	a->memory_mb = 0;
	assert_int_equal(plan_table_init(&table, price_plan_get(false), NULL, 0), 0);
	plan_table_add_invocation(&table, a);
	assert_int_equal(table.rows[0].unpriced, 1);
	assert_int_equal(plan_row_total_pico(&table.rows[0]), 0);
	assert_true(a->flags & INVOCATION_UNKNOWN_MEMORY);
	plan_table_release(&table);
	invocation_unref(a);
}

/* ---- memory ---- */

static void test_the_last_that_fits_counts(void **state)
{
	struct memory_override rows[] = { { .pattern = "shop-*", .memory_mb = 512 },
					  { .pattern = "shop-[ab]", .memory_mb = 256 },
					  { .pattern = "nobody", .memory_mb = 128 } };
	const struct memory_overrides overrides = { rows, 3 };

	assert_int_equal(memory_overrides_find(&overrides, "shop-c"), 512);
	assert_false(rows[1].is_used);
	assert_int_equal(memory_overrides_find(&overrides, "shop-a"), 256);
	assert_true(rows[0].is_used && rows[1].is_used);
	/* a name may have the signs of a pattern in it */
	assert_int_equal(memory_overrides_find(&overrides, "shop-[ab]"), 256);
	assert_int_equal(memory_overrides_find(&overrides, "other"), 0);
	assert_int_equal(memory_overrides_find(&overrides, NULL), 0);
	assert_false(rows[2].is_used);
}

/* ---- a month ---- */

/* Of one request that took 3 invocations, 2 of which the plan charges: 1.1 GB-s, of which 0.5 were a wait and 0.4 double-billed. */
static void make_row(struct plan_row *row, const struct price_plan *plan)
{
	*row = (struct plan_row){ .plan = plan,
				  .requests = 2,
				  .unpriced = 1,
				  .charged_mb_ms = GB_S_IN_MB_MS * 11 / 10,
				  .charged_cpu_ms = 600,
				  .wait_mb_ns = GB_S_IN_MB_MS * 5 / 10 * MS,
				  .double_billed_mb_ns = GB_S_IN_MB_MS * 4 / 10 * MS };
}

static struct projection project(const struct price_plan *plan, uint64_t requests, uint64_t per)
{
	const struct results results = { .requests = per, .totals.invocations = 3 };
	struct projection projection;
	struct plan_row row;
	struct diag diag = { 0 };

	make_row(&row, plan);
	if (projection_compute(&projection, &results, &row, requests, &diag))
		fail_msg("%s", diag.text);
	assert_true(projection.cost_pico ==
		    projection.time_pico + projection.request_pico + projection.standby_pico);
	return projection;
}

static void test_a_month_with_free_tier(void **state)
{
	const struct price_plan *plan = price_plan_get(false);
	struct projection month = project(plan, 1000000, 1);

	assert_int_equal(month.requests, 1000000);
	assert_int_equal(month.invocations, 3000000);
	assert_int_equal(month.unpriced, 1000000);
	assert_int_equal(month.request_units, 2000000);
	assert_int_equal(month.request_pico, 200000000000); /* of the second million */
	/* 1,100,000 - 400,000 GB-s at $0.0000166667 */
	assert_int_equal(month.time_pico, 11666690000000);
	/* without 500,000 of them 200,000 are left; without 400,000, 300,000 */
	assert_int_equal(month.wait_pico, 8333350000000);
	assert_int_equal(month.double_billed_pico, 6666680000000);
	/* all of it is free */
	month = project(plan, 300000, 1);
	assert_int_equal(month.cost_pico, 0);
	assert_int_equal(month.wait_pico, 0);
	/* the last 100,000 GB-s of the wait are not: 1.1 x 400,000 = 440,000 */
	month = project(plan, 400000, 1);
	assert_int_equal(month.time_pico, 666668000000);
	assert_int_equal(month.wait_pico, 666668000000);
}

/* A third of what is there, half up. */
static void test_fewer_than_the_trace_has(void **state)
{
	const struct price_plan plan = { .request_pico = 7,
					 .tiers = { { 0, 1000 * PER_HOUR } },
					 .tier_count = 1 };
	struct projection month = project(&plan, 1, 3);

	assert_int_equal(month.request_units, 1); /* of 0.67 */
	assert_int_equal(month.request_pico, 7);
	assert_int_equal(month.time_pico, 367); /* 1100 / 3 */
}

static void test_tiers_begin_behind_the_free_tier(void **state)
{
	const struct price_plan plan = {
		.tiers = { { 1000, 3 * PER_HOUR }, { 2000, 2 * PER_HOUR }, { 0, 1 * PER_HOUR } },
		.tier_count = 3,
		.free_gb_s = 100
	};

	/* GB-s: 1.1 for each request */
	assert_int_equal(project(&plan, 1000, 1).time_pico, 1000 * 3);
	assert_int_equal(project(&plan, 1010, 1).time_pico, 1000 * 3 + 11 * 2);
	assert_int_equal(project(&plan, 2000, 1).time_pico, 1000 * 3 + 1000 * 2 + 100);
	/* 2100 less 1000 of waiting: the dearest go last */
	assert_int_equal(project(&plan, 2000, 1).wait_pico, 100 + 900 * 2);
}

static void test_a_month_of_cpu_time(void **state)
{
	const struct price_plan plan = { .basis = PRICE_BY_ACTIVE_CPU,
					 .cpu_hour_pico = 36 * DOLLAR,
					 .free_cpu_ms = 100000 };
	struct projection month = project(&plan, 1000, 1);

	assert_int_equal(month.time_pico, 5 * DOLLAR); /* 500 of 600 s, at a cent */
	assert_int_equal(month.wait_pico, 0);
}

static void test_standing_by_does_not_depend_on_requests(void **state)
{
	const struct price_plan plan = { .standby_gb_hour_pico = DOLLAR };
	struct function_row functions[] = {
		{ .memory_mb = 512, .life = { .peak_environments = 3 } },
		{ .memory_mb = 256, .life = { .peak_environments = 2 } }
	};
	const struct results results = { .requests = 1,
					 .functions = functions,
					 .function_count = 2 };
	struct projection month;
	struct plan_row row;

	make_row(&row, &plan);
	for (uint64_t requests = 1; requests < 1000; requests += 998) {
		assert_int_equal(projection_compute(&month, &results, &row, requests, NULL), 0);
		assert_int_equal(month.standby_pico, 2 * 730 * DOLLAR);
		assert_int_equal(month.cost_pico, 2 * 730 * DOLLAR);
	}
}

/* A bill that is capped at a time-out can be shorter than the wait in it. */
static void test_waiting_is_never_more_than_the_bill(void **state)
{
	const struct results results = { .requests = 1 };
	struct projection month;
	struct plan_row row;

	make_row(&row, price_plan_get(false));
	row.wait_mb_ns *= 100;
	assert_int_equal(projection_compute(&month, &results, &row, 1000000, NULL), 0);
	assert_int_equal(month.wait_pico, month.time_pico);
}

static void test_a_trace_without_requests(void **state)
{
	const struct results results = { .requests = 0 };
	struct projection month;
	struct plan_row row;
	struct diag diag = { 0 };

	make_row(&row, price_plan_get(false));
	assert_int_equal(projection_compute(&month, &results, &row, 1, &diag), -ENODATA);
	assert_true(diag.text[0]);
}

static void expect_overflow(struct plan_row *row, uint64_t requests)
{
	const struct results results = { .requests = 1 };
	struct projection month = { .requests = 77 };
	struct diag diag = { 0 };

	assert_int_equal(projection_compute(&month, &results, row, requests, &diag), -EOVERFLOW);
	assert_true(diag.text[0]);
	assert_int_equal(month.requests, 77);
}

static void test_overflow_is_an_error(void **state)
{
	struct price_plan dear = { .tiers = { { 0, INT64_MAX } }, .tier_count = 1 };
	struct plan_row row;

	make_row(&row, price_plan_get(false)); /* 10^15 requests: $18 billion */
	expect_overflow(&row, PROJECTION_REQUESTS_MAX);
	make_row(&row, price_plan_get(false));
	row.charged_mb_ms = (unsigned __int128)1 << 126;
	expect_overflow(&row, 1);
	make_row(&row, price_plan_get(false));
	row.wait_mb_ns = (unsigned __int128)1 << 126;
	expect_overflow(&row, 100);
	make_row(&row, &dear);
	row.charged_mb_ms = (unsigned __int128)1 << 80;
	expect_overflow(&row, 1);
	make_row(&row, price_plan_get(false));
	row.requests = UINT64_MAX;
	expect_overflow(&row, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_plan_has_its_own_sums),
		cmocka_unit_test(test_what_has_no_price_is_counted),
		cmocka_unit_test(test_the_last_that_fits_counts),
		cmocka_unit_test(test_a_month_with_free_tier),
		cmocka_unit_test(test_fewer_than_the_trace_has),
		cmocka_unit_test(test_tiers_begin_behind_the_free_tier),
		cmocka_unit_test(test_a_month_of_cpu_time),
		cmocka_unit_test(test_standing_by_does_not_depend_on_requests),
		cmocka_unit_test(test_waiting_is_never_more_than_the_bill),
		cmocka_unit_test(test_a_trace_without_requests),
		cmocka_unit_test(test_overflow_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
