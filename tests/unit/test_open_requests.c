// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * test_open_requests.c - who is found among what is open: all, or, of very many, both ends and what is the same.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "analysis/open_requests.h"

#define MANY 4000
#define ROWS (1u << 20) /* so many that few can be found for each */

struct crowd {
	struct dispatcher dispatcher;
	struct exchange servers[MANY];
	struct request requests[MANY];
	struct request *columns[MANY];
	struct arena memory;
	struct open_requests open;
};

/* Requests of one name, a microsecond apart, and each with a body of its own. */
static struct crowd *make_crowd(uint32_t count, size_t rows)
{
	struct crowd *crowd = calloc(1, sizeof(*crowd));

	assert_non_null(crowd);
	arena_init(&crowd->memory);
	crowd->dispatcher.columns = crowd->columns;
	crowd->dispatcher.column_count = count;
	crowd->dispatcher.row_count = rows;
	crowd->dispatcher.evidence.knows_several_functions = true;
	for (uint32_t i = 0; i < count; i++) {
		crowd->servers[i] =
			(struct exchange){ .kind = MESSAGE_INVOKE,
					   .function = i % 2 ? "odd" : "even",
					   .start_ns = 1000 * i,
					   .request_body = { .bytes = 80, .value = i } };
		crowd->requests[i].server = &crowd->servers[i];
		crowd->columns[i] = &crowd->requests[i];
	}
	assert_int_equal(open_requests_init(&crowd->open, &crowd->dispatcher, &crowd->memory), 0);
	for (uint32_t i = 0; i < count; i++)
		assert_int_equal(open_requests_add(&crowd->open, i), 0);
	return crowd;
}

static void free_crowd(struct crowd *crowd)
{
	open_requests_release(&crowd->open);
	arena_release(&crowd->memory);
	free(crowd);
}

static bool has_found(const struct open_requests *open, uint32_t column)
{
	uint32_t times = 0;

	for (uint32_t i = 0; i < open->found_count; i++)
		times += open->found[i] == column;
	assert_true(times <= 1);
	return times;
}

static void find(struct crowd *crowd, const char *function, uint64_t body, uint64_t time_ns)
{
	struct invocation invocation = { .function = function,
					 .event_body = { .bytes = 80, .value = body } };
	struct handover handover = { .invocation = &invocation };

	assert_int_equal(open_requests_find(&crowd->open, &handover, time_ns), 0);
}

static void test_all_of_few(void **state)
{
	struct crowd *crowd = make_crowd(100, 10);

	find(crowd, "odd", 7, 200000);
	assert_false(crowd->open.is_cut);
	assert_int_equal(crowd->open.found_count, 50);
	for (uint32_t i = 0; i < 100; i++)
		assert_int_equal(has_found(&crowd->open, i), i % 2);
	find(crowd, "neither", 7, 200000);
	assert_int_equal(crowd->open.found_count, 0);
	find(crowd, NULL, 7, 200000);
	assert_int_equal(crowd->open.found_count, 100);
	free_crowd(crowd);
}

static void test_answered(void **state)
{
	struct crowd *crowd = make_crowd(100, 10);

	for (uint32_t i = 0; i < 100; i += 4) {
		crowd->servers[i].has_response = crowd->servers[i].is_over = true;
		crowd->servers[i].response_start_ns = crowd->servers[i].end_ns = 150000 + i;
	}
	open_requests_release(&crowd->open);
	assert_int_equal(open_requests_init(&crowd->open, &crowd->dispatcher, &crowd->memory), 0);
	for (uint32_t i = 0; i < 100; i++)
		assert_int_equal(open_requests_add(&crowd->open, i), 0);
	find(crowd, "even", 7, 150048);
	assert_false(has_found(&crowd->open, 44));
	assert_true(has_found(&crowd->open, 48));
	find(crowd, "even", 7, 200000);
	assert_int_equal(crowd->open.found_count, 25);
	free_crowd(crowd);
}

static void test_ends_of_many(void **state)
{
	struct crowd *crowd = make_crowd(MANY, ROWS);

	find(crowd, "odd", 2001, 1000 * MANY);
	assert_true(crowd->open.is_cut);
	assert_true(crowd->open.found_count < 300);
	assert_true(has_found(&crowd->open, 1) && has_found(&crowd->open, MANY - 1));
	assert_true(has_found(&crowd->open, 2001)); /* the same body */
	assert_false(has_found(&crowd->open, 2003));
	assert_true(crowd->requests[2003].is_wanted); /* though nobody was compared with it */
	assert_false(crowd->requests[2002].is_wanted);
	find(crowd, "even", 2001, 1000 * MANY);
	assert_true(crowd->requests[2002].is_wanted);
	free_crowd(crowd);
}

/* Two lists are cut, which leaves room for what is the same; and the lists for which no room is left are noted. */
static void test_many_names(void **state)
{
	struct crowd *crowd = make_crowd(MANY, ROWS);
	char names[MANY][8];

	find(crowd, NULL, 2001, 1000 * MANY);
	assert_true(crowd->open.is_cut);
	assert_true(has_found(&crowd->open, 2001));
	assert_true(has_found(&crowd->open, 0) && has_found(&crowd->open, 1));
	open_requests_release(&crowd->open);
	for (uint32_t i = 0; i < MANY; i++) {
		snprintf(names[i], sizeof(names[i]), "f%u", i);
		crowd->servers[i].function = names[i];
		crowd->requests[i].is_wanted = false;
	}
	assert_int_equal(open_requests_init(&crowd->open, &crowd->dispatcher, &crowd->memory), 0);
	for (uint32_t i = 0; i < MANY; i++)
		assert_int_equal(open_requests_add(&crowd->open, i), 0);
	find(crowd, NULL, 2001, 1000 * MANY);
	assert_true(crowd->open.is_cut);
	assert_true(has_found(&crowd->open, 2001));
	assert_false(has_found(&crowd->open, 2003));
	assert_true(crowd->requests[2003].is_wanted);
	free_crowd(crowd);
}

/* Where all are alike each row finds one that is not another's: it is the next one's turn. */
static void test_turns(void **state)
{
	struct crowd *crowd = make_crowd(MANY, ROWS);

	for (uint32_t i = 0; i < MANY; i++)
		crowd->servers[i].function = "all";
	open_requests_release(&crowd->open);
	assert_int_equal(open_requests_init(&crowd->open, &crowd->dispatcher, &crowd->memory), 0);
	for (uint32_t i = 0; i < MANY; i++)
		assert_int_equal(open_requests_add(&crowd->open, i), 0);
	for (uint32_t i = 0; i < MANY; i++) {
		find(crowd, "all", MANY, 1000 * MANY);
		assert_true(crowd->open.is_cut);
		assert_true(has_found(&crowd->open, i));
	}
	find(crowd, "all", MANY, 1000 * MANY);
	assert_true(has_found(&crowd->open, 0));
	free_crowd(crowd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_of_few),   cmocka_unit_test(test_answered),
		cmocka_unit_test(test_ends_of_many), cmocka_unit_test(test_many_names),
		cmocka_unit_test(test_turns),
	};

	return cmocka_run_group_tests_name("open_requests", tests, NULL, NULL);
}
