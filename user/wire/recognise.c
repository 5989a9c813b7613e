/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * recognise.c - takes a request's target apart, asks the recognisers and keeps the headers that any
 * message may carry.
 */
#include "wire/recognise.h"

#include <string.h>

#include "wire/aws_service.h"
#include "wire/invoke_api.h"
#include "wire/runtime_api.h"

void message_head_init(struct message_head *message)
{
	struct message_names *names = &message->names;

	memset(message, 0, offsetof(struct message_head, names));
	names->request_id[0] = 0;
	names->function[0] = 0;
	names->qualifier[0] = 0;
	names->arn[0] = 0;
	names->host[0] = 0;
	names->path[0] = 0;
	names->service[0] = 0;
	names->operation[0] = 0;
	names->target[0] = 0;
	names->trace_header[0] = 0;
	names->traceparent[0] = 0;
	names->sdk_invocation_id[0] = 0;
	names->function_error[0] = 0;
	message->kind = MESSAGE_HTTP;
}

/* "/" 4DIGIT "-" 2DIGIT "-" 2DIGIT "/" */
static bool is_version_segment(const char *text, size_t bytes)
{
	static const char form[] = "/dddd-dd-dd/";

	if (bytes < sizeof(form) - 1)
		return false;
	for (size_t i = 0; i < sizeof(form) - 1; i++)
		if (form[i] == 'd' ? text[i] < '0' || text[i] > '9' : text[i] != form[i])
			return false;
	return true;
}

static void find_api(struct request_target *target)
{
	const char *end = target->path + target->path_bytes;
	const char *slash = target->path;

	while (slash && slash < end) {
		if (is_version_segment(slash, (size_t)(end - slash))) {
			target->api_rest = slash + 11;
			target->api_rest_bytes = (size_t)(end - target->api_rest);
			return;
		}
		slash = memchr(slash + 1, '/', (size_t)(end - slash - 1));
	}
}

static void split_target(struct request_target *ret, const char *text)
{
	const char *scheme_end = *text == '/' ? NULL : strstr(text, "://");
	const char *path = text;
	const char *query;

	memset(ret, 0, sizeof(*ret));
	if (scheme_end)
		path = strchr(scheme_end + 3, '/');
	if (!path || *path != '/')
		path = "";
	query = strchr(path, '?');
	ret->path = path;
	ret->path_bytes = query ? (size_t)(query - path) : strlen(path);
	if (query) {
		ret->query = query + 1;
		ret->query_bytes = strlen(query + 1);
	}
	find_api(ret);
}

const char *form_find(const char *text, size_t bytes, const char *key, size_t *ret_bytes)
{
	size_t key_bytes = strlen(key);
	const char *end = text + bytes;

	while (text && text < end) {
		const char *ampersand = memchr(text, '&', (size_t)(end - text));
		const char *parameter_end = ampersand ? ampersand : end;

		if ((size_t)(parameter_end - text) > key_bytes && text[key_bytes] == '=' &&
		    memcmp(text, key, key_bytes) == 0) {
			*ret_bytes = (size_t)(parameter_end - text) - key_bytes - 1;
			return text + key_bytes + 1;
		}
		text = ampersand ? ampersand + 1 : NULL;
	}
	return NULL;
}

const char *query_find(const struct request_target *target, const char *key, size_t *ret_bytes)
{
	return target->query ? form_find(target->query, target->query_bytes, key, ret_bytes) : NULL;
}

/* "attempt=2; max=3" (AWS SDKs, retry behaviour): the number after @key, 0 where absent. */
static uint16_t read_sdk_number(const char *text, const char *key)
{
	const char *value = strstr(text, key);
	unsigned int number = 0;

	if (!value)
		return 0;
	for (value += strlen(key); *value >= '0' && *value <= '9' && number < 6553; value++)
		number = number * 10 + (unsigned int)(*value - '0');
	return (uint16_t)number;
}

void message_head_set_trace(struct message_head *message, const char *text, size_t bytes)
{
	if (!redact_trace_header(message->names.trace_header, text, bytes))
		message->flags |= MESSAGE_TRACE_MALFORMED;
}

/* Headers that requests and responses of any kind may carry. */
static void read_common(struct message_head *ret, const struct http_head *head)
{
	struct message_names *names = &ret->names;
	const char *value;

	value = http_head_value(head, HTTP_AMZN_TRACE_ID);
	if (value && !names->trace_header[0])
		message_head_set_trace(ret, value, strlen(value));
	value = http_head_value(head, HTTP_TRACEPARENT);
	if (value && *value && !redact_traceparent(names->traceparent, value, strlen(value)))
		ret->flags |= MESSAGE_TRACE_MALFORMED;
	if (head->dropped &
	    (1u << HTTP_AMZN_TRACE_ID | 1u << HTTP_RUNTIME_TRACE_ID | 1u << HTTP_TRACEPARENT))
		ret->flags |= MESSAGE_TRACE_MALFORMED;
	value = http_head_value(head, HTTP_AMZ_FUNCTION_ERROR);
	if (value && !names->function_error[0])
		redact_name(names->function_error, TOKEN_MAX, value, strlen(value), "._-");
}

void recognise_request(struct message_head *ret, const struct http_head *head)
{
	const char *text = http_head_target(head);
	struct request_target target;
	const char *value;

	message_head_init(ret);
	ret->method = head->method;
	split_target(&target, text ? text : "");
	if (!runtime_api_match(ret, &target, head) && !invoke_api_match(ret, &target, head) &&
	    !function_url_match(ret, head))
		aws_service_match(ret, &target, head);
	redact_path(ret->names.path, target.path, target.path_bytes, target.hidden);
	read_common(ret, head);
	value = http_head_value(head, HTTP_HOST);
	if (value)
		redact_host(ret->names.host, value, strlen(value));
	value = http_head_value(head, HTTP_SDK_INVOCATION_ID);
	if (value)
		redact_name(ret->names.sdk_invocation_id, TOKEN_MAX, value, strlen(value), "-");
	value = http_head_value(head, HTTP_SDK_REQUEST);
	if (value) {
		ret->sdk_attempt = read_sdk_number(value, "attempt=");
		ret->sdk_max = read_sdk_number(value, "max=");
	}
}

void recognise_response(struct message_head *ret, const struct http_head *head,
			uint8_t request_kind)
{
	const char *value = http_head_value(head, HTTP_AMZN_REQUEST_ID);

	message_head_init(ret);
	ret->kind = request_kind;
	ret->status = head->status;
	ret->flags = MESSAGE_IS_RESPONSE;
	runtime_api_read_reply(ret, head);
	if (value && !ret->names.request_id[0])
		redact_request_id(ret->names.request_id, value, strlen(value));
	read_common(ret, head);
}
