// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * test_memory_size.c - which of Lambda's sizes would have held what was used (user/analysis/memory_size.c).
 */
#include "model_builder.h"

#include "analysis/memory_size.h"
#include "analysis/price_plan.h"

#define MIB (1ull << 20)

static void test_sizes_are_rounded_up(void **state)
{
	assert_int_equal(memory_size_mb(0), 0);
	assert_int_equal(memory_size_mb(1), 1);
	assert_int_equal(memory_size_mb(200 * MIB), 200);
	assert_int_equal(memory_size_mb(200 * MIB + 1), 201);
	assert_true(memory_size_mb(UINT64_MAX) == 1ull << 44);
}

static void test_fit_is_one_of_lambdas_sizes(void **state)
{
	assert_int_equal(memory_size_fit_mb(0), 0);
	assert_int_equal(memory_size_fit_mb(1), 128);
	assert_int_equal(memory_size_fit_mb(128 * MIB), 128);
	assert_int_equal(memory_size_fit_mb(128 * MIB + 1), 129);
	assert_int_equal(memory_size_fit_mb(10240 * MIB), 10240);
	assert_int_equal(memory_size_fit_mb(10240 * MIB + 1), 0);
	assert_int_equal(memory_size_fit_mb(UINT64_MAX), 0);
}

/* 1 s at 1024 MB where 256 would do: three quarters of the plan's price of a GB-second. */
static void test_saving(void **state)
{
	const struct price_plan *x86 = price_plan_get(false);
	struct function_row row = { .memory_mb = 1024, .peak_rss_bytes = 256 * MIB };

	row.sums.billed_ms = 1000;
	assert_int_equal(memory_size_saving_pico(x86, &row), 12500025);
	row.peak_rss_bytes = 1024 * MIB;
	assert_int_equal(memory_size_saving_pico(x86, &row), 0);
	row.peak_rss_bytes = 2000 * MIB; /* it would not even have fitted */
	assert_int_equal(memory_size_saving_pico(x86, &row), 0);
	row.peak_rss_bytes = 0;
	assert_int_equal(memory_size_saving_pico(x86, &row), 0);
	row.peak_rss_bytes = MIB;
	row.memory_mb = 0;
	assert_int_equal(memory_size_saving_pico(x86, &row), 0);
	row.memory_mb = 1024;
	row.sums.billed_ms = UINT64_MAX;
	assert_int_equal(memory_size_saving_pico(x86, &row), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sizes_are_rounded_up),
		cmocka_unit_test(test_fit_is_one_of_lambdas_sizes),
		cmocka_unit_test(test_saving),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
