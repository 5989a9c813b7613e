// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * test_facts_records.c - records other than HTTP and worker messages: runs of bytes, lines on Unix sockets, threads
 * and processes, losses, and records that contradict themselves.
 */
#include "facts_fixture.h"

#include "base/json_read.h"

static struct fixture fixture;

/* ---- runs of bytes ---- */

static void test_bytes_runs(void **state)
{
	const struct fact_message *message;

	fixture_begin(&fixture);
	fixture_open(&fixture, 1, FIXTURE_CLIENT);
	fixture_send(&fixture, 1, "~1\r\n");
	fixture.now_ns += 1000;
	fixture_send(&fixture, 1, "#4\r\nPING\r\n");
	fixture_receive(&fixture, 1, "+PONG\r\n");
	assert_int_equal(fixture_count(&fixture, FACT_MESSAGE), 1);
	message = fixture_message(&fixture, 0);
	assert_int_equal(message->kind, MESSAGE_BYTES);
	assert_int_equal(message->flags, 0);
	assert_int_equal(message->wire_bytes, 14);
	assert_int_equal(message->last_ns - message->first_ns, 2000);
	/* Nothing follows the reply: it is told once it has been quiet, with the time of its last byte. */
	fixture.now_ns += 130000000;
	fixture_open(&fixture, 2, FIXTURE_CLIENT);
	assert_int_equal(fixture_count(&fixture, FACT_MESSAGE), 2);
	message = fixture_message(&fixture, 1);
	assert_int_equal(message->flags, MESSAGE_IS_RESPONSE);
	assert_int_equal(message->sequence, 1);
	assert_int_equal(fixture_find(&fixture, FACT_MESSAGE, 1)->time_ns, message->last_ns);
	/* It goes on after all: the rest has the same number. */
	fixture_receive(&fixture, 1, "more");
	fixture_send(&fixture, 1, "*1\r\n");
	fixture_finish(&fixture);
	assert_int_equal(fixture_message(&fixture, 2)->sequence, 1);
	assert_int_equal(fixture_message(&fixture, 2)->flags, MESSAGE_IS_RESPONSE);
	assert_int_equal(fixture_message(&fixture, 3)->sequence, 2);
	assert_int_equal(fixture_message(&fixture, 3)->flags, MESSAGE_CUT);
	fixture_end(&fixture);
}

/* A server that speaks first, seen from its client; sendfile without payload. */
static void test_bytes_greeting(void **state)
{
	struct fixture_piece piece = {
		.cookie = 1,
		.op_bytes = 5000,
		.direction = RECORD_SEND,
		.flags = RECORD_DATA_FIRST | RECORD_DATA_LAST | RECORD_DATA_NO_PAYLOAD,
	};

	fixture_begin(&fixture);
	fixture_open(&fixture, 1, FIXTURE_CLIENT);
	fixture_receive(&fixture, 1,
			"\x4a\x01\x01\x01\x0a"
			"8.0");
	fixture_piece(&fixture, &piece);
	fixture_finish(&fixture);
	assert_int_equal(fixture_message(&fixture, 0)->flags, MESSAGE_IS_RESPONSE);
	assert_int_equal(fixture_message(&fixture, 1)->wire_bytes, 5000);
	assert_int_equal(fixture_message(&fixture, 1)->sequence, 2);
	fixture_end(&fixture);
}

/* ---- lines ---- */

#define EVENT_LINE                                                                                   \
	"{\"context\":{\"awsRequestId\":\"1f0e-22\",\"callbackWaitsForEmptyEventLoop\":true,"        \
	"\"clientContext\":null,\"functionName\":\"p\",\"identity\":{\"functionName\":\"no\"},"      \
	"\"invokedFunctionArn\":\"offline_invokedFunctionArn_for_p\",\"memoryLimitInMB\":\"1024\"}," \
	"\"event\":{\"b\":[1,2],\"a\":\"x\\\"y\"}}"

