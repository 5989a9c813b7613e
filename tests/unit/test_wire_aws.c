/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * test_wire_aws.c - AWS's host names, S3's REST requests, and bodies of every service -> operation and
 * target; and that nothing else of a body is kept.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "wire/aws_body.h"
#include "wire/aws_host.h"
#include "wire/cbor.h"

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

static void test_hosts(void **state)
{
	static const struct {
		const char *host, *service, *prefix;
	} cases[] = {
		{ "sqs.us-east-1.amazonaws.com", "sqs", "" },
		{ "sqs.us-east-1.amazonaws.com:443", "sqs", "" },
		{ "queue.amazonaws.com", "sqs", "" },
		{ "dynamodb-fips.us-gov-west-1.amazonaws.com", "dynamodb", "" },
		{ "111122223333.ddb.us-east-1.amazonaws.com", "dynamodb", "111122223333" },
		{ "sync-states.eu-west-1.amazonaws.com", "states", "" },
		{ "sts.amazonaws.com", "sts", "" },
		{ "sns.cn-north-1.amazonaws.com.cn", "sns", "" },
		{ "s3.amazonaws.com", "s3", "" },
		{ "my.bucket.s3.eu-west-1.amazonaws.com", "s3", "my.bucket" },
		{ "bkt.s3-us-west-2.amazonaws.com", "s3", "bkt" },
		{ "bkt.s3.dualstack.us-west-2.amazonaws.com", "s3", "bkt" },
		{ "bucket.vpce-0f1.s3.us-east-1.vpce.amazonaws.com", "s3", "" },
		{ "vpce-0f1-ab.sqs.us-east-1.vpce.amazonaws.com", "sqs", "" },
		{ "abc123.execute-api.us-east-1.amazonaws.com", "execute-api", "abc123" },
		{ "abc123.lambda-url.us-east-1.on.aws", "lambda-url", "abc123" },
		{ "sqs.us-east-1.localhost.localstack.cloud:4566", "sqs", "" },
		{ "bkt.s3.localhost.localstack.cloud:4566", "s3", "bkt" },
		{ "abc.execute-api.localhost.localstack.cloud:4566", "execute-api", "abc" },
		{ "example.com", NULL, "" },
		{ "sqs.example.com", NULL, "" },
		{ "amazonaws.com", NULL, "" },
		{ ".amazonaws.com", NULL, "" },
		{ "us-east-1.amazonaws.com", NULL, "" },
		{ "sqs.us-east-1.amazonaws.com.evil.example", NULL, "" },
		{ "unheard-of.us-east-1.amazonaws.com", NULL, "" },
		{ "", NULL, "" },
		{ ":80", NULL, "" },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct aws_host host;
		bool is_known = aws_host_parse(&host, cases[i].host);

		if (is_known != (cases[i].service != NULL))
			fail_msg("%s: %d", cases[i].host, is_known);
		if (!is_known)
			continue;
		assert_string_equal(host.service, cases[i].service);
		assert_int_equal(host.prefix_bytes, strlen(cases[i].prefix));
		if (host.prefix)
			assert_memory_equal(host.prefix, cases[i].prefix, host.prefix_bytes);
	}
}

static void recognise(struct message_head *message, const char *start, const char *const headers[])
{
	struct http_head *head = malloc(sizeof(*head));

	http_head_init(head);
	assert_int_equal(http_head_start_line(head, start, strlen(start)), 0);
	for (; *headers; headers++)
		assert_int_equal(http_head_header_line(head, *headers, strlen(*headers)), 0);
	recognise_request(message, head);
	free(head);
}

#define SIGNED(service)                                                            \
	"Authorization: AWS4-HMAC-SHA256 Credential=K/20261123/us-east-1/" service \
	"/aws4_request, Signature=00"

static void check_s3(const char *request, const char *host, const char *operation,
		     const char *bucket)
{
	char start[512], line[256];
	const char *const headers[] = { line, SIGNED("s3"), NULL };
	struct message_head message;

	snprintf(start, sizeof(start), "%s HTTP/1.1", request);
	snprintf(line, sizeof(line), "Host: %s", host);
	recognise(&message, start, headers);
	assert_int_equal(message.kind, MESSAGE_AWS);
	if (strcmp(message.names.operation, operation) || strcmp(message.names.target, bucket))
		fail_msg("%s: %s %s", request, message.names.operation, message.names.target);
}

