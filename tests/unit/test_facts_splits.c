/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * test_facts_splits.c - requests of real clients, split anywhere, are the same messages. tests/unit/requests
 * holds what AWS SDK for JavaScript 2 and 3, axios, fetch and undici sent (user agents, signatures and
 * hashes shortened); the runtime clients' exchanges stand here.
 */
#include "split_fixture.h"

#include <glob.h>

#define REQUEST_BYTES_MAX 8192
#define REPLY "HTTP/1.1 200 OK\r\nx-amzn-RequestId: 0-1\r\nContent-Length: 11\r\n\r\n{\"ok\":true}"
#define ID "8476a536-e9f4-11e8-9739-2dfe598c3fcd"
#define HEADERS                                                                                  \
	"Lambda-Runtime-Aws-Request-Id: " ID "\r\nLambda-Runtime-Deadline-Ms: 1542409706888\r\n" \
	"Lambda-Runtime-Invoked-Function-Arn: arn:aws:lambda:us-east-1:012345678912:function:f\r\n"
#define EVENT "HTTP/1.1 200 OK\r\n" HEADERS "Content-Length: 7\r\n\r\n{\"a\":1}"
#define ACCEPTED "HTTP/1.1 202 Accepted\r\nContent-Length: 16\r\n\r\n{\"status\":\"OK\"}\n"
#define RUNTIME "/2018-06-01/runtime/invocation/"

/* With what a test cannot see of a message by itself: that it is the right one. */
static void check_exchange(const struct step *steps, unsigned int count, const char *expected)
{
	char *summary = converse(steps, count, split_none);

	if (!strstr(summary, expected))
		fail_msg("no %s in %s", expected, summary);
	free(summary);
	check_splits(steps, count);
}

static void test_services(void **state)
{
	glob_t found;

	if (glob("tests/unit/requests/*", 0, NULL, &found)) {
		print_message("SKIP: run from the repository's folder\n");
		skip();
	}
	assert_true(found.gl_pathc > 30);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		char text[REQUEST_BYTES_MAX];
		FILE *file = fopen(found.gl_pathv[i], "r");
		struct step steps[] = { { RECORD_SEND, text }, { RECORD_RECEIVE, REPLY } };
		size_t bytes;

		assert_non_null(file);
		bytes = fread(text, 1, sizeof(text) - 1, file);
		text[bytes] = 0;
		fclose(file);
		assert_int_equal(strlen(text), bytes);
		check_exchange(steps, COUNT(steps), "host=127.0.0.1:18080");
	}
	globfree(&found);
}

/* libcurl in C: Python, Node up to 3, C++; head and body of the response are two sends. */
static void test_libcurl_client(void **state)
{
	static const struct step steps[] = {
		{ RECORD_SEND, "GET " RUNTIME "next HTTP/1.1\r\nHost: 127.0.0.1:9001\r\n"
			       "User-Agent: AWS_Lambda_Cpp/0.2.6\r\nAccept: */*\r\n\r\n" },
		{ RECORD_RECEIVE, EVENT },
		{ RECORD_SEND, "POST " RUNTIME ID "/response HTTP/1.1\r\nHost: 127.0.0.1:9001\r\n"
			       "Accept: */*\r\ncontent-type: application/json\r\n"
			       "transfer-encoding:\r\nexpect:\r\ncontent-length: 4\r\n\r\n" },
		{ RECORD_SEND, "\"ok\"" },
		{ RECORD_RECEIVE, ACCEPTED },
	};

	check_exchange(steps, COUNT(steps), "request_id=" ID);
}

/* Go: the response is chunked, in three writes; the emulator's first read is one byte. */
static void test_go_client(void **state)
{
	static const struct step steps[] = {
		{ RECORD_SEND,
		  "GET " RUNTIME "next HTTP/1.1\r\nHost: 127.0.0.1:9001\r\n"
		  "User-Agent: aws-lambda-go/go1.25\r\nAccept-Encoding: gzip\r\n\r\n" },
		{ RECORD_RECEIVE, EVENT },
		{ RECORD_SEND, "P" },
		{ RECORD_SEND, "OST " RUNTIME ID "/response HTTP/1.1\r\nHost: 127.0.0.1:9001\r\n"
			       "Transfer-Encoding: chunked\r\nContent-Type: application/json\r\n"
			       "Accept-Encoding: gzip\r\n\r\n" },
		{ RECORD_SEND, "4\r\n\"ok\"\r\n" },
		{ RECORD_SEND, "0\r\n\r\n" },
		{ RECORD_RECEIVE, ACCEPTED },
	};

	check_exchange(steps, COUNT(steps), "body_bytes=4");
}

