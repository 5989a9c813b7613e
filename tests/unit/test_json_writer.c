/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * test_json_writer.c - the writer of JSON: escapes, numbers, nesting, and all of these where a block ends.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <float.h>

#include "base/decimal.h"
#include "base/json_writer.h"

/* What was written, which is the caller's. */
struct text {
	char *bytes;
	size_t length;
	FILE *file;
	struct json_writer writer;
};

static struct json_writer *begin(struct text *text, bool is_pretty)
{
	text->file = open_memstream(&text->bytes, &text->length);
	assert_non_null(text->file);
	json_writer_init(&text->writer, text->file, is_pretty);
	return &text->writer;
}

static void assert_text(struct text *text, const char *expected)
{
	assert_int_equal(json_writer_finish(&text->writer), 0);
	fclose(text->file);
	assert_string_equal(text->bytes, expected);
	free(text->bytes);
}

static void assert_string(const char *value, const char *expected)
{
	struct text text;
	char line[256];

	json_string(begin(&text, false), NULL, value);
	snprintf(line, sizeof(line), "\"%s\"\n", expected);
	assert_text(&text, line);
}

static void test_escapes(void **state)
{
	assert_string("", "");
	assert_string("a b", "a b");
	assert_string("\"", "\\\"");
	assert_string("a\\b\"\"c", "a\\\\b\\\"\\\"c");
	assert_string("\n\r\t", "\\n\\r\\t");
	assert_string("\x01z\x1f", "\\u0001z\\u001f");
	assert_string("~\x7f!", "~\\u007f!");
	assert_string("\xc2\x80\xc2\x9f\xc2\xa0", "\\u0080\\u009f\xc2\xa0");
	assert_string("é€😀", "é€😀");
	assert_string("\xef\xbf\xbf", "\xef\xbf\xbf");
}

static void test_bytes_that_are_no_utf8(void **state)
{
	assert_string("\xff", "\\ufffd");
	assert_string("a\x80z", "a\\ufffdz");
	assert_string("\xc3", "\\ufffd");	     /* ends too early */
	assert_string("\xe2\x82", "\\ufffd\\ufffd"); /* likewise */
	assert_string("\xf0\x9f\x98\"", "\\ufffd\\ufffd\\ufffd\\\"");
	assert_string("\xc0\xaf", "\\ufffd\\ufffd");		/* longer than needed */
	assert_string("\xed\xa0\x80", "\\ufffd\\ufffd\\ufffd"); /* a surrogate */
	assert_string("\xf4\x90\x80\x80", "\\ufffd\\ufffd\\ufffd\\ufffd");
}

static void test_numbers(void **state)
{
	struct text text;
	struct json_writer *writer = begin(&text, false);

	json_array_begin(writer, NULL);
	json_uint(writer, NULL, 0);
	json_uint(writer, NULL, 9);
	json_uint(writer, NULL, 10);
	json_uint(writer, NULL, UINT64_MAX);
	json_int(writer, NULL, INT64_MIN);
	json_int(writer, NULL, INT64_MAX);
	json_int(writer, NULL, -1);
	json_wide(writer, NULL, 0);
	json_wide(writer, NULL, ~(unsigned __int128)0);
	json_seconds(writer, NULL, 0);
	json_seconds(writer, NULL, UINT64_MAX);
	json_array_end(writer);
	assert_text(&text, "[0,9,10,18446744073709551615,-9223372036854775808,9223372036854775807,"
			   "-1,0,340282366920938463463374607431768211455,0.000000000,"
			   "18446744073.709551615]\n");
}

static void test_ratios(void **state)
{
	struct text text;
	struct json_writer *writer = begin(&text, false);

	json_array_begin(writer, NULL);
	json_ratio(writer, NULL, 0.0 / 1);
	json_ratio(writer, NULL, 5.0 / 6);
	json_ratio(writer, NULL, -0.5);
	json_ratio(writer, NULL, 1e-7);
	json_ratio(writer, NULL, 1234567);
	json_ratio(writer, NULL, INFINITY);
	json_ratio(writer, NULL, NAN);
	json_array_end(writer);
	assert_text(&text, "[0,0.833333,-0.5,1e-07,1.23457e+06,null,null]\n");
}

static void assert_ratio(double value)
{
	char text[DECIMAL_TEXT_MAX], expected[64];
	size_t bytes = decimal_format(text, value);

	snprintf(expected, sizeof(expected), "%.6g", value);
	assert_int_equal(bytes, strlen(expected));
	assert_memory_equal(text, expected, bytes);
}

/* Ratios are not written by printf, but as it writes them: in the middle of two, and where digits get more, too. */
static void test_ratios_as_printf(void **state)
{
	static const double borders[] = { 0,	     -0.0,     1e-5,	 1e-4,	    0.00099999950,
					  0.5,	     1,	       999998.5, 999999,    1e6,
					  123456.5,  123457.5, 12345.25, 1234.5625, 0.0001,
					  1e15,	     DBL_MAX,  DBL_MIN,	 -3.25,	    99999.95,
					  1.0000005, 0.1,      2.5 };
	uint64_t random = 1;

	for (size_t i = 0; i < sizeof(borders) / sizeof(borders[0]); i++) {
		assert_ratio(borders[i]);
		assert_ratio(borders[i] * (1 + DBL_EPSILON));
		assert_ratio(borders[i] * (1 - DBL_EPSILON));
	}
	for (unsigned int i = 0; i < 200000; i++) {
		random = random * 6364136223846793005u + 1442695040888963407u;
		assert_ratio((double)(random >> 44) / (double)(1 + (random >> 20 & 0xffff)));
		assert_ratio((double)(random >> 43) / 2048 + 65536 / 2048.0); /* many middles */
		assert_ratio((double)(random >> 40) / 1e7);
	}
}