static void test_s3(void **state)
{
	static const char path[] = "127.0.0.1:9000", host[] = "bkt.s3.us-east-1.amazonaws.com";

	check_s3("GET /", path, "ListBuckets", "");
	check_s3("GET /?x-id=ListBuckets", path, "ListBuckets", "");
	check_s3("GET /bkt/k", path, "GetObject", "bkt");
	check_s3("GET /bkt/a/b/c.txt?versionId=1&response-expires=2", path, "GetObject", "bkt");
	check_s3("HEAD /bkt/k", path, "HeadObject", "bkt");
	check_s3("PUT /bkt/k", path, "PutObject", "bkt");
	check_s3("DELETE /bkt/k", path, "DeleteObject", "bkt");
	check_s3("GET /bkt?list-type=2&prefix=a&delimiter=%2F", path, "ListObjectsV2", "bkt");
	check_s3("GET /bkt/?list-type=2&prefix=", path, "ListObjectsV2", "bkt");
	check_s3("GET /bkt?prefix=&encoding-type=url", path, "ListObjects", "bkt");
	check_s3("GET /bkt?location", path, "GetBucketLocation", "bkt");
	check_s3("HEAD /bkt", path, "HeadBucket", "bkt");
	check_s3("PUT /bkt", path, "CreateBucket", "bkt");
	check_s3("DELETE /bkt", path, "DeleteBucket", "bkt");
	check_s3("POST /bkt?delete=", path, "DeleteObjects", "bkt");
	check_s3("POST /bkt/k?uploads", path, "CreateMultipartUpload", "bkt");
	check_s3("PUT /bkt/k?partNumber=1&uploadId=abc", path, "UploadPart", "bkt");
	check_s3("POST /bkt/k?uploadId=abc", path, "CompleteMultipartUpload", "bkt");
	check_s3("DELETE /bkt/k?uploadId=abc", path, "AbortMultipartUpload", "bkt");
	check_s3("GET /bkt/k?uploadId=abc", path, "ListParts", "bkt");
	check_s3("GET /bkt/k?tagging", path, "GetObjectTagging", "bkt");
	check_s3("PUT /bkt/k?acl=", path, "PutObjectAcl", "bkt");
	/* what is not known is not guessed */
	check_s3("GET /bkt/k?torrent", path, "", "bkt");
	check_s3("PUT /bkt?intelligent-tiering&id=1", path, "", "bkt");
	check_s3("PATCH /bkt/k", path, "", "bkt");
	/* virtual hosts */
	check_s3("GET /", host, "ListObjects", "bkt");
	check_s3("GET /a/b", host, "GetObject", "bkt");
	check_s3("GET /k", "bkt.s3.localhost.localstack.cloud:4566", "GetObject", "bkt");
	check_s3("PUT /k", "bkt.localhost:4566", "PutObject", "bkt");
	check_s3("PUT /bkt/k", "localhost:4566", "PutObject", "bkt");
	check_s3("PUT /bkt/k", "s3.eu-west-1.amazonaws.com", "PutObject", "bkt");
	check_s3("PUT /arn%3Aaws%3As3/k", path, "PutObject", "");
}

