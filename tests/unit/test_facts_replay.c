/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * test_facts_replay.c - records written to a raw trace give the same facts when they are replayed.
 */
#include "facts_fixture.h"

#include <unistd.h>

#include "facts/replay.h"
#include "trace/writer.h"

static struct fixture fixture;
static struct trace_writer *writer;
static size_t digest_count;
static uint64_t digests[64];

/* Remembers a fact by its kind, time and thread. */
static int digest_fact(void *context, const struct fact *fact)
{
	assert_true(digest_count < 64);
	digests[digest_count++] = fact->time_ns * 31 + (uint64_t)fact->kind * 7 + fact->tid;
	return 0;
}

static void push(struct facts *facts, struct record_header *record)
{
	assert_int_equal(facts_push_record(facts, record), 0);
	assert_int_equal(trace_writer_push_raw(writer, record), 0);
}

static void push_some(struct facts *facts)
{
	static const char text[] =
		"GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\n\r\nGET /un";
	struct record_memory memory = { .rss_bytes = 1, .peak_rss_bytes = 2 };
	struct record_socket_open open = { .cookie = 1, .family = 2, .state = 2, .local_port = 4 };
	struct record_socket_data *data = calloc(1, sizeof(*data) + sizeof(text));

	fixture_header(&fixture, &open.header, RECORD_SOCKET_OPEN, sizeof(open));
	push(facts, &open.header);
	data->cookie = 1;
	for (size_t i = 0; i < sizeof(text) - 1; i += 3) { /* odd lengths */
		data->op_offset = i;
		data->op_bytes = data->piece_bytes = sizeof(text) - 1 - i < 3 ? sizeof(text) - 1 - i
									      : 3;
		data->flags = RECORD_DATA_FIRST | RECORD_DATA_LAST;
		fixture.now_ns += 10;
		fixture_header(&fixture, &data->header, RECORD_SOCKET_DATA,
			       sizeof(*data) + data->piece_bytes);
		memcpy(data->piece, text + i, data->piece_bytes);
		push(facts, &data->header);
	}
	free(data);
	fixture_header(&fixture, &memory.header, RECORD_MEMORY, sizeof(memory));
	push(facts, &memory.header);
}

static void test_replay(void **state)
{
	char path[] = "/tmp/idletax-test-XXXXXX";
	struct trace_start start = { .monotonic_ns = 1, .realtime_ns = 2, .is_raw = true };
	struct facts_options options = { .digest_key = "0123456789abcdef" };
	struct fact_sink sink = { digest_fact, NULL };
	uint64_t expected[64];
	struct trace_reader *reader;
	struct facts *facts;
	size_t count;

	close(mkstemp(path));
	fixture.now_ns = 1000;
	fixture.tgid = fixture.tid = 5;
	assert_int_equal(trace_writer_open(&writer, path, &start, NULL), 0);
	assert_int_equal(facts_new(&facts, &options, &sink), 0);
	push_some(facts);
	assert_int_equal(facts_finish(facts, fixture.now_ns + 500), 0);
	assert_int_equal(trace_writer_finish(writer, fixture.now_ns + 500), 0);
	trace_writer_free(writer);
	facts_free(facts);
	count = digest_count;
	assert_true(count >= 4); /* the connection, memory, the request and one that is cut */
	memcpy(expected, digests, sizeof(expected));

	digest_count = 0;
	assert_int_equal(trace_reader_open(&reader, path, NULL), 0);
	assert_int_equal(facts_new(&facts, &options, &sink), 0);
	assert_int_equal(facts_replay_raw(facts, reader, NULL), 0);
	assert_int_equal(digest_count, count);
	assert_memory_equal(digests, expected, count * sizeof(expected[0]));
	facts_free(facts);
	trace_reader_free(reader);
	unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_replay),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
