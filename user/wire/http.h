/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * http.h - incremental HTTP/1.x parser of one direction of one connection (RFC 9112).
 *
 * Takes any split of its input, and holes in it: bytes that moved but were not captured. It tells
 * where messages begin, what their heads say, where body bytes lie and where messages end; it stores
 * a head while one is open and a line while it is incomplete, nothing else. States:
 *
 *   START        between messages: empty lines are skipped
 *   START_LINE   START_LINE -> HEADERS, or OUT where it is no start line
 *   HEADERS      until an empty line; then by RFC 9112, 6.3: START (no body, or interim response),
 *                LENGTH, CHUNK_SIZE, UNTIL_CLOSE, or OUT (the connection was upgraded)
 *   LENGTH       Content-Length bytes, skipped in one step -> START
 *   CHUNK_SIZE   -> CHUNK_DATA -> CHUNK_END -> CHUNK_SIZE ..., after size 0 TRAILERS -> START
 *   UNTIL_CLOSE  until http_close
 *   LOST         a hole lay where the framing was: until an operation ends in "\r\n0\r\n\r\n", until
 *                one begins like a start line, or until http_end_inferred
 *   OUT          no longer HTTP; takes nothing
 */
#ifndef IDLETAX_WIRE_HTTP_H
#define IDLETAX_WIRE_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "wire/http_head.h"
#include "wire/stream.h"

#define HTTP_LINE_MAX 65536 /* bytes of one line kept; what is longer is read but not understood */
#define HTTP_HEAD_MAX 65536 /* bytes of one head whose values are kept */
#define HTTP_LOST_TAIL 7    /* "\r\n0\r\n\r\n" */

enum http_state {
	HTTP_STATE_START = 0,
	HTTP_STATE_START_LINE,
	HTTP_STATE_HEADERS,
	HTTP_STATE_LENGTH,
	HTTP_STATE_CHUNK_SIZE,
	HTTP_STATE_CHUNK_DATA,
	HTTP_STATE_CHUNK_END,
	HTTP_STATE_TRAILERS,
	HTTP_STATE_UNTIL_CLOSE,
	HTTP_STATE_LOST,
	HTTP_STATE_OUT,
};

enum http_role {
	HTTP_ROLE_UNKNOWN = 0, /* the first start line decides */
	HTTP_ROLE_REQUESTS = 1,
	HTTP_ROLE_RESPONSES = 2,
};

enum http_body_rule {
	HTTP_BODY_BY_HEAD = 0, /* as the head says */
	HTTP_BODY_NONE = 1,    /* response to HEAD */
	HTTP_BODY_TUNNEL = 2,  /* 2xx response to CONNECT: not HTTP from here on */
};

enum http_leave {
	HTTP_LEAVE_NOT_HTTP = 1,  /* the message open (begun, no head yet) is none */
	HTTP_LEAVE_MALFORMED = 2, /* inside a message: it has ended, MESSAGE_MALFORMED */
	HTTP_LEAVE_UPGRADED = 3,  /* after a complete message */
};

/* Called in the order begin, head, body..., end; or begin, leave(NOT_HTTP); or begin, interim. */
struct http_events {
	void (*begin)(void *context);
	/* @head lives until this returns. Not called for interim (1xx) responses other than 101. */
	enum http_body_rule (*head)(void *context, const struct http_head *head);
	/* @data NULL: not captured. Chunk framing is taken off. */
	void (*body)(void *context, const uint8_t *data, uint64_t bytes);
	/* A listed header in the trailers of a chunked body. */
	void (*trailer)(void *context, enum http_header header, const char *value);
	void (*interim)(void *context); /* the message begun was an interim response */
	/* @flags of enum message_flag that the parser knows of; @wire_bytes with its head. */
	void (*end)(void *context, uint32_t flags, uint64_t wire_bytes);
	/* The bytes from here on are the caller's; @held_bytes of the open message were taken before. */
	void (*leave)(void *context, enum http_leave why, uint64_t held_bytes);
};

struct http_parser {
	const struct http_events *events;
	void *context;
	enum http_state state;
	enum http_role role;
	uint32_t flags;		 /* enum message_flag of the open message */
	bool is_unsure;		 /* position unknown: what is no start line is a LOST message */
	bool is_discarding_line; /* the line is too long to be kept */
	uint64_t message_bytes;	 /* of the open message so far */
	uint64_t head_bytes;
	uint64_t body_left;	      /* LENGTH, CHUNK_DATA */
	struct http_head *head;	      /* while START_LINE, HEADERS, TRAILERS */
	struct buffer line;	      /* an incomplete line */
	uint8_t tail[HTTP_LOST_TAIL]; /* LOST: the last bytes of the run before */
	uint8_t tail_bytes;
};

void http_init(struct http_parser *parser, const struct http_events *events, void *context,
	       enum http_role role);
void http_release(struct http_parser *parser);

/* Returns how many bytes were taken: all, unless it left HTTP. 0 or more, or -ENOMEM. */
int64_t http_feed(struct http_parser *parser, const struct stream_run *input);

/* A message is begun and not ended. */
bool http_is_open(const struct http_parser *parser);

/* The other direction went on to its next message: one that is LOST or UNTIL_CLOSE has ended. */
void http_end_inferred(struct http_parser *parser);

/*
 * The connection ended: an UNTIL_CLOSE body is complete, a LOST message is MESSAGE_END_INFERRED, any
 * other open message MESSAGE_CUT.
 */
void http_close(struct http_parser *parser);

/* The recording ended: an open message is MESSAGE_CUT. */
void http_cut(struct http_parser *parser);

/* Takes the parser to OUT without calling leave: the other direction left HTTP. */
void http_leave_quietly(struct http_parser *parser);

#endif
