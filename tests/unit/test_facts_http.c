/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * test_facts_http.c - socket records of HTTP connections -> messages: any split, pipelining, framing,
 * holes, interim responses, joined and broken connections.
 */
#include "split_fixture.h"

#define INVOKE_HEAD(length)                                                                               \
	"POST /2015-03-31/functions/fn-b/invocations HTTP/1.1\r\n"                                        \
	"content-type: application/octet-stream\r\n"                                                      \
	"content-length: " length "\r\n"                                                                  \
	"host: 127.0.0.1:3002\r\n"                                                                        \
	"X-Amzn-Trace-Id: Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1\r\n" \
	"amz-sdk-invocation-id: f4149ce4-c38d-40cd-819b-26429a26e1d7\r\n"                                 \
	"amz-sdk-request: attempt=2; max=3\r\n"                                                           \
	"authorization: AWS4-HMAC-SHA256 Credential=AKIDLOCAL/20261123/us-east-1/lambda/aws4_request, "   \
	"SignedHeaders=host, Signature=7e63\r\n"                                                          \
	"Connection: keep-alive\r\n\r\n"
#define INVOKE INVOKE_HEAD("7") "{\"k\":1}"
#define REPLY                                                                                  \
	"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nx-amzn-RequestId: 0000-1111\r\n" \
	"Content-Length: 11\r\nConnection: keep-alive\r\n\r\n{\"ok\":true}"

static void test_invoke(void **state)
{
	const struct fact_message *message;
	const struct fact_connection *connection;

	fixture_begin(&fixture);
	fixture_open(&fixture, 1, FIXTURE_CLIENT);
	fixture_send(&fixture, 1, INVOKE);
	fixture.tid++;
	fixture_receive(&fixture, 1, REPLY);
	connection = &fixture_find(&fixture, FACT_CONNECTION, 0)->connection;
	assert_true(connection->is_client);
	assert_true(connection->is_from_start);
	assert_int_equal(connection->netns, 7);
	assert_int_equal(fixture_count(&fixture, FACT_MESSAGE), 2);

	message = fixture_message(&fixture, 0);
	assert_int_equal(message->kind, MESSAGE_INVOKE);
	assert_int_equal(message->flags, 0);
	assert_int_equal(message->method, HTTP_METHOD_POST);
	assert_int_equal(message->invocation_type, INVOCATION_REQUEST_RESPONSE);
	assert_int_equal(message->direction, MESSAGE_SENT);
	assert_int_equal(message->wire_bytes, strlen(INVOKE));
	assert_int_equal(message->body_bytes, 7);
	assert_int_equal(message->body.bytes, 7);
	assert_int_equal(message->json.bytes, 7);
	assert_int_equal(message->sdk_attempt, 2);
	assert_int_equal(message->sdk_max, 3);
	assert_string_equal(message->function, "fn-b");
	assert_string_equal(message->service, "lambda");
	assert_string_equal(message->operation, "Invoke");
	assert_string_equal(message->target, "fn-b");
	assert_string_equal(message->host, "127.0.0.1:3002");
	assert_string_equal(message->path, "/2015-03-31/functions/fn-b/invocations");
	assert_string_equal(
		message->trace_header,
		"Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1");
	assert_string_equal(message->sdk_invocation_id, "f4149ce4-c38d-40cd-819b-26429a26e1d7");
	assert_null(message->qualifier);
	assert_int_equal(message->sequence, 1);

	message = fixture_message(&fixture, 1);
	assert_int_equal(message->kind, MESSAGE_INVOKE);
	assert_int_equal(message->flags, MESSAGE_IS_RESPONSE);
	assert_int_equal(message->status, 200);
	assert_int_equal(message->sequence, 1);
	assert_string_equal(message->request_id, "0000-1111");
	assert_int_equal(message->last_tid, FIXTURE_TID + 1);
	assert_int_equal(message->direction, MESSAGE_RECEIVED);
	fixture_end(&fixture);
}

/* ---- any split gives the same messages (split_fixture.h) ---- */

static void test_splits_keep_alive(void **state)
{
	static const struct step steps[] = {
		{ RECORD_SEND, INVOKE },
		{ RECORD_RECEIVE, REPLY },
		{ RECORD_SEND, "GET /v1/items?secret=1 HTTP/1.1\r\nHost: u:p@h:1\r\n\r\n" },
		{ RECORD_RECEIVE, "HTTP/1.1 204 No Content\r\n\r\n" },
		{ RECORD_SEND, "\r\nHEAD / HTTP/1.1\r\n\r\n" },
		{ RECORD_RECEIVE, "HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n" },
		{ RECORD_SEND, "DELETE /a HTTP/1.0\nConnection: close\n\n" },
		{ RECORD_RECEIVE, "HTTP/1.0 200 OK\r\n\r\nuntil the end" },
	};
	char *summary = converse(steps, COUNT(steps), split_none);

	assert_non_null(strstr(summary, "path=/v1/items "));
	assert_non_null(strstr(summary, "host=h:1 "));
	free(summary);
	check_splits(steps, COUNT(steps));
}

