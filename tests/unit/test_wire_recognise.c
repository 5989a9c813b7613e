/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * test_wire_recognise.c - heads of requests that real clients send -> what they are; and what redact.h
 * lets through.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "wire/recognise.h"

#define AUTH(service)                                                                      \
	"authorization: AWS4-HMAC-SHA256 Credential=AKIDLOCAL/20261123/us-east-1/" service \
	"/aws4_request, SignedHeaders=host;x-amz-date, Signature=7e6315e5c76c8468036fa007e3e1c276\n"

static void read_head(struct http_head *head, const char *text)
{
	const char *newline;
	bool is_first = true;

	http_head_init(head);
	for (; *text; text = newline + 1) {
		newline = strchr(text, '\n');
		if (is_first)
			assert_int_equal(http_head_start_line(head, text, (size_t)(newline - text)),
					 0);
		else
			assert_int_equal(
				http_head_header_line(head, text, (size_t)(newline - text)), 0);
		is_first = false;
	}
}

static const struct {
	const char *head;
	uint8_t kind;
	const char *service, *operation, *target, *function, *qualifier, *request_id, *path;
	uint8_t invocation_type;
} requests[] = {
	{ "POST /2015-03-31/functions/fn-b/invocations?Qualifier=live HTTP/1.1\n" AUTH("lambda"),
	  MESSAGE_INVOKE, "lambda", "Invoke", "fn-b", "fn-b", "live", "",
	  "/2015-03-31/functions/fn-b/invocations", INVOCATION_REQUEST_RESPONSE },
	{ "POST /2015-03-31/functions/fn-b/invocations?x=1&Qualifier=%24LATEST HTTP/1.1\n"
	  "X-Amz-Invocation-Type: Event\n",
	  MESSAGE_INVOKE, "lambda", "Invoke", "fn-b", "fn-b", "$LATEST", "",
	  "/2015-03-31/functions/fn-b/invocations", INVOCATION_EVENT },
	{ "POST /2015-03-31/functions/arn%3Aaws%3Alambda%3Aus-east-1%3A000000000000%3Afunction%3Afn-b/invocations HTTP/1.1\n"
	  "x-amz-invocation-type: DryRun\n" AUTH("lambda"),
	  MESSAGE_INVOKE, "lambda", "Invoke", "fn-b", "fn-b", "", "",
	  "/2015-03-31/functions/*/invocations", INVOCATION_DRY_RUN },
	{ "POST /2021-11-15/functions/fn-b/response-streaming-invocations HTTP/1.1\n",
	  MESSAGE_INVOKE_STREAM, "lambda", "InvokeWithResponseStream", "fn-b", "fn-b", "", "",
	  "/2021-11-15/functions/fn-b/response-streaming-invocations",
	  INVOCATION_REQUEST_RESPONSE },
	{ "POST /2014-11-13/functions/fn-b/invoke-async/ HTTP/1.1\n", MESSAGE_INVOKE_ASYNC,
	  "lambda", "InvokeAsync", "fn-b", "fn-b", "", "",
	  "/2014-11-13/functions/fn-b/invoke-async/", INVOCATION_EVENT },
	{ "GET /2015-03-31/functions/fn-b HTTP/1.1\n" AUTH("lambda"), MESSAGE_AWS, "lambda", "", "",
	  "", "", "", "/2015-03-31/functions/fn-b", 0 },
	{ "GET /2018-06-01/runtime/invocation/next HTTP/1.1\n", MESSAGE_RUNTIME_NEXT, "", "", "",
	  "", "", "", "/2018-06-01/runtime/invocation/next", 0 },
	{ "GET /a1b2c3d4/2018-06-01/runtime/invocation/next HTTP/1.1\n", MESSAGE_RUNTIME_NEXT, "",
	  "", "", "", "", "", "/*/2018-06-01/runtime/invocation/next", 0 },
	{ "POST /2018-06-01/runtime/invocation/request-one/response HTTP/1.1\n",
	  MESSAGE_RUNTIME_RESPONSE, "", "", "", "", "", "request-one",
	  "/2018-06-01/runtime/invocation/*/response", 0 },
	{ "POST /2018-06-01/runtime/invocation/8476a536-e9f4-11e8/error HTTP/1.1\n",
	  MESSAGE_RUNTIME_ERROR, "", "", "", "", "", "8476a536-e9f4-11e8",
	  "/2018-06-01/runtime/invocation/*/error", 0 },
	{ "POST /2018-06-01/runtime/init/error HTTP/1.1\n", MESSAGE_RUNTIME_INIT_ERROR, "", "", "",
	  "", "", "", "/2018-06-01/runtime/init/error", 0 },
	{ "GET /2018-06-01/runtime/restore/next HTTP/1.1\n", MESSAGE_RUNTIME_RESTORE, "", "", "",
	  "", "", "", "/2018-06-01/runtime/restore/next", 0 },
	{ "GET /2020-01-01/extension/event/next HTTP/1.1\n", MESSAGE_EXTENSION_NEXT, "", "", "", "",
	  "", "", "/2020-01-01/extension/event/next", 0 },
	{ "POST /2020-01-01/extension/register HTTP/1.1\n", MESSAGE_EXTENSION, "", "", "", "", "",
	  "", "/2020-01-01/extension/register", 0 },
	{ "PUT /2022-07-01/telemetry HTTP/1.1\n", MESSAGE_TELEMETRY, "", "", "", "", "", "",
	  "/2022-07-01/telemetry", 0 },
	{ "POST / HTTP/1.1\nx-amz-target: AmazonSQS.SendMessage\n" AUTH("sqs"), MESSAGE_AWS, "sqs",
	  "SendMessage", "", "", "", "", "/", 0 },
	{ "POST / HTTP/1.1\nx-amz-target: AWSEvents.PutEvents\n", MESSAGE_AWS, "events",
	  "PutEvents", "", "", "", "", "/", 0 },
	{ "POST / HTTP/1.1\nX-Amz-Target: DynamoDB_20120810.PutItem\n" AUTH("dynamodb"),
	  MESSAGE_AWS, "dynamodb", "PutItem", "", "", "", "", "/", 0 },
	{ "POST / HTTP/1.1\nx-amz-target: AWSStepFunctions.StartSyncExecution\n" AUTH("states"),
	  MESSAGE_AWS, "states", "StartSyncExecution", "", "", "", "", "/", 0 },
	{ "POST /000000000000/q1 HTTP/1.1\n" AUTH("sqs"), MESSAGE_AWS, "sqs", "", "q1", "", "", "",
	  "/*/q1", 0 },
	{ "GET /bkt/k/1.txt?x-id=GetObject HTTP/1.1\nhost: 127.0.0.1:18080\n" AUTH("s3"),
	  MESSAGE_AWS, "s3", "GetObject", "bkt", "", "", "", "/bkt/*", 0 },
	{ "PUT /k?x-id=PutObject HTTP/1.1\nhost: my.bucket.s3.eu-west-1.amazonaws.com\n" AUTH("s3"),
	  MESSAGE_AWS, "s3", "PutObject", "my.bucket", "", "", "", "/*", 0 },
	{ "POST /@connections/abc HTTP/1.1\n" AUTH("execute-api"), MESSAGE_AWS, "execute-api",
	  "PostToConnection", "", "", "", "", "/@connections/*", 0 },
	{ "POST /service/Thing/operation/DoIt HTTP/1.1\n" AUTH("thing"), MESSAGE_AWS, "thing",
	  "DoIt", "", "", "", "", "/service/Thing/operation/DoIt", 0 },
	{ "POST /Execute HTTP/1.1\n" AUTH("rds-data"), MESSAGE_AWS, "rds-data", "ExecuteStatement",
	  "", "", "", "", "/Execute", 0 },
	{ "GET /dev/orders/1?token=s HTTP/1.1\n", MESSAGE_HTTP, "", "", "", "", "", "",
	  "/dev/orders/1", 0 },
	{ "GET http://user:pass@host/x/y?q HTTP/1.1\n", MESSAGE_HTTP, "", "", "", "", "", "",
	  "/x/y", 0 },
	{ "OPTIONS * HTTP/1.1\n", MESSAGE_HTTP, "", "", "", "", "", "", "", 0 },
	{ "POST /functions/x/invocations HTTP/1.1\n", MESSAGE_HTTP, "", "", "", "", "", "",
	  "/functions/x/invocations", 0 },
	{ "GET /2015-03-31/functions/fn-b/invocations HTTP/1.1\n", MESSAGE_HTTP, "", "", "", "", "",
	  "", "/2015-03-31/functions/fn-b/invocations", 0 },
	{ "POST /2018-06-01/runtime/invocation//response HTTP/1.1\n", MESSAGE_HTTP, "", "", "", "",
	  "", "", "/2018-06-01/runtime/invocation//response", 0 },
};