static void test_lines(void **state)
{
	static const char event[] = "{\"a\": \"x\\\"y\", \"b\": [1, 2]}";
	static const char result[] = "{\"ok\":1}";
	const struct fact_message *message;
	uint64_t digest;

	fixture_begin(&fixture);
	fixture_open_unix(&fixture, 1, 0x1000, 0x2000);
	fixture_open_unix(&fixture, 2, 0x2000, 0x1000);
	fixture_send(&fixture, 1, EVENT_LINE);
	assert_int_equal(fixture_count(&fixture, FACT_MESSAGE), 0);
	fixture_send(&fixture, 1, "\n");
	message = fixture_message(&fixture, 0);
	assert_int_equal(message->kind, MESSAGE_LINE_EVENT);
	assert_int_equal(message->flags, 0);
	assert_int_equal(message->last_ns - message->first_ns, 1000);
	assert_string_equal(message->request_id, "1f0e-22");
	assert_string_equal(message->function, "p");
	assert_string_equal(message->arn, "offline_invokedFunctionArn_for_p");
	assert_int_equal(message->memory_mb, 1024);
	assert_int_equal(json_canonical_digest(event, strlen(event),
					       (const uint8_t *)"0123456789abcdef", &digest),
			 0);
	assert_int_equal(message->json.value, digest);
	/* The child: other output first, the result in two writes. */
	fixture.tgid = 200;
	fixture_receive(&fixture, 2, EVENT_LINE "\n");
	assert_int_equal(fixture_message(&fixture, 1)->direction, MESSAGE_RECEIVED);
	assert_int_equal(fixture_find(&fixture, FACT_MESSAGE, 1)->tgid, 200);
	assert_int_equal(fixture_find(&fixture, FACT_CONNECTION, 1)->connection.peer_id,
			 fixture_find(&fixture, FACT_CONNECTION, 0)->connection.id);
	fixture_open_unix(&fixture, 3, 0x3000, 0x4000);
	fixture_send(&fixture, 3, "hello\n{\"__offline_payload");
	fixture_send(&fixture, 3, "__\": {\"ok\":1}}");
	fixture_send(&fixture, 3, "\nbye");
	message = fixture_message(&fixture, 2);
	assert_int_equal(message->kind, MESSAGE_LINE_RESULT);
	assert_int_equal(json_canonical_digest(result, strlen(result),
					       (const uint8_t *)"0123456789abcdef", &digest),
			 0);
	assert_int_equal(message->json.value, digest);
	fixture_finish(&fixture);
	assert_int_equal(fixture_count(&fixture, FACT_MESSAGE), 3);
	fixture_end(&fixture);
}

static char *describe_lines(void)
{
	char *text = NULL;
	size_t bytes;
	FILE *file = open_memstream(&text, &bytes);

	for (size_t i = 0; i < fixture_count(&fixture, FACT_MESSAGE); i++) {
		const struct fact_message *message = fixture_message(&fixture, i);

		fprintf(file, "%d %x %llu %llx %s\n", message->kind, message->flags,
			(unsigned long long)message->wire_bytes,
			(unsigned long long)message->json.value,
			message->request_id ? message->request_id : "-");
	}
	fclose(file);
	return text;
}

static char *move_lines(const char *text, size_t first, size_t step)
{
	size_t bytes = strlen(text);
	char *description;

	fixture_begin(&fixture);
	fixture_open_unix(&fixture, 1, 1, 2);
	for (size_t position = 0; position < bytes;) {
		size_t part = position ? step : first;

		part = part < bytes - position ? part : bytes - position;
		fixture_move(&fixture, 1, RECORD_SEND, text + position, part);
		position += part;
	}
	fixture_finish(&fixture);
	description = describe_lines();
	fixture_end(&fixture);
	return description;
}

static void test_lines_any_split(void **state)
{
	static const char text[] = "log\n" EVENT_LINE "\n\n{\"context\":{\"other\":1}}\n"
				   "{\"__offline_payload__\": null}\n" EVENT_LINE;
	char *expected = move_lines(text, sizeof(text), sizeof(text));

	assert_non_null(strstr(expected, "1f0e-22"));
	for (size_t first = 1; first < strlen(text); first++) {
		char *found = move_lines(text, first, sizeof(text));

		assert_string_equal(found, expected);
		free(found);
	}
	for (size_t step = 1; step < 40; step++) {
		char *found = move_lines(text, step, step);

		assert_string_equal(found, expected);
		free(found);
	}
	free(expected);
}

