/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * localstack.c - see localstack.h. The payload is the body of the caller's Invoke request, so its digest
 * links the two.
 */
#include "wire/localstack.h"

#include <string.h>

#include "base/lambda_name.h"
#include "wire/json_walk.h"

/* The characters of the string member @key; NULL where it is none. */
static const char *find_string(const char *text, size_t bytes, const char *key, size_t *ret_bytes)
{
	const char *value = json_find(text, bytes, key, &bytes);

	if (!value || bytes < 2 || *value != '"')
		return NULL;
	*ret_bytes = bytes - 2;
	return value + 1;
}

static void read_names(struct message_head *message, const char *text, size_t bytes)
{
	struct message_names *names = &message->names;
	struct lambda_name name;
	size_t length;
	const char *value = find_string(text, bytes, "invoked-function-arn", &length);

	if (value && lambda_name_parse(&name, value, length, false) == 0) {
		redact_name(names->function, NAME_TEXT_MAX, name.function, strlen(name.function),
			    "-_.");
		redact_name(names->qualifier, NAME_TEXT_MAX, name.qualifier, strlen(name.qualifier),
			    "-_$.");
		redact_name(names->arn, NAME_TEXT_MAX, name.arn, strlen(name.arn), "-_$.:");
	}
	value = find_string(text, bytes, "trace-id", &length);
	if (value && !names->trace_header[0])
		message_head_set_trace(message, value, length);
}

bool localstack_read_invoke(struct message_head *message, const char *text, size_t bytes,
			    struct buffer *payload)
{
	struct message_names *names = &message->names;
	const char *id, *value;
	size_t length;

	if (message->kind != MESSAGE_HTTP || message->method != HTTP_METHOD_POST ||
	    strcmp(names->path, "/invoke") != 0)
		return false;
	id = find_string(text, bytes, "invoke-id", &length);
	if (!id || !redact_request_id(names->request_id, id, length))
		return false;
	read_names(message, text, bytes);
	value = find_string(text, bytes, "payload", &length);
	return value && json_unescape(payload, value, length) == 0;
}
