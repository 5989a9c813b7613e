/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * fuzz_aws.c - the input is the body of a request to an AWS service, behind one byte that chooses the
 * service: what is kept of it has the form of a name, and lies in it as it stands where it needs no
 * decoding. As text, it is a host name, too.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "wire/aws_body.h"
#include "wire/aws_host.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static const char *const services[] = {
	"sqs", "sns", "events", "states", "dynamodb", "kinesis",    "firehose", "secretsmanager",
	"ssm", "kms", "logs",	"sts",	  "rds-data", "monitoring", "s3",
};

static void check_name(const char *name, size_t size)
{
	static const char further[] = "-_./+=@,#";

	if (strnlen(name, size) == size)
		abort();
	for (; *name; name++)
		if (!((*name | 32) >= 'a' && (*name | 32) <= 'z') &&
		    !(*name >= '0' && *name <= '9') && !strchr(further, *name))
			abort();
}

static void read_body(const char *service, const char *text, size_t bytes, bool is_whole)
{
	struct message_head message;
	const char *names = message.names.target;

	message_head_init(&message);
	message.kind = MESSAGE_AWS;
	strcpy(message.names.service, service);
	aws_body_read(&message, text, bytes, is_whole);
	check_name(names, NAME_TEXT_MAX);
	check_name(message.names.operation, TOKEN_MAX);
	if (names[0] && strcmp(names, "default") != 0 && !memchr(text, '%', bytes) &&
	    !memchr(text, '\\', bytes) && !memmem(text, bytes, names, strlen(names)))
		abort();
}

static void read_host(const char *text)
{
	struct aws_host host;

	if (aws_host_parse(&host, text) &&
	    (!host.service || (host.prefix && host.prefix_bytes >= strlen(text))))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	char *text;

	if (bytes < 2)
		return 0;
	/* of its own size, so that a read beyond it is seen */
	text = malloc(bytes);
	memcpy(text, data + 1, bytes - 1);
	for (int is_whole = 0; is_whole < 2; is_whole++)
		read_body(services[data[0] % (sizeof(services) / sizeof(services[0]))], text,
			  bytes - 1, is_whole);
	text[bytes - 1] = 0;
	read_host(text);
	free(text);
	return 0;
}
