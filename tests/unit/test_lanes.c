/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * test_lanes.c - peaks over time (analysis/steps.h), and environments laid out as lanes (output/lanes.h).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "analysis/steps.h"
#include "base/units.h"
#include "output/lanes.h"

#define MS NS_PER_MS

/* ---- peaks ---- */

static void add_interval(struct steps *steps, uint64_t from_ns, uint64_t to_ns)
{
	assert_int_equal(steps_add(steps, from_ns, 1), 0);
	assert_int_equal(steps_add(steps, to_ns, -1), 0);
}

static void test_peak(void **state)
{
	struct steps steps;

	steps_init(&steps);
	assert_int_equal(steps_peak(&steps), 0);
	add_interval(&steps, 10, 20);
	add_interval(&steps, 20, 30); /* half open: they do not meet */
	assert_int_equal(steps_peak(&steps), 1);
	steps_release(&steps);
	steps_init(&steps);
	add_interval(&steps, 50, 60); /* told in the wrong order */
	add_interval(&steps, 10, 55);
	add_interval(&steps, 54, 90);
	add_interval(&steps, 30, 30); /* covers nothing */
	assert_int_equal(steps_peak(&steps), 3);
	steps_release(&steps);
}

/* Three at a time, shifted; a fourth that was there all the time and is told of late. */
static void test_peak_of_many(void **state)
{
	struct steps steps;

	steps_init(&steps);
	for (uint64_t i = 0; i < 10 * STEPS_MAX; i++)
		add_interval(&steps, i * 10, i * 10 + 30);
	assert_true(steps.count <= STEPS_MAX);
	assert_true(steps.capacity <= STEPS_MAX);
	assert_int_equal(steps_add(&steps, 5, 1), 0);
	for (uint64_t i = 10 * STEPS_MAX; i < 11 * STEPS_MAX; i++)
		add_interval(&steps, i * 10, i * 10 + 30);
	assert_int_equal(steps_peak(&steps), 4);
	steps_release(&steps);
}

/* ---- lanes ---- */

/* One function, two environments, three invocations in one chain; the recording is 0 to 100 ms. */
struct fixture {
	struct environment environments[2];
	struct environment_row rows[2];
	struct invocation invocations[3];
	struct invocation *list[3];
	struct chain chain;
	struct chain *chains[1];
	struct function_row functions[1];
	struct results results;
};

static void fixture_init(struct fixture *fixture)
{
	static const uint64_t times[3][2] = { { 30, 50 }, { 40, 60 }, { 70, 80 } };

	memset(fixture, 0, sizeof(*fixture));
	fixture->environments[0] = (struct environment){ .id = 4,
							 .function = "f",
							 .start_ns = 10 * MS,
							 .ready_ns = 20 * MS,
							 .end_ns = 90 * MS };
	fixture->environments[1] = (struct environment){
		.id = 2, .function = "f", .since_ns = 0, .ready_ns = 25 * MS
	};
	for (size_t i = 0; i < 2; i++)
		fixture->rows[i].environment = &fixture->environments[i];
	for (size_t i = 0; i < 3; i++) {
		fixture->invocations[i] = (struct invocation){
			.id = i,
			.function = "f",
			.environment = &fixture->environments[i == 1],
			.start_ns = times[i][0] * MS,
			.end_ns = times[i][1] * MS,
		};
		fixture->list[i] = &fixture->invocations[i];
	}
	fixture->chain = (struct chain){ .invocations = fixture->list, .invocation_count = 3 };
	fixture->chains[0] = &fixture->chain;
	fixture->functions[0] = (struct function_row){ .name = "f" };
	fixture->results = (struct results){
		.end_monotonic_ns = 100 * MS,
		.functions = fixture->functions,
		.function_count = 1,
		.environments = fixture->rows,
		.environment_count = 2,
		.chains = fixture->chains,
		.chain_kept_count = 1,
	};
}

static void assert_cells(const struct lane *lane, size_t count, const char *expected)
{
	static const char letters[LANE_KINDS] = { [LANE_NONE] = ' ',
						  [LANE_INIT] = '+',
						  [LANE_SNAPSHOT] = ':',
						  [LANE_BUSY] = '#',
						  [LANE_IDLE] = '-' };
	uint8_t cells[128];
	char found[128] = "";

	lane_cells(cells, count, lane, 0, 100 * MS);
	for (size_t i = 0; i < count; i++)
		found[i] = letters[cells[i]];
	assert_string_equal(found, expected);
}

static void assert_counts(const struct lane_group *group, size_t count, const char *expected)
{
	uint32_t counts[128];
	char found[128] = "";

	assert_int_equal(lane_counts(counts, count, group, 0, 100 * MS), 0);
	for (size_t i = 0; i < count; i++)
		found[i] = (char)('0' + counts[i]);
	assert_string_equal(found, expected);
}