static const struct {
	const char *start;
	const char *headers[4];
	uint8_t kind;
	const char *service, *operation, *target;
} head_cases[] = {
	{ "PUT /bkt/k HTTP/1.1",
	  { SIGNED("s3"), "x-amz-copy-source: /other/key" },
	  MESSAGE_AWS,
	  "s3",
	  "CopyObject",
	  "bkt" },
	{ "PUT /bkt/k?partNumber=2&uploadId=u HTTP/1.1",
	  { SIGNED("s3"), "X-Amz-Copy-Source: /other/key" },
	  MESSAGE_AWS,
	  "s3",
	  "UploadPartCopy",
	  "bkt" },
	{ "PUT /k HTTP/1.1",
	  { SIGNED("s3express"), "Host: b--x-s3.s3express-use1-az4.us-east-1.amazonaws.com" },
	  MESSAGE_AWS,
	  "s3express",
	  "PutObject",
	  "b--x-s3" },
	/* signed URLs, and unsigned requests to AWS's hosts */
	{ "GET /bkt/k?X-Amz-Algorithm=A&X-Amz-Credential=K%2F20261123%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Signature=0 HTTP/1.1",
	  { "Host: 127.0.0.1:9000" },
	  MESSAGE_AWS,
	  "s3",
	  "GetObject",
	  "bkt" },
	{ "GET /bkt/k?X-Amz-Credential=K/20261123/us-east-1/s3/aws4_request HTTP/1.1",
	  { "Host: 127.0.0.1:9000" },
	  MESSAGE_AWS,
	  "s3",
	  "GetObject",
	  "bkt" },
	{ "GET /bkt/k?X-Amz-Credential=aws4_request HTTP/1.1",
	  { "Host: 127.0.0.1:9000" },
	  MESSAGE_HTTP,
	  "",
	  "",
	  "" },
	{ "GET /k HTTP/1.1",
	  { "Host: bkt.s3.amazonaws.com" },
	  MESSAGE_AWS,
	  "s3",
	  "GetObject",
	  "bkt" },
	{ "POST / HTTP/1.1", { "Host: sqs.us-east-1.amazonaws.com" }, MESSAGE_AWS, "sqs", "", "" },
	/* SQS's older forms */
	{ "GET /000000000000/q1?Action=SendMessage&MessageBody=x HTTP/1.1",
	  { SIGNED("sqs") },
	  MESSAGE_AWS,
	  "sqs",
	  "SendMessage",
	  "q1" },
	{ "POST /queue/us-east-1/000000000000/q1 HTTP/1.1",
	  { SIGNED("sqs") },
	  MESSAGE_AWS,
	  "sqs",
	  "",
	  "q1" },
	{ "POST /12345/q1 HTTP/1.1", { SIGNED("sqs") }, MESSAGE_AWS, "sqs", "", "" },
	/* function URLs: a call of a function, whichever that is */
	{ "POST /orders?x=1 HTTP/1.1",
	  { "Host: abcdef0123.lambda-url.us-east-1.on.aws" },
	  MESSAGE_HTTP,
	  "lambda",
	  "InvokeFunctionUrl",
	  "abcdef0123" },
	{ "GET / HTTP/1.1",
	  { "Host: abc.lambda-url.us-east-1.on.aws", SIGNED("lambda") },
	  MESSAGE_HTTP,
	  "lambda",
	  "InvokeFunctionUrl",
	  "abc" },
	{ "GET / HTTP/1.1", { "Host: abc.lambda-url.example.com" }, MESSAGE_HTTP, "", "", "" },
	/* API Gateway */
	{ "GET /dev/orders HTTP/1.1",
	  { "Host: a1b2.execute-api.us-east-1.amazonaws.com" },
	  MESSAGE_HTTP,
	  "execute-api",
	  "",
	  "a1b2" },
	{ "GET /dev/orders HTTP/1.1",
	  { "Host: a1b2.execute-api.us-east-1.amazonaws.com", SIGNED("execute-api") },
	  MESSAGE_AWS,
	  "execute-api",
	  "",
	  "a1b2" },
	{ "DELETE /dev/@connections/abc= HTTP/1.1",
	  { "Host: a1b2.execute-api.us-east-1.amazonaws.com", SIGNED("execute-api") },
	  MESSAGE_AWS,
	  "execute-api",
	  "DeleteConnection",
	  "a1b2" },
	{ "POST /BeginTransaction HTTP/1.1",
	  { SIGNED("rds-data") },
	  MESSAGE_AWS,
	  "rds-data",
	  "BeginTransaction",
	  "" },
	{ "POST /Unheard HTTP/1.1", { SIGNED("rds-data") }, MESSAGE_AWS, "rds-data", "", "" },
};

