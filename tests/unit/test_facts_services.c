/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * test_facts_services.c - requests of real clients (requests/), moved over a connection -> the fact that
 * says what was called: kind, service, operation, target.
 */
#include <glob.h>

#include "facts_fixture.h"

#define REQUEST_BYTES_MAX 16384
#define LONG_BODY_BYTES 40000

static struct fixture fixture;

static const struct {
	const char *file;
	uint8_t kind;
	const char *service, *operation, *target;
	uint8_t invocation_type;
} expectations[] = {
	{ "apigw-axios-post", MESSAGE_HTTP, NULL, NULL, NULL, 0 },
	{ "apigw-fetch-post", MESSAGE_HTTP, NULL, NULL, NULL, 0 },
	{ "apigw-http-get", MESSAGE_HTTP, NULL, NULL, NULL, 0 },
	{ "apigw-undici-request", MESSAGE_HTTP, NULL, NULL, NULL, 0 },
	{ "apigw-management-posttoconnection", MESSAGE_AWS, "execute-api", "PostToConnection", NULL,
	  0 },
	{ "dynamodb-getitem", MESSAGE_AWS, "dynamodb", "GetItem", "t", 0 },
	{ "dynamodb-putitem", MESSAGE_AWS, "dynamodb", "PutItem", "t", 0 },
	{ "dynamodb-putitem-with-traceenv", MESSAGE_AWS, "dynamodb", "PutItem", "t", 0 },
	{ "dynamodb-query", MESSAGE_AWS, "dynamodb", "Query", "t", 0 },
	{ "eventbridge-putevents", MESSAGE_AWS, "events", "PutEvents", "default", 0 },
	{ "kinesis-putrecord", MESSAGE_AWS, "kinesis", "PutRecord", "s", 0 },
	{ "lambda-invoke-arn", MESSAGE_INVOKE, "lambda", "Invoke", "fn-b",
	  INVOCATION_REQUEST_RESPONSE },
	{ "lambda-invoke-async-legacy", MESSAGE_INVOKE_ASYNC, "lambda", "InvokeAsync", "fn-b",
	  INVOCATION_EVENT },
	{ "lambda-invoke-clientcontext-qualifier", MESSAGE_INVOKE, "lambda", "Invoke", "fn-b",
	  INVOCATION_REQUEST_RESPONSE },
	{ "lambda-invoke-dryrun", MESSAGE_INVOKE, "lambda", "Invoke", "fn-b", INVOCATION_DRY_RUN },
	{ "lambda-invoke-event", MESSAGE_INVOKE, "lambda", "Invoke", "fn-b", INVOCATION_EVENT },
	{ "lambda-invoke-requestresponse-tail", MESSAGE_INVOKE, "lambda", "Invoke", "fn-b",
	  INVOCATION_REQUEST_RESPONSE },
	{ "lambda-invoke-responsestream", MESSAGE_INVOKE_STREAM, "lambda",
	  "InvokeWithResponseStream", "fn-b", INVOCATION_REQUEST_RESPONSE },
	{ "lambda-invoke-sync", MESSAGE_INVOKE, "lambda", "Invoke", "fn-b",
	  INVOCATION_REQUEST_RESPONSE },
	{ "lambda-invoke-sync-with-traceenv", MESSAGE_INVOKE, "lambda", "Invoke", "fn-b",
	  INVOCATION_REQUEST_RESPONSE },
	{ "s3-getobject", MESSAGE_AWS, "s3", "GetObject", "bkt", 0 },
	{ "s3-putobject", MESSAGE_AWS, "s3", "PutObject", "bkt", 0 },
	{ "s3-putobject-stream", MESSAGE_AWS, "s3", "PutObject", "bkt", 0 },
	{ "sfn-startexecution", MESSAGE_AWS, "states", "StartExecution", "M1", 0 },
	{ "sfn-startsyncexecution-nohostprefix", MESSAGE_AWS, "states", "StartSyncExecution", "M1",
	  0 },
	{ "sns-publish", MESSAGE_AWS, "sns", "Publish", "t1", 0 },
	{ "sqs-receivemessage-longpoll", MESSAGE_AWS, "sqs", "ReceiveMessage", "q1", 0 },
	{ "sqs-sendmessage", MESSAGE_AWS, "sqs", "SendMessage", "q1", 0 },
	{ "sqs-sendmessagebatch", MESSAGE_AWS, "sqs", "SendMessageBatch", "q1", 0 },
	{ "v2-dynamodb-putitem", MESSAGE_AWS, "dynamodb", "PutItem", "t", 0 },
	{ "v2-eventbridge-putevents", MESSAGE_AWS, "events", "PutEvents", "default", 0 },
	{ "v2-lambda-invoke-event", MESSAGE_INVOKE, "lambda", "Invoke", "fn-b", INVOCATION_EVENT },
	{ "v2-lambda-invoke-sync", MESSAGE_INVOKE, "lambda", "Invoke", "fn-b",
	  INVOCATION_REQUEST_RESPONSE },
	{ "v2-sns-publish", MESSAGE_AWS, "sns", "Publish", "t1", 0 },
	{ "v2-sqs-sendmessage", MESSAGE_AWS, "sqs", "SendMessage", "q1", 0 },
};
#define EXPECTATIONS (sizeof(expectations) / sizeof(expectations[0]))