/* An event larger than what is kept of an operation: names from its start, end from its LF. */
static void test_long_line(void **state)
{
	char *text = malloc(20000);
	const struct fact_message *message;
	size_t used = (size_t)sprintf(text, "%.*s,\"event\":\"%09000d\"}",
				      (int)(strstr(EVENT_LINE, ",\"event\"") - EVENT_LINE),
				      EVENT_LINE, 0);

	fixture_begin(&fixture);
	fixture_open_unix(&fixture, 1, 1, 2);
	fixture_move(&fixture, 1, RECORD_RECEIVE, text, 8192);
	fixture_move(&fixture, 1, RECORD_RECEIVE, text + 8192, used - 8192);
	fixture_receive(&fixture, 1, "\n");
	message = fixture_message(&fixture, 0);
	assert_int_equal(message->wire_bytes, used + 1);
	assert_string_equal(message->request_id, "1f0e-22");
	assert_string_equal(message->function, "p");
	assert_int_equal(message->json.bytes, 0);
	assert_int_equal(message->flags, 0);
	fixture_end(&fixture);
	free(text);
}

/* ---- threads and processes ---- */

static void push_exec(const char *args, size_t args_bytes, const char *env, size_t env_bytes)
{
	struct record_exec *record = calloc(1, sizeof(*record) + args_bytes + env_bytes);

	fixture_header(&fixture, &record->header, RECORD_EXEC,
		       sizeof(*record) + args_bytes + env_bytes);
	record->args_bytes = record->args_total = (uint32_t)args_bytes;
	record->env_bytes = record->env_total = (uint32_t)env_bytes;
	strcpy(record->name, "comm-name");
	memcpy(record->strings, args, args_bytes);
	memcpy(record->strings + args_bytes, env, env_bytes);
	fixture_push(&fixture, record);
	free(record);
}
#define ARGS(text) text, sizeof(text)

static void test_command_lines(void **state)
{
	static const struct {
		const char *args;
		size_t bytes;
		const char *program, *script;
	} cases[] = {
		{ ARGS("/usr/bin/node\0--inspect\0-r\0./secret.js\0bin/index.mjs\0handler.fn"),
		  "node", "bin/index.mjs" },
		{ ARGS("node\0-e\0console.log('secret')"), "node", NULL },
		{ ARGS("node\0-pe\0secret"), "node", NULL },
		{ ARGS("/usr/bin/node20\0/home/someone/app/server.js\0--password=secret"), "node20",
		  "server.js" },
		{ ARGS("python3\0-u\0-m\0awslambdaric\0app.handler"), "python3", "awslambdaric" },
		{ ARGS("python3.11\0-u\0/a/b/invoke.py\0src/p\0p"), "python3.11", "invoke.py" },
		{ ARGS("python3\0-uc\0import secret"), "python3", NULL },
		{ ARGS("/bin/sh\0-c\0curl -H 'secret' http://x"), "sh", NULL },
		{ ARGS("bash\0-lc\0secret"), "bash", NULL },
		{ ARGS("bash\0-eu\0-o\0pipefail\0./bootstrap\0secret"), "bash", "./bootstrap" },
		{ ARGS("java\0-Dkey=secret\0-cp\0secret.jar\0com.example.Main\0secret"), "java",
		  "com.example.Main" },
		{ ARGS("java\0-jar\0app.jar\0secret"), "java", "app.jar" },
		{ ARGS("-bash"), "bash", NULL },
		{ ARGS("curl\0-H\0Authorization: secret\0http://h"), "curl", NULL },
		{ ARGS("python3\0-"), "python3", NULL },
		{ ARGS("node\0a file with secret.js"), "node", NULL },
		{ ARGS("nodemon\0secret"), "nodemon", NULL },
		{ "", 0, "comm-name", NULL },
		{ "node\0app.js", 11, "node", NULL }, /* cut inside the last string */
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct fact_exec *exec;

		fixture_begin(&fixture);
		push_exec(cases[i].args, cases[i].bytes, "", 0);
		exec = &fixture_find(&fixture, FACT_EXEC, 0)->exec;
		assert_string_equal(exec->program, cases[i].program);
		if (cases[i].script)
			assert_string_equal(exec->script ? exec->script : "none", cases[i].script);
		else
			assert_null(exec->script);
		assert_false(exec->is_environment_known);
		assert_false(fixture_mentions(&fixture, "secret"));
		fixture_end(&fixture);
	}
}

