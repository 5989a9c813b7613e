/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * http_head.c - lines of an HTTP/1.x head:
 *
 *   request-line = METHOD SP target SP "HTTP/1." DIGIT		(RFC 9112, 3)
 *   status-line  = "HTTP/1." DIGIT SP 3DIGIT [SP reason]	(RFC 9112, 4)
 *   header-line  = name ":" OWS value OWS			(RFC 9112, 5)
 *   obs-fold     = (SP / HT) more of the value			(RFC 9112, 5.2)
 */
#include "wire/http_head.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "trace_format.h"

#define METHOD_BYTES_MAX 20
#define HEADER_NONE HTTP_HEADER_COUNT

static const struct {
	const char *name;
	uint8_t bytes;
	uint8_t header;
} header_names[] = {
#define HEADER(text, id)                   \
	{                                  \
		text, sizeof(text) - 1, id \
	}
	HEADER("host", HTTP_HOST),
	HEADER("content-length", HTTP_CONTENT_LENGTH),
	HEADER("transfer-encoding", HTTP_TRANSFER_ENCODING),
	HEADER("connection", HTTP_CONNECTION),
	HEADER("upgrade", HTTP_UPGRADE),
	HEADER("expect", HTTP_EXPECT),
	HEADER("lambda-runtime-aws-request-id", HTTP_RUNTIME_REQUEST_ID),
	HEADER("lambda-runtime-deadline-ms", HTTP_RUNTIME_DEADLINE_MS),
	HEADER("lambda-runtime-invoked-function-arn", HTTP_RUNTIME_FUNCTION_ARN),
	HEADER("lambda-runtime-trace-id", HTTP_RUNTIME_TRACE_ID),
	HEADER("lambda-runtime-function-error-type", HTTP_RUNTIME_ERROR_TYPE),
	HEADER("lambda-runtime-function-response-mode", HTTP_RUNTIME_RESPONSE_MODE),
	HEADER("x-amzn-requestid", HTTP_AMZN_REQUEST_ID),
	HEADER("x-amzn-trace-id", HTTP_AMZN_TRACE_ID),
	HEADER("traceparent", HTTP_TRACEPARENT),
	HEADER("x-amz-invocation-type", HTTP_AMZ_INVOCATION_TYPE),
	HEADER("x-amz-function-error", HTTP_AMZ_FUNCTION_ERROR),
	HEADER("x-amz-target", HTTP_AMZ_TARGET),
	HEADER("x-amz-copy-source", HTTP_AMZ_COPY_SOURCE),
	HEADER("amz-sdk-invocation-id", HTTP_SDK_INVOCATION_ID),
	HEADER("amz-sdk-request", HTTP_SDK_REQUEST),
	HEADER("authorization", HTTP_AUTHORIZATION),
#undef HEADER
};
_Static_assert(sizeof(header_names) / sizeof(header_names[0]) == HTTP_HEADER_COUNT,
	       "every kept header has a name");

static const struct {
	const char *name;
	uint8_t method;
} methods[] = {
	{ "GET", HTTP_METHOD_GET },	{ "POST", HTTP_METHOD_POST },
	{ "PUT", HTTP_METHOD_PUT },	{ "DELETE", HTTP_METHOD_DELETE },
	{ "HEAD", HTTP_METHOD_HEAD },	{ "OPTIONS", HTTP_METHOD_OPTIONS },
	{ "PATCH", HTTP_METHOD_PATCH },
};

enum http_start http_start_match(const uint8_t *data, size_t bytes)
{
	static const char version[] = "HTTP/1.";
	size_t method = 0;

	if (memcmp(data, version, bytes < 7 ? bytes : 7) == 0)
		return bytes < 7 ? HTTP_START_MAYBE : HTTP_START_RESPONSE;
	while (method < bytes && method <= METHOD_BYTES_MAX &&
	       ((data[method] >= 'A' && data[method] <= 'Z') || data[method] == '-'))
		method++;
	if (method == bytes && method <= METHOD_BYTES_MAX)
		return HTTP_START_MAYBE;
	if (method < 3 || method > METHOD_BYTES_MAX || data[method] != ' ')
		return HTTP_START_NOT;
	return HTTP_START_REQUEST;
}

