/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * aws_service.c - where each protocol keeps its operation: awsJson in X-Amz-Target ("PREFIX.Operation"),
 * rest in method and path, rpc-v2-cbor in /service/SERVICE/operation/OPERATION, query in Action (Smithy,
 * "AWS protocols").
 */
#include "wire/aws_service.h"

#include <string.h>

#include "wire/aws_host.h"
#include "wire/aws_s3.h"

#define ACCOUNT_DIGITS 12

/* X-Amz-Target prefixes of services whose requests may be unsigned in an emulator. */
static const struct {
	const char *prefix;
	const char *service;
} target_prefixes[] = {
	{ "AmazonSQS", "sqs" },
	{ "AWSEvents", "events" },
	{ "AWSStepFunctions", "states" },
	{ "DynamoDB_", "dynamodb" },
	{ "DynamoDBStreams_", "dynamodb" },
	{ "Kinesis_", "kinesis" },
	{ "Firehose_", "firehose" },
	{ "secretsmanager", "secretsmanager" },
	{ "AmazonSSM", "ssm" },
	{ "TrentService", "kms" },
	{ "Logs_", "logs" },
};

/* ---- which service ---- */

/* X-Amz-Credential=AKID/date/region/SERVICE/aws4_request of a signed URL, slashes escaped. */
static bool read_signed_url(struct message_names *names, const struct request_target *target)
{
	size_t bytes;
	const char *value = query_find(target, "X-Amz-Credential", &bytes);
	const char *end = value ? memmem(value, bytes, "aws4_request", 12) : NULL;
	const char *start;

	if (!end)
		return false;
	end -= end > value && end[-1] == '/' ? 1 : 3;
	for (start = end; start > value && start[-1] != '/' &&
			  !(start - value >= 3 && memcmp(start - 3, "%2F", 3) == 0);
	     start--)
		;
	return end > start &&
	       redact_name(names->service, TOKEN_MAX, start, (size_t)(end - start), "-");
}

static bool read_target_prefix(struct message_names *names, const char *value)
{
	for (size_t i = 0; value && i < sizeof(target_prefixes) / sizeof(target_prefixes[0]); i++) {
		if (strncmp(value, target_prefixes[i].prefix, strlen(target_prefixes[i].prefix)) !=
		    0)
			continue;
		strcpy(names->service, target_prefixes[i].service);
		return true;
	}
	return false;
}

/* True where the request is known to be one to a service of AWS. */
static bool read_service(struct message_names *names, const struct request_target *target,
			 const struct http_head *head)
{
	const char *scope = http_head_value(head, HTTP_AUTHORIZATION);
	const char *host = http_head_value(head, HTTP_HOST);
	struct aws_host parsed;

	if (scope)
		return redact_name(names->service, TOKEN_MAX, scope, strlen(scope), "-");
	if (read_signed_url(names, target) ||
	    read_target_prefix(names, http_head_value(head, HTTP_AMZ_TARGET)))
		return true;
	if (!host || !aws_host_parse(&parsed, host))
		return false;
	strcpy(names->service, parsed.service);
	return true;
}

/* ---- operation and target ---- */

/* .../ACCOUNT/QUEUE of the older query protocol; GET requests have their action in the query. */
static void read_sqs(struct message_names *names, const struct request_target *target)
{
	const char *name = memrchr(target->path, '/', target->path_bytes);
	size_t account_bytes = name ? (size_t)(name - target->path) : 0;

	if (account_bytes < ACCOUNT_DIGITS + 1 || *(name - ACCOUNT_DIGITS - 1) != '/' ||
	    strspn(name - ACCOUNT_DIGITS, "0123456789") != ACCOUNT_DIGITS)
		return;
	name++;
	redact_name(names->target, NAME_TEXT_MAX, name,
		    (size_t)(target->path + target->path_bytes - name), "-_.");
}

