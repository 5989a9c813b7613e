// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * test_report_log.c - REPORT lines in logs (user/import), as AWS's documentation and emulators have them, and
 * what is none or cannot be understood.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "report_log_fixture.h"

static void assert_figure(const struct reported *reported, enum reported_member member,
			  uint64_t value)
{
	assert_true(reported->figures.known & 1u << member);
	assert_int_equal(reported->figures.values[member], value);
}

/* AWS's emulator, its tabs and its order; Lambda's order, with X-Ray; spaces where a tool took the tabs. */
static void test_orders_and_spaces(void **state)
{
	struct found found;

	read_text(
		&found,
		"REPORT RequestId: a-1\tInit Duration: 0.11 ms\tDuration: 37.77 ms\tBilled Duration: "
		"38 ms\tMemory Size: 512 MB\tMax Memory Used: 500 MB\t\n"
		"REPORT RequestId: a-2\tDuration: 12.345678 ms\tBilled Duration: 13 ms\tMemory Size: 128 MB\t"
		"Max Memory Used: 66 MB\tRestore Duration: 9.00 ms\tXRAY TraceId: 1-5e34a614-10b\t"
		"SegmentId: 07f5\tSampled: true\tStatus: timeout\t\r\n"
		"REPORT RequestId: a-3 Memory Size: 128 MB Foo Duration: 77 ms Billed Duration: 2 ms Duration: "
		"1 ms");
	assert_int_equal(found.count, 3);
	assert_int_equal(found.problems, 0);
	assert_int_equal(found.lines, 3);
	assert_string_equal(found.reported[0].request_id, "a-1");
	assert_int_equal(found.reported[0].figures.known, 31);
	assert_figure(&found.reported[0], REPORTED_DURATION, 37770000);
	assert_figure(&found.reported[0], REPORTED_BILLED, 38 * MS);
	assert_figure(&found.reported[0], REPORTED_INIT, 110000);
	assert_figure(&found.reported[0], REPORTED_MEMORY, 512);
	assert_figure(&found.reported[0], REPORTED_MAX_MEMORY, 500);
	assert_figure(&found.reported[1], REPORTED_DURATION, 12345678);
	assert_false(found.reported[1].figures.known & 1u << REPORTED_INIT);
	assert_string_equal(found.reported[2].request_id, "a-3");
	assert_figure(&found.reported[2], REPORTED_DURATION, MS);
	assert_figure(&found.reported[2], REPORTED_BILLED, 2 * MS);
	assert_int_equal(found.reported[2].line, 3);
}

/* Behind times and names, in colour, in strings of JSON, several in a line. */
static void test_wrapped_text(void **state)
{
	struct found found;

	read_text(
		&found,
		"2026-11-28T01:28:42Z fn-1  | \033[36mREPORT RequestId: a\033[0m\tDuration: 1.50 ms\033[0m\n"
		"{\"log\":\"REPORT RequestId: b\\tDuration: 2 ms\\tMemory Size: 128 MB\\t\\n\",\"stream\":\"stdout\"}\n"
		"[{\"message\":\"REPORT RequestId: c\\tDuration: 3 ms\\n\"},{\"message\":\"REPORT RequestId: "
		"d\\u0009Duration: 4 ms\"}]\n"
		"\"{\\\"message\\\":\\\"REPORT RequestId: e\\\\tDuration: 5 ms\\\"}\"\n");
	assert_int_equal(found.problems, 0);
	assert_int_equal(found.count, 5);
	for (uint64_t i = 0; i < 5; i++) {
		assert_int_equal(found.reported[i].request_id[0], 'a' + i);
		assert_figure(&found.reported[i], REPORTED_DURATION, i ? (i + 1) * MS : 1500000);
	}
	assert_figure(&found.reported[1], REPORTED_MEMORY, 128);
}

/* The event of Lambda's Telemetry API as its documentation shows it, alone and within other JSON. */
static void test_platform_report(void **state)
{
	struct found found;

	read_text(
		&found,
		"{\"time\":\"2022-10-12T00:01:15.000Z\",\"type\":\"platform.report\",\"record\":{\"requestId\":"
		"\"6d68ca91-49c9-448d-89b8-7ca3e6dc66aa\",\"metrics\":{\"durationMs\":1000.123456,"
		"\"billedDurationMs\":1001,\"memorySizeMB\":128,\"maxMemoryUsedMB\":84,\"initDurationMs\": 397.68}}}\n"
		"svc | [INFO] {\"type\":\"platform.report\",\"record\":{\"requestId\":\"b\",\"metrics\":{\"durationMs\":2,"
		"\"initDurationMs\":null}}}\n"
		"{\"events\":[{\"message\":\"{\\\"type\\\":\\\"platform.report\\\",\\\"record\\\":{\\\"requestId\\\":\\\"c\\\","
		"\\\"metrics\\\":{\\\"durationMs\\\":3}}}\"}]}\n"
		"      \"message\": \"{\\\"type\\\":\\\"platform.report\\\",\\\"record\\\":{\\\"requestId\\\":\\\"d\\\","
		"\\\"metrics\\\":{\\\"durationMs\\\":4}}}\",\n"
		"[{\"type\":\"platform.start\"},{\"type\":\"platform.report\",\"record\":{\"requestId\":\"e\",\"metrics\":"
		"{\"durationMs\":5}}}]\n");
	assert_int_equal(found.problems, 0);
	assert_int_equal(found.count, 5);
	assert_string_equal(found.reported[0].request_id, "6d68ca91-49c9-448d-89b8-7ca3e6dc66aa");
	assert_figure(&found.reported[0], REPORTED_DURATION, 1000123456);
	assert_figure(&found.reported[0], REPORTED_INIT, 397680000);
	assert_figure(&found.reported[0], REPORTED_MAX_MEMORY, 84);
	assert_false(found.reported[1].figures.known & 1u << REPORTED_INIT);
	for (uint64_t i = 1; i < 5; i++) {
		assert_int_equal(found.reported[i].request_id[0], 'a' + i);
		assert_figure(&found.reported[i], REPORTED_DURATION, (i + 1) * MS);
		assert_int_equal(found.reported[i].line, i + 1);
	}
}

