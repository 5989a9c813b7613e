/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * test_export_rows.c - rows of CSV from a json_writer, and the exports ndjson and csv of results built by
 * hand: quoting, what is null, names that would break a format, disks that are full. That members and columns
 * agree with the report over all scenarios is checked by tests/golden/cli/check-tables.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/csv_row.h"
#include "base/json_read.h"
#include "base/json_writer.h"
#include "output/exporter.h"
#include "results_fixture.h"

/* A comma, a quote, a line break, a control character, UTF-8, a byte that is none. */
#define HOSTILE "a,\"b\"\r\n\x01\xc3\xa9\xff"

struct target {
	FILE *file;
	char *text;
	size_t bytes;
};

static void target_open(struct target *target)
{
	*target = (struct target){ 0 };
	target->file = open_memstream(&target->text, &target->bytes);
	assert_non_null(target->file);
}

static void expect_text(struct target *target, const char *expected)
{
	fclose(target->file);
	assert_string_equal(target->text, expected);
	free(target->text);
}

/* ---- a row ---- */

static void members_become_cells(void **state)
{
	static const char *const columns[] = { "u", "i", "s", "o_a", "o_b", "list", "none", "r" };
	struct json_writer writer;
	struct csv_row row;
	struct target target;

	target_open(&target);
	csv_row_init(&row, columns, 8);
	json_writer_init_row(&writer, &row);
	assert_int_equal(csv_row_write_header(&row, target.file), 0);
	for (int i = 0; i < 2; i++) {
		json_object_begin(&writer, NULL);
		json_ratio(&writer, "r", 5.0 / 6); /* in any order */
		json_uint(&writer, "u", UINT64_MAX);
		json_int(&writer, "i", INT64_MIN);
		json_string(&writer, "s", i ? "" : HOSTILE);
		json_object_begin(&writer, "o");
		json_uint(&writer, "b", 2);
		json_bool(&writer, "a", i);
		json_object_begin(&writer, "deeper");
		json_uint(&writer, "u", 9);
		json_object_end(&writer);
		json_object_end(&writer);
		json_array_begin(&writer, "list");
		for (int j = 0; j < 2 * i; j++)
			json_string(&writer, NULL, j ? "y" : "x");
		json_array_end(&writer);
		json_array_begin(&writer, "objects"); /* has no column, nor has what is in it */
		json_object_begin(&writer, NULL);
		json_uint(&writer, "u", 7);
		json_object_end(&writer);
		json_array_end(&writer);
		json_uint(&writer, "other", 3);
		json_null(&writer, "none");
		json_object_end(&writer);
		assert_int_equal(csv_row_write(&row, target.file), 0);
	}
	csv_row_release(&row);
	expect_text(
		&target,
		"u,i,s,o_a,o_b,list,none,r\r\n"
		"18446744073709551615,-9223372036854775808,\"a,\"\"b\"\"\r\n\xef\xbf\xbd\xc3\xa9\xef\xbf\xbd\","
		"false,2,,,0.833333\r\n"
		"18446744073709551615,-9223372036854775808,\"\",true,2,x y,,0.833333\r\n");
}

static void a_null_object_leaves_its_cells_empty(void **state)
{
	static const char *const columns[] = { "o_a", "u" };
	struct json_writer writer;
	struct csv_row row;
	struct target target;

	target_open(&target);
	csv_row_init(&row, columns, 2);
	json_writer_init_row(&writer, &row);
	json_object_begin(&writer, NULL);
	json_null(&writer, "o");
	json_uint(&writer, "u", 1);
	json_ratio(&writer, "o_a", 0.0 / 0.0);
	json_object_end(&writer);
	assert_int_equal(csv_row_write(&row, target.file), 0);
	csv_row_release(&row);
	expect_text(&target, ",1\r\n");
}

static void a_row_has_a_limit(void **state)
{
	static const char *const columns[] = { "a", "b" };
	static char text[CSV_ROW_BYTES_MAX];
	struct json_writer writer;
	struct csv_row row;
	struct target target;

	memset(text, 'x', sizeof(text) - 1);
	target_open(&target);
	csv_row_init(&row, columns, 2);
	json_writer_init_row(&writer, &row);
	json_object_begin(&writer, NULL);
	json_string(&writer, "a", text);
	json_string(&writer, "b", text);
	json_object_end(&writer);
	assert_int_equal(csv_row_write(&row, target.file), -ENOSPC);
	csv_row_release(&row);
	fclose(target.file);
	free(target.text);
}