static void test_requests(void **state)
{
	struct http_head *head = malloc(sizeof(*head));

	for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
		struct message_head message;

		read_head(head, requests[i].head);
		recognise_request(&message, head);
		assert_int_equal(message.kind, requests[i].kind);
		assert_string_equal(message.names.service, requests[i].service);
		assert_string_equal(message.names.operation, requests[i].operation);
		assert_string_equal(message.names.target, requests[i].target);
		assert_string_equal(message.names.function, requests[i].function);
		assert_string_equal(message.names.qualifier, requests[i].qualifier);
		assert_string_equal(message.names.request_id, requests[i].request_id);
		assert_string_equal(message.names.path, requests[i].path);
		assert_int_equal(message.invocation_type, requests[i].invocation_type);
	}
	free(head);
}

static void test_reply(void **state)
{
	struct http_head *head = malloc(sizeof(*head));
	struct message_head message;

	read_head(
		head,
		"HTTP/1.1 200 OK\nlambda-runtime-aws-request-id: 8476a536\n"
		"LAMBDA-RUNTIME-DEADLINE-MS: 1542409706888\n"
		"Lambda-Runtime-Invoked-Function-Arn: arn:aws:lambda:us-east-2:123456789012:function:f:2\n"
		"Lambda-Runtime-Trace-Id: Parent=9a9197af755a6419; Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700\n");
	recognise_response(&message, head, MESSAGE_RUNTIME_NEXT);
	assert_int_equal(message.kind, MESSAGE_RUNTIME_NEXT);
	assert_int_equal(message.flags, MESSAGE_IS_RESPONSE);
	assert_int_equal(message.deadline_ms, 1542409706888);
	assert_string_equal(message.names.request_id, "8476a536");
	assert_string_equal(message.names.function, "f");
	assert_string_equal(message.names.qualifier, "2");
	assert_string_equal(message.names.arn,
			    "arn:aws:lambda:us-east-2:123456789012:function:f:2");
	assert_string_equal(message.names.trace_header,
			    "Parent=9a9197af755a6419;Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700");

	/* its request was sent before the recording: the reply says itself what it is */
	recognise_response(&message, head, MESSAGE_HTTP);
	assert_int_equal(message.kind, MESSAGE_RUNTIME_NEXT);

	read_head(head, "HTTP/1.1 200\nX-Amzn-RequestId: r-1\nX-Amz-Function-Error: Unhandled\n");
	recognise_response(&message, head, MESSAGE_INVOKE);
	assert_int_equal(message.status, 200);
	assert_string_equal(message.names.request_id, "r-1");
	assert_string_equal(message.names.function_error, "Unhandled");
	free(head);
}

