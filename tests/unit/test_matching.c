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
#define LIMIT (1ll << 60)
#define MANY 96

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

struct problem {
	struct matching_problem problem;
	uint32_t first_pair[MATCHING_SIDE_MAX + 1];
	struct matching_pair *pairs;
};

static void set_problem(struct problem *problem, const int64_t *weights, size_t rows,
			size_t columns)
{
	uint32_t count = 0;

	problem->pairs = calloc(rows * columns + 1, sizeof(*problem->pairs));
	assert_non_null(problem->pairs);
	for (size_t i = 0; i < rows; i++) {
		problem->first_pair[i] = count;
		for (size_t j = 0; j < columns; j++)
			if (weights[i * columns + j])
				problem->pairs[count++] =
					(struct matching_pair){ (uint32_t)j,
								weights[i * columns + j] };
	}
	problem->first_pair[rows] = count;
	problem->problem = (struct matching_problem){ (uint32_t)rows, (uint32_t)columns,
						      problem->first_pair, problem->pairs };
}

static void check(const int64_t *weights, size_t rows, size_t columns)
{
	int64_t best = try_all(weights, rows, columns, 0, 0, SIZE_MAX, SIZE_MAX);
	struct problem problem;
	struct matching matching;
	struct arena arena;
	unsigned int taken = 0;
	bool is_full = true;
	int64_t total = 0;

	arena_init(&arena);
	set_problem(&problem, weights, rows, columns);
	assert_int_equal(matching_solve(&matching, &problem.problem, &arena), 0);
	for (uint32_t i = 0; i < rows; i++) {
		uint32_t column = matching.column_of[i];
		int64_t margin;

		is_full &= column != MATCHING_NONE;
		if (column == MATCHING_NONE) {
			assert_true(matching_margin(&matching, i, LIMIT) == LIMIT);
			continue;
		}
		assert_true(column < columns && !(taken & 1u << column));
		assert_true(weights[i * columns + column] != 0);
		taken |= 1u << column;
		total += weights[i * columns + column];
		margin = best - try_all(weights, rows, columns, 0, 0, i, column);
		assert_true(matching_margin(&matching, i, LIMIT) == margin);
		assert_true(matching_margin(&matching, i, margin) == margin);
		assert_true(matching_margin(&matching, i, margin / 2) == margin / 2);
	}
	assert_true(total == best);
	assert_int_equal(matching_is_full(&matching), is_full);
	arena_release(&arena);
	free(problem.pairs);
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

/* The largest weights, all about alike, stay inside 64 bits. */
static void test_largest_weights(void **state)
{
	int64_t *weights = calloc(MANY * MANY, sizeof(*weights));
	struct problem problem;
	struct matching matching;
	struct arena arena;

	assert_non_null(weights);
	arena_init(&arena);
	for (size_t i = 0; i < MANY; i++)
		for (size_t j = 0; j < MANY; j++)
			weights[i * MANY + j] = MATCHING_WEIGHT_MAX - (int64_t)(i != j);
	set_problem(&problem, weights, MANY, MANY);
	assert_int_equal(matching_solve(&matching, &problem.problem, &arena), 0);
	for (uint32_t i = 0; i < MANY; i++) {
		assert_int_equal(matching.column_of[i], i);
		assert_true(matching_margin(&matching, i, LIMIT) == 2);
	}
	arena_release(&arena);
	free(problem.pairs);
	free(weights);
}

/* Nobody waits for what is too big, or too much alike. */
static void test_too_hard(void **state)
{
	struct matching_problem empty = { MATCHING_SIDE_MAX + 1, 1, NULL, NULL };
	struct matching_pair *pairs = calloc(MATCHING_SIDE_MAX * MANY, sizeof(*pairs));
	uint32_t first_pair[MATCHING_SIDE_MAX + 1];
	struct matching_problem hard = { MATCHING_SIDE_MAX, MANY, first_pair, pairs };
	struct matching matching;
	struct arena arena;

	assert_non_null(pairs);
	arena_init(&arena);
	assert_int_equal(matching_solve(&matching, &empty, &arena), -E2BIG);
	for (uint32_t i = 0; i < MATCHING_SIDE_MAX; i++) {
		first_pair[i] = i * MANY;
		for (uint32_t j = 0; j < MANY; j++)
			pairs[i * MANY + j] =
				(struct matching_pair){ j, (1ll << 50) + (int64_t)i * (j + 1) };
	}
	first_pair[MATCHING_SIDE_MAX] = MATCHING_SIDE_MAX * MANY;
	assert_int_equal(matching_solve(&matching, &hard, &arena), -E2BIG);
	arena_release(&arena);
	free(pairs);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random_problems),
		cmocka_unit_test(test_largest_weights),
		cmocka_unit_test(test_too_hard),
	};

	return cmocka_run_group_tests_name("matching", tests, NULL, NULL);
}