/* ---- the formats ---- */

static int write_export(FILE *file, const struct exporter *exporter, const struct fixture *fixture,
			enum export_rows rows)
{
	struct export_options options = { .rows = rows };

	return exporter_run(exporter, file, &fixture->results, &options);
}

/* What member @key of line @line says, as text; NULL: no string. For the caller to free. */
static char *line_string(char *text, unsigned int line, const char *key)
{
	struct json_document *document;
	const char *found;
	char *copy;

	while (line--)
		text = strchr(text, '\n') + 1;
	assert_int_equal(json_parse(&document, text, (size_t)(strchr(text, '\n') - text), NULL), 0);
	found = json_get_string(json_member(json_root(document), key));
	copy = found ? strdup(found) : NULL;
	json_document_free(document);
	return copy;
}

static void expect_member(char *text, unsigned int line, const char *key, const char *expected)
{
	char *found = line_string(text, line, key);

	assert_non_null(found);
	assert_string_equal(found, expected);
	free(found);
}

static void ndjson_has_one_object_a_line(void **state)
{
	static const char *const kinds[] = { "loss", "chain", "invocation", "call", "invocation" };
	struct fixture fixture;
	struct target target;
	unsigned int lines = 0;

	fixture_init(&fixture);
	fixture.a.function = HOSTILE;
	fixture.results.is_complete = false;
	fixture.results.lost_records = 7;
	target_open(&target);
	assert_int_equal(write_export(target.file, &ndjson_exporter, &fixture, 0), 0);
	fclose(target.file);
	for (const char *byte = target.text; *byte; byte++)
		lines += *byte == '\n';
	assert_int_equal(lines, 5);
	for (unsigned int i = 0; i < 5; i++)
		expect_member(target.text, i, "kind", kinds[i]);
	expect_member(target.text, 2, "function", "a,\"b\"\r\n\x01\xc3\xa9\xef\xbf\xbd");
	expect_member(target.text, 3, "caller", "a,\"b\"\r\n\x01\xc3\xa9\xef\xbf\xbd");
	assert_non_null(strstr(target.text, "{\"kind\":\"loss\",\"records\":7,"));
	free(target.text);
}

static void csv_quotes_names(void **state)
{
	struct fixture fixture;
	struct target target;

	fixture_init(&fixture);
	fixture.edges[0].caller = HOSTILE;
	fixture.edges[0].callee = "=cmd()";
	target_open(&target);
	assert_int_equal(write_export(target.file, &csv_exporter, &fixture, EXPORT_EDGES), 0);
	fclose(target.file);
	assert_non_null(
		strstr(target.text,
		       "\r\n\"a,\"\"b\"\"\r\n\xef\xbf\xbd\xc3\xa9\xef\xbf\xbd\",=cmd(),lambda,"));
	free(target.text);
}

static void nothing_is_a_line_of_names(void **state)
{
	struct fixture fixture = { .results = { .is_complete = true } };

	for (int rows = EXPORT_INVOCATIONS; rows <= EXPORT_EDGES; rows++) {
		struct target target;
		char *end;

		target_open(&target);
		assert_int_equal(write_export(target.file, &csv_exporter, &fixture, rows), 0);
		fclose(target.file);
		end = strstr(target.text, "\r\n");
		assert_non_null(end);
		assert_string_equal(end, "\r\n");
		free(target.text);
	}
}

static void a_full_disk_is_an_error(void **state)
{
	static const struct exporter *const exporters[] = { &ndjson_exporter, &csv_exporter };
	struct fixture fixture;

	fixture_init(&fixture);
	for (int i = 0; i < 2; i++) {
		FILE *file = fopen("/dev/full", "w");

		assert_non_null(file);
		assert_true(write_export(file, exporters[i], &fixture, EXPORT_CALLS) < 0);
		fclose(file);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(members_become_cells),
		cmocka_unit_test(a_null_object_leaves_its_cells_empty),
		cmocka_unit_test(a_row_has_a_limit),
		cmocka_unit_test(ndjson_has_one_object_a_line),
		cmocka_unit_test(csv_quotes_names),
		cmocka_unit_test(nothing_is_a_line_of_names),
		cmocka_unit_test(a_full_disk_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