static void test_start_lines(void **state)
{
	static const char *const bad[] = {
		"GET / HTTP/2.0",
		"GET /",
		"GET  HTTP/1.1",
		"get / HTTP/1.1",
		"GET / HTTP/1.x",
		"PRI * HTTP/2.0",
		"HTTP/1.1 20 OK",
		"HTTP/1.1 2x0 OK",
		"HTTP/1.1 099 No",
		"HTTP/1.1200 OK",
		"",
		"HTTP/1.1",
	};
	struct http_head *head = malloc(sizeof(*head));

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		http_head_init(head);
		assert_int_not_equal(http_head_start_line(head, bad[i], strlen(bad[i])), 0);
	}
	http_head_init(head);
	assert_int_equal(http_head_start_line(head, "HTTP/1.0 200", 12), 0);
	assert_int_not_equal(http_head_header_line(head, "no colon", 8), 0);
	assert_int_not_equal(http_head_header_line(head, "Name : value", 12), 0);
	assert_int_not_equal(http_head_header_line(head, ": value", 7), 0);
	free(head);
}

static void check_path(const char *text, const char *expected)
{
	char path[PATH_MAX_KEPT];

	redact_path(path, text, strlen(text), NULL);
	assert_string_equal(path, expected);
}

static void test_paths(void **state)
{
	check_path("/v1/users/42", "/v1/users/42");
	check_path("/users/1234567", "/users/*");
	check_path("/reset/eyJhbGciOiJIUzI1NiJ9.eyJzdWIi.c2ln", "/reset/*");
	check_path("/u/f4149ce4-c38d-40cd-819b-26429a26e1d7/x", "/u/*/x");
	check_path("/key/s3cr3tPassw0rd", "/key/*");
	check_path("/a;jsessionid=1/b", "/*/b");
	check_path("/caf%C3%A9", "/*");
	check_path("/abcdefghijklmnopqrstuvwxyzabcdefgh", "/*");
	check_path("/xQzWvPlMnRtYkLpO", "/*");
	check_path("/getUserOrders", "/getUserOrders");
	check_path("/?token=abc", "/");
	check_path("/a#b", "/a");
	check_path("", "");
	check_path(
		"/aaaaaaaaaa/aaaaaaaaaa/aaaaaaaaaa/aaaaaaaaaa/aaaaaaaaaa/aaaaaaaaaa/aaaaaaaaaa/aaaaaaaaaa/"
		"aaaaaaaaaa/aaaaaaaaaa/aaaaaaaaaa/aaaaaaaaaa/aaaaaaaaaa",
		"/aaaaaaaaaa/aaaaaaaaaa/aaaaaaaaaa/aaaaaaaaaa/aaaaaaaaaa/aaaaaaaaaa/aaaaaaaaaa/aaaaaaaaaa/"
		"aaaaaaaaaa/aaaaaaaaaa/aaaaaaaaaa/*");
}