static void test_heads(void **state)
{
	for (size_t i = 0; i < COUNT(head_cases); i++) {
		struct message_head message;

		recognise(&message, head_cases[i].start, head_cases[i].headers);
		if (message.kind != head_cases[i].kind ||
		    strcmp(message.names.service, head_cases[i].service) ||
		    strcmp(message.names.operation, head_cases[i].operation) ||
		    strcmp(message.names.target, head_cases[i].target))
			fail_msg("%s: %u %s %s %s", head_cases[i].start, message.kind,
				 message.names.service, message.names.operation,
				 message.names.target);
	}
}

static void read_body(struct message_head *message, const char *service, const char *body,
		      size_t bytes, bool is_whole)
{
	/* of its own, so that a read beyond its end is seen */
	char *copy = malloc(bytes);

	memcpy(copy, body, bytes);
	message_head_init(message);
	message->kind = MESSAGE_AWS;
	strcpy(message->names.service, service);
	aws_body_read(message, copy, bytes, is_whole);
	free(copy);
}

#define ARN(service, resource) "arn:aws:" service ":us-east-1:000000000000:" resource

static const struct {
	const char *service, *body, *target;
} bodies[] = {
	{ "sqs", "{\"QueueUrl\":\"http://127.0.0.1:1/000000000000/q1.fifo\"}", "q1.fifo" },
	{ "sqs",
	  "{ \"MessageBody\" : \"{\\\"QueueUrl\\\":\\\"no\\\"}\",\n\"QueueUrl\": \"http:\\/\\/h\\/0\\/q-2\" }",
	  "q-2" },
	{ "sqs", "{\"QueueName\":\"q3\"}", "q3" },
	{ "sqs", "{\"QueueUrl\":\"http://h/0/q?token=a/b\"}", "q" },
	{ "sqs", "{\"QueueUrl\":\"http://h/0/a b\"}", "" },
	{ "sqs", "{\"QueueUrl\":17}", "" },
	{ "sqs", "{\"QueueUrl\":\"\"}", "" },
	{ "sqs", "{\"QueueUrl\":\"http://h/0/q", "" },
	{ "sqs", "{\"Other\":{\"QueueUrl\":\"http://h/0/q\"}}", "" },
	{ "sns", "{\"TopicArn\":\"" ARN("sns", "t1") "\"}", "t1" },
	{ "sns",
	  "Action=Publish&Message=a%26TopicArn%3Dno&TopicArn=arn%3Aaws%3Asns%3Aus-east-1%3A0%3At1",
	  "t1" },
	{ "sns", "Action=Publish&TopicArn=arn%3aaws%3asns%3aus-east-1%3a0%3at1", "t1" },
	{ "sns", "Action=Publish&PhoneNumber=%2B15550100&Message=x", "" },
	{ "sns", "Action=Publish&TargetArn=arn%3Aaws%3Asns%3Ar%3A0%3Aendpoint%2FGCM%2Fa%2Fb", "" },
	{ "sns", "Action=Publish&TopicArn=%zz&TopicArn=%4", "" },
	{ "events",
	  "{\"Entries\":[{\"Detail\":\"{}\",\"EventBusName\":\"bus\"},{\"EventBusName\":\"bus\"}]}",
	  "bus" },
	{ "events", "{\"Entries\":[{\"EventBusName\":\"" ARN("events", "event-bus/bus") "\"}]}",
	  "bus" },
	{ "events", "{\"Entries\":[{\"EventBusName\":\"a\"},{\"EventBusName\":\"b\"}]}", "" },
	{ "events", "{\"Entries\":[{\"EventBusName\":\"a\"},{}]}", "" },
	{ "events", "{\"Entries\":[{}]}", "default" },
	{ "events", "{\"Entries\":[]}", "" },
	{ "events", "{\"Entries\":[{\"Detail\":\"x", "" },
	{ "events", "{\"Name\":\"rule\",\"EventBusName\":\"bus\"}", "bus" },
	{ "states",
	  "{\"stateMachineArn\":\"" ARN("states", "stateMachine:M1") "\",\"name\":\"run\"}", "M1" },
	{ "states", "{\"stateMachineArn\":\"" ARN("states", "stateMachine:M1:live") "\"}", "M1" },
	{ "states", "{\"executionArn\":\"" ARN("states", "execution:M1:run") "\"}", "M1" },
	{ "states", "{\"executionArn\":\"" ARN("states", "express:M1:run:id") "\"}", "M1" },
	{ "states", "{\"activityArn\":\"" ARN("states", "activity:A1") "\"}", "A1" },
	{ "states", "{\"taskToken\":\"AQB\",\"output\":\"{}\"}", "" },
	{ "dynamodb", "{\"TableName\":\"t\",\"Key\":{}}", "t" },
	{ "dynamodb", "{\"TableName\":\"" ARN("dynamodb", "table/t/index/i") "\"}", "t" },
	{ "dynamodb",
	  "{\"StreamArn\":\"" ARN("dynamodb", "table/t/stream/2026-01-01T00:00:00.000") "\"}",
	  "t" },
	{ "dynamodb",
	  "{\"RequestItems\":{\"t\":[{\"PutRequest\":{\"Item\":{\"TableName\":{\"S\":\"no\"}}}}]}}",
	  "t" },
	{ "dynamodb", "{\"RequestItems\":{\"t\":{},\"u\":{}}}", "" },
	{ "dynamodb",
	  "{\"TransactItems\":[{\"Put\":{\"Item\":{},\"TableName\":\"t\"}},{\"Delete\":{\"TableName\":\"t\"}}]}",
	  "t" },
	{ "dynamodb",
	  "{\"TransactItems\":[{\"Put\":{\"TableName\":\"t\"}},{\"Get\":{\"TableName\":\"u\"}}]}",
	  "" },
	{ "dynamodb", "{\"TransactItems\":[17]}", "" },
	{ "dynamodb", "{\"Statement\":\"SELECT * FROM t\"}", "" },
	{ "kinesis", "{\"Data\":\"eA==\",\"StreamName\":\"s\"}", "s" },
	{ "kinesis", "{\"StreamARN\":\"" ARN("kinesis", "stream/s") "\"}", "s" },
	{ "kinesis", "{\"ConsumerARN\":\"" ARN("kinesis", "stream/s/consumer/c:1") "\"}", "s" },
	{ "firehose", "{\"DeliveryStreamName\":\"f\",\"Record\":{\"Data\":\"eA==\"}}", "f" },
	{ "secretsmanager", "{\"SecretId\":\"prod/db\"}", "prod/db" },
	{ "secretsmanager", "{\"SecretId\":\"" ARN("secretsmanager", "secret:prod/db-AbCdEf") "\"}",
	  "prod/db-AbCdEf" },
	{ "secretsmanager", "{\"Name\":\"n\",\"SecretString\":\"hunter2\"}", "n" },
	{ "ssm", "{\"Name\":\"/app/db\",\"WithDecryption\":true}", "/app/db" },
	{ "ssm", "{\"Name\":\"/app/db:3\"}", "/app/db" },
	{ "ssm", "{\"Path\":\"/app\"}", "/app" },
	{ "ssm", "{\"Names\":[\"/app/db\"]}", "/app/db" },
	{ "ssm", "{\"Names\":[\"/app/db\",\"/app/x\"]}", "" },
	{ "kms", "{\"KeyId\":\"alias/k\",\"Plaintext\":\"c2VjcmV0\"}", "alias/k" },
	{ "kms", "{\"KeyId\":\"" ARN("kms", "key/1234-ab") "\"}", "1234-ab" },
	{ "kms", "{\"KeyId\":\"" ARN("kms", "alias/k") "\"}", "alias/k" },
	{ "kms", "{\"CiphertextBlob\":\"c2VjcmV0\"}", "" },
	{ "logs", "{\"logGroupName\":\"/aws/lambda/f\",\"logEvents\":[]}", "/aws/lambda/f" },
	{ "logs", "{\"logGroupIdentifier\":\"" ARN("logs", "log-group:/aws/lambda/f:*") "\"}",
	  "/aws/lambda/f" },
	{ "sts",
	  "Action=AssumeRole&RoleArn=arn%3Aaws%3Aiam%3A%3A000000000000%3Arole%2Fteam%2Freader&RoleSessionName=s",
	  "reader" },
	{ "sts", "Action=GetCallerIdentity&Version=2011-06-15", "" },
	{ "rds-data", "{\"resourceArn\":\"" ARN("rds", "cluster:db-1") "\",\"sql\":\"select 1\"}",
	  "db-1" },
	{ "monitoring", "{\"Namespace\":\"Shop/Orders\"}", "Shop/Orders" },
	/* CBOR: {"Namespace": "S/O"}, {"a": [1, {"Namespace": "no"}], "Namespace": "S"} and broken ones */
	{ "monitoring", "\xa1\x69Namespace\x63S/O", "S/O" },
	{ "monitoring",
	  "\xbf\x61"
	  "a\x82\x01\xa1\x69Namespace\x62no\x69Namespace\x61S\xff",
	  "S" },
	{ "monitoring",
	  "\xbf\x61"
	  "a\x9f\x01\x7f\x61x\xff\xc1\x1a\x01\x02\x03\x04\xff\x69Namespace\x61S\xff",
	  "S" },
	{ "monitoring", "\xa1\x69Namespace\x78\x20too short", "" },
	{ "monitoring", "\xa1\x69Namespace\x18", "" },
	{ "monitoring", "\xbf\xff", "" },
	{ "monitoring",
	  "\xa2\x61"
	  "a\xff\x69Namespace\x61S",
	  "" },
	/* another service's members, a service that is not known, no body of any form */
	{ "sqs", "{\"TableName\":\"t\"}", "" },
	{ "unheard", "{\"TableName\":\"t\"}", "" },
	{ "sqs", "<xml/>", "" },
	{ "sqs", "{", "" },
	{ "sqs", "{}", "" },
};