/* Whether an emulator was told to run functions in its own process; nothing else is looked for. */
static void test_in_process(void **state)
{
	static const struct {
		const char *args;
		size_t bytes;
		bool is_in_process;
	} cases[] = {
		{ ARGS("node\0node_modules/osls/bin/serverless.js\0offline\0start\0--useInProcess"),
		  true },
		{ ARGS("node\0--inspect\0/usr/bin/sls\0offline\0--useInProcess\0--verbose"), true },
		{ ARGS("node\0/a/b/osls\0--useInProcess\0offline"), true },
		{ ARGS("node\0/a/b/serverless\0offline\0start"), false },
		{ ARGS("node\0/a/b/serverless\0deploy\0--useInProcess"), false },
		{ ARGS("node\0/a/b/serverless\0offline\0--useInProcess=false"), false },
		{ ARGS("node\0/a/b/serverless-api.js\0offline\0--useInProcess"), false },
		{ ARGS("node\0app.js\0offline\0--useInProcess"), false },
		{ ARGS("node\0--useInProcess\0offline"), false },
		{ "node\0sls\0offline\0--useInProcess", 31,
		  false }, /* cut inside the last string */
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		fixture_begin(&fixture);
		push_exec(cases[i].args, cases[i].bytes, "", 0);
		assert_int_equal(fixture_find(&fixture, FACT_EXEC, 0)->exec.is_in_process,
				 cases[i].is_in_process);
		fixture_end(&fixture);
	}
}

static void test_environment(void **state)
{
	const struct fact_exec *exec;

	fixture_begin(&fixture);
	push_exec(
		ARGS("bootstrap"),
		ARGS("PATH=/bin\0AWS_LAMBDA_RUNTIME_API=127.0.0.1:9001\0AWS_SECRET_ACCESS_KEY=secret\0"
		     "AWS_LAMBDA_FUNCTION_NAME=svc-dev-a\0AWS_LAMBDA_FUNCTION_MEMORY_SIZE=512\0"
		     "AWS_LAMBDA_FUNCTION_VERSION=$LATEST\0_HANDLER=src/app.handler\0"
		     "AWS_LAMBDA_INITIALIZATION_TYPE=on-demand\0AWS_LAMBDA_MAX_CONCURRENCY=4\0X=secret"));
	exec = &fixture_find(&fixture, FACT_EXEC, 0)->exec;
	assert_true(exec->is_environment_known);
	assert_string_equal(exec->runtime_api, "127.0.0.1:9001");
	assert_string_equal(exec->function, "svc-dev-a");
	assert_string_equal(exec->version, "$LATEST");
	assert_string_equal(exec->handler, "src/app.handler");
	assert_string_equal(exec->initialization_type, "on-demand");
	assert_int_equal(exec->memory_mb, 512);
	assert_int_equal(exec->max_concurrency, 4);
	push_exec(ARGS("bootstrap"),
		  ARGS("AWS_LAMBDA_RUNTIME_API=user:secret@h\0AWS_LAMBDA_FUNCTION_NAME=a secret\0"
		       "AWS_LAMBDA_FUNCTION_MEMORY_SIZE=secret"));
	exec = &fixture_find(&fixture, FACT_EXEC, 1)->exec;
	assert_null(exec->runtime_api);
	assert_null(exec->function);
	assert_int_equal(exec->memory_mb, 0);
	push_exec(ARGS("node"), ARGS("AWS_LAMBDA_RUNTIME_API=http://127.0.0.1:2222/0-1\0"
				     "AWS_LAMBDA_FUNCTION_NAME=@http get /users/:id/*"));
	exec = &fixture_find(&fixture, FACT_EXEC, 2)->exec;
	assert_string_equal(exec->runtime_api, "http://127.0.0.1:2222/0-1");
	assert_string_equal(exec->function, "@http get /users/:id/*");
	assert_false(fixture_mentions(&fixture, "secret"));
	fixture_end(&fixture);
}

