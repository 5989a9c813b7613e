/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * test_timeline.c - rows, cells and the drawing of a chain built by hand.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/json_read.h"
#include "output/summary.h"
#include "output/timeline_json.h"
#include "output/timeline_rows.h"
#include "output/timeline_text.h"
#include "results_fixture.h"

static char *draw(const struct fixture *fixture, const struct text_style *style)
{
	char *text = NULL;
	size_t bytes;
	uint32_t seen = 0;
	FILE *file = open_memstream(&text, &bytes);

	assert_non_null(file);
	assert_int_equal(timeline_text_chain(file, &fixture->chain, style, &seen), 0);
	timeline_text_legend(file, style, seen);
	fclose(file);
	return text;
}

static void draws_what_everybody_draws_by_hand(void **state)
{
	static const struct text_style style = { .columns = 82 };
	struct fixture fixture;
	char *text;

	fixture_init(&fixture);
	text = draw(&fixture, &style);
	assert_string_equal(
		text,
		"chain 0: svc-dev-a, 2 invocations, latency 600 ms\n"
		"svc-dev-a      600 ms |# 50 ........ 500 idle, waiting on svc-dev-b "
		"........# 50 |\n"
		"  svc-dev-b    500 ms | +++#################### 500 work "
		"####################    |\n"
		"billed 1100 ms   own 600 ms   double-billed 500 ms (83 % overhead, 45 % of the "
		"bill)\n"
		"# work   . idle, waiting on a function   + INIT\n");
	free(text);
}

static void unicode_and_color_only_where_asked(void **state)
{
	static const struct text_style plain = { .columns = 100 };
	static const struct text_style rich = { .columns = 100,
						.is_utf8 = true,
						.has_color = true };
	struct fixture fixture;
	char *text;

	fixture_init(&fixture);
	fixture.a.function = "\x1b]0;title\a";
	text = draw(&fixture, &plain);
	assert_null(strchr(text, '\x1b'));
	for (const char *next = text; *next; next++)
		assert_true((unsigned char)*next < 0x80);
	free(text);
	text = draw(&fixture, &rich);
	assert_non_null(strstr(text, "█"));
	assert_non_null(strstr(text, "\x1b[31m"));
	assert_null(strstr(text, "\x1b]0"));
	free(text);
}

static void cells_show_what_fills_most_of_them(void **state)
{
	struct fixture fixture;
	uint8_t cells[6];

	fixture_init(&fixture);
	timeline_cells(cells, 6, &fixture.a, fixture_ns(0), fixture_ns(600));
	assert_int_equal(cells[0], STATE_ACTIVE); /* equal halves: the first state */
	assert_int_equal(cells[1], STATE_WAIT_LAMBDA);
	assert_int_equal(cells[4], STATE_WAIT_LAMBDA);
	timeline_cells(cells, 6, &fixture.b, fixture_ns(600), fixture_ns(1200));
	assert_int_equal(cells[0], CELL_EMPTY);
	timeline_cells(cells, 6, &fixture.a, fixture_ns(0), fixture_ns(0));
	assert_int_equal(cells[0], STATE_ACTIVE);
}

static void callees_stand_below_their_caller(void **state)
{
	struct invocation root = { .id = 0, .start_ns = 0 };
	struct invocation first = { .id = 1, .start_ns = 1, .parent = &root };
	struct invocation second = { .id = 2, .start_ns = 2, .parent = &root };
	struct invocation deep = { .id = 3, .start_ns = 3, .parent = &first };
	struct invocation *all[] = { &deep, &second, &first, &root };
	struct chain chain = { .invocations = all, .invocation_count = 4 };
	struct timeline_row *rows;
	size_t count;

	assert_int_equal(timeline_rows(&rows, &count, &chain), 0);
	assert_int_equal(count, 4);
	assert_ptr_equal(rows[0].invocation, &root);
	assert_ptr_equal(rows[1].invocation, &first);
	assert_ptr_equal(rows[2].invocation, &deep);
	assert_int_equal(rows[2].depth, 2);
	assert_ptr_equal(rows[3].invocation, &second);
	free(rows);
}

static void json_holds_every_segment(void **state)
{
	struct fixture fixture;
	const struct chain *chains[1] = { &fixture.chain };
	struct json_document *document;
	const struct json_value *chain, *a;
	char *text = NULL;
	size_t bytes;
	FILE *file = open_memstream(&text, &bytes);

	fixture_init(&fixture);
	assert_non_null(file);
	assert_int_equal(timeline_json(file, &fixture.results, chains, 1), 0);
	fclose(file);
	assert_int_equal(json_parse(&document, text, bytes, NULL), 0);
	chain = json_element(json_member(json_root(document), "chains"), 0);
	a = json_element(json_member(chain, "invocations"), 0);
	assert_int_equal(json_count(json_member(a, "segments")), 3);
	assert_string_equal(
		json_get_string(json_member(json_element(json_member(a, "segments"), 1), "callee")),
		"svc-dev-b");
	json_document_free(document);
	free(text);
}

static void names_are_made_safe(void **state)
{
	char out[32];

	assert_int_equal(text_safe(out, sizeof(out), "plain", 10, false), 5);
	assert_string_equal(out, "plain");
	assert_int_equal(text_safe(out, sizeof(out), "abcdef", 4, true), 4);
	assert_string_equal(out, "a~ef");
	text_safe(out, sizeof(out), "\xc3\xa9\xed\xa0\x80\n", 10, true);
	assert_string_equal(out, "\xc3\xa9????");
	text_safe(out, sizeof(out), "\xc3\xa9", 10, false);
	assert_string_equal(out, "??");
	text_safe(out, 4, "\xc3\xa9\xc3\xa9", 10, true);
	assert_string_equal(out, "\xc3\xa9");
	assert_int_equal(text_safe(out, sizeof(out), "abc", 0, true), 0);
	text_safe(out, sizeof(out), "svc-production-checkout-a", 10, true);
	assert_string_equal(out, "svc~kout-a");
	assert_int_equal(text_safe(out, sizeof(out), "", 10, true), 0);
}

static void figures_are_rounded_for_reading(void **state)
{
	char text[64];

	assert_string_equal(format_read_ms(text, 1100449000), "1100 ms");
	assert_string_equal(format_read_ms(text, 12340000), "12.3 ms");
	assert_string_equal(format_read_ms(text, 1239000), "1.24 ms");
	assert_string_equal(format_percent(text, sizeof(text), 0.8333), "83 %");
	assert_string_equal(format_percent(text, sizeof(text), 0.004), "0.4 %");
	assert_string_equal(format_percent(text, sizeof(text), 0.0 / 0.0), "-");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(draws_what_everybody_draws_by_hand),
		cmocka_unit_test(unicode_and_color_only_where_asked),
		cmocka_unit_test(cells_show_what_fills_most_of_them),
		cmocka_unit_test(callees_stand_below_their_caller),
		cmocka_unit_test(json_holds_every_segment),
		cmocka_unit_test(names_are_made_safe),
		cmocka_unit_test(figures_are_rounded_for_reading),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
