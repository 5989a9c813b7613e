/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * http_head.h - start line and header lines of HTTP/1.x (RFC 9112, sections 2 to 5) -> the few values
 * that are kept while a message is recognised. Every header that is not listed here is dropped when
 * its line has been read; of Authorization only the service name of the signature scope is taken.
 */
#ifndef IDLETAX_WIRE_HTTP_HEAD_H
#define IDLETAX_WIRE_HTTP_HEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HTTP_HEAD_TEXT_MAX 6144 /* bytes of all kept values of one head */
#define HTTP_TARGET_MAX 2048	/* bytes kept of a request target */
#define HTTP_VALUE_MAX 1024	/* a longer value of a listed header is dropped */

enum http_header {
	HTTP_HOST = 0,
	HTTP_CONTENT_LENGTH,
	HTTP_TRANSFER_ENCODING,
	HTTP_CONNECTION,
	HTTP_UPGRADE,
	HTTP_EXPECT,
	HTTP_RUNTIME_REQUEST_ID,    /* lambda-runtime-aws-request-id */
	HTTP_RUNTIME_DEADLINE_MS,   /* lambda-runtime-deadline-ms */
	HTTP_RUNTIME_FUNCTION_ARN,  /* lambda-runtime-invoked-function-arn */
	HTTP_RUNTIME_TRACE_ID,	    /* lambda-runtime-trace-id */
	HTTP_RUNTIME_ERROR_TYPE,    /* lambda-runtime-function-error-type */
	HTTP_RUNTIME_RESPONSE_MODE, /* lambda-runtime-function-response-mode */
	HTTP_AMZN_REQUEST_ID,	    /* x-amzn-requestid */
	HTTP_AMZN_TRACE_ID,	    /* x-amzn-trace-id */
	HTTP_TRACEPARENT,
	HTTP_AMZ_INVOCATION_TYPE, /* x-amz-invocation-type */
	HTTP_AMZ_FUNCTION_ERROR,  /* x-amz-function-error */
	HTTP_AMZ_TARGET,	  /* x-amz-target */
	HTTP_AMZ_COPY_SOURCE,	  /* x-amz-copy-source: that it is there, nothing of its value */
	HTTP_SDK_INVOCATION_ID,	  /* amz-sdk-invocation-id */
	HTTP_SDK_REQUEST,	  /* amz-sdk-request */
	HTTP_AUTHORIZATION,	  /* holds the signature scope's service, nothing else of it */
	HTTP_HEADER_COUNT,
};
_Static_assert(HTTP_HEADER_COUNT <= 32, "a bit of http_head.dropped for each");

enum http_start {
	HTTP_START_NOT = 0,   /* cannot be a start line */
	HTTP_START_MAYBE = 1, /* too short to tell */
	HTTP_START_REQUEST = 2,
	HTTP_START_RESPONSE = 3,
};

struct http_value {
	uint16_t offset; /* into text; 0: absent */
	uint16_t bytes;
};

struct http_head {
	bool is_response;
	bool is_http_1_0;
	bool is_truncated;   /* a value did not fit and is missing */
	uint32_t dropped;    /* bit for each header of which a value did not fit */
	uint8_t method;	     /* enum http_method; requests */
	bool is_connect;     /* method CONNECT */
	uint16_t status;     /* responses */
	uint8_t last_header; /* enum http_header of the line before, for continuation lines */
	uint16_t text_bytes;
	struct http_value target;
	struct http_value values[HTTP_HEADER_COUNT];
	char text[HTTP_HEAD_TEXT_MAX]; /* every value ends with NUL */
};

/* What the first @bytes of a message can be. */
enum http_start http_start_match(const uint8_t *data, size_t bytes);

void http_head_init(struct http_head *head);

/* @line without its line end. 0, or -EINVAL where it is no start line of HTTP/1.x. */
int http_head_start_line(struct http_head *head, const char *line, size_t bytes);

/*
 * One header line or continuation line (obs-fold) without its line end. 0, or -EINVAL where it is no
 * header line.
 */
int http_head_header_line(struct http_head *head, const char *line, size_t bytes);

/* NUL-terminated, or NULL where the header was absent. */
const char *http_head_value(const struct http_head *head, enum http_header header);
const char *http_head_target(const struct http_head *head);

#endif
