// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * test_matching.c - the assignment of rows to columns and its margins, against all assignments tried
 * one by one.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

#include "analysis/matching.h"

#define SIDE 5

static uint64_t random_state = 1;

static uint32_t next_random(uint32_t below)
{
	random_state = random_state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(random_state >> 33) % below;
}

/* The best total over rows from @row on; the pair (@no_row, @no_column) is not allowed. */
static int64_t try_all(const int64_t *weights, size_t rows, size_t columns, size_t row,
		       unsigned int taken, size_t no_row, size_t no_column)
{
	int64_t best;

	if (row == rows)
		return 0;
	best = try_all(weights, rows, columns, row + 1, taken, no_row, no_column);
	for (size_t j = 0; j < columns; j++) {
		int64_t weight = weights[row * columns + j];
		int64_t total;

		if (taken & 1u << j || !weight || (row == no_row && j == no_column))
			continue;
		total = weight + try_all(weights, rows, columns, row + 1, taken | 1u << j, no_row,
					 no_column);
		if (total > best)
			best = total;
	}
	return best;
}

static void check(const int64_t *weights, size_t rows, size_t columns)
{
	int64_t best = try_all(weights, rows, columns, 0, 0, SIZE_MAX, SIZE_MAX);
	struct matching matching;
	unsigned int taken = 0;
	bool is_full = true;
	int64_t total = 0;

	assert_int_equal(matching_init(&matching, rows, columns, weights), 0);
	for (size_t i = 0; i < rows; i++) {
		size_t column = matching_column(&matching, i);

		is_full &= column != MATCHING_NONE;
		if (column == MATCHING_NONE) {
			assert_true(matching_margin(&matching, i) == INT64_MAX);
			continue;
		}
		assert_true(column < columns && !(taken & 1u << column));
		assert_true(weights[i * columns + column] != MATCHING_IMPOSSIBLE);
		taken |= 1u << column;
		total += weights[i * columns + column];
		assert_true(matching_margin(&matching, i) ==
			    best - try_all(weights, rows, columns, 0, 0, i, column));
	}
	assert_true(total == best);
	assert_int_equal(matching_is_full(&matching), is_full);
	matching_release(&matching);
}

static void test_random_problems(void **state)
{
	for (int n = 0; n < 3000; n++) {
		size_t rows = next_random(SIDE + 1), columns = next_random(SIDE + 1);
		int64_t scale = n % 2 ? 1 : 1ll << 48;
		int64_t weights[SIDE * SIDE + 1];

		for (size_t i = 0; i < rows * columns; i++)
			weights[i] = next_random(3) ? scale * (1 + next_random(6)) : 0;
		check(weights, rows, columns);
	}
}

/* The largest size at the largest weights stays inside 64 bits. */
static void test_largest_problem(void **state)
{
	size_t side = MATCHING_SIDE_MAX;
	int64_t *weights = calloc(side * side, sizeof(*weights));
	struct matching matching;

	assert_non_null(weights);
	for (size_t i = 0; i < side; i++)
		for (size_t j = 0; j < side; j++)
			weights[i * side + j] = MATCHING_WEIGHT_MAX - (int64_t)(i != j);
	assert_int_equal(matching_init(&matching, side, side, weights), 0);
	for (size_t i = 0; i < side; i++) {
		assert_int_equal(matching_column(&matching, i), i);
		assert_true(matching_margin(&matching, i) == 2);
	}
	matching_release(&matching);
	assert_int_equal(matching_init(&matching, side + 1, 1, weights), -E2BIG);
	free(weights);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random_problems),
		cmocka_unit_test(test_largest_problem),
	};

	return cmocka_run_group_tests_name("matching", tests, NULL, NULL);
}
