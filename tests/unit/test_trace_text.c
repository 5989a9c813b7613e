/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * test_trace_text.c - the text form: what it leaves out comes back, everything survives the way
 * through text and file, and wrong text is told with its line.
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

#include "trace/text.h"
#include "trace_samples.h"

static struct trace_text parse(const char *text)
{
	struct trace_text trace;
	struct diag diag = { 0 };

	if (trace_text_parse(&trace, text, strlen(text), &diag))
		fail_msg("line %llu: %s", (unsigned long long)diag.offset, diag.text);
	return trace;
}

static struct fact parse_one(const char *text, struct trace_text *trace)
{
	*trace = parse(text);
	assert_int_equal(trace->fact_count, 1);
	return trace->facts[0];
}

static char *print(const struct trace_text *trace)
{
	char *text = NULL;
	size_t bytes = 0;
	FILE *file = open_memstream(&text, &bytes);

	trace_text_write_start(file, &trace->start);
	for (size_t i = 0; i < trace->fact_count; i++)
		trace_text_write_fact(file, &trace->facts[i]);
	trace_text_write_end(file, trace->end_ns);
	fclose(file);
	return text;
}

static void test_defaults(void **state)
{
	struct trace_text trace;
	struct fact fact;

	fact = parse_one("50ms slice pid=10 on=0ms", &trace);
	assert_int_equal(fact.time_ns, 50000000);
	assert_int_equal(fact.tid, 10);
	assert_int_equal(fact.slice.on_ns, 0);
	assert_int_equal(fact.slice.off_reason, OFF_SLEEP);
	assert_int_equal(fact.slice.waker, WAKER_UNKNOWN);
	trace_text_release(&trace);

	fact = parse_one("5us slice pid=10 tid=11 on=4us woken=3.5us waker_tid=12 off=preempted",
			 &trace);
	assert_int_equal(fact.tid, 11);
	assert_int_equal(fact.slice.woken_ns, 3500);
	assert_int_equal(fact.slice.waker, WAKER_TASK);
	assert_int_equal(fact.slice.waker_tgid, 12);
	trace_text_release(&trace);

	fact = parse_one(
		"7 message pid=10 connection=0x1f flags=is_response,chunked body=9f3a/120/prefix"
		" path=/a/b request_id=\"r \\\"1\\\" \\x41\" # comment",
		&trace);
	assert_int_equal(fact.message.connection, 31);
	assert_int_equal(fact.message.first_ns, 7);
	assert_int_equal(fact.message.last_ns, 7);
	assert_int_equal(fact.message.last_tid, 10);
	assert_int_equal(fact.message.kind, MESSAGE_HTTP);
	assert_int_equal(fact.message.flags, MESSAGE_IS_RESPONSE | MESSAGE_CHUNKED);
	assert_int_equal(fact.message.body.value, 0x9f3a);
	assert_int_equal(fact.message.body.bytes, 120);
	assert_int_equal(fact.message.body.flags, DIGEST_IS_PREFIX);
	assert_string_equal(fact.message.path, "/a/b");
	assert_string_equal(fact.message.request_id, "r \"1\" A");
	assert_null(fact.message.function);
	trace_text_release(&trace);

	fact = parse_one("1s connection pid=1 id=3 remote_port=9001", &trace);
	assert_int_equal(fact.connection.opened_ns, 1000000000);
	assert_int_equal(fact.connection.local_address[0], 127);
	assert_int_equal(fact.connection.remote_address[3], 1);
	assert_true(fact.connection.is_from_start);
	assert_false(fact.connection.is_client);
	trace_text_release(&trace);

	fact = parse_one("1s connection pid=1 id=3 family=inet6 local_address=2001:db8::", &trace);
	assert_int_equal(fact.connection.local_address[0], 0x20);
	assert_int_equal(fact.connection.remote_address[15], 1);
	trace_text_release(&trace);

	fact = parse_one("1s task_exit pid=1 tid=2", &trace);
	assert_false(fact.task_exit.is_process);
	trace_text_release(&trace);
	fact = parse_one("1s fork pid=1 child_pid=5", &trace);
	assert_int_equal(fact.fork.child_tid, 5);
	trace_text_release(&trace);
	fact = parse_one("1s fork pid=1 child_tid=5", &trace);
	assert_int_equal(fact.fork.child_tgid, 1);
	trace_text_release(&trace);
	fact = parse_one("2s loss from=1s", &trace);
	assert_int_equal(fact.loss.to_ns, 2000000000);
	assert_int_equal(fact.loss.loss_class, LOSS_SOCKET);
	trace_text_release(&trace);
}

