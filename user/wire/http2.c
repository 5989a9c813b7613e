/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * http2.c - (RFC 9113, sections 3.4 and 4.1)
 *
 *   client    = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" { frame }
 *   server    = { frame }
 *   frame     = length3 type1 flags1 stream4 payload
 */
#include "wire/http2.h"

#include <string.h>

static const char preface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

enum frame_type {
	FRAME_DATA = 0,
	FRAME_HEADERS = 1,
	FRAME_PUSH_PROMISE = 5,
	FRAME_CONTINUATION = 9,
};

int http2_match_start(const uint8_t *data, size_t bytes)
{
	const size_t enough = 14; /* the line's first words: no other protocol begins so */

	if (memcmp(data, preface, bytes < enough ? bytes : enough) != 0)
		return 0;
	return bytes < enough ? -1 : 1;
}

void http2_side_init(struct http2_side *side, bool is_client)
{
	memset(side, 0, sizeof(*side));
	side->skip = is_client ? sizeof(preface) - 1 : 0;
}

static enum http2_part part_of(uint8_t type)
{
	return type == FRAME_DATA || type == FRAME_HEADERS || type == FRAME_PUSH_PROMISE ||
			       type == FRAME_CONTINUATION
		       ? HTTP2_MESSAGE
		       : HTTP2_CONNECTION;
}

static void end_head(struct http2_side *side)
{
	side->skip = (uint32_t)side->head[0] << 16 | (uint32_t)side->head[1] << 8 | side->head[2];
	side->part = part_of(side->head[3]);
	side->head_bytes = 0;
}

enum http2_part http2_feed(struct http2_side *side, const struct stream_run *input)
{
	enum http2_part found = HTTP2_CONNECTION;
	uint64_t position = 0;

	while (position < input->bytes && !side->is_lost) {
		uint64_t left = input->bytes - position;

		if (side->skip) {
			uint32_t taken = left < side->skip ? (uint32_t)left : side->skip;

			side->skip -= taken;
			position += taken;
			found |= side->part;
		} else if (!input->data) {
			side->is_lost = true;
		} else {
			side->head[side->head_bytes++] = input->data[position++];
			if (side->head_bytes == HTTP2_FRAME_HEAD) {
				end_head(side);
				found |= side->part;
			}
		}
	}
	return side->is_lost ? HTTP2_MESSAGE : found;
}