static void write_nested(struct json_writer *writer)
{
	json_object_begin(writer, NULL);
	json_array_begin(writer, "l");
	json_bool(writer, NULL, true);
	json_null(writer, NULL);
	json_array_end(writer);
	json_object_begin(writer, "o");
	json_object_end(writer);
	json_string(writer, "n\n", NULL);
	json_object_end(writer);
}

static void test_nesting(void **state)
{
	struct text text;

	write_nested(begin(&text, false));
	assert_text(&text, "{\"l\":[true,null],\"o\":{},\"n\\n\":null}\n");
	write_nested(begin(&text, true));
	assert_text(&text, "{\n  \"l\": [\n    true,\n    null\n  ],\n  \"o\": {},\n"
			   "  \"n\\n\": null\n}\n");
}

static void test_lines(void **state)
{
	struct text text;
	struct json_writer *writer = begin(&text, false);

	json_uint(writer, NULL, 1);
	json_end_line(writer);
	assert_int_equal(json_writer_flush(writer), 0);
	assert_string_equal(text.bytes, "1\n");
	fputs("another's\n", text.file);
	json_array_begin(writer, NULL);
	json_raw(writer, "{}", 2);
	json_raw(writer, "[]", 2);
	json_array_end(writer);
	assert_text(&text, "1\nanother's\n[{},[]]\n");
}

/* Each kind of token, begun so that the block ends before, in and behind it. */
static void test_where_a_block_ends(void **state)
{
	static const char tail[] = "\",\n  \"\\\"\\u0001\\ufffd\xe2\x82\xac\\\\\",\n  [\n    "
				   "18446744073709551615,\n    null\n  ]\n]\n";
	char *pad = malloc(JSON_WRITER_BLOCK_BYTES + 1);
	char *expected = malloc(JSON_WRITER_BLOCK_BYTES + sizeof(tail) + 8);

	memset(pad, 'x', JSON_WRITER_BLOCK_BYTES);
	for (size_t left = 0; left < sizeof(tail) + 8; left++) {
		struct text text;
		struct json_writer *writer = begin(&text, true);

		pad[JSON_WRITER_BLOCK_BYTES - left] = 0;
		sprintf(expected, "[\n  \"%s%s", pad, tail);
		json_array_begin(writer, NULL);
		json_string(writer, NULL, pad);
		json_string(writer, NULL, "\"\x01\xff\xe2\x82\xac\\");
		json_array_begin(writer, NULL);
		json_uint(writer, NULL, UINT64_MAX);
		json_null(writer, NULL);
		json_array_end(writer);
		json_array_end(writer);
		assert_text(&text, expected);
		pad[JSON_WRITER_BLOCK_BYTES - left] = 'x';
	}
	free(expected);
	free(pad);
}

static void test_longer_than_a_block(void **state)
{
	size_t bytes = 3 * JSON_WRITER_BLOCK_BYTES + 5;
	char *value = calloc(1, bytes + 1), *expected = calloc(1, bytes + 8);
	struct text text;
	struct json_writer *writer = begin(&text, false);

	memset(value, 'y', bytes);
	json_array_begin(writer, NULL);
	json_string(writer, NULL, value);
	json_uint(writer, NULL, 1);
	json_array_end(writer);
	sprintf(expected, "[\"%s\",1]\n", value);
	assert_text(&text, expected);
	free(expected);
	free(value);
}

static void test_copy(void **state)
{
	struct text text;
	struct json_writer *writer = begin(&text, false);
	FILE *file = tmpfile();

	json_object_begin(writer, NULL);
	json_array_begin(writer, "none");
	json_copy(writer, file);
	json_array_end(writer);
	fputs("1,2", file);
	rewind(file);
	json_array_begin(writer, "some");
	json_copy(writer, file);
	json_uint(writer, NULL, 3);
	json_array_end(writer);
	json_object_end(writer);
	fclose(file);
	assert_text(&text, "{\"none\":[],\"some\":[1,2,3]}\n");
}

static void test_full_disk(void **state)
{
	static struct json_writer writer;
	FILE *file = fopen("/dev/full", "w");

	json_writer_init(&writer, file, false);
	json_null(&writer, NULL);
	assert_int_equal(json_writer_finish(&writer), -ENOSPC);
	json_writer_init(&writer, file, false);
	json_array_begin(&writer, NULL);
	for (size_t i = 0; i < JSON_WRITER_BLOCK_BYTES; i++)
		json_uint(&writer, NULL, i);
	assert_true(ferror(file));
	json_array_end(&writer);
	assert_true(json_writer_finish(&writer) < 0);
	fclose(file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_escapes),
		cmocka_unit_test(test_bytes_that_are_no_utf8),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_ratios),
		cmocka_unit_test(test_ratios_as_printf),
		cmocka_unit_test(test_nesting),
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_where_a_block_ends),
		cmocka_unit_test(test_longer_than_a_block),
		cmocka_unit_test(test_copy),
		cmocka_unit_test(test_full_disk),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
