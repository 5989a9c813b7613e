/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * test_base.c - the text formats, identifiers and JSON helpers of user/base.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>

#include "base/diag.h"
#include "base/digest.h"
#include "base/json_read.h"
#include "base/lambda_name.h"
#include "base/log.h"
#include "base/nearest_name.h"
#include "base/trace_context.h"
#include "base/units.h"

static void test_diag(void **state)
{
	struct diag diag = { 0 };

	assert_int_equal(diag_set(NULL, -EIO, "x"), -EIO);
	assert_int_equal(diag_set_at(&diag, -EINVAL, 12, "bad %s", "thing"), -EINVAL);
	diag_hint(&diag, "try %d", 2);
	assert_true(diag.has_offset);
	assert_int_equal(diag.offset, 12);
	assert_string_equal(diag.text, "bad thing");
	assert_string_equal(diag.hint, "try 2");
	diag_set(&diag, -EIO, "else");
	assert_false(diag.has_offset);
	assert_string_equal(diag.hint, "");
}

static void test_siphash(void **state)
{
	/*
	 * From the reference implementation: key 00..0f, messages of 0, 1, 2, 8, 15 bytes 00 01 02
	 * ...
	 */
	static const struct {
		size_t bytes;
		uint64_t digest;
	} vectors[] = {
		{ 0, 0x726fdb47dd0e0e31u },
		{ 1, 0x74f839c593dc67fdu },
		{ 8, 0x93f5f5799a932462u },
		{ 15, 0xa129ca6149be45e5u },
	};
	uint8_t key[16], message[16];

	for (uint8_t i = 0; i < 16; i++)
		key[i] = message[i] = i;
	for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
		for (size_t split = 0; split <= vectors[i].bytes; split++) {
			struct siphash hash;

			siphash_init(&hash, key);
			siphash_update(&hash, message, split);
			siphash_update(&hash, message + split, vectors[i].bytes - split);
			assert_true(siphash_final(&hash) == vectors[i].digest);
		}
	}
}

static void test_units(void **state)
{
	char text[UNITS_TEXT_MAX];

	assert_string_equal(format_ms(text, 1100250000), "1100.25 ms");
	assert_string_equal(format_ms(text, 600000000), "600 ms");
	assert_string_equal(format_ms(text, 0), "0 ms");
	assert_string_equal(format_ms(text, 500), "0.001 ms");
	assert_string_equal(format_ms(text, 499), "0 ms");
	assert_string_equal(format_ms(text, UINT64_MAX), "18446744073709.552 ms");
	assert_string_equal(format_duration(text, 999), "999 ns");
	assert_string_equal(format_duration(text, 12345), "12.3 us");
	assert_string_equal(format_duration(text, 9996), "10 us");
	assert_string_equal(format_duration(text, 999499), "999 us");
	assert_string_equal(format_duration(text, 999500), "1 ms");
	assert_string_equal(format_duration(text, 500000000), "500 ms");
	assert_string_equal(format_duration(text, 3210000000), "3.21 s");
	assert_string_equal(format_duration(text, 7200000000000), "7200 s");
	assert_string_equal(format_dollars(text, 0), "$0");
	assert_string_equal(format_dollars(text, 18000000), "$0.000018");
	assert_string_equal(format_dollars(text, 18345678), "$0.0000183");
	assert_string_equal(format_dollars(text, 1), "$0.000000000001");
	assert_string_equal(format_dollars(text, -1500000000000), "-$1.5");
	assert_string_equal(format_dollars(text, 1234567000000000), "$1234.57");
	assert_string_equal(format_dollars(text, INT64_MIN), "-$9223372.04");
	assert_string_equal(format_bytes(text, 0), "0 B");
	assert_string_equal(format_bytes(text, 56230000), "56.2 MB");
	assert_string_equal(format_bytes(text, UINT64_MAX), "18447 PB");
	assert_true(clock_monotonic_ns() > 0 && clock_realtime_ns() > 0);
}

static void check_name(const char *text, const char *function, const char *qualifier, int is_arn)
{
	struct lambda_name name;

	assert_int_equal(lambda_name_parse(&name, text, strlen(text), true), 0);
	assert_string_equal(name.function, function);
	assert_string_equal(name.qualifier, qualifier);
	if (is_arn)
		assert_memory_equal(name.arn, "arn:", 4);
	else
		assert_string_equal(name.arn, "");
}

