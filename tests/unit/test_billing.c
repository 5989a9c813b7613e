// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * test_billing.c - money, billed milliseconds, double billing of single attempts, and percentiles
 * (user/analysis/billing.c, price_plan.c, double_billing.c, histogram.c).
 */
#include "model_builder.h"

#include "analysis/billing.h"
#include "analysis/double_billing.h"
#include "analysis/histogram.h"

/* 1 GB for 1 s is the plan's price; 128 MB for 1 ms is 16,666,700 / 8,000 = 2,083.3375. */
static void test_compute_price(void **state)
{
	const struct price_plan *x86 = price_plan_get(false), *arm = price_plan_get(true);

	assert_int_equal(price_plan_compute_pico(x86, 1000 * MS, 1024), 16666700);
	assert_int_equal(price_plan_compute_pico(arm, 1000 * MS, 1024), 13333400);
	assert_int_equal(price_plan_compute_pico(x86, MS, 128), 2083);
	assert_int_equal(price_plan_compute_pico(x86, 3 * MS, 128), 6250); /* 6250.0125 */
	assert_int_equal(price_plan_compute_pico(x86, 0, 128), 0);
	assert_true(price_plan_compute_pico(x86, UINT64_MAX, UINT32_MAX) == INT64_MAX);
}

/* Half a pico-dollar is rounded up. */
static void test_rounding_is_half_up(void **state)
{
	struct price_plan plan = { .gb_second_pico = 1000000000 };

	/* 1 ns x 1024 MB = 1 pico-dollar; 512 MB = 0.5 */
	assert_int_equal(price_plan_compute_pico(&plan, 1, 1024), 1);
	assert_int_equal(price_plan_compute_pico(&plan, 1, 512), 1);
	assert_int_equal(price_plan_compute_pico(&plan, 1, 511), 0);
	assert_int_equal(price_plan_compute_pico(&plan, 3, 512), 2);
}

static void test_duration_and_init_are_rounded_up_together(void **state)
{
	const struct price_plan *plan = price_plan_get(false);
	struct invocation *a = make_invocation(0, "a", 0, 100);

	a->end_ns += 400000; /* 100.4 ms + 50.4 ms INIT = 150.8: 151 billed, 101 without INIT */
	assert_int_equal(billing_billed_ms(plan, a), 101);
	a->init_start_ns = 1000 * MS;
	a->init_end_ns = 1050 * MS + 400000;
	assert_int_equal(billing_billed_ms(plan, a), 101);
	a->is_cold = true;
	assert_int_equal(billing_billed_ms(plan, a), 151);
	billing_compute(plan, a);
	assert_int_equal(a->cost_pico, 1683337 + 200000); /* 0.101 x 16,666,700 = 1,683,336.7 */
	assert_int_equal(a->init_cost_pico, 833335);
	a->memory_mb = 0;
	billing_compute(plan, a);
	assert_int_equal(a->cost_pico, 0);
	assert_int_equal(a->init_cost_pico, 0);
	invocation_unref(a);
}

static void test_a_timeout_caps_the_bill(void **state)
{
	struct invocation *a = make_invocation(0, "a", 10, 1015);

	a->deadline_ns = 1010 * MS;
	assert_int_equal(billing_duration_ms(a), 1005);
	a->status = STATUS_TIMEOUT;
	assert_int_equal(billing_duration_ms(a), 1000);
	invocation_unref(a);
}

/* A waits 0-600 for a cold callee: INIT 50-250, B 250-550. */
static void test_double_billing_of_a_cold_callee(void **state)
{
	struct invocation *a = make_invocation(0, "a", 0, 600);
	struct invocation *b = make_invocation(1, "b", 250, 550);
	struct exchange *call = add_attempt(a, 0, SERVICE_LAMBDA_SYNC, 0, 600);

	b->is_cold = true;
	b->init_start_ns = 50 * MS;
	b->init_end_ns = 250 * MS;
	call->callee = b;
	call->wait_ns = 600 * MS;
	a->segments = calloc(1, sizeof(*a->segments));
	a->segment_count = 1;
	a->segments[0] = (struct segment){ .end_ns = 600 * MS, .state = STATE_WAIT_LAMBDA };
	double_billing_compute(a);
	assert_int_equal(call->double_billed_ns, 300 * MS);
	assert_int_equal(call->double_init_ns, 200 * MS);
	assert_int_equal(call->transit_ns, 300 * MS);
	/* A callee that is still open is billed on. */
	b->is_over = false;
	double_billing_compute(a);
	assert_int_equal(a->double_billed_ns, 350 * MS);
	/* The 202 of an Event call is nobody's double billing. */
	call->service_class = SERVICE_LAMBDA_EVENT;
	double_billing_compute(a);
	assert_int_equal(a->double_billed_ns, 0);
	assert_int_equal(a->transit_ns, 0);
	invocation_unref(a);
}

static void test_transit_needs_a_server_on_this_host(void **state)
{
	struct invocation *a = make_invocation(0, "a", 0, 100);
	struct exchange *call = add_attempt(a, 0, SERVICE_LAMBDA_SYNC, 0, 100);

	call->wait_ns = 100 * MS;
	double_billing_compute(a);
	assert_int_equal(a->transit_ns, 0);
	call->peer_connection = 7; /* reached an emulator, which answered by itself */
	double_billing_compute(a);
	assert_int_equal(a->transit_ns, 100 * MS);
	invocation_unref(a);
}

static void test_percentiles_are_within_one_percent(void **state)
{
	static struct histogram histogram;
	uint64_t p50, p99;

	histogram_init(&histogram);
	assert_int_equal(histogram_percentile(&histogram, 50), 0);
	histogram_add(&histogram, 123456789);
	assert_int_equal(histogram_percentile(&histogram, 50), 123456789);
	assert_int_equal(histogram_percentile(&histogram, 99), 123456789);
	histogram_init(&histogram);
	for (uint64_t i = 1; i <= 10000; i++)
		histogram_add(&histogram, i * 997);
	p50 = histogram_percentile(&histogram, 50);
	p99 = histogram_percentile(&histogram, 99);
	assert_in_range(p50, 5000 * 997 / 100 * 99, 5000 * 997 / 100 * 101);
	assert_in_range(p99, 9900 * 997 / 100 * 99, 9900 * 997 / 100 * 101);
	histogram_add(&histogram, UINT64_MAX);
	assert_true(histogram_percentile(&histogram, 100) >= UINT64_MAX / 100 * 99);
}

static void test_small_values_are_exact(void **state)
{
	static struct histogram histogram;

	for (uint64_t value = 0; value < 300; value++) {
		histogram_init(&histogram);
		histogram_add(&histogram, 0);
		histogram_add(&histogram, value);
		histogram_add(&histogram, 1000);
		assert_in_range(histogram_percentile(&histogram, 50), value - value / 100,
				value + value / 100);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_compute_price),
		cmocka_unit_test(test_rounding_is_half_up),
		cmocka_unit_test(test_duration_and_init_are_rounded_up_together),
		cmocka_unit_test(test_a_timeout_caps_the_bill),
		cmocka_unit_test(test_double_billing_of_a_cold_callee),
		cmocka_unit_test(test_transit_needs_a_server_on_this_host),
		cmocka_unit_test(test_percentiles_are_within_one_percent),
		cmocka_unit_test(test_small_values_are_exact),
	};

	return cmocka_run_group_tests_name("billing", tests, NULL, NULL);
}
