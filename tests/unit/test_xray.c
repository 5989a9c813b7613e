// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * test_xray.c - X-Ray segment documents of results built by hand, read back with the JSON reader: what is
 * in them, that none is too long, and that nothing gets lost where one is.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/json_read.h"
#include "output/exporter.h"
#include "output/xray_document.h"
#include "results_fixture.h"

#define MANY 2000

struct read_back {
	char *text; /* lines, each ended with NUL */
	const char *lines[4 * MANY];
	struct json_document *documents[4 * MANY];
	size_t count;
};

static struct read_back back;

static void read_lines(void)
{
	char *line = back.text, *end;

	back.count = 0;
	for (; (end = strchr(line, '\n')); line = end + 1) {
		*end = 0;
		assert_true(back.count < 4 * MANY);
		assert_true((size_t)(end - line) <= XRAY_DOCUMENT_MAX);
		assert_int_equal(json_parse(&back.documents[back.count], line, (size_t)(end - line),
					    NULL),
				 0);
		back.lines[back.count++] = line;
	}
	assert_int_equal(*line, 0);
}

static void write_chain(const struct results *results, const struct chain *chain)
{
	struct exporter_stream stream = { 0 };
	size_t bytes = 0;
	FILE *file;

	back.text = NULL;
	file = open_memstream(&back.text, &bytes);
	assert_non_null(file);
	assert_int_equal(exporter_stream_begin(&stream, &xray_exporter,
					       &(struct export){ file, results, NULL, NULL }),
			 0);
	assert_int_equal(exporter_stream_chain(&stream, chain), 0);
	assert_int_equal(exporter_stream_end(&stream), 0);
	exporter_stream_release(&stream);
	fclose(file);
	read_lines();
}

static void release(void)
{
	for (size_t i = 0; i < back.count; i++)
		json_document_free(back.documents[i]);
	free(back.text);
}

static const struct json_value *document(size_t index)
{
	assert_true(index < back.count);
	return json_root(back.documents[index]);
}

static const char *get_text(const struct json_value *object, const char *key)
{
	return json_get_string(json_member(object, key));
}

static uint64_t get_uint(const struct json_value *object, const char *key)
{
	uint64_t value = 0;

	assert_true(json_get_uint(json_member(object, key), &value));
	return value;
}

static const struct json_value *idletax(const struct json_value *segment)
{
	return json_member(json_member(segment, "metadata"), "idletax");
}

static void set_trace(struct fixture *fixture)
{
	fixture_init(fixture);
	memcpy(fixture->a.trace_id, fixture->chain.trace_id, TRACE_ID_BYTES);
	memcpy(fixture->b.trace_id, fixture->chain.trace_id, TRACE_ID_BYTES);
}

static void a_segment_for_each_invocation(void **state)
{
	struct fixture fixture;
	const struct json_value *a, *b, *call, *init;

	set_trace(&fixture);
	write_chain(&fixture.results, &fixture.chain);
	assert_int_equal(back.count, 2);
	a = document(0);
	b = document(1);
	assert_string_equal(get_text(a, "name"), "svc-dev-a");
	assert_string_equal(get_text(a, "trace_id"), "1-58406520-010000000000000000000000");
	assert_string_equal(get_text(a, "id"), "00000000000000a1");
	assert_null(json_member(a, "parent_id"));
	assert_null(json_member(a, "fault"));
	assert_non_null(strstr(back.lines[0], "\"start_time\":1700000000.123456789,"));
	assert_non_null(strstr(back.lines[0], "\"end_time\":1700000000.723456789,"));
	assert_int_equal(get_uint(json_member(a, "annotations"), "idletax_double_billed_ns"),
			 500 * NS_PER_MS);
	assert_int_equal(json_count(json_member(a, "subsegments")), 1);
	call = json_element(json_member(a, "subsegments"), 0);
	assert_string_equal(get_text(call, "name"), "Lambda");
	assert_string_equal(get_text(call, "namespace"), "aws");
	assert_string_equal(get_text(call, "id"), "00000000000000c1");
	assert_null(json_member(call, "type"));
	assert_string_equal(get_text(b, "parent_id"), "00000000000000c1");
	assert_int_equal(json_count(json_member(idletax(b), "flags")), 2);
	init = json_element(json_member(b, "subsegments"), 0);
	assert_string_equal(get_text(init, "name"), "Initialization");
	release();
}

static void outcomes_are_faults_and_errors(void **state)
{
	struct fixture fixture;
	const struct json_value *call, *exception;

	set_trace(&fixture);
	fixture.b.status = STATUS_TIMEOUT;
	fixture.attempt.status = 429;
	write_chain(&fixture.results, &fixture.chain);
	call = json_element(json_member(document(0), "subsegments"), 0);
	assert_non_null(json_member(call, "throttle"));
	assert_non_null(json_member(call, "error"));
	assert_null(json_member(call, "fault"));
	exception = json_element(json_member(json_member(document(1), "cause"), "exceptions"), 0);
	assert_string_equal(get_text(exception, "type"), "timeout");
	release();
	fixture.attempt.status = 200;
	fixture.attempt.function_error = "Unhandled";
	fixture.b.status = STATUS_CUT;
	write_chain(&fixture.results, &fixture.chain);
	call = json_element(json_member(document(0), "subsegments"), 0);
	exception = json_element(json_member(json_member(call, "cause"), "exceptions"), 0);
	assert_string_equal(get_text(exception, "type"), "Unhandled");
	assert_null(json_member(document(1), "fault"));
	assert_string_equal(get_text(json_member(document(1), "annotations"), "idletax_status"),
			    "cut");
	release();
}