static void test_threads(void **state)
{
	struct record_slice slice = {
		.woken_ns = 900,
		.on_ns = 1000,
		.deadline_ns = 7,
		.waker_tgid = 3,
		.waker_tid = 4,
		.syscall = 281,
		.off_reason = RECORD_OFF_SLEEP,
		.waker = RECORD_WAKER_TASK,
	};
	struct record_task_seen seen = {
		.start_ns = 5,
		.parent_tgid = 1,
		.syscall = 202,
		.off_reason = RECORD_OFF_SLEEP,
		.name = "libuv-worker",
	};
	struct record_fork fork = { .child_tgid = 300, .child_tid = 301 };
	struct record_memory memory = { .rss_bytes = 10, .peak_rss_bytes = 20 };
	struct record_exit ended = { .peak_rss_bytes = 30, .exit_code = 9, .is_group_dead = 1 };
	struct record_loss loss = { .from_ns = 10,
				    .to_ns = 20,
				    .records = 3,
				    .bytes = 99,
				    .loss_class = RECORD_LOSS_SCHEDULER };

	fixture_begin(&fixture);
	fixture_header(&fixture, &slice.header, RECORD_SLICE, sizeof(slice));
	fixture_push(&fixture, &slice);
	slice.off_reason = RECORD_OFF_PREEMPTED;
	slice.waker = RECORD_WAKER_INTERRUPT;
	slice.on_ns = fixture.now_ns + 5; /* clocks of two CPUs */
	fixture_push(&fixture, &slice);
	fixture_header(&fixture, &seen.header, RECORD_TASK_SEEN, sizeof(seen));
	fixture_push(&fixture, &seen);
	fixture_header(&fixture, &fork.header, RECORD_FORK, sizeof(fork));
	fixture_push(&fixture, &fork);
	fixture_header(&fixture, &memory.header, RECORD_MEMORY, sizeof(memory));
	fixture_push(&fixture, &memory);
	fixture_header(&fixture, &ended.header, RECORD_EXIT, sizeof(ended));
	fixture_push(&fixture, &ended);
	fixture_header(&fixture, &loss.header, RECORD_LOSS, sizeof(loss));
	fixture_push(&fixture, &loss);

	assert_int_equal(fixture.kept[0].slice.blocked_in, BLOCKED_POLL);
	assert_int_equal(fixture.kept[0].slice.waker_tid, 4);
	assert_int_equal(fixture.kept[0].slice.woken_ns, 900);
	assert_int_equal(fixture.kept[0].slice.deadline_ns, 7);
	assert_int_equal(fixture.kept[1].slice.blocked_in, BLOCKED_NONE);
	assert_int_equal(fixture.kept[1].slice.waker_tid, 0);
	assert_int_equal(fixture.kept[1].slice.on_ns, fixture.now_ns);
	assert_string_equal(fixture.kept[2].task_seen.name, "libuv-worker");
	assert_int_equal(fixture.kept[2].task_seen.blocked_in, BLOCKED_FUTEX);
	assert_int_equal(fixture.kept[3].fork.child_tid, 301);
	assert_int_equal(fixture.kept[4].memory.peak_rss_bytes, 20);
	assert_true(fixture.kept[5].task_exit.is_process);
	assert_int_equal(fixture.kept[6].loss.records, 3);
	assert_int_equal(fixture.kept[6].loss.loss_class, LOSS_SCHEDULER);
	assert_int_equal(fixture.kept[6].tgid, 0);
	fixture_end(&fixture);
}

static void test_blind_spot(void **state)
{
	struct record_blind_spot spot = {
		.subject = RECORD_BLIND_WORKER_MESSAGES,
		.reason = RECORD_BLIND_UNKNOWN_FORM,
		.program = "node",
		.version = "v20.20.2",
	};

	fixture_begin(&fixture);
	fixture_header(&fixture, &spot.header, RECORD_BLIND_SPOT, sizeof(spot));
	fixture_push(&fixture, &spot);
	assert_int_equal(fixture.kept[0].kind, FACT_BLIND_SPOT);
	assert_int_equal(fixture.kept[0].tgid, fixture.tgid);
	assert_int_equal(fixture.kept[0].blind_spot.reason, BLIND_UNKNOWN_FORM);
	assert_string_equal(fixture.kept[0].blind_spot.program, "node");
	assert_string_equal(fixture.kept[0].blind_spot.program_version, "v20.20.2");
	/* Fields without an end, and what is no name. */
	memset(spot.program, 'n', sizeof(spot.program));
	snprintf(spot.version, sizeof(spot.version), "v1\n/etc/passwd");
	fixture_push(&fixture, &spot);
	assert_int_equal(strlen(fixture.kept[1].blind_spot.program), sizeof(spot.program));
	assert_null(fixture.kept[1].blind_spot.program_version);
	fixture_end(&fixture);
}