static void test_lambda_name(void **state)
{
	static const char *const bad[] = { "",
					   "%",
					   "%4",
					   "%zz",
					   "a b",
					   "a/b",
					   "a:",
					   ":a",
					   "a:b:c",
					   "arn:aws:s3:::bucket",
					   "arn:aws:lambda:r:1:layer:x",
					   "a%00b",
					   "123456789012:function:" };
	struct lambda_name name;
	char longest[300];

	check_name("svc-dev-a", "svc-dev-a", "", 0);
	check_name("a:$LATEST", "a", "$LATEST", 0);
	check_name("a%3A7", "a", "7", 0);
	check_name("123456789012:function:f", "f", "", 0);
	check_name("123456789012:f:live", "f", "live", 0);
	check_name("eu-west-1:123456789012:function:f:1", "f", "1", 0);
	check_name("arn:aws:lambda:eu-west-1:123456789012:function:f", "f", "", 1);
	check_name("arn:aws-us-gov:lambda:us-gov-east-1:000000000000:function:f:p", "f", "p", 1);
	check_name("arn%3Aaws%3Alambda%3Aus-east-1%3A1%3Afunction%3Af", "f", "", 1);
	check_name("arn:aws:lambda:::function:f", "f", "", 1);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(lambda_name_parse(&name, bad[i], strlen(bad[i]), true), -EINVAL);
	assert_int_equal(lambda_name_parse(&name, "a%20", 4, false), -EINVAL);
	memset(longest, 'a', sizeof(longest));
	assert_int_equal(lambda_name_parse(&name, longest, LAMBDA_NAME_MAX - 1, false), 0);
	assert_int_equal(lambda_name_parse(&name, longest, LAMBDA_NAME_MAX, false), -EINVAL);
}