static bool is_same(const char *left, const char *right)
{
	return left && right ? strcmp(left, right) == 0 : left == right;
}

static size_t read_file(const char *name, char *ret)
{
	char path[256];
	FILE *file;
	size_t bytes;

	snprintf(path, sizeof(path), "tests/unit/requests/%s", name);
	file = fopen(path, "r");
	if (!file)
		fail_msg("no %s", path);
	bytes = fread(ret, 1, REQUEST_BYTES_MAX, file);
	fclose(file);
	return bytes;
}

/* The request's fact, or the response's. */
static const struct fact_message *find_message(bool is_response)
{
	for (size_t i = 0; i < fixture_count(&fixture, FACT_MESSAGE); i++) {
		const struct fact_message *message = fixture_message(&fixture, i);

		if (is_response == ((message->flags & MESSAGE_IS_RESPONSE) != 0))
			return message;
	}
	fail_msg("no %s", is_response ? "response" : "request");
	return NULL;
}

/*
 * The fact of a request that arrives in writes of @step bytes. After its reply the recording ends: one of
 * the requests is not there as a whole.
 */
static const struct fact_message *exchange(const char *text, size_t bytes, size_t step,
					   const char *reply)
{
	fixture_begin(&fixture);
	fixture_open(&fixture, 1, FIXTURE_CLIENT);
	for (size_t at = 0; at < bytes; at += step)
		fixture_move(&fixture, 1, RECORD_SEND, text + at,
			     bytes - at < step ? bytes - at : step);
	fixture_receive(&fixture, 1, reply);
	fixture_finish(&fixture);
	assert_int_equal(fixture_count(&fixture, FACT_MESSAGE), 2);
	return find_message(false);
}

static void test_real_requests(void **state)
{
	static const size_t steps[] = { REQUEST_BYTES_MAX, 100 };
	char text[REQUEST_BYTES_MAX];
	glob_t found;

	if (glob("tests/unit/requests/*", 0, NULL, &found)) {
		print_message("SKIP: run from the repository's folder\n");
		skip();
	}
	assert_int_equal(found.gl_pathc, EXPECTATIONS);
	globfree(&found);
	for (size_t i = 0; i < 2 * EXPECTATIONS; i++) {
		size_t at = i / 2, bytes = read_file(expectations[at].file, text);
		const struct fact_message *message =
			exchange(text, bytes, steps[i % 2],
				 "HTTP/1.1 429 Slow down\r\nContent-Length: 0\r\n\r\n");

		if (message->kind != expectations[at].kind ||
		    !is_same(message->service, expectations[at].service) ||
		    !is_same(message->operation, expectations[at].operation) ||
		    !is_same(message->target, expectations[at].target) ||
		    message->invocation_type != expectations[at].invocation_type)
			fail_msg("%s is %u %s %s %s %u", expectations[at].file, message->kind,
				 message->service, message->operation, message->target,
				 message->invocation_type);
		assert_int_equal(find_message(true)->status, 429);
		assert_int_equal(find_message(true)->kind, message->kind);
		fixture_end(&fixture);
	}
}

#define SIGNED(service)                                                                                    \
	"Host: 127.0.0.1:4566\r\nAuthorization: AWS4-HMAC-SHA256 Credential=K/20261123/us-east-1/" service \
	"/aws4_request, SignedHeaders=host, Signature=00\r\n"