/* ---- bad records ---- */

static void expect_malformed(void *record)
{
	uint64_t before = facts_stats(fixture.facts).records_malformed;

	fixture_push(&fixture, record);
	assert_int_equal(facts_stats(fixture.facts).records_malformed, before + 1);
	assert_int_equal(fixture.kept[fixture.count - 1].kind, FACT_LOSS);
	assert_int_equal(fixture.kept[fixture.count - 1].loss.loss_class, LOSS_FACT);
}

static void test_malformed(void **state)
{
	struct record_socket_data data = { .cookie = 1, .op_bytes = 10, .piece_bytes = 1 };
	struct record_exec exec = { .args_bytes = 0xffffffff, .env_bytes = 2 };
	struct record_worker_message message = { .operation = 1, .data_bytes = 1, .length = 1 };
	struct record_slice slice = { .off_reason = 0 };
	struct record_loss loss = { .loss_class = 77 };
	struct record_blind_spot spot = { .subject = 1 };
	struct record_header unknown;

	fixture_begin(&fixture);
	fixture_header(&fixture, &data.header, RECORD_SOCKET_DATA, sizeof(data));
	expect_malformed(&data);
	data.piece_bytes = 0;
	data.direction = 2;
	expect_malformed(&data);
	data.direction = 0;
	data.piece_offset = 11;
	expect_malformed(&data);
	data.piece_offset = 0;
	data.op_offset = UINT64_MAX;
	expect_malformed(&data);
	data.header.bytes--;
	expect_malformed(&data);
	fixture_header(&fixture, &exec.header, RECORD_EXEC, sizeof(exec));
	expect_malformed(&exec);
	fixture_header(&fixture, &message.header, RECORD_WORKER_MESSAGE, sizeof(message));
	expect_malformed(&message);
	fixture_header(&fixture, &slice.header, RECORD_SLICE, sizeof(slice));
	expect_malformed(&slice);
	fixture_header(&fixture, &loss.header, RECORD_LOSS, sizeof(loss));
	expect_malformed(&loss);
	fixture_header(&fixture, &spot.header, RECORD_BLIND_SPOT, sizeof(spot));
	expect_malformed(&spot);
	fixture_header(&fixture, &unknown, RECORD_KIND_END, sizeof(unknown));
	fixture_push(&fixture, &unknown);
	assert_int_equal(facts_stats(fixture.facts).records_unknown, 1);
	fixture_end(&fixture);
}

static int refuse(void *context, const struct fact *fact)
{
	return -28;
}

static void test_sink_error(void **state)
{
	struct facts_options options = { .digest_key = "0" };
	struct fact_sink sink = { refuse, NULL };
	struct record_memory memory = { .rss_bytes = 1 };

	fixture_header(&fixture, &memory.header, RECORD_MEMORY, sizeof(memory));
	assert_int_equal(facts_new(&fixture.facts, &options, &sink), 0);
	assert_int_equal(facts_push_record(fixture.facts, &memory.header), -28);
	assert_int_equal(facts_push_record(fixture.facts, &memory.header), -28);
	assert_int_equal(facts_finish(fixture.facts, 1), -28);
	facts_free(fixture.facts);
	facts_free(NULL);
}

/* ---- what the user said, and listening sockets ---- */

static void push_function(uint16_t port, const char *name, size_t bytes)
{
	struct {
		struct record_http_function record;
		char name[RECORD_FUNCTION_MAX + 16];
	} record = { .record = { .port = port, .memory_mb = 512 } };

	memcpy(record.record.name, name, bytes);
	fixture_header(&fixture, &record.record.header, RECORD_HTTP_FUNCTION,
		       sizeof(record.record) + bytes);
	fixture_push(&fixture, &record);
}

