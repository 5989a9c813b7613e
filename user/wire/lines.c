/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * lines.c - finds event and result lines by how they begin. JSON has no line feed inside a value, so a
 * line ends at its first one.
 */
#include "wire/lines.h"

#include <string.h>

#include "trace_format.h"

static const char event_prefix[] = "{\"context\":{\"awsRequestId\":";
static const char result_prefix[] = "{\"__offline_payload__\":";
_Static_assert(sizeof(event_prefix) <= LINES_PREFIX_MAX, "the prefix buffer is too small");

void lines_init(struct line_parser *parser, const struct line_events *events, void *context)
{
	memset(parser, 0, sizeof(*parser));
	parser->events = events;
	parser->context = context;
	buffer_init(&parser->text, LINES_TEXT_MAX);
}

void lines_release(struct line_parser *parser)
{
	buffer_release(&parser->text);
}

/* LINES_KEPT and the class, LINES_PREFIX where more is needed, else LINES_SKIPPED. */
static enum line_state classify(const char *text, size_t bytes, enum line_class *ret_class)
{
	static const struct {
		const char *text;
		size_t bytes;
		enum line_class line_class;
	} prefixes[] = {
		{ event_prefix, sizeof(event_prefix) - 1, LINE_EVENT },
		{ result_prefix, sizeof(result_prefix) - 1, LINE_RESULT },
	};
	enum line_state state = LINES_SKIPPED;

	for (size_t i = 0; i < 2; i++) {
		size_t common = bytes < prefixes[i].bytes ? bytes : prefixes[i].bytes;

		if (memcmp(text, prefixes[i].text, common) != 0)
			continue;
		if (common < prefixes[i].bytes) {
			state = LINES_PREFIX;
			continue;
		}
		*ret_class = prefixes[i].line_class;
		return LINES_KEPT;
	}
	return state;
}

static void end_line(struct line_parser *parser, uint32_t flags)
{
	struct line_end end = {
		.line_class = parser->line_class,
		.text = (const char *)parser->text.data,
		.bytes = parser->text.bytes,
		.is_whole = !parser->has_hole,
		.wire_bytes = parser->line_bytes,
		.flags = flags,
	};

	parser->state = LINES_START;
	parser->events->end(parser->context, &end);
	buffer_release(&parser->text);
}

static int keep(struct line_parser *parser, const char *data, size_t bytes)
{
	size_t room = LINES_TEXT_MAX - parser->text.bytes;

	if (parser->has_hole)
		return 0;
	if (bytes > room) {
		parser->has_hole = true;
		bytes = room;
	}
	return buffer_append(&parser->text, data, bytes);
}

static void begin_line(struct line_parser *parser)
{
	parser->state = LINES_PREFIX;
	parser->line_bytes = 0;
	parser->prefix_bytes = 0;
	parser->has_hole = false;
	parser->events->begin(parser->context);
}

/* The part of a line without LF. */
static int take_part(struct line_parser *parser, const char *data, size_t bytes)
{
	size_t added;
	int error;

	if (parser->state == LINES_START && bytes)
		begin_line(parser);
	parser->line_bytes += bytes;
	if (parser->state == LINES_KEPT)
		return keep(parser, data, bytes);
	if (parser->state != LINES_PREFIX)
		return 0;
	added = LINES_PREFIX_MAX - parser->prefix_bytes;
	if (added > bytes)
		added = bytes;
	memcpy(parser->prefix + parser->prefix_bytes, data, added);
	parser->prefix_bytes += (uint8_t)added;
	parser->state = classify(parser->prefix, parser->prefix_bytes, &parser->line_class);
	if (parser->state != LINES_KEPT)
		return 0;
	buffer_clear(&parser->text);
	error = keep(parser, parser->prefix, parser->prefix_bytes);
	return error ? error : keep(parser, data + added, bytes - added);
}

/* Where the position in the line is not known, an operation that begins like one of ours begins one. */
static void resynchronise(struct line_parser *parser, const char *data, size_t bytes)
{
	enum line_class line_class;

	if (parser->state != LINES_SKIPPED && !(parser->state == LINES_KEPT && parser->has_hole))
		return;
	if (classify(data, bytes, &line_class) != LINES_KEPT)
		return;
	if (parser->state == LINES_KEPT)
		end_line(parser, MESSAGE_HAS_GAP | MESSAGE_END_INFERRED);
	parser->state = LINES_START;
}

static void skip_hole(struct line_parser *parser, uint64_t bytes)
{
	if (parser->state == LINES_START)
		begin_line(parser);
	parser->line_bytes += bytes;
	parser->has_hole = true;
	if (parser->state == LINES_PREFIX)
		parser->state = LINES_SKIPPED;
}

int lines_feed(struct line_parser *parser, const struct stream_run *input)
{
	const char *data = (const char *)input->data;
	const char *end = data ? data + input->bytes : NULL;
	int error;

	if (!data) {
		skip_hole(parser, input->bytes);
		return 0;
	}
	if (input->is_operation_start)
		resynchronise(parser, data, (size_t)input->bytes);
	while (data < end) {
		const char *newline = memchr(data, '\n', (size_t)(end - data));

		error = take_part(parser, data, (size_t)((newline ? newline : end) - data));
		if (error)
			return error;
		if (!newline)
			return 0;
		parser->line_bytes++;
		if (parser->state == LINES_KEPT)
			end_line(parser, 0);
		parser->state = LINES_START;
		data = newline + 1;
	}
	return 0;
}

void lines_cut(struct line_parser *parser)
{
	if (parser->state == LINES_KEPT)
		end_line(parser, MESSAGE_CUT);
	parser->state = LINES_START;
}
