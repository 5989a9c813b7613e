/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * recognise.h - an HTTP head -> what the message is and the redacted names that it carries.
 *
 * Asks the recognisers in turn: Runtime API, Invoke API, AWS services; what none knows is plain HTTP.
 * Everything here is fit to be written to a trace.
 */
#ifndef IDLETAX_WIRE_RECOGNISE_H
#define IDLETAX_WIRE_RECOGNISE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "trace_format.h"
#include "wire/http_head.h"
#include "wire/redact.h"

/* Empty strings are absent ones. */
struct message_names {
	char request_id[REQUEST_ID_MAX];
	char function[NAME_TEXT_MAX];
	char qualifier[NAME_TEXT_MAX];
	char arn[NAME_TEXT_MAX];
	char host[HOST_MAX];
	char path[PATH_MAX_KEPT];
	char service[TOKEN_MAX];
	char operation[TOKEN_MAX];
	char target[NAME_TEXT_MAX];
	char trace_header[TRACE_HEADER_MAX];
	char traceparent[TRACEPARENT_MAX];
	char sdk_invocation_id[TOKEN_MAX];
	char function_error[TOKEN_MAX];
};

struct message_head {
	uint64_t deadline_ms;
	uint32_t flags; /* enum message_flag that the head decides */
	uint16_t status;
	uint16_t sdk_attempt;
	uint16_t sdk_max;
	uint8_t kind;		 /* enum message_kind */
	uint8_t method;		 /* enum http_method */
	uint8_t invocation_type; /* enum invocation_type */
	struct message_names names;
};

/* A request's target taken apart; text is borrowed from the head. */
struct request_target {
	const char *path; /* from the first '/', prefix included */
	size_t path_bytes;
	const char *query; /* after '?', or NULL */
	size_t query_bytes;
	const char
		*api_rest; /* the path after an API version segment such as /2018-06-01, or NULL */
	size_t api_rest_bytes;
	const char *hidden; /* the path segment that is never kept, or NULL */
};

void message_head_init(struct message_head *message);

/* X-Amzn-Trace-Id, by this name or another; tells where it is malformed. */
void message_head_set_trace(struct message_head *message, const char *text, size_t bytes);

void recognise_request(struct message_head *ret, const struct http_head *head);

/* @request_kind: of the request that it answers (enum message_kind); MESSAGE_HTTP where unknown. */
void recognise_response(struct message_head *ret, const struct http_head *head,
			uint8_t request_kind);

/* The value of @key in key=value&..., still percent-encoded; NULL where absent. */
const char *form_find(const char *text, size_t bytes, const char *key, size_t *ret_bytes);

/* The same of the target's query. */
const char *query_find(const struct request_target *target, const char *key, size_t *ret_bytes);

#endif
