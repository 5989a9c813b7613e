// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * test_facts_workers.c - what Node's threads hand each other, as records of a serialised value: messages, what is no
 * message, errors, losses, and a worker whose time is up.
 */
#include "facts_fixture.h"

static struct fixture fixture;

#define CLONE_EVENT             \
	"\xff\x0fo\"\x07"       \
	"contexto\"\x0c"        \
	"awsRequestId\"\x04"    \
	"id-1\"\x0c"            \
	"functionName\"\x01"    \
	"b\"\x0f"               \
	"memoryLimitInMB\"\x03" \
	"512{\x03\"\x05"        \
	"eventA\x01I\x02$"      \
	"\x00"                  \
	"\x01\"\x04"            \
	"port\\"
#define CLONE_VALUE       \
	"\xff\x0fo\"\x01" \
	"aI\x02{\x01"
#define CLONE_STDIO       \
	"\xff\x0fo\"\x04" \
	"type\"\x0c"      \
	"stdioPayload{\x01"
#define CLONE_ERROR        \
	"\xff\x0frm\"\x04" \
	"boom."

#define MAIN 100
#define WORKER 110

static void worker(uint8_t operation, uint32_t tid, uint64_t message, uint64_t port,
		   const char *data, size_t bytes)
{
	struct record_worker_message *record = calloc(1, sizeof(*record) + bytes);

	fixture.tid = tid;
	fixture.now_ns += 1000;
	fixture_header(&fixture, &record->header, RECORD_WORKER_MESSAGE, sizeof(*record) + bytes);
	record->message = message;
	record->port = port;
	record->length = (uint32_t)bytes;
	record->data_bytes = (uint32_t)bytes;
	record->operation = operation;
	memcpy(record->data, data, bytes);
	fixture_push(&fixture, record);
	free(record);
}
#define SENT(tid, message, port, data) \
	worker(RECORD_WORKER_SENT, tid, message, port, data, sizeof(data) - 1)
#define RECEIVED(tid, message, data) \
	worker(RECORD_WORKER_RECEIVED, tid, message, 0, data, sizeof(data) - 1)

static void test_worker(void **state)
{
	const struct fact *fact;

	fixture_begin(&fixture);
	for (int round = 0; round < 2; round++) {
		fixture.count = 0;
		SENT(MAIN, 0xa0, 0x500, CLONE_EVENT);
		RECEIVED(WORKER, 0xa0, CLONE_EVENT);
		SENT(WORKER, 0xb0, 0x700, CLONE_STDIO); /* console.log in the handler */
		RECEIVED(MAIN, 0xb0, CLONE_STDIO);
		SENT(WORKER, 0xa0, 0x600, CLONE_VALUE); /* the address of the event, used again */
		SENT(WORKER, 0xc0, 0x600, "");
		SENT(WORKER, 0xd0, 0x610, "");
		RECEIVED(MAIN, 0xa0, CLONE_VALUE);
		SENT(WORKER, 0xe0, 0x700, CLONE_VALUE); /* afterwards: no invocation's */
		assert_int_equal(fixture.count, 4);

		fact = &fixture.kept[0];
		assert_int_equal(fact->kind, FACT_WORKER_SENT);
		assert_int_equal(fact->tid, MAIN);
		assert_string_equal(fact->worker.request_id, "id-1");
		assert_string_equal(fact->worker.function, "b");
		assert_int_equal(fact->worker.memory_mb, 512);
		assert_true(fact->worker.json.bytes == 3); /* [1] */
		assert_int_equal(fact->worker.message, round * 2 + 1);

		assert_int_equal(fixture.kept[1].kind, FACT_WORKER_EVENT);
		assert_int_equal(fixture.kept[1].tid, WORKER);
		assert_int_equal(fixture.kept[1].worker.message, fact->worker.message);
		assert_int_equal(fixture.kept[1].worker.sent_ns, fact->time_ns);
		assert_int_equal(fixture.kept[1].worker.sender_tid, MAIN);
		assert_int_equal(fixture.kept[1].worker.json.value, fact->worker.json.value);
		assert_string_equal(fixture.kept[1].worker.request_id, "id-1");

		assert_int_equal(fixture.kept[2].kind, FACT_WORKER_RESULT);
		assert_int_equal(fixture.kept[2].tid, WORKER);
		assert_false(fixture.kept[2].worker.is_error);
		assert_int_equal(fixture.kept[2].worker.port, round + 1);
		assert_int_equal(fixture.kept[2].worker.json.bytes, strlen("{\"a\":1}"));

		assert_int_equal(fixture.kept[3].kind, FACT_WORKER_TAKEN);
		assert_int_equal(fixture.kept[3].tid, MAIN);
		assert_int_equal(fixture.kept[3].worker.message, fixture.kept[2].worker.message);
		assert_int_equal(fixture.kept[3].worker.sender_tid, WORKER);
	}
	fixture_end(&fixture);
}

