/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * test_facts_bad_input.c - what clients and servers send that is old, odd or wrong: heads, framing, numbers,
 * names; and bytes of which only the length is known. Well formed or not, borders and order stay right.
 */
#include "facts_fixture.h"

static struct fixture fixture;

#define NEXT "GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: h:9001\r\n\r\n"
#define EVENT_HEAD "HTTP/1.1 200 OK\r\nLambda-Runtime-Aws-Request-Id: r-1\r\n"
#define RESPONSE_PATH "/2018-06-01/runtime/invocation/r-1/response"

/* The messages of one exchange; @request and @reply as they are. */
static void exchange(const char *request, const char *reply)
{
	fixture_begin(&fixture);
	fixture_open(&fixture, 1, FIXTURE_CLIENT);
	fixture_send(&fixture, 1, request);
	fixture_receive(&fixture, 1, reply);
}

static void assert_event(size_t index, const char *request_id, uint64_t body_bytes)
{
	const struct fact_message *message = fixture_message(&fixture, index);

	assert_int_equal(message->kind, MESSAGE_RUNTIME_NEXT);
	assert_int_equal(message->flags & ~(uint32_t)MESSAGE_CHUNKED, MESSAGE_IS_RESPONSE);
	assert_int_equal(message->status, 200);
	assert_string_equal(message->request_id, request_id);
	assert_int_equal(message->body_bytes, body_bytes);
}

static void test_old_and_odd_heads(void **state)
{
	static const char *const heads[] = {
		"HTTP/1.1 200\r\nLambda-Runtime-Aws-Request-Id: r-1\r\n", /* no reason */
		"HTTP/1.1 200 \r\nLambda-Runtime-Aws-Request-Id: r-1\r\n",
		"HTTP/1.0 200 OK\nlambda-runtime-aws-request-id:r-1\n", /* LF alone, lower case */
		"HTTP/1.1 200 OK\r\nLAMBDA-RUNTIME-AWS-REQUEST-ID: \t r-1 \t\r\n",
		"HTTP/1.1 200 OK\r\nLambda-Runtime-Aws-Request-Id:\r\n r-1\r\n", /* obs-fold */
		"HTTP/1.1 200 OK\r\nX-Long: a\r\n\tb\r\nLambda-Runtime-Aws-Request-Id: r-1\r\n",
		"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
		"HTTP/1.1 200 OK\r\nLambda-Runtime-Aws-Request-Id: r-1\r\n",
	};

	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
		char reply[512];

		snprintf(reply, sizeof(reply), "%sContent-Length: 7\r\n\r\n{\"a\":1}", heads[i]);
		exchange(NEXT, reply);
		assert_int_equal(fixture_count(&fixture, FACT_MESSAGE), 2);
		assert_event(1, "r-1", 7);
		fixture_end(&fixture);
	}
}

/* The message after it shows that its end was found. */
static void test_framing(void **state)
{
	static const char *const bodies[] = {
		"Content-Length: 7\r\nContent-Length: 7\r\n\r\n{\"a\":1}",
		"Content-Length: 7, 7\r\n\r\n{\"a\":1}",
		"Content-Length: 0007\r\n\r\n{\"a\":1}",
		"Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n7\r\n{\"a\":1}\r\n0\r\n\r\n",
		"Transfer-Encoding: chunked\r\n\r\n7;a=b;c=\"d\"\r\n{\"a\":1}\r\n0;e\r\nX: y\r\n\r\n",
		"Transfer-Encoding: chunked\r\n\r\n0000007 \r\n{\"a\":1}\r\n000\r\n\r\n",
		"Transfer-Encoding: chunked\n\n7\n{\"a\":1}\n0\n\n",
	};

	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
		char reply[512];

		snprintf(reply, sizeof(reply), EVENT_HEAD "%s", bodies[i]);
		exchange(NEXT, reply);
		fixture_send(&fixture, 1,
			     "POST " RESPONSE_PATH " HTTP/1.1\r\nContent-Length: 1\r\n\r\n1");
		assert_int_equal(fixture_count(&fixture, FACT_MESSAGE), 3);
		assert_event(1, "r-1", 7);
		assert_int_equal(fixture_message(&fixture, 2)->kind, MESSAGE_RUNTIME_RESPONSE);
		assert_int_equal(fixture_message(&fixture, 2)->sequence, 2);
		fixture_end(&fixture);
	}
}

