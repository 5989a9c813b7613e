/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * test_facts_http.c - socket records of HTTP connections -> messages: any split, pipelining, framing,
 * holes, interim responses, joined and broken connections.
 */
#include "facts_fixture.h"

static struct fixture fixture;

#define INVOKE_HEAD(length)                                                                          \
	"POST /2015-03-31/functions/fn-b/invocations HTTP/1.1\r\n"                                   \
	"content-type: application/octet-stream\r\n"                                                 \
	"content-length: " length "\r\n"                                                             \
	"host: 127.0.0.1:3002\r\n"                                                                   \
	"X-Amzn-Trace-Id: Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1\r\n" \
	"amz-sdk-invocation-id: f4149ce4-c38d-40cd-819b-26429a26e1d7\r\n"                            \
	"amz-sdk-request: attempt=2; max=3\r\n"                                                      \
	"authorization: AWS4-HMAC-SHA256 Credential=AKIDLOCAL/20261123/us-east-1/lambda/aws4_request, " \
	"SignedHeaders=host, Signature=7e63\r\n"                                                     \
	"Connection: keep-alive\r\n\r\n"
#define INVOKE INVOKE_HEAD("7") "{\"k\":1}"
#define REPLY                                                                                        \
	"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nx-amzn-RequestId: 0000-1111\r\n"       \
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
	assert_string_equal(message->trace_header,
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_invoke),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