static void test_http_function(void **state)
{
	char longest[RECORD_FUNCTION_MAX + 1];
	struct record_socket_open listening = {
		.cookie = 5,
		.netns = 7,
		.family = RECORD_FAMILY_INET,
		.state = 10,
		.local_port = 8080,
	};

	memset(longest, 'x', sizeof(longest));
	fixture_begin(&fixture);
	push_function(8080, "sch\xc3\xb6n", 6);
	push_function(8081, longest, RECORD_FUNCTION_MAX);
	assert_int_equal(fixture_count(&fixture, FACT_HTTP_FUNCTION), 2);
	/* no port, no name, too long, not UTF-8, cut inside a character, control characters */
	push_function(0, "f", 1);
	push_function(1, "", 0);
	push_function(1, longest, RECORD_FUNCTION_MAX + 1);
	push_function(1, "\xff", 1);
	push_function(1, "sch\xc3", 4);
	push_function(1, "a\nb", 3);
	push_function(1, "a\0b", 3);
	assert_int_equal(fixture_count(&fixture, FACT_HTTP_FUNCTION), 2);
	assert_int_equal(facts_stats(fixture.facts).records_malformed, 7);

	fixture_header(&fixture, &listening.header, RECORD_SOCKET_OPEN, sizeof(listening));
	fixture_push(&fixture, &listening);
	assert_int_equal(fixture_count(&fixture, FACT_CONNECTION), 1);
	fixture_end(&fixture);
}

static void push_native_probe(uint32_t number, const char *name, size_t bytes)
{
	struct {
		struct record_native_probe record;
		char name[RECORD_FUNCTION_MAX + 16];
	} record = { .record = { .probe = number, .memory_mb = 128 } };

	memcpy(record.record.name, name, bytes);
	fixture_header(&fixture, &record.record.header, RECORD_NATIVE_PROBE,
		       sizeof(record.record) + bytes);
	fixture_push(&fixture, &record);
}

static void push_native_call(uint32_t number, uint8_t operation)
{
	struct record_native_call record = {
		.goroutine = 7, .stack = 0x7000, .probe = number, .operation = operation
	};

	fixture_header(&fixture, &record.header, RECORD_NATIVE_CALL, sizeof(record));
	fixture_push(&fixture, &record);
}

static void test_native_calls(void **state)
{
	const struct fact_native_call *call;

	fixture_begin(&fixture);
	push_native_probe(3, "handler", 7);
	push_native_call(3, RECORD_NATIVE_ENTRY);
	push_native_call(3, RECORD_NATIVE_RETURN);
	assert_int_equal(fixture_count(&fixture, FACT_NATIVE_CALL), 2);
	call = &fixture_find(&fixture, FACT_NATIVE_CALL, 0)->native_call;
	assert_string_equal(call->function, "handler");
	assert_int_equal(call->memory_mb, 128);
	assert_int_equal(call->goroutine, 7);
	assert_false(call->is_return);
	assert_true(fixture_find(&fixture, FACT_NATIVE_CALL, 1)->native_call.is_return);
	/* a probe that was not told, one twice, one too many, no name, no operation */
	push_native_call(4, RECORD_NATIVE_ENTRY);
	push_native_probe(3, "other", 5);
	push_native_probe(RECORD_NATIVE_PROBES_MAX, "other", 5);
	push_native_call(RECORD_NATIVE_PROBES_MAX, RECORD_NATIVE_ENTRY);
	push_native_probe(5, "", 0);
	push_native_call(3, 0);
	push_native_call(3, 3);
	assert_int_equal(fixture_count(&fixture, FACT_NATIVE_CALL), 2);
	assert_int_equal(facts_stats(fixture.facts).records_malformed, 7);
	fixture_end(&fixture);
}

/* ---- secrets ---- */

#define SECRET "s3cr3t-PLANTED!"