static void test_trace_context(void **state)
{
	struct trace_context context;
	char text[TRACE_ID_TEXT_MAX], span[SPAN_ID_TEXT_MAX];
	uint8_t first[16], second[16];

	assert_int_equal(trace_context_parse_xray(
				 &context, " Parent=53995c3f42cd8ad8 ; Lineage=a:1|b:2;Sampled=1;"
					   "Root=1-58406520-a006649127e371903a2de979"),
			 0);
	trace_id_format_xray(text, context.trace_id);
	assert_string_equal(text, "1-58406520-a006649127e371903a2de979");
	span_id_format(span, context.span_id);
	assert_string_equal(span, "53995c3f42cd8ad8");
	assert_true(context.has_sampled && context.is_sampled);
	assert_int_equal(trace_context_parse_xray(
				 &context, "Root=1-58406520-a006649127e371903a2de979;Sampled=?"),
			 0);
	assert_false(context.has_sampled);
	assert_int_equal(trace_context_parse_xray(&context, ""), -EINVAL);
	assert_int_equal(trace_context_parse_xray(&context, "Root=1-58406520"), -EINVAL);
	assert_int_equal(trace_context_parse_xray(
				 &context, "Root=1-58406520-a006649127e371903a2de979;Parent=5"),
			 -EINVAL);

	assert_int_equal(
		trace_context_parse_w3c(&context,
					"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
		0);
	assert_true(context.is_sampled);
	trace_id_format_xray(text, context.trace_id);
	assert_string_equal(text, "1-0af76519-16cd43dd8448eb211c80319c");
	assert_int_equal(trace_context_parse_w3c(
				 &context,
				 "01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00-more"),
			 0);
	assert_int_equal(trace_context_parse_w3c(
				 &context,
				 "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00-more"),
			 -EINVAL);
	assert_int_equal(
		trace_context_parse_w3c(&context,
					"00-00000000000000000000000000000000-b7ad6b7169203331-01"),
		-EINVAL);
	assert_int_equal(trace_context_parse_w3c(&context, "00-0af7"), -EINVAL);

	trace_id_derive(first, 0x58406520, 1, 2);
	trace_id_derive(second, 0x58406520, 1, 2);
	assert_memory_equal(first, second, 16);
	trace_id_derive(second, 0x58406520, 2, 1);
	assert_memory_not_equal(first, second, 16);
	assert_memory_equal(first, second, 4);
}

static void test_ids_of_nothing(void **state)
{
	static const char *const bad[] = {
		"Root=1-00000000-000000000000000000000000;Parent=53995c3f42cd8ad8",
		"Root=;Parent=;Sampled=1",
		"Root=1-58406520-a006649127e371903a2de97",
		"Root=2-58406520-a006649127e371903a2de979",
		"Parent=53995c3f42cd8ad8;Sampled=1",
		"Self=1-58406520-a006649127e371903a2de979",
		"=;=;;",
	};
	struct trace_context context;
	char text[TRACE_ID_TEXT_MAX];

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(trace_context_parse_xray(&context, bad[i]), -EINVAL);
	assert_int_equal(
		trace_context_parse_w3c(&context,
					"00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01"),
		-EINVAL);
	/* Of two Roots the first counts. */
	assert_int_equal(trace_context_parse_xray(&context,
						  "root=1-58406520-a006649127e371903a2de979;"
						  "Root=1-58406520-000000000000000000000001;"
						  "Parent=0000000000000000"),
			 0);
	trace_id_format_xray(text, context.trace_id);
	assert_string_equal(text, "1-58406520-a006649127e371903a2de979");
	assert_true(span_id_is_none(context.span_id));
	assert_false(trace_id_is_none(context.trace_id));
}

static void test_lineage(void **state)
{
	static const struct {
		const char *text;
		struct lineage expected;
	} cases[] = {
		{ "456f6a97:0", { .resources = 1 } },
		{ "a87bd80c:0,68fd508a:5,c512fbe3:2", { .resources = 3, .loops = 5 } },
		{ "a87bd80c:1|68fd508a:5|c512fbe3:2", { .resources = 3, .loops = 5 } },
		{ "25:A87BD80C:1",
		  { .resources = 1, .requests = 25, .loops = 1, .has_requests = true } },
		{ "255:a87bd80c:32767",
		  { .resources = 1, .requests = 255, .loops = 32767, .has_requests = true } },
	};
	static const char *const bad[] = {
		"",
		"a87bd80c",
		"a87bd80c:",
		":1",
		"a87bd80c:-1",
		"a87bd80c:1|",
		"|a87bd80c:1",
		"a87bd80:1",
		"-1:11111111:0",
		"1:2:a87bd80c:1",
		"a87bd80c:123456",
		"a87bd80z:1",
		":a87bd80c:1",
		"a87bd80c:1:2",
	};
	struct trace_context context;
	struct lineage lineage;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(lineage_parse(&lineage, cases[i].text, strlen(cases[i].text)), 0);
		assert_int_equal(lineage.resources, cases[i].expected.resources);
		assert_int_equal(lineage.requests, cases[i].expected.requests);
		assert_int_equal(lineage.loops, cases[i].expected.loops);
		assert_int_equal(lineage.has_requests, cases[i].expected.has_requests);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(lineage_parse(&lineage, bad[i], strlen(bad[i])), -EINVAL);
	assert_int_equal(trace_context_parse_xray(
				 &context, "Root=1-58406520-a006649127e371903a2de979; lineage = "
					   "3:a87bd80c:2 ;Sampled=0"),
			 0);
	assert_int_equal(context.lineage.loops, 2);
	assert_int_equal(context.lineage.requests, 3);
}

static void test_json_read(void **state)
{
	static const char text[] =
		"{\"a\":[1,2.5,-1,9007199254740993,1e300],\"t\":true,\"s\":\"x\"} ";
	struct json_document *document;
	const struct json_value *array;
	struct diag diag = { 0 };
	uint64_t number = 0;
	bool flag = false;
	char *deep;

	assert_int_equal(json_parse(&document, text, strlen(text), &diag), 0);
	array = json_member(json_root(document), "a");
	assert_true(json_is_array(array));
	assert_int_equal(json_count(array), 5);
	assert_true(json_get_uint(json_element(array, 0), &number));
	assert_int_equal(number, 1);
	assert_false(json_get_uint(json_element(array, 1), &number));
	assert_false(json_get_uint(json_element(array, 2), &number));
	assert_false(json_get_uint(json_element(array, 4), &number));
	assert_null(json_element(array, 5));
	assert_true(json_get_bool(json_member(json_root(document), "t"), &flag));
	assert_true(flag);
	assert_string_equal(json_get_string(json_member(json_root(document), "s")), "x");
	assert_string_equal(json_key(json_next(array)), "t");
	assert_null(json_member(array, "x"));
	assert_null(json_member(NULL, "x"));
	json_document_free(document);
	json_document_free(NULL);

	assert_int_equal(json_parse(&document, "{\"a\":}", 6, &diag), -EINVAL);
	assert_int_equal(diag.offset, 5);
	assert_int_equal(json_parse(&document, "1 2", 3, &diag), -EINVAL);
	assert_int_equal(diag.offset, 2);
	assert_int_equal(json_parse(&document, "", 0, &diag), -EINVAL);
	deep = malloc(100000);
	memset(deep, '[', 100000);
	assert_int_equal(json_parse(&document, deep, 100000, &diag), -E2BIG);
	assert_int_equal(json_canonical_digest(deep, 100000, (const uint8_t *)deep, &number),
			 -E2BIG);
	free(deep);
}

static uint64_t digest_of(const char *text)
{
	static const uint8_t key[16] = "0123456789abcdef";
	uint64_t digest = 0;
	/* Exactly as long as the text, so that the sanitizer sees a read beyond it. */
	char *copy = malloc(strlen(text) + 1);
	int error;

	memcpy(copy, text, strlen(text));
	copy = realloc(copy, strlen(text) ? strlen(text) : 1);
	error = json_canonical_digest(copy, strlen(text), key, &digest);
	free(copy);
	return error ? (uint64_t)error : digest;
}

static void test_json_digest(void **state)
{
	static const char *const bad[] = {
		"",    " ",   "{",  "[1,]",  "{\"a\"}", "{\"a\":1,}", "01",
		"-",   "1.",  "1e", "\"",    "\"\\x\"", "\"\\u12\"",  "tru",
		"1 2", "[1}", "]",  "{1:2}", "\"\n\"",	"nulls",      "{\"a\":1]"
	};
	static const char *const different[] = { "{}",
						 "[]",
						 "null",
						 "0",
						 "\"\"",
						 "[[]]",
						 "[{}]",
						 "{\"a\":{}}",
						 "[1,2]",
						 "[2,1]",
						 "{\"a\":1}",
						 "{\"a\":\"1\"}",
						 "\"a\"",
						 "{\"a\":1,\"a\":1}",
						 "{\"a\":1,\"b\":2}",
						 "{\"a\":2,\"b\":1}",
						 "true",
						 "\"true\"",
						 "10",
						 "1e1",
						 "[1,[2]]",
						 "[[1],2]" };

	assert_true(digest_of("{\"a\":1,\"b\":[true,{\"x\":\"\\u00e9/\"}]}") ==
		    digest_of(" { \"b\" : [ true , {\"x\":\"\xc3\xa9\\/\"} ] ,\n\"a\" : 1.0 } "));
	assert_true(digest_of("\"\\ud83d\\ude00\"") == digest_of("\"\xf0\x9f\x98\x80\""));
	assert_true(digest_of("1E+5") == digest_of("1e5"));
	assert_true(digest_of("1.50") == digest_of("1.5"));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_true(digest_of(bad[i]) == (uint64_t)-EINVAL);
	for (size_t i = 0; i < sizeof(different) / sizeof(different[0]); i++)
		for (size_t j = 0; j < i; j++)
			assert_true(digest_of(different[i]) != digest_of(different[j]));
}

static char logged[64];

static void remember_log(enum log_level level, const char *text)
{
	snprintf(logged, sizeof(logged), "%d %s", (int)level, text);
}

static const char *find_nearest(const char *wanted, const char *const *names, size_t count)
{
	struct nearest_name nearest;

	nearest_name_init(&nearest, wanted);
	for (size_t i = 0; i < count; i++)
		nearest_name_offer(&nearest, names[i]);
	return nearest.nearest;
}

static void test_nearest_name(void **state)
{
	static const char *const names[] = { "shop-dev-order", "shop-dev-pay",
					     "shop-dev-pay-audit" };
	char longest[NEAREST_NAME_MAX + 2];

	assert_string_equal(find_nearest("shop-dev-odrer", names, 3), names[0]);
	assert_string_equal(find_nearest("shop-dev-pa", names, 3), names[1]);
	assert_string_equal(find_nearest("pay", names, 3), names[1]);
	assert_string_equal(find_nearest("audit", names, 3), names[2]);
	assert_string_equal(find_nearest("", (const char *const[]){ "abc" }, 1), "abc");
	assert_null(find_nearest("invoice", names, 3));
	assert_null(find_nearest("", names, 3));
	assert_null(find_nearest("a", names, 0));
	memset(longest, 'a', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = 0;
	assert_null(find_nearest(longest, (const char *const[]){ longest }, 1));
	assert_string_equal(find_nearest(longest + 1, (const char *const[]){ longest + 1 }, 1),
			    longest + 1);
}

static void test_log(void **state)
{
	log_message(LOG_NOTE, "nobody listens");
	log_set_handler(remember_log);
	log_message(LOG_WARNING, "%s", "heard");
	log_set_handler(NULL);
	assert_string_equal(logged, "2 heard");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_diag),	      cmocka_unit_test(test_siphash),
		cmocka_unit_test(test_units),	      cmocka_unit_test(test_lambda_name),
		cmocka_unit_test(test_trace_context), cmocka_unit_test(test_ids_of_nothing),
		cmocka_unit_test(test_lineage),	      cmocka_unit_test(test_json_read),
		cmocka_unit_test(test_json_digest),   cmocka_unit_test(test_log),
		cmocka_unit_test(test_nearest_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