/* The API's id; of the management API what is to be done with a connection, whose id is never kept. */
static void read_api(struct message_head *ret, struct request_target *target,
		     const struct http_head *head)
{
	static const char mark[] = "/@connections/";
	const char *connection = memmem(target->path, target->path_bytes, mark, sizeof(mark) - 1);
	const char *host = http_head_value(head, HTTP_HOST);
	struct aws_host parsed;

	if (host && aws_host_parse(&parsed, host) && parsed.prefix)
		redact_name(ret->names.target, NAME_TEXT_MAX, parsed.prefix, parsed.prefix_bytes,
			    "-");
	if (!connection)
		return;
	target->hidden = connection + sizeof(mark) - 1;
	if (ret->method == HTTP_METHOD_POST)
		strcpy(ret->names.operation, "PostToConnection");
	else if (ret->method == HTTP_METHOD_GET)
		strcpy(ret->names.operation, "GetConnection");
	else if (ret->method == HTTP_METHOD_DELETE)
		strcpy(ret->names.operation, "DeleteConnection");
}

/* POST /Execute is ExecuteStatement. */
static void read_rds_data(struct message_names *names, const struct request_target *target)
{
	static const char *const paths[][2] = {
		{ "/Execute", "ExecuteStatement" },
		{ "/BatchExecute", "BatchExecuteStatement" },
		{ "/BeginTransaction", "BeginTransaction" },
		{ "/CommitTransaction", "CommitTransaction" },
		{ "/RollbackTransaction", "RollbackTransaction" },
		{ "/ExecuteSql", "ExecuteSql" },
	};

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		if (strlen(paths[i][0]) == target->path_bytes &&
		    memcmp(paths[i][0], target->path, target->path_bytes) == 0)
			strcpy(names->operation, paths[i][1]);
}

/* /service/SERVICE/operation/OPERATION */
static void read_rpc(struct message_names *names, const struct request_target *target)
{
	const char *mark = memmem(target->path, target->path_bytes, "/operation/", 11);
	size_t bytes;

	if (target->path_bytes < 9 || memcmp(target->path, "/service/", 9) != 0 || !mark)
		return;
	mark += 11;
	bytes = target->path_bytes - (size_t)(mark - target->path);
	redact_name(names->operation, TOKEN_MAX, mark, bytes, "");
}

/* X-Amz-Target: PREFIX.Operation; or ?Action=Operation */
static void read_operation(struct message_names *names, const struct request_target *target,
			   const struct http_head *head)
{
	const char *value = http_head_value(head, HTTP_AMZ_TARGET);
	const char *point = value ? strrchr(value, '.') : NULL;
	size_t bytes;

	if (point) {
		redact_name(names->operation, TOKEN_MAX, point + 1, strlen(point + 1), "");
		return;
	}
	value = query_find(target, "Action", &bytes);
	if (value)
		redact_name(names->operation, TOKEN_MAX, value, bytes, "");
	else
		read_rpc(names, target);
}

bool aws_service_match(struct message_head *ret, struct request_target *target,
		       const struct http_head *head)
{
	struct message_names *names = &ret->names;

	if (!read_service(names, target, head))
		return false;
	ret->kind = MESSAGE_AWS;
	if (strcmp(names->service, "s3") == 0 || strcmp(names->service, "s3express") == 0) {
		aws_s3_read(names, target, head);
		return true;
	}
	if (strcmp(names->service, "execute-api") == 0) {
		/* Unsigned it is an HTTP server like any other, often a function behind it. */
		if (!http_head_value(head, HTTP_AUTHORIZATION))
			ret->kind = MESSAGE_HTTP;
		read_api(ret, target, head);
		return true;
	}
	read_operation(names, target, head);
	if (strcmp(names->service, "sqs") == 0)
		read_sqs(names, target);
	else if (strcmp(names->service, "rds-data") == 0)
		read_rds_data(names, target);
	return true;
}