void http_head_init(struct http_head *head)
{
	memset(head, 0, offsetof(struct http_head, text));
	head->text_bytes = 1; /* offset 0 means absent */
	head->last_header = HEADER_NONE;
}

static void store(struct http_head *head, struct http_value *value, const char *text, size_t bytes)
{
	if (bytes + 1 > (size_t)(HTTP_HEAD_TEXT_MAX - head->text_bytes)) {
		head->is_truncated = true;
		return;
	}
	value->offset = head->text_bytes;
	value->bytes = (uint16_t)bytes;
	memcpy(head->text + value->offset, text, bytes);
	head->text[value->offset + bytes] = 0;
	head->text_bytes = (uint16_t)(value->offset + bytes + 1);
}

static int read_status_line(struct http_head *head, const char *line, size_t bytes)
{
	if (bytes < 12 || line[8] != ' ')
		return -EINVAL;
	for (size_t i = 9; i < 12; i++) {
		if (line[i] < '0' || line[i] > '9')
			return -EINVAL;
		head->status = (uint16_t)(head->status * 10 + (line[i] - '0'));
	}
	if (head->status < 100 || (bytes > 12 && line[12] != ' '))
		return -EINVAL;
	head->is_response = true;
	head->is_http_1_0 = line[7] == '0';
	return 0;
}

int http_head_start_line(struct http_head *head, const char *line, size_t bytes)
{
	const char *target, *target_end;

	if (bytes > 8 && memcmp(line, "HTTP/1.", 7) == 0)
		return read_status_line(head, line, bytes);
	if (http_start_match((const uint8_t *)line, bytes) != HTTP_START_REQUEST || bytes < 14)
		return -EINVAL;
	target_end = line + bytes - 9;
	if (memcmp(target_end, " HTTP/1.", 8) != 0 || line[bytes - 1] < '0' ||
	    line[bytes - 1] > '9')
		return -EINVAL;
	target = memchr(line, ' ', bytes);
	head->method = HTTP_METHOD_OTHER;
	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++)
		if (strlen(methods[i].name) == (size_t)(target - line) &&
		    memcmp(methods[i].name, line, (size_t)(target - line)) == 0)
			head->method = methods[i].method;
	head->is_connect = target - line == 7 && memcmp(line, "CONNECT", 7) == 0;
	target++;
	if (target >= target_end)
		return -EINVAL;
	head->is_http_1_0 = line[bytes - 1] == '0';
	if (target_end - target > HTTP_TARGET_MAX) {
		head->is_truncated = true;
		target_end = target + HTTP_TARGET_MAX;
	}
	store(head, &head->target, target, (size_t)(target_end - target));
	return 0;
}

/* "AWS4-HMAC-SHA256 Credential=AKID/date/region/SERVICE/aws4_request, ..." (AWS SigV4): SERVICE. */
static void store_scope_service(struct http_head *head, const char *text, size_t bytes)
{
	const char *end, *service;
	const char *scope;

	if (bytes < 5 || memcmp(text, "AWS4-", 5) != 0 || head->values[HTTP_AUTHORIZATION].offset)
		return;
	scope = memmem(text, bytes, "Credential=", 11);
	if (!scope)
		return;
	end = memmem(scope, (size_t)(text + bytes - scope), "/aws4_request", 13);
	if (!end)
		return;
	service = memrchr(scope, '/', (size_t)(end - scope));
	if (!service || end - service > 33)
		return;
	service++;
	for (const char *next = service; next < end; next++)
		if (!(*next >= 'a' && *next <= 'z') && !(*next >= '0' && *next <= '9') &&
		    *next != '-')
			return;
	if (service < end)
		store(head, &head->values[HTTP_AUTHORIZATION], service, (size_t)(end - service));
}