/* The sending of what was received was not seen, but that of another event at its address. */
static void test_worker_other_content(void **state)
{
	char other[] = CLONE_EVENT;
	char *id = memmem(other, sizeof(other), "id-1", 4);

	fixture_begin(&fixture);
	id[3] = '2';
	SENT(MAIN, 0xa0, 0x500, CLONE_EVENT);
	RECEIVED(WORKER, 0xa0, other);
	assert_int_equal(fixture.count, 2);
	assert_string_equal(fixture.kept[0].worker.request_id, "id-1");
	assert_string_equal(fixture.kept[1].worker.request_id, "id-2");
	fixture_end(&fixture);
}

static void test_worker_error_and_loss(void **state)
{
	struct record_exit ended = { .is_group_dead = 0 };

	fixture_begin(&fixture);
	/* The sending was not seen; the handler fails and posts twice: the first counts. */
	RECEIVED(WORKER, 0xa0, CLONE_EVENT);
	SENT(WORKER, 0xb0, 0x600, CLONE_ERROR);
	SENT(WORKER, 0xb8, 0x600, CLONE_ERROR);
	assert_int_equal(fixture.count, 2);
	assert_int_equal(fixture.kept[0].worker.sent_ns, 0);
	assert_true(fixture.kept[1].worker.is_error);
	/* A worker that is ended inside an event: the next thread of that id owes no result. */
	RECEIVED(WORKER, 0xa0, CLONE_EVENT);
	fixture_header(&fixture, &ended.header, RECORD_EXIT, sizeof(ended));
	fixture_push(&fixture, &ended);
	SENT(WORKER, 0xb0, 0x900, CLONE_VALUE);
	assert_int_equal(fixture_count(&fixture, FACT_WORKER_RESULT), 1);
	/* A port that carried other things becomes fresh by its close message. */
	SENT(WORKER, 0xb0, 0x900, "");
	RECEIVED(WORKER, 0xa0, CLONE_EVENT);
	SENT(WORKER, 0xb0, 0x900, "\xff\x0f_");
	assert_int_equal(fixture_count(&fixture, FACT_WORKER_RESULT), 2);
	fixture_end(&fixture);
}

#define CLONE_LOAD              \
	"\xff\x0fo\"\x04"       \
	"type\"\x0a"            \
	"loadScript\"\x0a"      \
	"workerDatao\"\x0b"     \
	"functionKey\"\x01"     \
	"b\"\x07"               \
	"handler\"\x01"         \
	"h\"\x07"               \
	"timeoutI\xd0\x0f{\x03" \
	"{\x02"

/* The worker's first message tells its function's time-out; the thread keeps it as long as it lives. */
static void test_worker_timeout(void **state)
{
	struct record_exit ended = { .is_group_dead = 0 };

	fixture_begin(&fixture);
	SENT(MAIN, 0xf0, 0x400, CLONE_LOAD);
	RECEIVED(WORKER, 0xf0, CLONE_LOAD);
	assert_int_equal(fixture.count, 0);
	for (int round = 0; round < 2; round++) {
		fixture.count = 0;
		RECEIVED(WORKER, 0xa0, CLONE_EVENT);
		SENT(WORKER, 0xb0, 0x600, CLONE_VALUE);
		SENT(WORKER, 0xc0, 0x600, "");
		assert_int_equal(fixture.count, 2);
		assert_int_equal(fixture.kept[0].worker.timeout_ms, 1000);
	}
	RECEIVED(WORKER + 1, 0xa8, CLONE_EVENT);
	assert_int_equal(fixture.kept[2].worker.timeout_ms, 0);
	fixture.tid = WORKER;
	fixture_header(&fixture, &ended.header, RECORD_EXIT, sizeof(ended));
	fixture_push(&fixture, &ended);
	RECEIVED(WORKER, 0xa0, CLONE_EVENT);
	assert_int_equal(fixture.kept[4].kind, FACT_WORKER_EVENT);
	assert_int_equal(fixture.kept[4].worker.timeout_ms, 0);
	fixture_end(&fixture);
}

/* No value of an event is told, and nothing of what only looks like one. */
static void test_secrets(void **state)
{
	fixture_begin(&fixture);
	RECEIVED(WORKER, 0xa0,
		 "\xff\x0fo\"\x07"
		 "contexto\"\x0c"
		 "awsRequestId\"\x0fs3cr3t-PLANTED!{\x01{\x01");
	assert_int_equal(fixture.count, 0);
	RECEIVED(WORKER, 0xa8,
		 "\xff\x0fo\"\x07"
		 "contexto\"\x0c"
		 "awsRequestId\"\x04"
		 "id-1{\x01\"\x05"
		 "eventA\x01\"\x0fs3cr3t-PLANTED!$\x00\x01\"\x04"
		 "port\\");
	assert_int_equal(fixture.count, 1);
	fixture_finish(&fixture);
	assert_false(fixture_mentions(&fixture, "PLANTED"));
	fixture_end(&fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_worker),
		cmocka_unit_test(test_worker_other_content),
		cmocka_unit_test(test_worker_error_and_loss),
		cmocka_unit_test(test_worker_timeout),
		cmocka_unit_test(test_secrets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
