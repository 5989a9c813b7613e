/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * test_flame.c - flame graphs of results built by hand: the stacks, that each weight adds up, and that
 * names cannot break the formats.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "output/exporter.h"
#include "output/flame_tree.h"
#include "results_fixture.h"

static char *export_text(const struct fixture *fixture, const char *format,
			 enum flame_weight weight)
{
	struct export_options options = { .weight = weight };
	char *text = NULL;
	size_t bytes;
	FILE *file = open_memstream(&text, &bytes);

	assert_non_null(file);
	assert_int_equal(exporter_run(exporter_find(format), file, &fixture->results, &options), 0);
	fclose(file);
	return text;
}

static uint64_t total(const struct fixture *fixture, enum flame_weight weight)
{
	struct flame_tree tree;
	uint64_t value;

	assert_int_equal(flame_tree_init(&tree, weight), 0);
	assert_int_equal(flame_tree_add_chain(&tree, &fixture->chain), 0);
	assert_int_equal(flame_tree_finish(&tree), 0);
	value = tree.all->total;
	flame_tree_release(&tree);
	return value;
}

static void time_shows_every_instant_of_the_root_once(void **state)
{
	struct fixture fixture;
	char *text;

	fixture_init(&fixture);
	text = export_text(&fixture, "folded", FLAME_TIME);
	assert_string_equal(text, "svc-dev-a;active 100000000\n"
				  "svc-dev-a;waiting on svc-dev-b;svc-dev-b;active 500000000\n");
	free(text);
	assert_int_equal(total(&fixture, FLAME_TIME), 600 * NS_PER_MS);
}

static void transit_stays_with_the_wait(void **state)
{
	struct fixture fixture;
	char *text;

	fixture_init(&fixture);
	fixture.b.start_ns = fixture.b_segments[0].start_ns = fixture_ns(60);
	/* Billed on after its caller went on: that part is nobody's wait. */
	fixture.b.end_ns = fixture.b_segments[0].end_ns = fixture_ns(700);
	text = export_text(&fixture, "folded", FLAME_TIME);
	assert_string_equal(text, "svc-dev-a;active 100000000\n"
				  "svc-dev-a;waiting on svc-dev-b 10000000\n"
				  "svc-dev-a;waiting on svc-dev-b;svc-dev-b;active 490000000\n");
	free(text);
	assert_int_equal(total(&fixture, FLAME_TIME), 600 * NS_PER_MS);
}

static void cost_adds_up_to_all_money(void **state)
{
	struct fixture fixture;
	char *text;

	fixture_init(&fixture);
	assert_int_equal(total(&fixture, FLAME_COST), 1000003 + 500001 + 777);
	text = export_text(&fixture, "folded", FLAME_COST);
	assert_non_null(strstr(text, "svc-dev-a;waiting on svc-dev-b;svc-dev-b;init 777\n"));
	free(text);
}

static void idle_shows_both_waits(void **state)
{
	struct fixture fixture;

	fixture_init(&fixture);
	fixture.b_segments[0].state = STATE_WAIT_TIMER;
	assert_int_equal(total(&fixture, FLAME_IDLE), 1000 * NS_PER_MS);
}

static void a_ring_of_links_ends(void **state)
{
	struct fixture fixture;

	fixture_init(&fixture);
	fixture.a.parent = &fixture.b;
	fixture.a.caller = &fixture.attempt;
	fixture.attempt.callee = &fixture.a;
	fixture.attempt.owner = &fixture.b;
	assert_int_equal(total(&fixture, FLAME_IDLE), 0);
}

static void names_do_not_break_the_formats(void **state)
{
	struct fixture fixture;
	char *text;

	fixture_init(&fixture);
	fixture.a.function = "x;<y>&\"\n\x1b[31m\xff";
	text = export_text(&fixture, "folded", FLAME_TIME);
	assert_memory_equal(text, "x:<y>&\"  [31m", 13);
	free(text);
	text = export_text(&fixture, "svg", FLAME_TIME);
	assert_non_null(strstr(text, "x;&lt;y&gt;&amp;&quot;??[31m?"));
	assert_null(strchr(text, '\x1b'));
	free(text);
}

static void nothing_makes_an_empty_graph(void **state)
{
	struct fixture fixture = { 0 };
	char *text = export_text(&fixture, "svg", FLAME_TIME);

	assert_non_null(strstr(text, "nothing to show"));
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(time_shows_every_instant_of_the_root_once),
		cmocka_unit_test(transit_stays_with_the_wait),
		cmocka_unit_test(cost_adds_up_to_all_money),
		cmocka_unit_test(idle_shows_both_waits),
		cmocka_unit_test(a_ring_of_links_ends),
		cmocka_unit_test(names_do_not_break_the_formats),
		cmocka_unit_test(nothing_makes_an_empty_graph),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
