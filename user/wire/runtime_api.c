/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * runtime_api.c - paths after the version segment:
 *
 *   /runtime/invocation/next			GET
 *   /runtime/invocation/ID/(response|error)	POST
 *   /runtime/init/error			POST
 *   /runtime/restore/(next|error)
 *   /extension/event/next			GET
 *   /extension/(register|init/error|exit/error)
 *   /telemetry
 */
#include "wire/runtime_api.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/lambda_name.h"

static bool is_text(const char *text, size_t bytes, const char *expected)
{
	return bytes == strlen(expected) && memcmp(text, expected, bytes) == 0;
}

static bool starts_with(const char *text, size_t bytes, const char *prefix)
{
	size_t length = strlen(prefix);

	return bytes >= length && memcmp(text, prefix, length) == 0;
}

/* ID/response or ID/error, after "/runtime/invocation/". */
static bool match_invocation(struct message_head *ret, struct request_target *target,
			     const char *text, size_t bytes)
{
	const char *slash = memchr(text, '/', bytes);
	size_t rest;

	if (!slash || slash == text)
		return false;
	rest = bytes - (size_t)(slash - text);
	if (is_text(slash, rest, "/response"))
		ret->kind = MESSAGE_RUNTIME_RESPONSE;
	else if (is_text(slash, rest, "/error"))
		ret->kind = MESSAGE_RUNTIME_ERROR;
	else
		return false;
	redact_request_id(ret->names.request_id, text, (size_t)(slash - text));
	target->hidden = text;
	return true;
}

static bool match_path(struct message_head *ret, struct request_target *target)
{
	static const char invocation[] = "/runtime/invocation/";
	const char *rest = target->api_rest;
	size_t bytes = target->api_rest_bytes;

	if (!rest)
		return false;
	if (is_text(rest, bytes, "/runtime/invocation/next"))
		ret->kind = MESSAGE_RUNTIME_NEXT;
	else if (starts_with(rest, bytes, invocation))
		return match_invocation(ret, target, rest + sizeof(invocation) - 1,
					bytes - (sizeof(invocation) - 1));
	else if (is_text(rest, bytes, "/runtime/init/error"))
		ret->kind = MESSAGE_RUNTIME_INIT_ERROR;
	else if (starts_with(rest, bytes, "/runtime/restore/"))
		ret->kind = MESSAGE_RUNTIME_RESTORE;
	else if (is_text(rest, bytes, "/extension/event/next"))
		ret->kind = MESSAGE_EXTENSION_NEXT;
	else if (starts_with(rest, bytes, "/extension/"))
		ret->kind = MESSAGE_EXTENSION;
	else if (is_text(rest, bytes, "/telemetry") || starts_with(rest, bytes, "/telemetry/"))
		ret->kind = MESSAGE_TELEMETRY;
	else
		return false;
	return true;
}

bool runtime_api_match(struct message_head *ret, struct request_target *target,
		       const struct http_head *head)
{
	const char *value;

	if (!match_path(ret, target))
		return false;
	value = http_head_value(head, HTTP_RUNTIME_ERROR_TYPE);
	if (value)
		redact_name(ret->names.function_error, TOKEN_MAX, value, strlen(value), "._-");
	value = http_head_value(head, HTTP_RUNTIME_RESPONSE_MODE);
	if (value && strcasecmp(value, "streaming") == 0)
		ret->flags |= MESSAGE_STREAMED;
	return true;
}

void runtime_api_read_reply(struct message_head *ret, const struct http_head *head)
{
	const char *value = http_head_value(head, HTTP_RUNTIME_REQUEST_ID);
	struct lambda_name name;

	if (value) {
		redact_request_id(ret->names.request_id, value, strlen(value));
		if (ret->kind == MESSAGE_HTTP) /* its request was sent before the recording */
			ret->kind = MESSAGE_RUNTIME_NEXT;
	}
	value = http_head_value(head, HTTP_RUNTIME_DEADLINE_MS);
	if (value && strlen(value) <= 18 && strspn(value, "0123456789") == strlen(value))
		ret->deadline_ms = strtoull(value, NULL, 10);
	value = http_head_value(head, HTTP_RUNTIME_FUNCTION_ARN);
	if (value && lambda_name_parse(&name, value, strlen(value), false) == 0) {
		redact_name(ret->names.function, NAME_TEXT_MAX, name.function,
			    strlen(name.function), "-_.");
		redact_name(ret->names.qualifier, NAME_TEXT_MAX, name.qualifier,
			    strlen(name.qualifier), "-_$.");
		redact_name(ret->names.arn, NAME_TEXT_MAX, name.arn, strlen(name.arn), "-_$.:");
	}
	value = http_head_value(head, HTTP_RUNTIME_TRACE_ID);
	if (value)
		message_head_set_trace(ret, value, strlen(value));
}