static void test_lanes(void **state)
{
	struct fixture fixture;
	struct lanes lanes;

	fixture_init(&fixture);
	assert_int_equal(lanes_make(&lanes, &fixture.results, NULL), 0);
	assert_int_equal(lanes.group_count, 1);
	assert_int_equal(lanes.groups[0].lane_count, 2);
	assert_int_equal(lanes.groups[0].invocation_count, 3);
	assert_cells(&lanes.groups[0].lanes[0], 10, " +-##--#- ");
	assert_cells(&lanes.groups[0].lanes[1], 10, "----##----"); /* no INIT was seen */
	assert_cells(&lanes.groups[0].lanes[0], 4, "+###");	   /* busy shows, then INIT */
	assert_counts(&lanes.groups[0], 10, "0001210100");
	assert_counts(&lanes.groups[0], 1, "2");
	lanes_release(&lanes);
	assert_int_equal(lanes_make(&lanes, &fixture.results, "g"), 0);
	assert_int_equal(lanes.group_count, 0);
	lanes_release(&lanes);
}

/* Together they take the room of all environments and invocations, not each. */
static void test_lanes_of_two_functions(void **state)
{
	struct function_row functions[3] = { { .name = "e" }, { .name = "f" }, { .name = "g" } };
	struct fixture fixture;
	struct lanes lanes;

	fixture_init(&fixture);
	fixture.environments[1].function = "e";
	fixture.results.functions = functions;
	fixture.results.function_count = 3;
	assert_int_equal(lanes_make(&lanes, &fixture.results, NULL), 0);
	assert_int_equal(lanes.group_count, 3);
	assert_int_equal(lanes.groups[0].lane_count, 1);
	assert_ptr_equal(lanes.groups[0].lanes[0].row, &fixture.rows[1]);
	assert_counts(&lanes.groups[0], 10, "0000110000");
	assert_int_equal(lanes.groups[1].lane_count, 1);
	assert_ptr_equal(lanes.groups[1].lanes[0].row, &fixture.rows[0]);
	assert_counts(&lanes.groups[1], 10, "0001100100");
	assert_int_equal(lanes.groups[2].lane_count, 0);
	assert_int_equal(lanes.groups[2].invocation_count, 0);
	assert_ptr_equal(lanes.groups[1].lanes, lanes.groups[0].lanes + 1);
	assert_ptr_equal(lanes.groups[1].invocations, lanes.groups[0].invocations + 1);
	lanes_release(&lanes);
	assert_int_equal(lanes_make(&lanes, &fixture.results, "f"), 0);
	assert_int_equal(lanes.group_count, 1);
	assert_ptr_equal(lanes.groups[0].lanes[0].row, &fixture.rows[0]);
	lanes_release(&lanes);
}

static void test_lane_of_a_snapshot(void **state)
{
	struct fixture fixture;
	struct lanes lanes;

	fixture_init(&fixture);
	fixture.environments[0].snapshot_ns = 15 * MS;
	fixture.environments[0].restored_ns = 18 * MS;
	assert_int_equal(lanes_make(&lanes, &fixture.results, "f"), 0);
	assert_int_equal(lanes.groups[0].lanes[0].spans[1].kind, LANE_SNAPSHOT);
	assert_int_equal(lanes.groups[0].lanes[0].spans[2].kind, LANE_INIT);
	assert_int_equal(lanes.groups[0].lanes[0].spans[2].from_ns, 18 * MS);
	assert_int_equal(lanes.groups[0].lanes[0].spans[2].to_ns, 20 * MS);
	lanes_release(&lanes);
}

/* Invocations of one environment that overlap are one span; one of no length does not count. */
static void test_overlapping_invocations(void **state)
{
	struct fixture fixture;
	struct lanes lanes;

	fixture_init(&fixture);
	fixture.invocations[1].environment = &fixture.environments[0];
	fixture.invocations[2].end_ns = fixture.invocations[2].start_ns;
	assert_int_equal(lanes_make(&lanes, &fixture.results, NULL), 0);
	assert_cells(&lanes.groups[0].lanes[0], 10, " +-###--- ");
	assert_counts(&lanes.groups[0], 10, "0001210000");
	lanes_release(&lanes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_peak),
		cmocka_unit_test(test_peak_of_many),
		cmocka_unit_test(test_lanes),
		cmocka_unit_test(test_lanes_of_two_functions),
		cmocka_unit_test(test_lane_of_a_snapshot),
		cmocka_unit_test(test_overlapping_invocations),
	};

	return cmocka_run_group_tests_name("lanes", tests, NULL, NULL);
}