/* S3 waits for leave to send the body: the interim response is no answer. */
static void test_expect_continue(void **state)
{
	fixture_begin(&fixture);
	fixture_open(&fixture, 1, FIXTURE_CLIENT);
	fixture_send(
		&fixture, 1,
		"PUT /bkt/key HTTP/1.1\r\nContent-Length: 5\r\nExpect: 100-continue\r\n" SIGNED(
			"s3") "\r\n");
	fixture_receive(&fixture, 1, "HTTP/1.1 100 Continue\r\n\r\n");
	fixture_send(&fixture, 1, "hello");
	fixture_receive(&fixture, 1, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
	assert_int_equal(fixture_count(&fixture, FACT_MESSAGE), 2);
	assert_string_equal(fixture_message(&fixture, 0)->operation, "PutObject");
	assert_string_equal(fixture_message(&fixture, 0)->target, "bkt");
	assert_int_equal(fixture_message(&fixture, 0)->body_bytes, 5);
	assert_int_equal(fixture_message(&fixture, 1)->status, 200);
	assert_int_equal(fixture_message(&fixture, 1)->sequence, 1);
	fixture_end(&fixture);
}

/* What a body names at its beginning counts, however long it is; what is in its values never does. */
static void test_long_bodies(void **state)
{
	static char text[LONG_BODY_BYTES + 1000];
	int head = snprintf(text, sizeof(text),
			    "POST / HTTP/1.1\r\nX-Amz-Target: AmazonSQS.SendMessage\r\n" SIGNED(
				    "sqs") "Content-Length: %d\r\n\r\n",
			    LONG_BODY_BYTES);
	int begun = snprintf(text + head, 200,
			     "{\"QueueUrl\":\"http://h/000000000000/q1\","
			     "\"MessageBody\":\"");
	const struct fact_message *message;

	memset(text + head + begun, 'x', (size_t)(LONG_BODY_BYTES - begun));
	memcpy(text + head + LONG_BODY_BYTES - 2, "\"}", 2);
	message = exchange(text, (size_t)head + LONG_BODY_BYTES, 1000, "HTTP/1.1 204\r\n\r\n");
	assert_string_equal(message->target, "q1");
	assert_int_equal(message->body_bytes, LONG_BODY_BYTES);
	assert_int_equal(message->json.bytes, 0);
	fixture_end(&fixture);

	memset(text + head, 'x', LONG_BODY_BYTES);
	message = exchange(text, (size_t)head + LONG_BODY_BYTES, 1000, "HTTP/1.1 204\r\n\r\n");
	assert_null(message->target);
	fixture_end(&fixture);
}

/* The fact of a request with @start and @headers that has @body. */
static const struct fact_message *post(const char *start, const char *headers, const char *body)
{
	char text[1000];
	int bytes = snprintf(text, sizeof(text), "%s HTTP/1.1\r\n%sContent-Length: %zu\r\n\r\n%s",
			     start, headers, strlen(body), body);

	return exchange(text, (size_t)bytes, 1000, "HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n");
}

/* A form and CBOR: bodies that are no JSON are read, too, and only in requests to services. */
static void test_other_forms(void **state)
{
	const struct fact_message *message =
		post("POST /", SIGNED("sqs"),
		     "Version=2012-11-05&QueueUrl=http%3A%2F%2Fh%2F0%2Fq1&"
		     "MessageBody=x&Action=SendMessage");

	assert_string_equal(message->operation, "SendMessage");
	assert_string_equal(message->target, "q1");
	fixture_end(&fixture);
	message = post("POST /service/GraniteServiceVersion20100801/operation/PutMetricData",
		       SIGNED("monitoring"), "\xbf\x61\x61\x18\x2a\x69Namespace\x67Shop/In\xff");
	assert_string_equal(message->operation, "PutMetricData");
	assert_string_equal(message->target, "Shop/In");
	fixture_end(&fixture);
	message = post("POST /", "Host: h\r\n", "Action=Publish&TopicArn=t");
	assert_int_equal(message->kind, MESSAGE_HTTP);
	assert_null(message->operation);
	assert_null(message->target);
	fixture_end(&fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_real_requests),
		cmocka_unit_test(test_expect_continue),
		cmocka_unit_test(test_long_bodies),
		cmocka_unit_test(test_other_forms),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