static void test_header_and_order(void **state)
{
	struct trace_text trace = parse("# a scenario\n\n"
					"start monotonic=5ms realtime=1700000000s\n"
					"host kernel=\"6.1 x\"\n"
					"host \"a key\"=v\r\n"
					"\t3ms memory pid=3\n"
					"1ms memory pid=1\n"
					"3ms memory pid=4\n"
					"2ms memory pid=2");

	assert_int_equal(trace.start.monotonic_ns, 5000000);
	assert_int_equal(trace.start.realtime_ns, 1700000000000000000ull);
	assert_int_equal(trace.start.host_count, 2);
	assert_string_equal(trace.start.host[0].value, "6.1 x");
	assert_string_equal(trace.start.host[1].key, "a key");
	assert_int_equal(trace.fact_count, 4);
	for (unsigned int i = 0; i < 4; i++)
		assert_int_equal(trace.facts[i].tgid, i + 1);
	assert_int_equal(trace.end_ns, 5000000);
	trace_text_release(&trace);

	trace = parse("");
	assert_int_equal(trace.fact_count, 0);
	trace_text_release(&trace);
	trace = parse("1ms memory\nend 7ms");
	assert_int_equal(trace.end_ns, 7000000);
	trace_text_release(&trace);
}

/* Every kind, full and empty, to text and back; and that text to itself. */
static void test_round_trip(void **state)
{
	static const struct trace_host_pair host[] = { { "a b", "c\n\"" }, { "cpus", "2" } };
	struct fact facts[2 * FACT_KIND_END];
	struct trace_text trace = { .facts = facts, .end_ns = 99999 }, again;
	char *text, *text_again;

	trace.start.host = host;
	trace.start.host_count = 2;
	trace.start.monotonic_ns = 17;
	for (unsigned int kind = 1; kind < FACT_KIND_END; kind++) {
		if (!fact_schema_find(kind))
			continue;
		sample_full(&facts[trace.fact_count], (enum fact_kind)kind,
			    10000 + trace.fact_count);
		trace.fact_count++;
		sample_empty(&facts[trace.fact_count], (enum fact_kind)kind,
			     10000 + trace.fact_count);
		trace.fact_count++;
	}
	text = print(&trace);
	again = parse(text);
	assert_int_equal(again.fact_count, trace.fact_count);
	assert_int_equal(again.end_ns, 99999);
	assert_int_equal(again.start.monotonic_ns, 17);
	assert_string_equal(again.start.host[0].key, "a b");
	assert_string_equal(again.start.host[0].value, "c\n\"");
	for (size_t i = 0; i < trace.fact_count; i++)
		if (!sample_is_same(&trace.facts[i], &again.facts[i]))
			fail_msg("fact %zu differs:\n%s", i, text);
	text_again = print(&again);
	assert_string_equal(text, text_again);
	free(text);
	free(text_again);
	trace_text_release(&again);
}

/* Each member alone set, the others empty: no default may hide it. */
static void test_single_members(void **state)
{
	for (unsigned int kind = 1; kind < FACT_KIND_END; kind++) {
		const struct fact_schema *schema = fact_schema_find(kind);

		for (unsigned int i = 0; schema && i < schema->field_count; i++) {
			struct trace_text trace = { 0 }, again;
			struct fact fact, full;
			char *text;

			sample_full(&full, (enum fact_kind)kind, 10000);
			sample_empty(&fact, (enum fact_kind)kind, 10000);
			memcpy(field_at_mutable(&schema->fields[i], &fact),
			       field_at(&schema->fields[i], &full), schema->fields[i].bytes);
			if (schema->fields[i].type == FIELD_ADDRESS)
				fact.connection.family = CONNECTION_INET6;
			if (fact_check(&fact))
				continue; /* first without last, woken without on */
			trace.facts = &fact;
			trace.fact_count = 1;
			trace.end_ns = 10000;
			text = print(&trace);
			again = parse(text);
			if (!sample_is_same(&fact, &again.facts[0]))
				fail_msg("%s %s: %s", schema->name, schema->fields[i].name, text);
			free(text);
			trace_text_release(&again);
		}
	}
}

