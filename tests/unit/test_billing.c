// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * test_billing.c - money, billed milliseconds, double billing of single attempts, and percentiles
 * (user/analysis/billing.c, price_plan.c, double_billing.c, histogram.c).
 */
#include "model_builder.h"

#include "analysis/billing.h"
#include "analysis/double_billing.h"
#include "analysis/histogram.h"

static uint64_t billed_ms(const struct price_plan *plan, const struct invocation *invocation)
{
	struct bill bill;

	billing_make(&bill, plan, invocation);
	return bill.billed_ms;
}

static uint64_t duration_ms(const struct price_plan *plan, const struct invocation *invocation)
{
	struct bill bill;

	billing_make(&bill, plan, invocation);
	return bill.duration_ms;
}

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
	struct price_plan plan = { .tiers = { { 0, 1000000000 * 3600ll } }, .tier_count = 1 };

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
	assert_int_equal(billed_ms(plan, a), 101);
	a->init_start_ns = 1000 * MS;
	a->init_end_ns = 1050 * MS + 400000;
	assert_int_equal(billed_ms(plan, a), 101);
	a->is_cold = true;
	assert_int_equal(billed_ms(plan, a), 151);
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
	assert_int_equal(duration_ms(price_plan_get(false), a), 1005);
	a->status = STATUS_TIMEOUT;
	assert_int_equal(duration_ms(price_plan_get(false), a), 1000);
	invocation_unref(a);
}

/* ---- other plans ---- */

#define PER_HOUR 3600ll

static void test_granularity_and_minimum(void **state)
{
	const struct price_plan plan = { .tiers = { { 0, 16000000 * PER_HOUR } },
					 .tier_count = 1,
					 .granularity_ms = 100,
					 .minimum_ms = 250,
					 .memory_granularity_mb = 64,
					 .is_init_billed = true };
	const struct billing_usage usage = { .duration_ns = 310 * MS + 1, .memory_mb = 65 };
	struct billing_usage cold = usage;
	struct bill bill;

	assert_int_equal(price_plan_round_ms(&plan, 0), 250);
	assert_int_equal(price_plan_round_ms(&plan, 250 * MS), 300);
	assert_int_equal(price_plan_round_ms(&plan, 300 * MS), 300);
	assert_int_equal(price_plan_round_ms(&plan, 300 * MS + 1), 400);
	assert_int_equal(price_plan_round_mb(&plan, 64), 64);
	assert_int_equal(price_plan_round_mb(&plan, 65), 128);
	billing_price(&bill, &plan, &usage);
	assert_int_equal(bill.billed_ms, 400);
	assert_int_equal(bill.cost_pico, 800000); /* 0.05 GB-s, and no price for a request */
	cold.init_ns = 95 * MS;			  /* 405: 500 */
	billing_price(&bill, &plan, &cold);
	assert_int_equal(bill.duration_ms, 400);
	assert_int_equal(bill.billed_ms, 500);
	assert_int_equal(bill.cost_pico, 800000);
	assert_int_equal(bill.init_cost_pico, 200000);
}

/* The first 256 KB are one request, and each further 64 KB, or a part of it. */
static void test_an_asynchronous_event_is_several_requests(void **state)
{
	const struct price_plan *plan = price_plan_get(false);
	struct invocation *a = make_invocation(0, "a", 0, 100);
	struct exchange call = { .service_class = SERVICE_LAMBDA_EVENT };
	struct bill bill;

	assert_int_equal(price_plan_count_requests(plan, 0), 1);
	assert_int_equal(price_plan_count_requests(plan, 262144), 1);
	assert_int_equal(price_plan_count_requests(plan, 262145), 2);
	assert_int_equal(price_plan_count_requests(plan, 262144 + 65536), 2);
	assert_int_equal(price_plan_count_requests(plan, 262144 + 65537), 3);
	assert_int_equal(price_plan_count_requests(plan, 1048576), 13);
	call.request_body.bytes = 300000;
	a->caller = &call;
	billing_make(&bill, plan, a);
	assert_int_equal(bill.requests, 2);
	assert_int_equal(bill.request_pico, 400000);
	assert_int_equal(bill.cost_pico, 1666670 + 400000);
	call.service_class = SERVICE_LAMBDA_SYNC; /* of which the size does not count */
	billing_make(&bill, plan, a);
	assert_int_equal(bill.requests, 1);
	a->caller = NULL;
	a->entry = &call; /* nobody's call is known, but who took it saw the event */
	call.service_class = SERVICE_LAMBDA_EVENT;
	billing_make(&bill, plan, a);
	assert_int_equal(bill.requests, 2);
	a->entry = NULL;
	invocation_unref(a);
}

/* 0.2 a GB-hour of memory for all the time, 3.6 an hour on a CPU: waiting costs memory alone. */
static void test_active_cpu(void **state)
{
	const struct price_plan plan = { .basis = PRICE_BY_ACTIVE_CPU,
					 .tiers = { { 0, 200000000000 } },
					 .tier_count = 1,
					 .cpu_hour_pico = 3600000000000,
					 .request_pico = 600000 };
	const struct billing_usage usage = { .duration_ns = 600 * MS,
					     .init_ns = 100 * MS,
					     .active_ns = 99 * MS + 1,
					     .double_billed_ns = 500 * MS,
					     .memory_mb = 512 };
	struct bill bill;

	billing_price(&bill, &plan, &usage);
	assert_int_equal(bill.billed_ms, 100);
	/* 0.3 GB-s are 16,666,666.67; 0.1 s are 100,000,000: rounded once */
	assert_int_equal(bill.cost_pico, 16666667 + 100000000 + 600000);
	assert_int_equal(bill.init_cost_pico, 0);
	assert_int_equal(bill.double_billed_pico, 13888889);
}