static void test_splits_chunked(void **state)
{
	static const struct step steps[] = {
		{ RECORD_SEND,
		  "GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: 127.0.0.1:9001\r\n\r\n" },
		{ RECORD_RECEIVE,
		  "HTTP/1.1 200 OK\r\nLambda-Runtime-Aws-Request-Id: 8476a536-e9f4-11e8-9739-2dfe598c3fcd\r\n"
		  "Lambda-Runtime-Deadline-Ms: 1542409706888\r\n"
		  "Lambda-Runtime-Invoked-Function-Arn: arn:aws:lambda:us-east-2:123456789012:function:custom-runtime:live\r\n"
		  "Lambda-Runtime-Trace-Id: Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=1\r\n"
		  "Transfer-Encoding: chunked\r\n\r\n5\r\n{\"a\":\r\n2;x=y\r\n1}\r\n0\r\n\r\n" },
		{ RECORD_SEND,
		  "POST /2018-06-01/runtime/invocation/8476a536-e9f4-11e8-9739-2dfe598c3fcd/response HTTP/1.1\r\n"
		  "Transfer-Encoding: gzip,  CHUNKED\r\nLambda-Runtime-Function-Response-Mode: streaming\r\n\r\n" },
		{ RECORD_SEND, "000A\r\n0123456789\r\n" },
		{ RECORD_SEND,
		  "0\r\nLambda-Runtime-Function-Error-Type: Runtime.Oops\r\nX: secret\r\n\r\n" },
		{ RECORD_RECEIVE, "HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n" },
	};

	check_splits(steps, COUNT(steps));
}

static void test_splits_pipelined(void **state)
{
	static const struct step steps[] = {
		{ RECORD_SEND,
		  "GET /a HTTP/1.1\r\n\r\nPOST /b HTTP/1.1\r\nContent-Length: 3\r\n\r\nxyzGET /c HTTP/1.1\r\n\r\n" },
		{ RECORD_RECEIVE,
		  "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n1"
		  "HTTP/1.1 500 No\r\nContent-Length: 2\r\n\r\n22HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n" },
	};

	check_splits(steps, COUNT(steps));
}

static void test_splits_upgrade_and_garbage(void **state)
{
	static const struct step upgrade[] = {
		{ RECORD_SEND,
		  "GET /ws HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n" },
		{ RECORD_RECEIVE,
		  "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n" },
		{ RECORD_SEND, "\x81\x05hello" },
		{ RECORD_RECEIVE, "\x81\x05world" },
	};
	static const struct step garbage[] = {
		{ RECORD_SEND, "GET /a HTTP/1.1\r\n\r\n" },
		{ RECORD_RECEIVE, "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n1" },
		{ RECORD_SEND, "\x01\x02 binary, then more" },
		{ RECORD_RECEIVE, "+OK\r\n" },
	};
	static const struct step redis[] = {
		{ RECORD_SEND, "*1\r\n$4\r\nPING\r\n" },
		{ RECORD_RECEIVE, "+PONG\r\n" },
		{ RECORD_SEND, "*2\r\n$3\r\nGET\r\n$1\r\nk\r\n" },
		{ RECORD_RECEIVE, "$1\r\nv\r\n" },
	};
	static const struct step mail[] = {
		{ RECORD_RECEIVE, "220 mail.example ESMTP\r\n" },
		{ RECORD_SEND, "HELO here\r\n" },
		{ RECORD_RECEIVE, "250 fine\r\n" },
	};

	check_splits(upgrade, COUNT(upgrade));
	check_splits(garbage, COUNT(garbage));
	check_splits(redis, COUNT(redis));
	check_splits(mail, COUNT(mail));
}

/* ---- framing ---- */

