/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * http2.h - HTTP/2 without TLS by prior knowledge (RFC 9113), as far as waits need it: whether bytes of one
 * direction are of a request or response, or of the connection alone. Heads stay compressed, so what is asked
 * for is not known.
 */
#ifndef IDLETAX_WIRE_HTTP2_H
#define IDLETAX_WIRE_HTTP2_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire/stream.h"

#define HTTP2_FRAME_HEAD 9

enum http2_part {
	HTTP2_CONNECTION = 0, /* SETTINGS, PING, WINDOW_UPDATE ...: nobody waits for them */
	HTTP2_MESSAGE = 1,    /* (also) HEADERS or DATA, or it cannot be told */
};

/* One direction of a connection. */
struct http2_side {
	uint32_t skip; /* bytes to the next frame's head */
	uint8_t head[HTTP2_FRAME_HEAD];
	uint8_t head_bytes;
	enum http2_part part; /* of the bytes to skip */
	bool is_lost;	      /* a hole lay where a head was */
};

/* 1 where the first @bytes that a client sends begin HTTP/2, 0 where not, -1 where they are too few. */
int http2_match_start(const uint8_t *data, size_t bytes);

void http2_side_init(struct http2_side *side, bool is_client);

enum http2_part http2_feed(struct http2_side *side, const struct stream_run *input);

#endif