/* Calls that do not fit follow on their own; each is there once. */
static void what_does_not_fit_follows(void **state)
{
	static struct exchange calls[MANY];
	static struct exchange *attempts[MANY];
	static bool is_seen[MANY];
	struct fixture fixture;
	size_t inside;

	set_trace(&fixture);
	memset(is_seen, 0, sizeof(is_seen));
	for (size_t i = 0; i < MANY; i++) {
		calls[i] = fixture.attempt;
		calls[i].callee = NULL;
		calls[i].call = (uint32_t)i;
		memcpy(calls[i].span_id, &i, sizeof(i));
		calls[i].span_id[7] = 0x77;
		attempts[i] = &calls[i];
	}
	fixture.a.attempts = attempts;
	fixture.a.attempt_count = MANY;
	fixture.chain.invocation_count = 1;
	write_chain(&fixture.results, &fixture.chain);
	inside = json_count(json_member(document(0), "subsegments"));
	assert_true(inside > 10 && inside < MANY);
	assert_int_equal(back.count, 1 + MANY - inside);
	for (size_t i = 0; i < MANY; i++) {
		const struct json_value *call =
			i < inside ? json_element(json_member(document(0), "subsegments"), i)
				   : document(1 + i - inside);
		uint64_t number = get_uint(idletax(call), "call");

		assert_true(number < MANY && !is_seen[number]);
		is_seen[number] = true;
		if (i < inside)
			continue;
		assert_string_equal(get_text(call, "type"), "subsegment");
		assert_string_equal(get_text(call, "parent_id"), "00000000000000a1");
		assert_string_equal(get_text(call, "trace_id"),
				    "1-58406520-010000000000000000000000");
	}
	release();
}

/* Of more waits than are shown the longest, and how many and how long the others were. */
static void short_waits_are_counted(void **state)
{
	static struct segment segments[MANY];
	struct fixture fixture;
	const struct json_value *subsegments;
	uint64_t shown_ns = 0, all_ns = 0, at_ns = fixture_ns(0);

	set_trace(&fixture);
	for (size_t i = 0; i < MANY; i++) {
		uint64_t length_ns = (i % 40 ? 1000 : 5000) + 10 * (i % 3);

		segments[i] = (struct segment){ .start_ns = at_ns,
						.end_ns = at_ns + length_ns,
						.state = i % 2 ? STATE_WAIT_LOCK : STATE_RUNNABLE };
		at_ns += length_ns;
		all_ns += length_ns;
	}
	fixture.a.segments = segments;
	fixture.a.segment_count = MANY;
	fixture.a.attempt_count = 0;
	fixture.chain.invocation_count = 1;
	write_chain(&fixture.results, &fixture.chain);
	subsegments = json_member(document(0), "subsegments");
	assert_int_equal(json_count(subsegments) + back.count - 1, XRAY_WAITS_MAX);
	for (size_t i = 0; i < MANY; i += 40) /* all of the long ones are there */
		shown_ns += segments[i].end_ns - segments[i].start_ns;
	shown_ns += 50 * 1020; /* and the longest of the others */
	assert_int_equal(get_uint(idletax(document(0)), "waits_not_shown"), MANY - XRAY_WAITS_MAX);
	assert_int_equal(get_uint(idletax(document(0)), "waits_not_shown_ns"), all_ns - shown_ns);
	release();
}

/* Whatever a trace file says: names of X-Ray's letters, bounded documents, valid JSON. */
static void hostile_strings(void **state)
{
	static char long_text[100000];
	struct fixture fixture;
	const char *name;

	set_trace(&fixture);
	memset(long_text, '\x01', sizeof(long_text) - 1);
	memcpy(long_text, "a?b\"\\\xff\xc3(", 8);
	fixture.a.function = fixture.a.arn = fixture.a.request_id = long_text;
	fixture.a.function_error = long_text;
	fixture.a.status = STATUS_ERROR;
	fixture.b.function = "?";
	fixture.attempt.function = fixture.attempt.operation = fixture.attempt.target = long_text;
	fixture.attempt.service = fixture.attempt.host = fixture.attempt.path = long_text;
	fixture.attempt.function_error = fixture.attempt.response_request_id = long_text;
	fixture.attempt.service_class = SERVICE_AWS;
	fixture.attempt.kind = MESSAGE_AWS;
	write_chain(&fixture.results, &fixture.chain);
	assert_int_equal(back.count, 2);
	name = get_text(document(0), "name");
	assert_int_equal(strlen(name), 200);
	assert_memory_equal(name, "a_b_\\____", 9);
	assert_string_equal(get_text(document(1), "name"), "unknown function");
	release();
}

static void a_full_disk_is_told(void **state)
{
	struct fixture fixture;
	struct exporter_stream stream = { 0 };
	FILE *file = fopen("/dev/full", "w");
	int error;

	set_trace(&fixture);
	assert_non_null(file);
	assert_int_equal(
		exporter_stream_begin(&stream, &xray_exporter,
				      &(struct export){ file, &fixture.results, NULL, NULL }),
		0);
	error = exporter_stream_chain(&stream, &fixture.chain);
	if (!error)
		error = exporter_stream_end(&stream);
	assert_true(error < 0);
	exporter_stream_release(&stream);
	fclose(file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_segment_for_each_invocation),
		cmocka_unit_test(outcomes_are_faults_and_errors),
		cmocka_unit_test(what_does_not_fit_follows),
		cmocka_unit_test(short_waits_are_counted),
		cmocka_unit_test(hostile_strings),
		cmocka_unit_test(a_full_disk_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