static void test_pairs_and_interim(void **state)
{
	fixture_begin(&fixture);
	fixture_open(&fixture, 1, FIXTURE_SERVER);
	fixture_receive(
		&fixture, 1,
		"PUT /bkt/k/3.bin?x-id=PutObject HTTP/1.1\r\nContent-Length: 4\r\n"
		"Expect: 100-continue\r\nHost: 127.0.0.1\r\n"
		"authorization: AWS4-HMAC-SHA256 Credential=A/2/us-east-1/s3/aws4_request, S\r\n\r\n");
	fixture_send(&fixture, 1, "HTTP/1.1 100 Continue\r\n\r\n");
	assert_int_equal(fixture_count(&fixture, FACT_MESSAGE), 0);
	fixture_receive(&fixture, 1, "body");
	fixture_send(&fixture, 1, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
	assert_int_equal(fixture_count(&fixture, FACT_MESSAGE), 2);
	assert_int_equal(fixture_message(&fixture, 0)->kind, MESSAGE_AWS);
	assert_string_equal(fixture_message(&fixture, 0)->service, "s3");
	assert_string_equal(fixture_message(&fixture, 0)->operation, "PutObject");
	assert_string_equal(fixture_message(&fixture, 0)->target, "bkt");
	assert_int_equal(fixture_message(&fixture, 1)->kind, MESSAGE_AWS);
	assert_int_equal(fixture_message(&fixture, 1)->sequence, 1);
	/* The interim response does not begin the final one. */
	assert_true(fixture_message(&fixture, 1)->first_ns > fixture_message(&fixture, 0)->last_ns);
	assert_true(fixture_find(&fixture, FACT_CONNECTION, 0)->connection.is_from_start);
	assert_false(fixture_find(&fixture, FACT_CONNECTION, 0)->connection.is_client);
	fixture_end(&fixture);
}

static char *big_message(const char *head, size_t body_bytes, size_t *ret_bytes)
{
	size_t head_bytes = strlen(head);
	char *text = malloc(head_bytes + body_bytes);

	memcpy(text, head, head_bytes);
	for (size_t i = 0; i < body_bytes; i++)
		text[head_bytes + i] = (char)('a' + i % 26);
	*ret_bytes = head_bytes + body_bytes;
	return text;
}

/* 10 MB of which the first 4 KiB and the last 64 bytes of each operation were captured. */
static void test_big_length(void **state)
{
	size_t bytes;
	char *text = big_message("POST /up HTTP/1.1\r\nContent-Length: 10485760\r\n\r\n", 10485760,
				 &bytes);
	const struct fact_message *message;
	uint64_t digest;

	fixture_begin(&fixture);
	fixture_open(&fixture, 1, FIXTURE_CLIENT);
	for (size_t position = 0; position < bytes;) {
		size_t part = position ? 262144 : 49; /* the head alone, then the body in writes */

		part = part < bytes - position ? part : bytes - position;
		fixture_move(&fixture, 1, RECORD_SEND, text + position, part);
		position += part;
	}
	fixture_receive(&fixture, 1, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
	assert_int_equal(fixture_count(&fixture, FACT_MESSAGE), 2);
	message = fixture_message(&fixture, 0);
	assert_int_equal(message->flags, 0);
	assert_int_equal(message->wire_bytes, bytes);
	assert_int_equal(message->body_bytes, 10485760);
	assert_int_equal(message->body.bytes, 10485760);
	assert_int_equal(message->body.flags, DIGEST_IS_PREFIX);
	assert_int_equal(message->json.bytes, 0);
	assert_true(message->last_ns > message->first_ns);
	digest = message->body.value;
	fixture_end(&fixture);

	/* Moved in one operation it has the same digest. */
	fixture_begin(&fixture);
	fixture_open(&fixture, 1, FIXTURE_CLIENT);
	fixture_move(&fixture, 1, RECORD_SEND, text, bytes);
	fixture_receive(&fixture, 1, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
	message = fixture_message(&fixture, 0);
	assert_int_equal(message->flags, 0);
	assert_int_equal(message->body_bytes, 10485760);
	assert_int_equal(message->body.value, digest);
	assert_int_equal(fixture_count(&fixture, FACT_MESSAGE), 2);
	fixture_end(&fixture);
	free(text);
}

/* Chunks whose headers were captured are followed exactly through what was not. */
static void test_big_chunks(void **state)
{
	size_t bytes;
	char *chunk = big_message("1869e\r\n", 100000, &bytes);

	memcpy(chunk + bytes - 2, "\r\n", 2);
	fixture_begin(&fixture);
	fixture_open(&fixture, 1, FIXTURE_CLIENT);
	fixture_send(&fixture, 1, "POST /up HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n");
	for (int i = 0; i < 5; i++)
		fixture_move(&fixture, 1, RECORD_SEND, chunk, bytes);
	fixture_send(&fixture, 1, "0\r\n\r\n");
	assert_int_equal(fixture_count(&fixture, FACT_MESSAGE), 1);
	assert_int_equal(fixture_message(&fixture, 0)->flags, MESSAGE_CHUNKED);
	assert_int_equal(fixture_message(&fixture, 0)->body_bytes, 5 * 0x1869e);
	assert_int_equal(fixture_message(&fixture, 0)->body.flags, DIGEST_IS_PREFIX);
	fixture_end(&fixture);
	free(chunk);
}

/* Several chunks in one operation: their headers fell into what was not captured. */
static void test_lost_chunks(void **state)
{
	char *text = malloc(60000);
	size_t used = 0;

	used += (size_t)sprintf(text, "POST /up HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n");
	for (int i = 0; i < 12; i++)
		used += (size_t)sprintf(text + used, "fa0\r\n%04000d\r\n", i);
	used += (size_t)sprintf(text + used, "0\r\n\r\n");
	fixture_begin(&fixture);
	fixture_open(&fixture, 1, FIXTURE_CLIENT);
	fixture_move(&fixture, 1, RECORD_SEND, text, used);
	assert_int_equal(fixture_count(&fixture, FACT_MESSAGE), 1);
	assert_int_equal(fixture_message(&fixture, 0)->flags, MESSAGE_CHUNKED | MESSAGE_HAS_GAP);
	assert_int_equal(fixture_message(&fixture, 0)->wire_bytes, used);
	assert_int_equal(fixture_message(&fixture, 0)->body.bytes, 0);
	/* The next one is found again. */
	fixture_receive(&fixture, 1, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
	fixture_send(&fixture, 1, INVOKE);
	assert_int_equal(fixture_message(&fixture, 2)->flags, 0);
	assert_int_equal(fixture_message(&fixture, 2)->sequence, 2);
	/* Without its tail it ends where the response begins. */
	fixture_receive(&fixture, 1, REPLY);
	fixture_move_kept(&fixture, 1, RECORD_SEND, text, used - 10, RECORD_PIECE_MAX);
	fixture.now_ns += 5000;
	assert_int_equal(fixture_count(&fixture, FACT_MESSAGE), 4);
	fixture_receive(&fixture, 1, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
	assert_int_equal(fixture_message(&fixture, 4)->flags,
			 MESSAGE_CHUNKED | MESSAGE_HAS_GAP | MESSAGE_END_INFERRED);
	assert_true(fixture_message(&fixture, 4)->last_ns + 5000 <
		    fixture_message(&fixture, 5)->first_ns);
	assert_int_equal(fixture_message(&fixture, 5)->sequence, 3);
	fixture_end(&fixture);
	free(text);
}

/* A record of a request is missing: its message is there, its end inferred, what follows is exact. */
static void test_lost_records(void **state)
{
	fixture_begin(&fixture);
	fixture_open(&fixture, 1, FIXTURE_CLIENT);
	fixture_send(&fixture, 1, INVOKE);
	fixture_receive(&fixture, 1, REPLY);
	fixture.offsets[1][RECORD_SEND] += 500; /* a send of 500 bytes was lost */
	fixture_send(&fixture, 1, "the rest of its body");
	fixture_receive(&fixture, 1, REPLY);
	assert_int_equal(fixture_count(&fixture, FACT_MESSAGE), 4);
	assert_int_equal(fixture_message(&fixture, 2)->kind, MESSAGE_HTTP);
	assert_int_equal(fixture_message(&fixture, 2)->flags,
			 MESSAGE_HAS_GAP | MESSAGE_END_INFERRED);
	assert_int_equal(fixture_message(&fixture, 2)->sequence, 2);
	assert_int_equal(fixture_message(&fixture, 2)->wire_bytes, 520);
	assert_int_equal(fixture_message(&fixture, 3)->sequence, 2);
	fixture_send(&fixture, 1, INVOKE);
	fixture_receive(&fixture, 1, REPLY);
	assert_int_equal(fixture_message(&fixture, 4)->kind, MESSAGE_INVOKE);
	assert_int_equal(fixture_message(&fixture, 4)->flags, 0);
	assert_int_equal(fixture_message(&fixture, 5)->flags, MESSAGE_IS_RESPONSE);
	assert_int_equal(fixture_message(&fixture, 5)->sequence, 3);
	/* A whole exchange lost: a hole on both sides. */
	fixture.offsets[1][RECORD_SEND] += 800;
	fixture.offsets[1][RECORD_RECEIVE] += 100;
	fixture_send(&fixture, 1, INVOKE);
	fixture_receive(&fixture, 1, REPLY);
	assert_int_equal(fixture_message(&fixture, 6)->flags,
			 MESSAGE_HAS_GAP | MESSAGE_END_INFERRED);
	assert_int_equal(fixture_message(&fixture, 7)->kind, MESSAGE_INVOKE);
	assert_int_equal(fixture_message(&fixture, 7)->flags, 0);
	fixture_end(&fixture);
}

static void test_duplicates(void **state)
{
	struct fixture_piece piece = {
		.cookie = 1,
		.op_bytes = 10,
		.piece_bytes = 10,
		.direction = RECORD_SEND,
		.flags = RECORD_DATA_FIRST | RECORD_DATA_LAST,
		.data = "GET / HTTP",
	};

	fixture_begin(&fixture);
	fixture_open(&fixture, 1, FIXTURE_CLIENT);
	fixture_piece(&fixture, &piece);
	fixture_piece(&fixture, &piece);
	piece.data = "/ HTTP/1.1"; /* six bytes of it again */
	piece.op_offset = 4;
	fixture_piece(&fixture, &piece);
	fixture.offsets[1][RECORD_SEND] = 14;
	fixture_send(&fixture, 1, "\r\n\r\n");
	assert_int_equal(fixture_count(&fixture, FACT_MESSAGE), 1);
	assert_int_equal(fixture_message(&fixture, 0)->flags, 0);
	assert_int_equal(fixture_message(&fixture, 0)->wire_bytes, 18);
	fixture_end(&fixture);
}

static char *long_head(size_t bytes, const char *end)
{
	char *text = malloc(bytes + 400);
	size_t used = (size_t)sprintf(text, "POST /long HTTP/1.1\r\nHost: h\r\n");

	while (used < bytes)
		used += (size_t)sprintf(text + used, "X-Filler-%zu: %0200d\r\n", used, 0);
	strcpy(text + used, end);
	return text;
}

static void test_long_heads(void **state)
{
	char *text = long_head(60000,
			       "X-Amzn-Trace-Id: Root=1-5759e988-bd862e3fe1be46a994272793\r\n"
			       "Content-Length: 2\r\n\r\n{}");

	fixture_begin(&fixture);
	fixture_open(&fixture, 1, FIXTURE_CLIENT);
	fixture_move_kept(&fixture, 1, RECORD_SEND, text, strlen(text), RECORD_HEAD_MAX);
	assert_int_equal(fixture_message(&fixture, 0)->flags, 0);
	assert_string_equal(fixture_message(&fixture, 0)->trace_header,
			    "Root=1-5759e988-bd862e3fe1be46a994272793");
	assert_int_equal(fixture_message(&fixture, 0)->body_bytes, 2);
	free(text);
	/* Beyond 64 KiB values are dropped, framing goes on: sent in parts that are all captured. */
	text = long_head(70000,
			 "Traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\r\n"
			 "Content-Length: 2\r\n\r\n{}");
	for (size_t position = 0; position < strlen(text); position += 1000)
		fixture_move(&fixture, 1, RECORD_SEND, text + position,
			     strlen(text) - position < 1000 ? strlen(text) - position : 1000);
	assert_int_equal(fixture_message(&fixture, 1)->flags, MESSAGE_HAS_GAP);
	assert_int_equal(fixture_message(&fixture, 1)->wire_bytes, strlen(text));
	assert_int_equal(fixture_message(&fixture, 1)->body_bytes, 2);
	assert_null(fixture_message(&fixture, 1)->traceparent);
	free(text);
	/* The same in one operation: its end was not captured, the response ends it. */
	text = long_head(90000, "Content-Length: 2\r\n\r\n{}");
	fixture_move_kept(&fixture, 1, RECORD_SEND, text, strlen(text), RECORD_HEAD_MAX);
	fixture_receive(&fixture, 1, REPLY REPLY REPLY);
	assert_int_equal(fixture_message(&fixture, 2)->flags,
			 MESSAGE_HAS_GAP | MESSAGE_END_INFERRED);
	assert_int_equal(fixture_count(&fixture, FACT_MESSAGE), 6);
	assert_int_equal(fixture_message(&fixture, 5)->sequence, 3);
	free(text);
	fixture_end(&fixture);
}

static void test_headers(void **state)
{
	fixture_begin(&fixture);
	fixture_open(&fixture, 1, FIXTURE_CLIENT);
	/* obs-fold, repeated Content-Length, names in any case */
	fixture_send(&fixture, 1,
		     "POST /fold HTTP/1.1\r\nTRANSFER-encoding:\r\n\tchunked\r\n\r\n0\r\n\r\n");
	fixture_send(&fixture, 1,
		     "POST /twice HTTP/1.1\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nok");
	fixture_send(&fixture, 1, "POST /list HTTP/1.1\r\ncontent-length: 2, 2\r\n\r\nok");
	assert_int_equal(fixture_message(&fixture, 0)->flags, MESSAGE_CHUNKED);
	assert_int_equal(fixture_message(&fixture, 1)->flags, 0);
	assert_int_equal(fixture_message(&fixture, 1)->body_bytes, 2);
	assert_int_equal(fixture_message(&fixture, 2)->body_bytes, 2);
	/* Two lengths that differ: what follows is not HTTP. */
	fixture_send(&fixture, 1,
		     "POST /bad HTTP/1.1\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nabc");
	assert_int_equal(fixture_message(&fixture, 3)->flags, MESSAGE_MALFORMED);
	fixture_receive(&fixture, 1, "HTTP/1.1 400 Bad Request\r\n\r\n");
	assert_int_equal(fixture_message(&fixture, 4)->kind, MESSAGE_BYTES);
	fixture_end(&fixture);
}

static void test_malformed_chunk(void **state)
{
	static const char *const bad[] = { "zz\r\n", "\r\n", "5\r\nabcdeXX",
					   "ffffffffffffffffff\r\n", "-1\r\n" };

	for (size_t i = 0; i < COUNT(bad); i++) {
		fixture_begin(&fixture);
		fixture_open(&fixture, 1, FIXTURE_CLIENT);
		fixture_send(&fixture, 1,
			     "POST /up HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n");
		fixture_send(&fixture, 1, bad[i]);
		fixture_send(&fixture, 1, "anything");
		fixture_finish(&fixture);
		assert_true(fixture_message(&fixture, 0)->flags & MESSAGE_MALFORMED);
		assert_int_equal(fixture_message(&fixture, 1)->kind, MESSAGE_BYTES);
		fixture_end(&fixture);
	}
}

static void test_connect_tunnel(void **state)
{
	fixture_begin(&fixture);
	fixture_open(&fixture, 1, FIXTURE_CLIENT);
	fixture_send(&fixture, 1, "CONNECT host:443 HTTP/1.1\r\nHost: host:443\r\n\r\n");
	fixture_receive(&fixture, 1, "HTTP/1.1 200 Connection established\r\n\r\n");
	fixture_send(&fixture, 1, "\x16\x03\x01 hello");
	fixture_receive(&fixture, 1, "\x16\x03\x03 hello");
	fixture_finish(&fixture);
	assert_int_equal(fixture_count(&fixture, FACT_MESSAGE), 4);
	assert_null(fixture_message(&fixture, 0)->path);
	assert_int_equal(fixture_message(&fixture, 1)->status, 200);
	assert_int_equal(fixture_message(&fixture, 2)->kind, MESSAGE_BYTES);
	assert_int_equal(fixture_message(&fixture, 3)->flags, MESSAGE_IS_RESPONSE | MESSAGE_CUT);
	fixture_end(&fixture);
}

/* What LocalStack's gateway tells the init process of a container. */
static void test_localstack(void **state)
{
	static const char body[] =
		"{\"invoke-id\":\"7e5a-1\",\"invoked-function-arn\":"
		"\"arn:aws:lambda:us-east-1:000000000000:function:fn-b\","
		"\"payload\":\"{\\\"k\\\":\\u0031}\",\"trace-id\":\"Root=1-5759e988-"
		"bd862e3fe1be46a994272793\"}";
	const struct fact_message *message;
	char text[1000];

	fixture_begin(&fixture);
	fixture_open(&fixture, 1, FIXTURE_CLIENT);
	snprintf(text, sizeof(text), "POST /invoke HTTP/1.1\r\nContent-Length: %zu\r\n\r\n%s",
		 strlen(body), body);
	fixture_send(&fixture, 1, text);
	fixture_send(&fixture, 1, INVOKE);
	message = fixture_message(&fixture, 0);
	assert_int_equal(message->kind, MESSAGE_HTTP);
	assert_string_equal(message->request_id, "7e5a-1");
	assert_string_equal(message->function, "fn-b");
	assert_string_equal(message->trace_header, "Root=1-5759e988-bd862e3fe1be46a994272793");
	assert_int_equal(message->body.value, fixture_message(&fixture, 1)->body.value);
	assert_int_equal(message->body.bytes, 7);
	assert_int_equal(message->json.value, fixture_message(&fixture, 1)->json.value);
	fixture_end(&fixture);
}

/* ---- joined, closed, cut ---- */

/* -p on a handler that waits: the response to a request that was not seen. */
static void test_joined_response(void **state)
{
	fixture_begin(&fixture);
	fixture_open(&fixture, 1, FIXTURE_JOINED_CLIENT);
	fixture_receive(&fixture, 1, REPLY);
	fixture_send(&fixture, 1, INVOKE);
	fixture_receive(&fixture, 1, REPLY);
	assert_int_equal(fixture_count(&fixture, FACT_MESSAGE), 3);
	assert_int_equal(fixture_message(&fixture, 0)->kind, MESSAGE_HTTP);
	assert_int_equal(fixture_message(&fixture, 0)->flags,
			 MESSAGE_IS_RESPONSE | MESSAGE_START_INFERRED);
	assert_int_equal(fixture_message(&fixture, 0)->sequence, 1);
	assert_int_equal(fixture_message(&fixture, 1)->flags, 0);
	assert_int_equal(fixture_message(&fixture, 1)->sequence, 2);
	assert_int_equal(fixture_message(&fixture, 2)->sequence, 2);
	fixture_end(&fixture);
}

/* Joined inside a body: bytes until an operation begins like a start line, here after one byte. */
static void test_joined_body(void **state)
{
	fixture_begin(&fixture);
	fixture_open(&fixture, 1, FIXTURE_SERVER);
	fixture_receive(&fixture, 1, "rest of a body}");
	fixture_send(&fixture, 1, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
	fixture_receive(&fixture, 1, "G");
	fixture_receive(&fixture, 1, "ET /2018-06-01/runtime/invocation/next HTTP/1.1\r\n\r\n");
	assert_int_equal(fixture_count(&fixture, FACT_MESSAGE), 3);
	assert_int_equal(fixture_message(&fixture, 0)->kind, MESSAGE_BYTES);
	assert_int_equal(fixture_message(&fixture, 0)->flags, MESSAGE_START_INFERRED);
	assert_int_equal(fixture_message(&fixture, 1)->kind, MESSAGE_HTTP);
	assert_int_equal(fixture_message(&fixture, 1)->flags,
			 MESSAGE_IS_RESPONSE | MESSAGE_START_INFERRED);
	assert_int_equal(fixture_message(&fixture, 2)->kind, MESSAGE_RUNTIME_NEXT);
	assert_int_equal(fixture_message(&fixture, 2)->flags, 0);
	assert_false(fixture_find(&fixture, FACT_CONNECTION, 0)->connection.is_from_start);
	fixture_end(&fixture);
}

/* A long poll that was open before: the recorder tells the socket, the reply what was asked. */
static void test_existing_long_poll(void **state)
{
	struct record_socket_open record = {
		.cookie = 7,
		.family = RECORD_FAMILY_INET,
		.state = 1,
		.flags = RECORD_SOCKET_EXISTED,
		.local_port = 40000,
		.remote_port = 9001,
		.local_address = { 127, 0, 0, 1 },
		.remote_address = { 127, 0, 0, 1 },
	};
	const struct fact *connection;

	fixture_begin(&fixture);
	fixture_header(&fixture, &record.header, RECORD_SOCKET_OPEN, sizeof(record));
	fixture_push(&fixture, &record);
	fixture_receive(&fixture, 7,
			"HTTP/1.1 200 OK\r\nLambda-Runtime-Aws-Request-Id: r-1\r\n"
			"Content-Length: 2\r\n\r\n{}");
	fixture_send(&fixture, 7,
		     "POST /2018-06-01/runtime/invocation/r-1/response HTTP/1.1\r\n"
		     "Content-Length: 2\r\n\r\n{}");
	connection = fixture_find(&fixture, FACT_CONNECTION, 0);
	assert_false(connection->connection.is_from_start);
	assert_false(connection->connection.is_client);
	assert_int_equal(connection->connection.remote_port, 9001);
	assert_int_equal(fixture_message(&fixture, 0)->kind, MESSAGE_RUNTIME_NEXT);
	assert_int_equal(fixture_message(&fixture, 0)->flags,
			 MESSAGE_IS_RESPONSE | MESSAGE_START_INFERRED);
	assert_string_equal(fixture_message(&fixture, 0)->request_id, "r-1");
	assert_int_equal(fixture_message(&fixture, 1)->kind, MESSAGE_RUNTIME_RESPONSE);
	assert_int_equal(fixture_message(&fixture, 1)->flags, 0);
	fixture_end(&fixture);
}

static void test_lost_open(void **state)
{
	fixture_begin(&fixture);
	fixture_send(&fixture, 9, "\x01\x02 anything, maybe a pipe");
	fixture_send(&fixture, 9, INVOKE);
	fixture_finish(&fixture);
	assert_int_equal(fixture_count(&fixture, FACT_MESSAGE), 1);
	assert_int_equal(fixture_message(&fixture, 0)->kind, MESSAGE_INVOKE);
	fixture_end(&fixture);
}

static void test_close_and_cut(void **state)
{
	fixture_begin(&fixture);
	fixture_open(&fixture, 1, FIXTURE_CLIENT);
	fixture_send(&fixture, 1, INVOKE);
	fixture_receive(&fixture, 1, "HTTP/1.1 200 OK\r\n\r\nno length");
	fixture_state(&fixture, 1, 1);
	fixture.now_ns += 10000;
	fixture_state(&fixture, 1, 8);
	assert_int_equal(fixture_count(&fixture, FACT_MESSAGE), 1);
	fixture_move(&fixture, 1, RECORD_RECEIVE, "", 0); /* end of stream */
	assert_int_equal(fixture_count(&fixture, FACT_MESSAGE), 2);
	assert_int_equal(fixture_message(&fixture, 1)->flags, MESSAGE_IS_RESPONSE);
	assert_int_equal(fixture_message(&fixture, 1)->body_bytes, 9);
	assert_true(fixture_message(&fixture, 1)->last_ns + 10000 < fixture.now_ns);
	fixture_state(&fixture, 1, 7);
	assert_int_equal(fixture_find(&fixture, FACT_CONNECTION_STATE, 0)->connection_state.state,
			 CONNECTION_ESTABLISHED);
	assert_int_equal(fixture_find(&fixture, FACT_CONNECTION_STATE, 1)->connection_state.state,
			 CONNECTION_PEER_CLOSED);
	assert_int_equal(fixture_find(&fixture, FACT_CONNECTION_STATE, 2)->connection_state.state,
			 CONNECTION_CLOSED);

	fixture_open(&fixture, 2, FIXTURE_CLIENT);
	fixture_send(&fixture, 2, INVOKE);
	fixture_receive(&fixture, 2, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
	fixture_state(&fixture, 2, 7);
	assert_int_equal(fixture_message(&fixture, 3)->flags, MESSAGE_IS_RESPONSE | MESSAGE_CUT);
	assert_int_equal(fixture_message(&fixture, 3)->body.bytes, 0);

	fixture_open(&fixture, 3, FIXTURE_CLIENT);
	fixture_send(&fixture, 3, "POST / HTTP/1.1\r\nContent-Le");
	fixture_finish(&fixture);
	assert_int_equal(fixture_message(&fixture, 4)->kind, MESSAGE_HTTP);
	assert_int_equal(fixture_message(&fixture, 4)->flags, MESSAGE_CUT);
	fixture_end(&fixture);
}

/* Which side was the first to be done; the end itself is as late as the peer likes. */
static void test_own_close(void **state)
{
	fixture_begin(&fixture);
	fixture_open(&fixture, 1, FIXTURE_CLIENT);
	fixture_send(&fixture, 1, INVOKE);
	fixture_state(&fixture, 1, 4);
	fixture_state(&fixture, 1, 5); /* FIN_WAIT2 */
	fixture_state(&fixture, 1, 7);
	assert_int_equal(fixture_count(&fixture, FACT_CONNECTION_STATE), 2);
	assert_int_equal(fixture_find(&fixture, FACT_CONNECTION_STATE, 0)->connection_state.state,
			 CONNECTION_OWN_CLOSED);
	assert_int_equal(fixture_find(&fixture, FACT_CONNECTION_STATE, 1)->connection_state.state,
			 CONNECTION_CLOSED);

	fixture_open(&fixture, 2, FIXTURE_CLIENT);
	fixture_state(&fixture, 2, 7); /* reset */
	fixture_state(&fixture, 2, 4); /* a record in disorder */
	assert_int_equal(fixture_count(&fixture, FACT_CONNECTION_STATE), 3);
	fixture_end(&fixture);
}

/* Told before a byte moves: what the other end does meanwhile has to be known as this one's. */
static void test_open_before_recording(void **state)
{
	fixture_begin(&fixture);
	fixture_open_existing(&fixture, 1);
	assert_int_equal(fixture_count(&fixture, FACT_CONNECTION), 1);
	assert_int_equal(fixture_find(&fixture, FACT_CONNECTION, 0)->tgid, 0);
	assert_false(fixture_find(&fixture, FACT_CONNECTION, 0)->connection.is_from_start);
	fixture_receive(&fixture, 1, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
	assert_int_equal(fixture_count(&fixture, FACT_CONNECTION), 1);
	assert_int_equal(fixture_message(&fixture, 0)->flags,
			 MESSAGE_IS_RESPONSE | MESSAGE_START_INFERRED);
	fixture_end(&fixture);
}

/* It is closed where this side will neither send nor receive: the peer may close much later, or never. */
static void test_close_before_peer(void **state)
{
	fixture_begin(&fixture);
	fixture_open(&fixture, 1, FIXTURE_CLIENT);
	fixture_send(&fixture, 1, INVOKE);
	fixture_shut(&fixture, 1, 4, RECORD_SHUTDOWN_SEND); /* it still reads */
	fixture_receive(&fixture, 1, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
	assert_int_equal(fixture_count(&fixture, FACT_CONNECTION_STATE), 1);

	fixture_open(&fixture, 2, FIXTURE_CLIENT);
	fixture_send(&fixture, 2, INVOKE);
	fixture_receive(&fixture, 2, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
	fixture_shut(&fixture, 2, 4, RECORD_SHUTDOWN_BOTH);
	assert_int_equal(fixture_message(&fixture, 3)->flags, MESSAGE_IS_RESPONSE | MESSAGE_CUT);
	assert_int_equal(fixture_count(&fixture, FACT_CONNECTION_STATE), 3);
	assert_int_equal(fixture_find(&fixture, FACT_CONNECTION_STATE, 2)->connection_state.state,
			 CONNECTION_CLOSED);
	fixture.now_ns += 40000000;
	fixture_state(&fixture, 2, 7);
	assert_int_equal(fixture_count(&fixture, FACT_CONNECTION_STATE), 3);
	fixture_end(&fixture);
}

/* A connect that never succeeded is a connection too. */
static void test_failed_connect(void **state)
{
	struct record_socket_open record = {
		.cookie = 5,
		.family = RECORD_FAMILY_INET,
		.state = 2,
		.remote_port = 1,
		.remote_address = { 127, 0, 0, 1 },
	};

	fixture_begin(&fixture);
	fixture_header(&fixture, &record.header, RECORD_SOCKET_OPEN, sizeof(record));
	fixture_push(&fixture, &record);
	assert_int_equal(fixture.count, 0); /* no local port yet */
	fixture.now_ns += 1000000;
	fixture_state(&fixture, 5, 7);
	assert_int_equal(fixture.count, 2);
	assert_int_equal(fixture.kept[0].kind, FACT_CONNECTION);
	assert_int_equal(fixture.kept[0].connection.opened_ns, fixture.now_ns - 1000000);
	assert_int_equal(fixture.kept[1].connection_state.state, CONNECTION_CLOSED);
	fixture_end(&fixture);
}

/* More requests in flight than are kept: numbers stay right, kinds become plain. */
static void test_many_pipelined(void **state)
{
	fixture_begin(&fixture);
	fixture_open(&fixture, 1, FIXTURE_CLIENT);
	for (int i = 0; i < 40; i++)
		fixture_send(&fixture, 1, INVOKE);
	for (int i = 0; i < 40; i++)
		fixture_receive(&fixture, 1, REPLY);
	for (size_t i = 0; i < 40; i++) {
		assert_int_equal(fixture_message(&fixture, i)->sequence, i + 1);
		assert_int_equal(fixture_message(&fixture, 40 + i)->sequence, i + 1);
	}
	assert_int_equal(fixture_message(&fixture, 40)->kind, MESSAGE_INVOKE);
	assert_int_equal(fixture_message(&fixture, 79)->kind, MESSAGE_HTTP);
	fixture_end(&fixture);
}

static void test_table_limit(void **state)
{
	fixture_begin(&fixture);
	for (uint64_t cookie = 1; cookie < 60; cookie++) {
		fixture_open(&fixture, cookie, FIXTURE_CLIENT);
		fixture_send(&fixture, cookie, "POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\n");
	}
	assert_int_equal(facts_stats(fixture.facts).connections_evicted, 59 - 32);
	assert_int_equal(fixture_count(&fixture, FACT_LOSS), 59 - 32);
	assert_int_equal(fixture_count(&fixture, FACT_MESSAGE), 59 - 32);
	assert_int_equal(fixture_message(&fixture, 0)->flags, MESSAGE_CUT);
	fixture_end(&fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_invoke),
		cmocka_unit_test(test_splits_keep_alive),
		cmocka_unit_test(test_splits_chunked),
		cmocka_unit_test(test_splits_pipelined),
		cmocka_unit_test(test_splits_upgrade_and_garbage),
		cmocka_unit_test(test_pairs_and_interim),
		cmocka_unit_test(test_big_length),
		cmocka_unit_test(test_big_chunks),
		cmocka_unit_test(test_lost_chunks),
		cmocka_unit_test(test_lost_records),
		cmocka_unit_test(test_duplicates),
		cmocka_unit_test(test_long_heads),
		cmocka_unit_test(test_headers),
		cmocka_unit_test(test_malformed_chunk),
		cmocka_unit_test(test_connect_tunnel),
		cmocka_unit_test(test_localstack),
		cmocka_unit_test(test_joined_response),
		cmocka_unit_test(test_joined_body),
		cmocka_unit_test(test_existing_long_poll),
		cmocka_unit_test(test_lost_open),
		cmocka_unit_test(test_close_and_cut),
		cmocka_unit_test(test_own_close),
		cmocka_unit_test(test_close_before_peer),
		cmocka_unit_test(test_open_before_recording),
		cmocka_unit_test(test_failed_connect),
		cmocka_unit_test(test_many_pipelined),
		cmocka_unit_test(test_table_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