static void test_what_is_none(void **state)
{
	static const char binary[] = "\0\1\2REPORT\0RequestId\377\n\n{[\0\n";
	struct found found;

	read_text(&found,
		  "INIT REPORT(durationMs: 36.65)\nREPORT\nRequestId: x Duration: 507.25 ms\n"
		  "subscribed to platform.report\n{\"message\":\"platform.report {\"}\n");
	assert_int_equal(found.count + found.problems, 0);
	assert_int_equal(found.lines, 5);
	read_bytes(&found, binary, sizeof(binary) - 1);
	assert_int_equal(found.count + found.problems, 0);
	assert_int_equal(found.lines, 3);
	read_bytes(&found, "", 0);
	assert_int_equal(found.lines, 0);
}

static void test_what_cannot_be_understood(void **state)
{
	static const struct {
		const char *line, *reason;
	} cases[] = {
		{ "REPORT RequestId: a\tDuration: NaN ms", "\"NaN\" is no number" },
		{ "REPORT RequestId: a\tDuration: -3 ms", "\"-3\" is no number" },
		{ "REPORT RequestId: a\tDuration: 1e3 ms", "\"1e3\" is no number" },
		{ "REPORT RequestId: a\tDuration: 1. ms", "\"1.\" is no number" },
		{ "REPORT RequestId: a\tDuration: .5 ms", "\".5\" is no number" },
		{ "REPORT RequestId: a\tDuration: 1000000001 ms",
		  "no number from 0 to 1000000000" },
		{ "REPORT RequestId: a\tDuration: 99999999999999999999999 ms", "no number" },
		{ "REPORT RequestId: a\tDuration:", "Duration is not in ms" },
		{ "REPORT RequestId: a\tDuration: 3 s", "Duration is not in ms" },
		{ "REPORT RequestId: a\tMemory Size: 3 ms", "Memory Size is not in MB" },
		{ "REPORT RequestId: a\tMemory Size: 128.5 MB", "no whole number" },
		{ "REPORT RequestId: a\tDuration: 3 ms\tDuration: 3 ms", "told twice" },
		{ "REPORT RequestId: a", "without any figure" },
		{ "REPORT RequestId: \tDuration: 3 ms", "without a request id" },
		{ "REPORT RequestId: \xc3\xa4\tDuration: 3 ms", "the byte 0xc3" },
		{ "{\"type\":\"platform.report\",\"record\":{\"metrics\":{\"durationMs\":1}}}",
		  "without a requestId" },
		{ "{\"type\":\"platform.report\",\"record\":{\"requestId\":\"a\",\"metrics\":{\"durationMs\":-1}}}",
		  "\"-1\" is no number" },
		{ "{\"type\":\"platform.report\",\"record\":{\"requestId\":\"a\",\"metrics\":{\"durationMs\":\"1\"}}}",
		  "is no number" },
		{ "{\"type\":\"platform.report\",\"record\":{\"requestId\":\"a\",\"metrics\":[]}}",
		  "without any figure" },
		{ "{\"type\":\"platform.report\",\"record\":7}", "without a requestId" },
		{ "{\"type\":\"platform.report\",\"record\":{\"requestId\":\"a\",\"met}",
		  "is no JSON" },
	};
	struct found found;
	char text[512];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		snprintf(text, sizeof(text), "%s\nREPORT RequestId: next\tDuration: 1 ms\n",
			 cases[i].line);
		read_text(&found, text);
		if (found.problems != 1 || !strstr(found.problem, cases[i].reason))
			fail_msg("%s: %zu problems, \"%s\"", cases[i].line, found.problems,
				 found.problem);
		assert_int_equal(found.problem_line, 1);
		assert_int_equal(found.count, 1);
		assert_string_equal(found.reported[0].request_id, "next");
	}
}

static void test_long_lines_and_ids(void **state)
{
	size_t bytes = REPORT_LOG_LINE_MAX + 100;
	char *text = malloc(bytes);
	struct found found;

	assert_non_null(text);
	memset(text, 'x', bytes);
	text[bytes - 2] = '\n';
	read_bytes(&found, text, bytes);
	assert_int_equal(found.lines, 2);
	assert_int_equal(found.problems, 1);
	assert_int_equal(found.problem_line, 1);
	memcpy(text, "REPORT RequestId: ", 18);
	text[18 + REPORTED_ID_MAX] = ' ';
	read_bytes(&found, text, 18 + REPORTED_ID_MAX + 1);
	assert_string_equal(found.problem, "a request id of 128 bytes");
	free(text);
}

static int stop(void *context, const struct reported *reported)
{
	return -7;
}

static void test_the_sink_can_stop(void **state)
{
	static const char line[] = "REPORT RequestId: a\tDuration: 1 ms";
	struct found found = { 0 };
	const struct report_log_sink sink = { &found, stop, on_problem };

	assert_int_equal(report_log_read_line(line, sizeof(line) - 1, 1, &sink), -7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_orders_and_spaces),
		cmocka_unit_test(test_wrapped_text),
		cmocka_unit_test(test_platform_report),
		cmocka_unit_test(test_what_is_none),
		cmocka_unit_test(test_what_cannot_be_understood),
		cmocka_unit_test(test_long_lines_and_ids),
		cmocka_unit_test(test_the_sink_can_stop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