static void test_errors(void **state)
{
	static const struct {
		const char *text;
		unsigned int line;
		const char *why;
	} bad[] = {
		{ "\n\nxyz", 3, "not a time" },
		{ "1ms", 1, "no fact" },
		{ "1ms nothing", 1, "no fact 'nothing'" },
		{ "1.2345 memory", 1, "not a time" },
		{ "1.5 memory", 1, "not a time" },
		{ "1.ms memory", 1, "not a time" },
		{ "1m memory", 1, "not a time" },
		{ "18446744073709551616 memory", 1, "not a time" },
		{ "18446744074s memory", 1, "not a time" },
		{ "1.1234567891s memory", 1, "not a time" },
		{ "1ms memory pid", 1, "'=' is expected" },
		{ "1ms memory =3", 1, "a key is expected" },
		{ "1ms memory pid=", 1, "not a number" },
		{ "1ms memory pid=x", 1, "not a number" },
		{ "1ms memory pid=0x", 1, "not a number" },
		{ "1ms memory pid=4294967296", 1, "too large" },
		{ "1ms memory colour=1", 1, "has no 'colour'" },
		{ "1ms memory rss_bytes=1 rss_bytes=1", 1, "twice" },
		{ "1ms memory rss_bytes=1,2", 1, "followed" },
		{ "1ms connection local_port=65536", 1, "too large" },
		{ "1ms connection local_address=1.2.3", 1, "not an IP" },
		{ "1ms connection local_address=::1", 1, "address" },
		{ "1ms connection family=unix local_address=1.2.3.4", 1, "address" },
		{ "1ms connection is_client=1", 1, "neither yes nor no" },
		{ "1ms connection opened=2ms", 1, "opened after" },
		{ "1ms slice", 1, "needs on=" },
		{ "1ms slice on=2ms", 1, "ends before it begins" },
		{ "2ms slice on=1ms woken=2ms", 1, "before its wake" },
		{ "1ms slice on=0 off=asleep", 1, "no 'asleep'" },
		{ "2ms message first=2ms last=1ms", 1, "ends before" },
		{ "1ms message last=2ms", 1, "after its own time" },
		{ "1ms message body=9f3a", 1, "not a digest" },
		{ "1ms message body=9f3a/1/suffix", 1, "not a digest" },
		{ "1ms message flags=", 1, "no ''" },
		{ "1ms message flags=cut,x", 1, "no 'x'" },
		{ "1ms message path=\"a", 1, "no end" },
		{ "1ms message path=\"a\\", 1, "no end" },
		{ "1ms message path=\"\\q\"", 1, "escape" },
		{ "1ms message path=\"\\x00\"", 1, "hexadecimal" },
		{ "1ms message path=\"\\xg1\"", 1, "hexadecimal" },
		{ "1ms message path=", 1, "missing" },
		{ "1ms message path=\"a\"b", 1, "followed" },
		{ "start\nstart", 2, "second start" },
		{ "start x=1", 1, "start has no" },
		{ "host", 1, "KEY=VALUE" },
		{ "host a", 1, "'=' is expected" },
		{ "host a=b c=d", 1, "one pair" },
		{ "end 1ms\nend 2ms", 2, "second end" },
		{ "end 1ms x", 1, "nothing may follow" },
		{ "1ms loss from=3ms to=2ms", 1, "ends before" },
	};
	struct trace_text trace;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct diag diag = { 0 };
		int error = trace_text_parse(&trace, bad[i].text, strlen(bad[i].text), &diag);

		if (error != -EINVAL || diag.offset != bad[i].line ||
		    !strstr(diag.text, bad[i].why))
			fail_msg("'%s': %d, line %llu, %s", bad[i].text, error,
				 (unsigned long long)diag.offset, diag.text);
	}
	assert_int_equal(trace_text_parse(&trace, "2ms memory\nend 1ms", 18, NULL), -EINVAL);
	assert_int_equal(trace_text_parse(&trace, "1ms message path=\"a\0b\"", 22, NULL), -EINVAL);
	assert_int_equal(trace_text_load(&trace, "/nowhere/x", NULL), -ENOENT);
}

/* Every cut of a text, exactly as large as what is given. */
static void test_cuts(void **state)
{
	static const char text[] =
		"start monotonic=5ms\nhost a=\"b\\x41\"\n1.5ms message pid=1 flags=cut "
		"body=1/2/prefix path=\"x\\\"\" kind=http # c\nend 7ms\n";

	for (size_t cut = 0; cut < sizeof(text); cut++) {
		char *copy = malloc(cut ? cut : 1);
		struct trace_text trace;

		memcpy(copy, text, cut);
		if (!trace_text_parse(&trace, copy, cut, NULL))
			trace_text_release(&trace);
		free(copy);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defaults),   cmocka_unit_test(test_header_and_order),
		cmocka_unit_test(test_round_trip), cmocka_unit_test(test_single_members),
		cmocka_unit_test(test_errors),	   cmocka_unit_test(test_cuts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