/* What contradicts itself is marked, and nothing is made of what comes after it. */
static void test_contradictions(void **state)
{
	static const char *const wrong[] = {
		"Content-Length: 7\r\nContent-Length: 8\r\n\r\n{\"a\":1}",
		"Content-Length: 7, 8\r\n\r\n{\"a\":1}",
		"Content-Length: -7\r\n\r\n{\"a\":1}",
		"Content-Length: 0x7\r\n\r\n{\"a\":1}",
		"Content-Length: 99999999999999999999999\r\n\r\n{\"a\":1}",
		"Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n{\"a\":1}",
		"Transfer-Encoding: chunked\r\n\r\n-1\r\n{\"a\":1}",
		"Transfer-Encoding: chunked\r\n\r\n7{\r\n\"a\":1}",
	};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		char reply[512];

		snprintf(reply, sizeof(reply), EVENT_HEAD "%s", wrong[i]);
		exchange(NEXT, reply);
		fixture_state(&fixture, 1, 7);
		assert_string_equal(fixture_message(&fixture, 1)->request_id, "r-1");
		assert_true(fixture_message(&fixture, 1)->flags & MESSAGE_MALFORMED);
		for (size_t at = 2; at < fixture_count(&fixture, FACT_MESSAGE); at++)
			assert_int_equal(fixture_message(&fixture, at)->kind, MESSAGE_BYTES);
		fixture_end(&fixture);
	}
}

static void test_giant_numbers(void **state)
{
	const struct fact_message *message;

	exchange("POST /2015-03-31/functions/f/invocations HTTP/1.1\r\nContent-Length: 0\r\n"
		 "amz-sdk-request: attempt=99999999999999999999; max=4294967297\r\n\r\n",
		 "HTTP/1.1 999 What\r\nContent-Length: 0\r\n\r\n");
	assert_true(fixture_message(&fixture, 0)->sdk_attempt >= 9999);
	assert_int_equal(fixture_message(&fixture, 1)->status, 999);
	fixture_end(&fixture);

	exchange(NEXT, EVENT_HEAD "Lambda-Runtime-Deadline-Ms: 99999999999999999999\r\n"
				  "Content-Length: 0\r\n\r\n");
	assert_int_equal(fixture_message(&fixture, 1)->deadline_ms, 0);
	fixture_end(&fixture);

	/* So long a body is possible; nobody will wait for its end. */
	exchange(NEXT, EVENT_HEAD "Content-Length: 1152921504606846975\r\n\r\nx");
	fixture_state(&fixture, 1, 7);
	message = fixture_message(&fixture, 1);
	assert_int_equal(message->flags, MESSAGE_IS_RESPONSE | MESSAGE_CUT);
	assert_int_equal(message->body_bytes, 1);
	fixture_end(&fixture);
}

static void invoke(const char *name)
{
	static char request[80000];

	snprintf(request, sizeof(request),
		 "POST /2015-03-31/functions/%s/invocations HTTP/1.1\r\nHost: h\r\n"
		 "Content-Length: 2\r\n\r\n{}",
		 name);
	fixture_begin(&fixture);
	fixture_open(&fixture, 1, FIXTURE_CLIENT);
	fixture_move_kept(&fixture, 1, RECORD_SEND, request, strlen(request), RECORD_HEAD_MAX);
	fixture_receive(&fixture, 1, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
}

static void test_names(void **state)
{
	static const struct {
		const char *name, *function, *qualifier;
	} forms[] = {
		{ "svc-dev_b", "svc-dev_b", NULL },
		{ "b:live", "b", "live" },
		{ "b%3Alive", "b", "live" },
		{ "b%3a%24LATEST", "b", "$LATEST" },
		{ "012345678912:function:b", "b", NULL },
		{ "012345678912%3Afunction%3Ab%3A7", "b", "7" },
		{ "us-east-1:012345678912:function:b", "b", NULL },
		{ "arn%3Aaws%3Alambda%3Aus-east-1%3A012345678912%3Afunction%3Ab", "b", NULL },
		{ "arn:aws-cn:lambda:cn-north-1:012345678912:function:b:live", "b", "live" },
		{ "arn:aws:lambda:::function:b", "b", NULL },
		/* not the names of functions: kept as none */
		{ "f%C3%BCnf", NULL, NULL },
		{ "f\xc3\xbcnf", NULL, NULL },
		{ "b%00c", NULL, NULL },
		{ "b%3", NULL, NULL },
		{ "b%zz", NULL, NULL },
		{ "arn:aws:s3:::bucket", NULL, NULL },
		{ "b:live:more", NULL, NULL },
		{ ":", NULL, NULL },
	};

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		const struct fact_message *message;

		invoke(forms[i].name);
		message = fixture_message(&fixture, 0);
		assert_int_equal(message->kind, MESSAGE_INVOKE);
		assert_int_equal(message->body_bytes, 2);
		if (forms[i].function)
			assert_string_equal(message->function, forms[i].function);
		else
			assert_null(message->function);
		if (forms[i].qualifier)
			assert_string_equal(message->qualifier, forms[i].qualifier);
		else
			assert_null(message->qualifier);
		fixture_end(&fixture);
	}
}

