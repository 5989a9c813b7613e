/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * aws_service.c - where each protocol keeps its operation: awsJson in X-Amz-Target ("PREFIX.Operation"),
 * rest in the path, rpc-v2-cbor in /service/SERVICE/operation/OPERATION (Smithy, "AWS protocols").
 */
#include "wire/aws_service.h"

#include <string.h>

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

static void read_service(struct message_names *names, const struct http_head *head)
{
	const char *scope = http_head_value(head, HTTP_AUTHORIZATION);
	const char *value = http_head_value(head, HTTP_AMZ_TARGET);

	if (scope) {
		redact_name(names->service, TOKEN_MAX, scope, strlen(scope), "-");
		return;
	}
	for (size_t i = 0; value && i < sizeof(target_prefixes) / sizeof(target_prefixes[0]); i++)
		if (strncmp(value, target_prefixes[i].prefix, strlen(target_prefixes[i].prefix)) ==
		    0)
			strcpy(names->service, target_prefixes[i].service);
}

/* The path's segment after @from, without its slash; *from moves behind it. */
static size_t next_segment(const struct request_target *target, const char **from)
{
	const char *end = target->path + target->path_bytes;
	const char *slash;

	if (*from >= end || **from != '/')
		return 0;
	(*from)++;
	slash = memchr(*from, '/', (size_t)(end - *from));
	return (size_t)((slash ? slash : end) - *from);
}

static void read_s3(struct message_names *names, struct request_target *target,
		    const struct http_head *head)
{
	const char *host = http_head_value(head, HTTP_HOST);
	const char *virtual_host = host ? strstr(host, ".s3") : NULL;
	const char *segment = target->path;
	size_t bytes;
	const char *operation = query_find(target, "x-id", &bytes);

	if (operation)
		redact_name(names->operation, TOKEN_MAX, operation, bytes, "");
	if (virtual_host) {
		redact_name(names->target, NAME_TEXT_MAX, host, (size_t)(virtual_host - host),
			    "-.");
		return;
	}
	bytes = next_segment(target, &segment);
	if (bytes <= 63)
		redact_name(names->target, NAME_TEXT_MAX, segment, bytes, "-.");
}

/* /ACCOUNT/QUEUE of the older query protocol. */
static void read_sqs(struct message_names *names, struct request_target *target)
{
	const char *segment = target->path;
	size_t bytes = next_segment(target, &segment);

	if (bytes != 12 || strspn(segment, "0123456789") < 12)
		return;
	segment += bytes;
	bytes = next_segment(target, &segment);
	if (bytes <= 80)
		redact_name(names->target, NAME_TEXT_MAX, segment, bytes, "-_.");
}

/* /service/SERVICE/operation/OPERATION */
static void read_rpc(struct message_names *names, struct request_target *target)
{
	const char *mark = memmem(target->path, target->path_bytes, "/operation/", 11);
	size_t bytes;

	if (target->path_bytes < 9 || memcmp(target->path, "/service/", 9) != 0 || !mark)
		return;
	mark += 11;
	bytes = target->path_bytes - (size_t)(mark - target->path);
	redact_name(names->operation, TOKEN_MAX, mark, bytes, "");
}

bool aws_service_match(struct message_head *ret, struct request_target *target,
		       const struct http_head *head)
{
	struct message_names *names = &ret->names;
	const char *value = http_head_value(head, HTTP_AMZ_TARGET);
	const char *point;

	read_service(names, head);
	if (!names->service[0])
		return false;
	ret->kind = MESSAGE_AWS;
	if (value) {
		point = strrchr(value, '.');
		if (point)
			redact_name(names->operation, TOKEN_MAX, point + 1, strlen(point + 1), "");
	}
	if (strcmp(names->service, "s3") == 0)
		read_s3(names, target, head);
	else if (strcmp(names->service, "sqs") == 0)
		read_sqs(names, target);
	else if (strcmp(names->service, "execute-api") == 0 && ret->method == HTTP_METHOD_POST &&
		 memmem(target->path, target->path_bytes, "/@connections/", 14))
		strcpy(names->operation, "PostToConnection");
	else if (strcmp(names->service, "rds-data") == 0 && target->path_bytes > 1)
		redact_name(names->operation, TOKEN_MAX, target->path + 1, target->path_bytes - 1,
			    "");
	if (!names->operation[0])
		read_rpc(names, target);
	if (strcmp(names->service, "execute-api") == 0)
		target->hidden = memmem(target->path, target->path_bytes, "/@connections/", 14);
	if (target->hidden && strcmp(names->service, "execute-api") == 0)
		target->hidden += 14;
	return true;
}
