/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * lines.h - the lines that serverless-offline exchanges with a child process that runs a function
 * (its python-runner and ruby-runner): one JSON line in, one out, between lines of any other output.
 *
 *   event  = '{"context":{"awsRequestId":"ID", ...},"event":VALUE}' LF
 *   result = '{"__offline_payload__":' VALUE ... '}' LF
 *
 * Takes any split and holes. Keeps the text of an event or result line up to LINES_TEXT_MAX.
 */
#ifndef IDLETAX_WIRE_LINES_H
#define IDLETAX_WIRE_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "wire/stream.h"

#define LINES_TEXT_MAX 16384
#define LINES_PREFIX_MAX 32

enum line_class {
	LINE_OTHER = 0,
	LINE_EVENT = 1,
	LINE_RESULT = 2,
};

struct line_end {
	enum line_class line_class;
	const char *text; /* the start of the line, without LF */
	size_t bytes;
	bool is_whole;	     /* text is the whole line */
	uint64_t wire_bytes; /* with its LF */
	uint32_t flags;	     /* enum message_flag */
};

struct line_events {
	void (*begin)(void *context);				/* the first byte of any line */
	void (*end)(void *context, const struct line_end *end); /* of an event or result line */
};

enum line_state {
	LINES_START = 0, /* at the first byte of a line */
	LINES_PREFIX,	 /* too little of the line to tell what it is */
	LINES_KEPT,	 /* in an event or result line */
	LINES_SKIPPED,	 /* in another line, or nowhere known */
};

struct line_parser {
	const struct line_events *events;
	void *context;
	enum line_state state;
	enum line_class line_class;
	bool has_hole;
	uint64_t line_bytes;
	char prefix[LINES_PREFIX_MAX];
	uint8_t prefix_bytes;
	struct buffer text;
};

void lines_init(struct line_parser *parser, const struct line_events *events, void *context);
void lines_release(struct line_parser *parser);
int lines_feed(struct line_parser *parser, const struct stream_run *input); /* 0 or -ENOMEM */
void lines_cut(struct line_parser *parser); /* the recording or the connection ended */

#endif