/* A name of 300 bytes is none of a function; one of 64 kB is not even read to its end. */
static void test_long_names(void **state)
{
	static const size_t lengths[] = { 64, 140, 300, 1900, 2100, 60000, 70000 };
	static char name[70001];

	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		const struct fact_message *message;

		memset(name, 'n', lengths[i]);
		name[lengths[i]] = 0;
		invoke(name);
		fixture_send(&fixture, 1, NEXT);
		assert_int_equal(fixture_count(&fixture, FACT_MESSAGE), 3);
		message = fixture_message(&fixture, 0);
		assert_true(!message->function || strlen(message->function) == lengths[i]);
		assert_true(message->path == NULL || strlen(message->path) < 129);
		if (lengths[i] > 2048)
			assert_true(message->flags & MESSAGE_HAS_GAP);
		assert_int_equal(fixture_message(&fixture, 2)->kind, MESSAGE_RUNTIME_NEXT);
		fixture_end(&fixture);
	}
}

/* ---- only the length is known: sendfile, splice, io_uring ---- */

static void move_unread(uint8_t direction, uint32_t bytes)
{
	struct fixture_piece piece = {
		.cookie = 1,
		.direction = direction,
		.op_offset = fixture.offsets[1][direction],
		.op_bytes = bytes,
		.flags = RECORD_DATA_FIRST | RECORD_DATA_LAST | RECORD_DATA_NO_PAYLOAD,
	};

	fixture.now_ns += 1000;
	fixture.offsets[1][direction] += bytes;
	fixture_piece(&fixture, &piece);
}

/* A head, and a body by sendfile: the message is whole, it only has no digest. */
static void test_unread_body(void **state)
{
	const struct fact_message *message;

	exchange(NEXT, EVENT_HEAD "Content-Length: 100000\r\n\r\n");
	for (unsigned int i = 0; i < 4; i++)
		move_unread(RECORD_RECEIVE, 25000);
	message = fixture_message(&fixture, 1);
	assert_event(1, "r-1", 100000);
	assert_int_equal(message->body.bytes, 0);
	assert_true(message->last_ns >= message->first_ns + 4000);
	fixture_send(&fixture, 1, NEXT);
	assert_int_equal(fixture_message(&fixture, 2)->sequence, 2);
	fixture_end(&fixture);
}

/* Chunks of which only the length is known: the head counts, the end is where the other side goes on. */
static void test_unread_chunks(void **state)
{
	const struct fact_message *message;

	exchange(NEXT, EVENT_HEAD "Transfer-Encoding: chunked\r\n\r\n");
	move_unread(RECORD_RECEIVE, 5000);
	fixture_send(&fixture, 1, "POST " RESPONSE_PATH " HTTP/1.1\r\nContent-Length: 1\r\n\r\n1");
	message = fixture_message(&fixture, 1);
	assert_int_equal(message->kind, MESSAGE_RUNTIME_NEXT);
	assert_string_equal(message->request_id, "r-1");
	assert_int_equal(message->flags, MESSAGE_IS_RESPONSE | MESSAGE_CHUNKED | MESSAGE_HAS_GAP |
						 MESSAGE_END_INFERRED);
	assert_int_equal(fixture_message(&fixture, 2)->kind, MESSAGE_RUNTIME_RESPONSE);
	fixture_end(&fixture);
}

/* A whole request and its reply: their place in the order is known, nothing else, and that is said. */
static void test_unread_messages(void **state)
{
	exchange(NEXT, EVENT_HEAD "Content-Length: 1\r\n\r\n1");
	move_unread(RECORD_SEND, 300);
	move_unread(RECORD_RECEIVE, 120);
	fixture_send(&fixture, 1, NEXT);
	fixture_receive(&fixture, 1,
			"HTTP/1.1 200 OK\r\nLambda-Runtime-Aws-Request-Id: r-2\r\n"
			"Content-Length: 1\r\n\r\n2");
	assert_int_equal(fixture_count(&fixture, FACT_MESSAGE), 6);
	for (size_t i = 2; i < 4; i++) {
		const struct fact_message *message = fixture_message(&fixture, i);

		assert_true(message->flags & MESSAGE_HAS_GAP);
		assert_true(message->flags & MESSAGE_END_INFERRED);
		assert_int_equal(message->sequence, 2);
		assert_null(message->request_id);
	}
	assert_int_equal(fixture_message(&fixture, 4)->sequence, 3);
	assert_event(5, "r-2", 1);
	fixture_end(&fixture);
}

/* ---- a socket's cookie that comes back ---- */