static void test_bodies(void **state)
{
	struct message_head message;

	for (size_t i = 0; i < COUNT(bodies); i++) {
		read_body(&message, bodies[i].service, bodies[i].body, strlen(bodies[i].body),
			  true);
		if (strcmp(message.names.target, bodies[i].target))
			fail_msg("%s: %s", bodies[i].body, message.names.target);
	}
}

/* Cut anywhere, a body names what it named, or nothing. */
static void test_cut_bodies(void **state)
{
	struct message_head message;

	for (size_t i = 0; i < COUNT(bodies); i++)
		for (size_t bytes = 1; bytes < strlen(bodies[i].body); bytes++) {
			read_body(&message, bodies[i].service, bodies[i].body, bytes, false);
			if (message.names.target[0] &&
			    strcmp(message.names.target, bodies[i].target))
				fail_msg("%.*s: %s", (int)bytes, bodies[i].body,
					 message.names.target);
		}
}

static void test_actions(void **state)
{
	static const char form[] = "Version=2010-03-31&Action=Publish";
	struct message_head message;

	read_body(&message, "sns", form, sizeof(form) - 1, true);
	assert_string_equal(message.names.operation, "Publish");
	/* cut in its last value, which is not known then */
	read_body(&message, "sns", form, sizeof(form) - 3, false);
	assert_string_equal(message.names.operation, "");
	read_body(&message, "sns", "Action=Pub%20lish", 17, true);
	assert_string_equal(message.names.operation, "");

	/* only requests to services are looked into */
	message_head_init(&message);
	strcpy(message.names.service, "sqs");
	aws_body_read(&message, "{\"QueueName\":\"q\"}", 17, true);
	assert_string_equal(message.names.target, "");
}

static void test_deep_cbor(void **state)
{
	char deep[100];
	size_t bytes;

	memset(deep, '\x81', sizeof(deep)); /* lists in lists: deeper than is followed */
	memcpy(deep, "\xa1\x61z", 3);
	assert_null(cbor_find_text(deep, sizeof(deep), "Namespace", &bytes));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hosts),	   cmocka_unit_test(test_s3),
		cmocka_unit_test(test_heads),	   cmocka_unit_test(test_bodies),
		cmocka_unit_test(test_cut_bodies), cmocka_unit_test(test_actions),
		cmocka_unit_test(test_deep_cbor),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