#define ROOT "Root=1-5759e988-bd862e3fe1be46a994272793"

static void test_trace_headers(void **state)
{
	static const struct {
		const char *text, *expected;
		bool is_well_formed;
	} cases[] = {
		{ ROOT ";Parent=53995c3f42cd8ad8;Sampled=1;Lineage=a87bd80c:0|68fd508a:5",
		  ROOT ";Parent=53995c3f42cd8ad8;Sampled=1;Lineage=a87bd80c:0|68fd508a:5", true },
		{ ROOT ";lineage=25:a87bd80c:1", ROOT ";lineage=25:a87bd80c:1", true },
		{ ROOT ";Lineage=-1:11111111:0", ROOT, false },
		{ ROOT ";Lineage=hunter2", ROOT, false },
		{ " Sampled=? ; Self=1-67891234-12456789abcdef0123456789 ",
		  "Sampled=?;Self=1-67891234-12456789abcdef0123456789", true },
		{ " Sampled=? ; Self=1-67891234-12456789abcdef012345678 ", "Sampled=?", false },
		{ ROOT ";Secret=hunter2;Parent=password", ROOT, false },
		{ ROOT ";Secret=hunter2", ROOT, true },
		{ ROOT ";Parent=0000000000000000", ROOT, false },
		{ "Root=1-00000000-000000000000000000000000;Sampled=1", "Sampled=1", false },
		{ ROOT "; Root = 1-5759e988-000000000000000000000001", ROOT, false },
		{ "hunter2", "", false },
		{ "Root=", "", false },
		{ "", "", true },
		{ "  ", "", true },
		{ ";;;=;", "", false },
	};
	static const char *const bad_parents[] = {
		"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-zz",
		"00-00000000000000000000000000000000-b7ad6b7169203331-01",
		"00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
		"ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
		"00-0AF7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
	};
	char text[TRACE_HEADER_MAX];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(redact_trace_header(text, cases[i].text, strlen(cases[i].text)),
				 cases[i].is_well_formed);
		assert_string_equal(text, cases[i].expected);
	}
	assert_true(redact_traceparent(
		text, "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", 55));
	for (size_t i = 0; i < sizeof(bad_parents) / sizeof(bad_parents[0]); i++) {
		assert_false(redact_traceparent(text, bad_parents[i], 55));
		assert_string_equal(text, "");
	}
	assert_false(redact_traceparent(text, "00-", 3));
}

static uint32_t flags_of_head(const char *header, const char *value)
{
	struct message_head message;
	struct http_head head;
	char *line = malloc(strlen(header) + strlen(value) + 3);

	assert_non_null(line);
	sprintf(line, "%s: %s", header, value);
	http_head_init(&head);
	assert_int_equal(http_head_start_line(&head, "HTTP/1.1 200 OK", 15), 0);
	assert_int_equal(http_head_header_line(&head, line, strlen(line)), 0);
	recognise_response(&message, &head, MESSAGE_RUNTIME_NEXT);
	assert_null(strstr(message.names.trace_header, "hunter2"));
	free(line);
	return message.flags;
}

/* A header that is not kept for its form is told of, an empty one is as if it were not there. */
static void test_malformed_trace_headers(void **state)
{
	static const char *const names[] = { "X-Amzn-Trace-Id", "Lambda-Runtime-Trace-Id",
					     "traceparent" };
	char *long_value = malloc(65537);

	assert_non_null(long_value);
	memset(long_value, 'a', 65536);
	long_value[65536] = 0;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		uint32_t malformed = MESSAGE_IS_RESPONSE | MESSAGE_TRACE_MALFORMED;

		assert_int_equal(flags_of_head(names[i], ""), MESSAGE_IS_RESPONSE);
		assert_int_equal(flags_of_head(names[i], "hunter2"), malformed);
		assert_int_equal(flags_of_head(names[i], long_value), malformed);
	}
	assert_int_equal(flags_of_head("Lambda-Runtime-Trace-Id", ROOT), MESSAGE_IS_RESPONSE);
	free(long_value);
}

static void test_hosts(void **state)
{
	char host[HOST_MAX];

	assert_true(redact_host(host, "user:secret@h.example:80", 24));
	assert_string_equal(host, "h.example:80");
	assert_true(redact_host(host, "[::1]:9001", 10));
	assert_false(redact_host(host, "a b", 3));
	assert_string_equal(host, "");
	assert_false(redact_host(host, "u@", 2));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_requests),
		cmocka_unit_test(test_reply),
		cmocka_unit_test(test_start_lines),
		cmocka_unit_test(test_paths),
		cmocka_unit_test(test_trace_headers),
		cmocka_unit_test(test_malformed_trace_headers),
		cmocka_unit_test(test_hosts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