static void test_cookie_comes_back(void **state)
{
	const struct fact_connection *first, *second;

	exchange(NEXT, EVENT_HEAD "Content-Length: 9\r\n\r\nhalf");
	fixture_state(&fixture, 1, 7);
	memset(fixture.offsets, 0, sizeof(fixture.offsets));
	fixture_open(&fixture, 1, FIXTURE_CLIENT);
	fixture_send(&fixture, 1, NEXT);
	fixture_receive(&fixture, 1, EVENT_HEAD "Content-Length: 1\r\n\r\n1");
	assert_int_equal(fixture_count(&fixture, FACT_CONNECTION), 2);
	first = &fixture_find(&fixture, FACT_CONNECTION, 0)->connection;
	second = &fixture_find(&fixture, FACT_CONNECTION, 1)->connection;
	assert_true(first->id != second->id);
	assert_int_equal(fixture_message(&fixture, 1)->flags, MESSAGE_IS_RESPONSE | MESSAGE_CUT);
	assert_int_equal(fixture_message(&fixture, 2)->connection, second->id);
	assert_int_equal(fixture_message(&fixture, 2)->sequence, 1);
	assert_event(3, "r-1", 1);
	fixture_end(&fixture);
}

/* An SDK's headers, and what is none of its. */
static void test_attempt_headers(void **state)
{
	static const struct {
		const char *id, *request;
		uint16_t attempt, max;
	} forms[] = {
		{ "a-1", "attempt=2; max=3", 2, 3 },
		{ "a-1", "ttl=20261123T094143Z; attempt=2; max=3", 2, 3 },
		{ "a-1", "attempt=1", 1, 0 },
		{ "a-1", "max=3", 0, 3 },
		{ "a-1", "attempt=; max=", 0, 0 },
		{ "a-1", "attempt=-2; max=x", 0, 0 },
		{ "a-1", "attempt= 2", 0, 0 },
		{ "a-1", "", 0, 0 },
		{ NULL, "attempt=2; max=3", 2, 3 },
	};
	char head[512];

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		snprintf(
			head, sizeof(head),
			"POST /2015-03-31/functions/b/invocations HTTP/1.1\r\nContent-Length: 0\r\n"
			"%s%s\r\namz-sdk-request: %s\r\n\r\n",
			forms[i].id ? "amz-sdk-invocation-id: " : "x: y",
			forms[i].id ? forms[i].id : "", forms[i].request);
		exchange(head, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
		assert_int_equal(fixture_message(&fixture, 0)->sdk_attempt, forms[i].attempt);
		assert_int_equal(fixture_message(&fixture, 0)->sdk_max, forms[i].max);
		if (forms[i].id)
			assert_string_equal(fixture_message(&fixture, 0)->sdk_invocation_id,
					    forms[i].id);
		else
			assert_null(fixture_message(&fixture, 0)->sdk_invocation_id);
		fixture_end(&fixture);
	}
}

/* An id that no SDK sends is as if it were not there. */
static void test_long_attempt_headers(void **state)
{
	static const size_t lengths[] = { 36, 200, 1025, 4096, 60000, 70000 };
	static char head[80000], id[70001];

	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		const struct fact_message *message;

		memset(id, 'a', lengths[i]);
		id[lengths[i]] = 0;
		snprintf(
			head, sizeof(head),
			"POST /2015-03-31/functions/b/invocations HTTP/1.1\r\nContent-Length: 0\r\n"
			"amz-sdk-invocation-id: %s\r\namz-sdk-request: attempt=2; max=3\r\n\r\n",
			id);
		fixture_begin(&fixture);
		fixture_open(&fixture, 1, FIXTURE_CLIENT);
		fixture_move_kept(&fixture, 1, RECORD_SEND, head, strlen(head), RECORD_HEAD_MAX);
		fixture_receive(&fixture, 1, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
		message = fixture_message(&fixture, 0);
		if (strlen(head) < RECORD_HEAD_MAX) /* else its end was not recorded */
			assert_string_equal(message->function, "b");
		if (lengths[i] <= 36)
			assert_string_equal(message->sdk_invocation_id, id);
		else
			assert_null(message->sdk_invocation_id);
		assert_int_equal(fixture_message(&fixture, 1)->status, 200);
		fixture_end(&fixture);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_old_and_odd_heads),
		cmocka_unit_test(test_framing),
		cmocka_unit_test(test_contradictions),
		cmocka_unit_test(test_giant_numbers),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_long_names),
		cmocka_unit_test(test_attempt_headers),
		cmocka_unit_test(test_long_attempt_headers),
		cmocka_unit_test(test_unread_body),
		cmocka_unit_test(test_unread_chunks),
		cmocka_unit_test(test_unread_messages),
		cmocka_unit_test(test_cookie_comes_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
