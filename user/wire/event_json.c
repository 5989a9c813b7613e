/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * event_json.c - see event_json.h.
 */
#include "wire/event_json.h"

#include <stdlib.h>
#include <string.h>

#include "wire/json_walk.h"

static void read_context_member(struct event_context *ret, const struct json_member *member)
{
	const char *text = member->value + 1;
	size_t bytes = member->value_bytes - 2;

	if (member->value_bytes < 2 || *member->value != '"') {
		if (json_is_key(member, "memoryLimitInMB"))
			ret->memory_mb = (uint32_t)strtoul(member->value, NULL, 10);
		return;
	}
	if (json_is_key(member, "awsRequestId"))
		redact_request_id(ret->request_id, text, bytes);
	else if (json_is_key(member, "functionName"))
		redact_name(ret->function, NAME_TEXT_MAX, text, bytes, "-_.");
	else if (json_is_key(member, "invokedFunctionArn"))
		redact_name(ret->arn, NAME_TEXT_MAX, text, bytes, "-_$.:");
	else if (json_is_key(member, "memoryLimitInMB") && bytes < 8)
		ret->memory_mb = (uint32_t)strtoul(text, NULL, 10);
}

void event_context_read(struct event_context *ret, const char *text, size_t bytes)
{
	static const char prefix[] = "{\"context\":";
	const char *end = text + bytes;
	const char *next = text + sizeof(prefix) - 1;
	struct json_member member;

	ret->request_id[0] = 0;
	ret->function[0] = 0;
	ret->arn[0] = 0;
	ret->memory_mb = 0;
	if (bytes < sizeof(prefix) || memcmp(text, prefix, sizeof(prefix) - 1) != 0)
		return;
	while ((next = json_next_member(&member, next, end)))
		read_context_member(ret, &member);
}