static uint8_t find_header(const char *name, size_t bytes)
{
	for (size_t i = 0; i < HTTP_HEADER_COUNT; i++)
		if (header_names[i].bytes == bytes && (header_names[i].name[0] == (*name | 32)) &&
		    strncasecmp(header_names[i].name, name, bytes) == 0)
			return header_names[i].header;
	return HEADER_NONE;
}

/* Appends @text, joined by ", " (a list header again) or " " (obs-fold), as a new copy. */
static void join(struct http_head *head, struct http_value *value, const char *separator,
		 const char *text, size_t bytes)
{
	char joined[HTTP_VALUE_MAX + 2];
	size_t separator_bytes = strlen(separator);
	size_t used = value->bytes;

	if (used + separator_bytes + bytes > HTTP_VALUE_MAX) {
		head->is_truncated = true;
		return;
	}
	memcpy(joined, head->text + value->offset, used);
	memcpy(joined + used, separator, separator_bytes);
	memcpy(joined + used + separator_bytes, text, bytes);
	store(head, value, joined, used + separator_bytes + bytes);
}

static void trim(const char **text, size_t *bytes)
{
	while (*bytes && (**text == ' ' || **text == '\t')) {
		(*text)++;
		(*bytes)--;
	}
	while (*bytes && ((*text)[*bytes - 1] == ' ' || (*text)[*bytes - 1] == '\t'))
		(*bytes)--;
}

/* A continuation of a listed header's value; of Authorization nothing more is wanted. */
static void fold_line(struct http_head *head, const char *line, size_t bytes)
{
	struct http_value *value = &head->values[head->last_header % HTTP_HEADER_COUNT];

	if (head->last_header == HEADER_NONE || head->last_header == HTTP_AUTHORIZATION)
		return;
	trim(&line, &bytes);
	if (!value->offset)
		store(head, value, line, bytes > HTTP_VALUE_MAX ? 0 : bytes);
	else if (bytes)
		join(head, value, value->bytes ? " " : "", line, bytes);
}

static bool is_name(const char *text, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++)
		if ((unsigned char)text[i] <= ' ' || (unsigned char)text[i] >= 0x7f)
			return false;
	return bytes != 0;
}

static void drop(struct http_head *head, enum http_header header)
{
	head->is_truncated = true;
	head->dropped |= 1u << header;
}

int http_head_header_line(struct http_head *head, const char *line, size_t bytes)
{
	const char *colon;
	struct http_value *value;
	uint8_t header;

	if (bytes && (*line == ' ' || *line == '\t')) {
		fold_line(head, line, bytes);
		return 0;
	}
	colon = memchr(line, ':', bytes);
	if (!colon || !is_name(line, (size_t)(colon - line)))
		return -EINVAL;
	header = find_header(line, (size_t)(colon - line));
	head->last_header = header;
	if (header == HEADER_NONE)
		return 0;
	bytes -= (size_t)(colon + 1 - line);
	line = colon + 1;
	trim(&line, &bytes);
	value = &head->values[header];
	if (header == HTTP_AUTHORIZATION)
		store_scope_service(head, line, bytes);
	else if (header == HTTP_AMZ_COPY_SOURCE)
		store(head, value, line, 0);
	else if (bytes > HTTP_VALUE_MAX)
		drop(head, header);
	else if (!value->offset)
		store(head, value, line, bytes);
	else if (header == HTTP_TRANSFER_ENCODING || header == HTTP_CONNECTION ||
		 header == HTTP_CONTENT_LENGTH)
		join(head, value, ", ", line, bytes);
	return 0;
}

const char *http_head_value(const struct http_head *head, enum http_header header)
{
	return head->values[header].offset ? head->text + head->values[header].offset : NULL;
}

const char *http_head_target(const struct http_head *head)
{
	return head->target.offset ? head->text + head->target.offset : NULL;
}
