// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * test_groups.c - groups of rows and columns, against what a search from each row reaches.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdbool.h>
#include <string.h>

#include "analysis/groups.h"

#define ROWS 12
#define COLUMNS 9

static uint64_t random_state = 1;

static uint32_t next_random(uint32_t below)
{
	random_state = random_state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(random_state >> 33) % below;
}

/* Marks what hangs together with @row: rows, then columns. */
static void search(bool pairs[ROWS][COLUMNS], uint32_t row, bool *reached)
{
	reached[row] = true;
	for (uint32_t j = 0; j < COLUMNS; j++) {
		if (!pairs[row][j])
			continue;
		reached[ROWS + j] = true;
		for (uint32_t i = 0; i < ROWS; i++)
			if (pairs[i][j] && !reached[i])
				search(pairs, i, reached);
	}
}

static void check(bool pairs[ROWS][COLUMNS], struct groups *groups, uint32_t row)
{
	bool expected[ROWS + COLUMNS] = { false }, listed[ROWS + COLUMNS] = { false };
	uint32_t root = groups_of_row(groups, row), before = 0;

	search(pairs, row, expected);
	for (groups_each_row(groups, root, i)) {
		assert_true(i >= before);
		before = i;
		listed[i] = true;
		assert_int_equal(groups_of_row(groups, i), root);
	}
	for (groups_each_column(groups, root, j)) {
		listed[ROWS + j] = true;
		assert_int_equal(groups_of_column(groups, j), root);
	}
	assert_memory_equal(listed, expected, sizeof(expected));
}

static void test_random_pairs(void **state)
{
	for (int n = 0; n < 2000; n++) {
		bool pairs[ROWS][COLUMNS] = { { false } };
		struct groups groups;
		struct arena arena;

		arena_init(&arena);
		assert_int_equal(groups_init(&groups, &arena, ROWS, COLUMNS), 0);
		for (uint32_t count = next_random(20); count > 0; count--) {
			uint32_t row = next_random(ROWS), column = next_random(COLUMNS);

			pairs[row][column] = true;
			groups_join(&groups, row, column);
		}
		groups_list(&groups);
		for (uint32_t row = 0; row < ROWS; row++)
			check(pairs, &groups, row);
		arena_release(&arena);
	}
}

static void test_none(void **state)
{
	struct groups groups;
	struct arena arena;

	arena_init(&arena);
	assert_int_equal(groups_init(&groups, &arena, 0, 0), 0);
	groups_list(&groups);
	arena_release(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random_pairs),
		cmocka_unit_test(test_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
