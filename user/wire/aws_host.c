/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * aws_host.c -
 *
 *   host = [ prefix "." ] service [ "-fips" ] [ ".dualstack" ] [ "." region ] [ ".vpce" ] domain
 *
 * S3 has an older form, s3-REGION, and s3express-ZONE.
 */
#include "wire/aws_host.h"

#include <string.h>

static const char *const domains[] = {
	".amazonaws.com", ".amazonaws.com.cn", ".on.aws", ".api.aws", ".localhost.localstack.cloud",
};

static const struct {
	const char *label, *service;
} services[] = {
	{ "lambda", "lambda" },
	{ "lambda-url", "lambda-url" },
	{ "sqs", "sqs" },
	{ "queue", "sqs" },
	{ "sns", "sns" },
	{ "events", "events" },
	{ "states", "states" },
	{ "sync-states", "states" },
	{ "dynamodb", "dynamodb" },
	{ "ddb", "dynamodb" },
	{ "kinesis", "kinesis" },
	{ "data-kinesis", "kinesis" },
	{ "control-kinesis", "kinesis" },
	{ "firehose", "firehose" },
	{ "s3", "s3" },
	{ "secretsmanager", "secretsmanager" },
	{ "ssm", "ssm" },
	{ "kms", "kms" },
	{ "logs", "logs" },
	{ "monitoring", "monitoring" },
	{ "sts", "sts" },
	{ "rds-data", "rds-data" },
	{ "execute-api", "execute-api" },
};

static bool ends_in(const char *text, size_t bytes, const char *end)
{
	size_t length = strlen(end);

	return bytes > length && memcmp(text + bytes - length, end, length) == 0;
}

/* us-east-1, us-gov-west-1 */
static bool is_region(const char *text, size_t bytes)
{
	size_t hyphens = 0;

	for (size_t i = 0; i < bytes; i++) {
		hyphens += text[i] == '-';
		if (text[i] != '-' && !(text[i] >= 'a' && text[i] <= 'z') && i + 1 < bytes)
			return false;
	}
	return bytes >= 9 && text[2] == '-' && hyphens >= 2 && text[bytes - 2] == '-' &&
	       text[bytes - 1] >= '1' && text[bytes - 1] <= '9';
}

static const char *find_service(const char *label, size_t bytes)
{
	if (ends_in(label, bytes, "-fips"))
		bytes -= 5;
	for (size_t i = 0; i < sizeof(services) / sizeof(services[0]); i++)
		if (strlen(services[i].label) == bytes &&
		    memcmp(services[i].label, label, bytes) == 0)
			return services[i].service;
	if (bytes > 3 && memcmp(label, "s3-", 3) == 0 && is_region(label + 3, bytes - 3))
		return "s3";
	if (bytes > 10 && memcmp(label, "s3express-", 10) == 0)
		return "s3";
	return NULL;
}

/* The last label of the name, which gets shorter by it and its dot. */
static const char *take_label(const char *name, size_t *bytes, size_t *ret_bytes)
{
	const char *dot = memrchr(name, '.', *bytes);
	const char *label = dot ? dot + 1 : name;

	*ret_bytes = (size_t)(name + *bytes - label);
	*bytes = dot ? (size_t)(dot - name) : 0;
	return label;
}

/* The name before the domain; 0 where it is none of those known. */
static size_t cut_domain(const char *host)
{
	size_t bytes = strcspn(host, ":");

	for (size_t i = 0; i < sizeof(domains) / sizeof(domains[0]); i++)
		if (ends_in(host, bytes, domains[i]))
			return bytes - strlen(domains[i]);
	return 0;
}

/* "vpce-ID" before the service is an endpoint of one's own network; of S3 one called "bucket.vpce-ID". */
static size_t cut_endpoint(const char *name, size_t bytes, const char *service)
{
	size_t left = bytes, length;
	const char *label = take_label(name, &left, &length);

	if (length < 5 || memcmp(label, "vpce-", 5) != 0)
		return bytes;
	if (strcmp(service, "s3") == 0)
		take_label(name, &left, &length);
	return left;
}

bool aws_host_parse(struct aws_host *ret, const char *host)
{
	size_t left = cut_domain(host), bytes;
	const char *label, *service;

	do {
		if (!left)
			return false;
		label = take_label(host, &left, &bytes);
	} while ((bytes == 4 && memcmp(label, "vpce", 4) == 0) ||
		 (bytes == 9 && memcmp(label, "dualstack", 9) == 0) || is_region(label, bytes));
	service = find_service(label, bytes);
	if (!service)
		return false;
	left = cut_endpoint(host, left, service);
	ret->service = service;
	ret->prefix = left ? host : NULL;
	ret->prefix_bytes = left;
	return true;
}