static void test_what_needs_no_memory_has_a_price_without(void **state)
{
	const struct price_plan plan = { .request_pico = 200000, .is_init_billed = true };
	const struct billing_usage usage = { .duration_ns = 600 * MS,
					     .init_ns = 100 * MS,
					     .double_billed_ns = 500 * MS };
	struct bill bill;

	assert_false(price_plan_charges_time(&plan));
	billing_price(&bill, &plan, &usage);
	assert_true(bill.is_priced);
	assert_int_equal(bill.billed_ms, 0);
	assert_int_equal(bill.cost_pico, 200000);
	assert_int_equal(bill.init_cost_pico, 0);
	assert_int_equal(bill.double_billed_pico, 0);
	billing_price(&bill, price_plan_get(false), &usage);
	assert_false(bill.is_priced);
	assert_int_equal(bill.cost_pico, 0);
}

static void test_standby(void **state)
{
	struct price_plan plan = { .standby_gb_hour_pico = 4166700 * PER_HOUR };

	assert_true(price_plan_charges_memory(&plan));
	assert_int_equal(price_plan_standby_pico(&plan, 10000 * MS, 512), 20833500);
	assert_true(price_plan_standby_pico(&plan, UINT64_MAX, UINT32_MAX) == INT64_MAX);
}

/* What does not fit is the largest that does, never a small or negative figure. */
static void test_no_sum_wraps(void **state)
{
	struct price_plan plan = { .tiers = { { 0, INT64_MAX } },
				   .tier_count = 1,
				   .cpu_hour_pico = INT64_MAX,
				   .request_pico = INT64_MAX,
				   .event_first_bytes = 1,
				   .event_further_bytes = 1,
				   .granularity_ms = UINT32_MAX,
				   .memory_granularity_mb = UINT32_MAX,
				   .is_init_billed = true };
	const struct billing_usage usage = { .duration_ns = UINT64_MAX,
					     .init_ns = UINT64_MAX,
					     .active_ns = UINT64_MAX / 2,
					     .double_billed_ns = UINT64_MAX / 2,
					     .event_bytes = UINT64_MAX,
					     .memory_mb = UINT32_MAX };
	struct bill bill;

	billing_price(&bill, &plan, &usage);
	assert_true(bill.cost_pico == INT64_MAX);
	assert_true(bill.request_pico == INT64_MAX);
	assert_true(bill.double_billed_pico == INT64_MAX);
	assert_true(billing_add_pico(INT64_MAX, 1) == INT64_MAX);
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
	struct histogram histogram;
	uint64_t p50, p99;

	histogram_init(&histogram);
	assert_int_equal(histogram_percentile(&histogram, 50), 0);
	assert_int_equal(histogram_add(&histogram, 123456789), 0);
	assert_int_equal(histogram_percentile(&histogram, 50), 123456789);
	assert_int_equal(histogram_percentile(&histogram, 99), 123456789);
	histogram_release(&histogram);
	for (uint64_t i = 1; i <= 10000; i++)
		assert_int_equal(histogram_add(&histogram, i * 997), 0);
	p50 = histogram_percentile(&histogram, 50);
	p99 = histogram_percentile(&histogram, 99);
	assert_in_range(p50, 5000 * 997 / 100 * 99, 5000 * 997 / 100 * 101);
	assert_in_range(p99, 9900 * 997 / 100 * 99, 9900 * 997 / 100 * 101);
	assert_int_equal(histogram_add(&histogram, UINT64_MAX), 0);
	assert_true(histogram_percentile(&histogram, 100) >= UINT64_MAX / 100 * 99);
	histogram_release(&histogram);
}

/* There is one for each function: room is made for the orders of magnitude that occur. */
static void test_a_histogram_is_small(void **state)
{
	struct histogram histogram;
	size_t octaves = 0;

	assert_true(sizeof(histogram) <= 512);
	histogram_init(&histogram);
	for (uint64_t value = 1000; value < 2000; value++)
		assert_int_equal(histogram_add(&histogram, value), 0);
	for (size_t i = 0; i < HISTOGRAM_OCTAVES; i++)
		octaves += histogram.octaves[i] != NULL;
	assert_int_equal(octaves, 2);
	histogram_release(&histogram);
}

static void test_small_values_are_exact(void **state)
{
	struct histogram histogram;

	for (uint64_t value = 0; value < 300; value++) {
		histogram_init(&histogram);
		assert_int_equal(histogram_add(&histogram, 0), 0);
		assert_int_equal(histogram_add(&histogram, value), 0);
		assert_int_equal(histogram_add(&histogram, 1000), 0);
		assert_in_range(histogram_percentile(&histogram, 50), value - value / 100,
				value + value / 100);
		histogram_release(&histogram);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_compute_price),
		cmocka_unit_test(test_rounding_is_half_up),
		cmocka_unit_test(test_duration_and_init_are_rounded_up_together),
		cmocka_unit_test(test_a_timeout_caps_the_bill),
		cmocka_unit_test(test_granularity_and_minimum),
		cmocka_unit_test(test_an_asynchronous_event_is_several_requests),
		cmocka_unit_test(test_active_cpu),
		cmocka_unit_test(test_what_needs_no_memory_has_a_price_without),
		cmocka_unit_test(test_standby),
		cmocka_unit_test(test_no_sum_wraps),
		cmocka_unit_test(test_double_billing_of_a_cold_callee),
		cmocka_unit_test(test_transit_needs_a_server_on_this_host),
		cmocka_unit_test(test_percentiles_are_within_one_percent),
		cmocka_unit_test(test_small_values_are_exact),
		cmocka_unit_test(test_a_histogram_is_small),
	};

	return cmocka_run_group_tests_name("billing", tests, NULL, NULL);
}