/* Rust: all header names in lower case, one writev. */
static void test_rust_client(void **state)
{
	static const struct step steps[] = {
		{ RECORD_SEND, "GET " RUNTIME "next HTTP/1.1\r\nuser-agent: aws-lambda-rust/1\r\n"
			       "host: 127.0.0.1:9001\r\n\r\n" },
		{ RECORD_RECEIVE, "HTTP/1.1 200 OK\r\nlambda-runtime-aws-request-id: " ID
				  "\r\nlambda-runtime-deadline-ms: 1542409706888\r\n"
				  "transfer-encoding: chunked\r\n\r\n7\r\n{\"a\":1}\r\n0\r\n\r\n" },
		{ RECORD_SEND, "POST " RUNTIME ID "/response HTTP/1.1\r\ncontent-length: 4\r\n"
			       "host: 127.0.0.1:9001\r\n\r\n\"ok\"" },
		{ RECORD_RECEIVE, ACCEPTED },
	};

	check_exchange(steps, COUNT(steps), "deadline_ms=1542409706888");
}

/* Node streams: chunks long before the end, errors in the trailers. */
static void test_streaming_client(void **state)
{
	static const struct step steps[] = {
		{ RECORD_SEND, "POST " RUNTIME ID "/response HTTP/1.1\r\n"
			       "Lambda-Runtime-Function-Response-Mode: streaming\r\n"
			       "Trailer: Lambda-Runtime-Function-Error-Type\r\n"
			       "Content-Type: application/octet-stream\r\nHost: 127.0.0.1:9001\r\n"
			       "Transfer-Encoding: chunked\r\n\r\n" },
		{ RECORD_SEND, "5\r\nhello\r\n" },
		{ RECORD_SEND, "6;name=\"a\"\r\n world\r\n" },
		{ RECORD_SEND, "0\r\nLambda-Runtime-Function-Error-Type: Stream.Broke\r\n"
			       "Lambda-Runtime-Function-Error-Body: eyJhIjoxfQ==\r\n\r\n" },
		{ RECORD_RECEIVE, ACCEPTED },
	};

	check_exchange(steps, COUNT(steps), "function_error=Stream.Broke");
}

/* Architect's Runtime API has a prefix; curl asks anew each time. */
static void test_prefix_and_curl(void **state)
{
	static const struct step steps[] = {
		{ RECORD_SEND,
		  "GET /a1b2/2018-06-01/runtime/invocation/next HTTP/1.1\r\n"
		  "Host: localhost:2222\r\nUser-Agent: curl/7.88.1\r\nAccept: */*\r\n\r\n" },
		{ RECORD_RECEIVE, "HTTP/1.1 200 OK\r\n" HEADERS
				  "Connection: close\r\n\r\n{\"until\":\"the end\"}" },
	};

	check_exchange(steps, COUNT(steps), "request_id=" ID);
}

static void test_init_error(void **state)
{
	static const struct step steps[] = {
		{ RECORD_SEND, "POST /2018-06-01/runtime/init/error HTTP/1.1\r\nHost: h\r\n"
			       "Lambda-Runtime-Function-Error-Type: Runtime.NoSuchModule\r\n"
			       "Content-Length: 20\r\n\r\n{\"errorMessage\":\"no\"" },
		{ RECORD_RECEIVE, ACCEPTED },
	};

	check_exchange(steps, COUNT(steps), "function_error=Runtime.NoSuchModule");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_services),	 cmocka_unit_test(test_libcurl_client),
		cmocka_unit_test(test_go_client),	 cmocka_unit_test(test_rust_client),
		cmocka_unit_test(test_streaming_client), cmocka_unit_test(test_prefix_and_curl),
		cmocka_unit_test(test_init_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