static void test_secrets(void **state)
{
	static const char *const headers[] = {
		"Host",
		"X-Custom",
		"Cookie",
		"Authorization",
		"X-Api-Key",
		"X-Amz-Security-Token",
		"X-Amzn-Trace-Id",
		"Traceparent",
		"Tracestate",
		"X-Amzn-RequestId",
		"Amz-Sdk-Invocation-Id",
		"Amz-Sdk-Request",
		"X-Amz-Target",
		"X-Amz-Invocation-Type",
		"X-Amz-Function-Error",
		"Lambda-Runtime-Aws-Request-Id",
		"Lambda-Runtime-Trace-Id",
		"Lambda-Runtime-Invoked-Function-Arn",
		"Lambda-Runtime-Deadline-Ms",
		"Lambda-Runtime-Function-Error-Type",
		"Lambda-Extension-Identifier",
		"Upgrade",
		"Expect",
		"Connection",
		"X-Amz-Client-Context",
		"Set-Cookie",
		"Content-Type",
	};
	static const char *const starts[] = {
		"POST /path?token=" SECRET,
		"POST http://user:" SECRET "@host/p",
		"POST /p/" SECRET "/q",
		"POST /2015-03-31/functions/" SECRET "/invocations",
		"POST /2018-06-01/runtime/invocation/" SECRET "/response",
		"POST /2015-03-31/functions/f/invocations?Qualifier=" SECRET,
		"GET /" SECRET "/2018-06-01/runtime/invocation/next",
	};
	char *text = malloc(16384);
	size_t used;

	for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++) {
		fixture_begin(&fixture);
		fixture_open(&fixture, 1, FIXTURE_CLIENT);
		used = (size_t)sprintf(text, "%s HTTP/1.1\r\n", starts[i]);
		for (size_t j = 0; j < sizeof(headers) / sizeof(headers[0]); j++)
			used += (size_t)sprintf(text + used, "%s: a=%s;user:%s@h/%s\r\n\t%s\r\n",
						headers[j], SECRET, SECRET, SECRET, SECRET);
		sprintf(text + used,
			"Authorization: Bearer %s\r\nContent-Length: 20\r\n\r\n{\"p\":\"%s\"} ",
			SECRET, SECRET);
		fixture_send(&fixture, 1, text);
		used = (size_t)sprintf(text, "HTTP/1.1 200 %s\r\n", SECRET);
		for (size_t j = 0; j < sizeof(headers) / sizeof(headers[0]); j++)
			used += (size_t)sprintf(text + used, "%s: %s\r\n", headers[j], SECRET);
		sprintf(text + used,
			"Transfer-Encoding: chunked\r\n\r\n5;%s\r\nhello\r\n0\r\n"
			"Lambda-Runtime-Function-Error-Type: %s\r\n\r\n",
			SECRET, SECRET);
		fixture_receive(&fixture, 1, text);
		assert_int_equal(fixture_count(&fixture, FACT_MESSAGE), 2);
		fixture_finish(&fixture);
		assert_false(fixture_mentions(&fixture, "PLANTED"));
		fixture_end(&fixture);
	}
	free(text);

	fixture_begin(&fixture);
	fixture_open(&fixture, 1, FIXTURE_CLIENT);
	fixture_send(&fixture, 1, "AUTH " SECRET "\r\n");
	fixture_open_unix(&fixture, 2, 1, 2);
	fixture_send(&fixture, 2,
		     "{\"context\":{\"awsRequestId\":\"" SECRET "\",\"functionName\":\"" SECRET
		     "\"},\"event\":\"" SECRET "\"}\n");
	push_exec(ARGS("/bin/" SECRET "\0" SECRET), ARGS("_HANDLER=" SECRET "\0KEY=" SECRET));
	fixture_finish(&fixture);
	assert_false(fixture_mentions(&fixture, "PLANTED"));
	fixture_end(&fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bytes_runs),    cmocka_unit_test(test_bytes_greeting),
		cmocka_unit_test(test_lines),	      cmocka_unit_test(test_lines_any_split),
		cmocka_unit_test(test_long_line),     cmocka_unit_test(test_command_lines),
		cmocka_unit_test(test_in_process),    cmocka_unit_test(test_environment),
		cmocka_unit_test(test_threads),	      cmocka_unit_test(test_blind_spot),
		cmocka_unit_test(test_malformed),     cmocka_unit_test(test_sink_error),
		cmocka_unit_test(test_http_function), cmocka_unit_test(test_native_calls),
		cmocka_unit_test(test_secrets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
