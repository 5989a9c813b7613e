/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * http.c - the state machine of http.h. Each step_* function takes a part of the input in one state
 * and returns how many bytes it took; 0 with an unchanged state never happens, so the loop ends.
 *
 *   chunked-body = *( 1*HEXDIG [";" ext] CRLF data CRLF ) 1*"0" [";" ext] CRLF *(trailer CRLF) CRLF
 *						(RFC 9112, 7.1)
 */
#include "wire/http.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "trace_format.h"

#define CHUNK_LINE_MAX 4096
#define CHUNK_SIZE_MAX (1ull << 60)

void http_init(struct http_parser *parser, const struct http_events *events, void *context,
	       enum http_role role)
{
	memset(parser, 0, sizeof(*parser));
	parser->events = events;
	parser->context = context;
	parser->role = role;
	buffer_init(&parser->line, HTTP_LINE_MAX);
}

void http_release(struct http_parser *parser)
{
	free(parser->head);
	parser->head = NULL;
	buffer_release(&parser->line);
}

bool http_is_open(const struct http_parser *parser)
{
	return parser->state != HTTP_STATE_START && parser->state != HTTP_STATE_OUT;
}

static void drop_head(struct http_parser *parser)
{
	free(parser->head);
	parser->head = NULL;
	buffer_release(&parser->line);
	parser->is_discarding_line = false;
}

static void begin_message(struct http_parser *parser, enum http_state state)
{
	parser->state = state;
	parser->flags = 0;
	parser->message_bytes = 0;
	parser->head_bytes = 0;
	parser->tail_bytes = 0;
	parser->events->begin(parser->context);
}

static void end_message(struct http_parser *parser, uint32_t flags)
{
	drop_head(parser);
	parser->state = HTTP_STATE_START;
	parser->events->end(parser->context, parser->flags | flags, parser->message_bytes);
}

static void leave(struct http_parser *parser, enum http_leave why)
{
	uint64_t held_bytes = parser->message_bytes;

	drop_head(parser);
	if (why == HTTP_LEAVE_MALFORMED)
		parser->events->end(parser->context, parser->flags | MESSAGE_MALFORMED,
				    parser->message_bytes);
	parser->state = HTTP_STATE_OUT;
	parser->events->leave(parser->context, why, held_bytes);
}

static void lose(struct http_parser *parser)
{
	drop_head(parser);
	parser->flags |= MESSAGE_HAS_GAP;
	parser->tail_bytes = 0;
	parser->state = HTTP_STATE_LOST;
}

/* ---- framing ---- */

/* Content-Length may be repeated with one value (RFC 9110, 8.6). False where it is no number. */
static bool parse_length(const char *text, uint64_t *ret_length)
{
	uint64_t first = UINT64_MAX;

	for (;;) {
		uint64_t length = 0;
		const char *digit = text;

		for (; *digit >= '0' && *digit <= '9'; digit++) {
			if (length > CHUNK_SIZE_MAX / 10)
				return false;
			length = length * 10 + (uint64_t)(*digit - '0');
		}
		if (digit == text || (first != UINT64_MAX && first != length))
			return false;
		first = length;
		if (!*digit)
			break;
		if (*digit != ',')
			return false;
		for (text = digit + 1; *text == ' '; text++)
			;
	}
	*ret_length = first;
	return true;
}

/* True where the last of the comma-separated codings is @token. */
static bool ends_in_token(const char *list, const char *token)
{
	size_t bytes = strlen(list), length = strlen(token);

	if (bytes < length || strcasecmp(list + bytes - length, token) != 0)
		return false;
	return bytes == length || strchr(", \t", list[bytes - length - 1]);
}

static bool has_token(const char *list, const char *token)
{
	size_t length = strlen(token);

	for (; list && *list; list = strchr(list, ',')) {
		list += strspn(list, ", \t");
		if (strncasecmp(list, token, length) == 0 &&
		    (!list[length] || strchr(", \t;", list[length])))
			return true;
	}
	return false;
}

/* RFC 9112, 6.3: how long the message's body is. False: the head contradicts itself. */
static bool begin_body(struct http_parser *parser)
{
	const struct http_head *head = parser->head;
	const char *coding = http_head_value(head, HTTP_TRANSFER_ENCODING);
	const char *length = http_head_value(head, HTTP_CONTENT_LENGTH);

	if (coding && ends_in_token(coding, "chunked")) {
		parser->flags |= MESSAGE_CHUNKED;
		parser->state = HTTP_STATE_CHUNK_SIZE;
	} else if (coding) {
		if (!head->is_response)
			return false;
		parser->state = HTTP_STATE_UNTIL_CLOSE;
	} else if (length) {
		if (!parse_length(length, &parser->body_left))
			return false;
		parser->state = HTTP_STATE_LENGTH;
	} else {
		parser->body_left = 0;
		parser->state = head->is_response ? HTTP_STATE_UNTIL_CLOSE : HTTP_STATE_LENGTH;
	}
	return true;
}

static void end_head(struct http_parser *parser)
{
	const struct http_head *head = parser->head;
	enum http_body_rule rule;
	bool is_upgrade = head->is_response && head->status == 101;
	bool is_bodyless = head->is_response &&
			   (head->status == 204 || head->status == 304 || is_upgrade);

	if (head->is_response && head->status < 200 && !is_upgrade) {
		drop_head(parser);
		parser->state = HTTP_STATE_START;
		parser->events->interim(parser->context);
		return;
	}
	if (has_token(http_head_value(head, HTTP_CONNECTION), "close"))
		parser->flags |= MESSAGE_LAST_ON_CONNECTION;
	if (head->is_truncated)
		parser->flags |= MESSAGE_HAS_GAP;
	rule = parser->events->head(parser->context, head);
	if (parser->state == HTTP_STATE_OUT)
		return;
	if (rule != HTTP_BODY_BY_HEAD || is_bodyless) {
		end_message(parser, 0);
		if (is_upgrade || rule == HTTP_BODY_TUNNEL)
			leave(parser, HTTP_LEAVE_UPGRADED);
		return;
	}
	if (!begin_body(parser)) {
		leave(parser, HTTP_LEAVE_MALFORMED);
		return;
	}
	drop_head(parser);
	if (parser->state == HTTP_STATE_LENGTH && !parser->body_left)
		end_message(parser, 0);
}

/* ---- lines ---- */

/* What makes sense as the chunk-size line @line: 0, or -EINVAL. */
static int chunk_size_line(struct http_parser *parser, const char *line, size_t bytes)
{
	uint64_t size = 0;
	size_t digits = 0;

	for (; digits < bytes; digits++) {
		char digit = line[digits];

		if (digit >= '0' && digit <= '9')
			size = size << 4 | (uint64_t)(digit - '0');
		else if ((digit | 32) >= 'a' && (digit | 32) <= 'f')
			size = size << 4 | (uint64_t)((digit | 32) - 'a' + 10);
		else
			break;
		if (size > CHUNK_SIZE_MAX)
			return -EINVAL;
	}
	if (!digits || (digits < bytes && !strchr("; \t", line[digits])))
		return -EINVAL;
	parser->body_left = size;
	parser->state = size ? HTTP_STATE_CHUNK_DATA : HTTP_STATE_TRAILERS;
	return 0;
}

static int trailer_line(struct http_parser *parser, const char *line, size_t bytes)
{
	struct http_head *trailers;
	const char *value;

	if (!bytes) {
		end_message(parser, 0);
		return 0;
	}
	if (parser->head_bytes > HTTP_HEAD_MAX)
		return 0;
	trailers = malloc(sizeof(*trailers));
	if (!trailers)
		return -ENOMEM;
	http_head_init(trailers);
	if (!http_head_header_line(trailers, line, bytes)) {
		value = http_head_value(trailers, HTTP_RUNTIME_ERROR_TYPE);
		if (value)
			parser->events->trailer(parser->context, HTTP_RUNTIME_ERROR_TYPE, value);
	}
	free(trailers);
	return 0;
}

/* Beyond HTTP_HEAD_MAX only what frames the message is still read. */
static bool is_framing_line(const char *line, size_t bytes)
{
	return (bytes > 15 && strncasecmp(line, "content-length:", 15) == 0) ||
	       (bytes > 18 && strncasecmp(line, "transfer-encoding:", 18) == 0);
}

static int head_line(struct http_parser *parser, const char *line, size_t bytes)
{
	if (!bytes) {
		end_head(parser);
		return 0;
	}
	if (parser->head_bytes > HTTP_HEAD_MAX) {
		parser->flags |= MESSAGE_HAS_GAP;
		if (!is_framing_line(line, bytes))
			return 0;
	}
	return http_head_header_line(parser->head, line, bytes);
}

static int start_line(struct http_parser *parser, const char *line, size_t bytes)
{
	int error;

	parser->head = malloc(sizeof(*parser->head));
	if (!parser->head)
		return -ENOMEM;
	http_head_init(parser->head);
	error = http_head_start_line(parser->head, line, bytes);
	if (!error && parser->role != HTTP_ROLE_UNKNOWN &&
	    parser->head->is_response != (parser->role == HTTP_ROLE_RESPONSES))
		error = -EINVAL;
	if (error)
		return error;
	parser->role = parser->head->is_response ? HTTP_ROLE_RESPONSES : HTTP_ROLE_REQUESTS;
	parser->state = HTTP_STATE_HEADERS;
	return 0;
}

/* One complete line without its end. */
static int take_line(struct http_parser *parser, const char *line, size_t bytes)
{
	enum http_state state = parser->state;
	int error;

	if (bytes && line[bytes - 1] == '\r')
		bytes--;
	switch (state) {
	case HTTP_STATE_START_LINE:
		error = start_line(parser, line, bytes);
		break;
	case HTTP_STATE_HEADERS:
		error = head_line(parser, line, bytes);
		break;
	case HTTP_STATE_CHUNK_SIZE:
		error = chunk_size_line(parser, line, bytes);
		break;
	default:
		assert(state == HTTP_STATE_TRAILERS);
		error = trailer_line(parser, line, bytes);
		break;
	}
	if (error == -EINVAL) {
		leave(parser,
		      state == HTTP_STATE_START_LINE ? HTTP_LEAVE_NOT_HTTP : HTTP_LEAVE_MALFORMED);
		return 0;
	}
	return error;
}

static bool is_too_long(const struct http_parser *parser, size_t bytes)
{
	return bytes > (parser->state == HTTP_STATE_CHUNK_SIZE ? CHUNK_LINE_MAX : HTTP_LINE_MAX);
}

/* What a line that is longer than may be kept means. */
static void refuse_line(struct http_parser *parser)
{
	if (parser->state == HTTP_STATE_CHUNK_SIZE) {
		leave(parser, HTTP_LEAVE_MALFORMED);
	} else if (parser->state == HTTP_STATE_START_LINE) {
		lose(parser);
	} else {
		parser->flags |= MESSAGE_HAS_GAP;
		buffer_release(&parser->line);
	}
}

/* A line that goes on after this input. */
static int keep_partial_line(struct http_parser *parser, const uint8_t *data, size_t bytes)
{
	int error;

	if (parser->is_discarding_line)
		return 0;
	if (is_too_long(parser, parser->line.bytes + bytes)) {
		refuse_line(parser);
		parser->is_discarding_line = http_is_open(parser) &&
					     parser->state != HTTP_STATE_LOST;
		return 0;
	}
	error = buffer_append(&parser->line, data, bytes);
	if (error)
		return error;
	if (parser->state == HTTP_STATE_START_LINE &&
	    http_start_match(parser->line.data, parser->line.bytes) == HTTP_START_NOT)
		leave(parser, HTTP_LEAVE_NOT_HTTP);
	return 0;
}

/* The end of a line whose beginning was kept. */
static int end_partial_line(struct http_parser *parser, const uint8_t *data, size_t bytes)
{
	int error = keep_partial_line(parser, data, bytes);
	struct buffer line = parser->line;

	/* It may have left, got lost, or become too long: then the line has been dealt with. */
	parser->is_discarding_line = false;
	if (error || !line.bytes)
		return error;
	buffer_init(&parser->line, HTTP_LINE_MAX);
	error = take_line(parser, (const char *)line.data, line.bytes);
	buffer_release(&line);
	return error;
}

static int64_t step_line(struct http_parser *parser, const uint8_t *data, size_t bytes)
{
	const uint8_t *newline = memchr(data, '\n', bytes);
	size_t taken = newline ? (size_t)(newline + 1 - data) : bytes;
	int error = 0;

	parser->message_bytes += taken;
	if (parser->state != HTTP_STATE_CHUNK_SIZE)
		parser->head_bytes += taken;
	if (!newline)
		error = keep_partial_line(parser, data, bytes);
	else if (parser->is_discarding_line)
		parser->is_discarding_line = false;
	else if (parser->line.bytes)
		error = end_partial_line(parser, data, taken - 1);
	else if (is_too_long(parser, taken - 1))
		refuse_line(parser);
	else
		error = take_line(parser, (const char *)data, taken - 1);
	return error ? error : (int64_t)taken;
}

/* ---- between messages ---- */

static int64_t step_start(struct http_parser *parser, const uint8_t *data, size_t bytes)
{
	size_t blank = 0;
	enum http_start match;

	while (blank < bytes && (data[blank] == '\r' || data[blank] == '\n'))
		blank++;
	if (blank)
		return (int64_t)blank;
	match = http_start_match(data, bytes);
	if (match == HTTP_START_NOT && parser->is_unsure) {
		begin_message(parser, HTTP_STATE_LOST);
		parser->flags |= MESSAGE_HAS_GAP;
		return 0;
	}
	begin_message(parser, HTTP_STATE_START_LINE);
	parser->is_unsure = false;
	if (match == HTTP_START_NOT)
		leave(parser, HTTP_LEAVE_NOT_HTTP);
	return 0;
}

/* ---- bodies ---- */

static uint64_t step_body(struct http_parser *parser, const uint8_t *data, uint64_t bytes)
{
	uint64_t taken = bytes < parser->body_left ? bytes : parser->body_left;

	parser->message_bytes += taken;
	parser->body_left -= taken;
	parser->events->body(parser->context, data, taken);
	if (parser->body_left || parser->state == HTTP_STATE_OUT)
		return taken;
	if (parser->state == HTTP_STATE_LENGTH)
		end_message(parser, 0);
	else
		parser->state = HTTP_STATE_CHUNK_END;
	return taken;
}

/* The CRLF after a chunk's data. */
static uint64_t step_chunk_end(struct http_parser *parser, const uint8_t *data)
{
	parser->message_bytes++;
	if (*data == '\n')
		parser->state = HTTP_STATE_CHUNK_SIZE;
	else if (*data != '\r')
		leave(parser, HTTP_LEAVE_MALFORMED);
	return 1;
}

/* True where the stream's last bytes, with those of the run before, end a chunked body. */
static bool ends_chunked_body(struct http_parser *parser, const uint8_t *data, uint64_t bytes)
{
	static const char mark[] = "\r\n0\r\n\r\n";
	uint8_t tail[2 * HTTP_LOST_TAIL];
	size_t kept = parser->tail_bytes;
	size_t added = bytes < HTTP_LOST_TAIL ? (size_t)bytes : HTTP_LOST_TAIL;
	size_t used;

	memcpy(tail, parser->tail, kept);
	memcpy(tail + kept, data + bytes - added, added);
	used = kept + added;
	parser->tail_bytes = (uint8_t)(used < HTTP_LOST_TAIL ? used : HTTP_LOST_TAIL);
	memmove(parser->tail, tail + used - parser->tail_bytes, parser->tail_bytes);
	if (parser->tail_bytes == HTTP_LOST_TAIL)
		return memcmp(parser->tail, mark, HTTP_LOST_TAIL) == 0;
	return parser->tail_bytes == 5 && memcmp(parser->tail, mark + 2, 5) == 0;
}

static uint64_t step_lost(struct http_parser *parser, const struct stream_run *input,
			  const uint8_t *data, uint64_t bytes)
{
	if (!data) {
		parser->tail_bytes = 0;
		parser->message_bytes += bytes;
		return bytes;
	}
	if (data == input->data && input->is_operation_start && parser->message_bytes) {
		enum http_start match = http_start_match(data, bytes);
		enum http_role role = match == HTTP_START_RESPONSE ? HTTP_ROLE_RESPONSES
								   : HTTP_ROLE_REQUESTS;

		if (match >= HTTP_START_REQUEST &&
		    (parser->role == HTTP_ROLE_UNKNOWN || parser->role == role)) {
			http_end_inferred(parser);
			return 0;
		}
	}
	parser->message_bytes += bytes;
	if (ends_chunked_body(parser, data, bytes) && input->is_operation_end)
		end_message(parser, 0);
	return bytes;
}

/* A hole of @bytes at the current position; returns how many of them the state could account for. */
static uint64_t step_hole(struct http_parser *parser, const struct stream_run *input,
			  uint64_t bytes)
{
	switch (parser->state) {
	case HTTP_STATE_LENGTH:
	case HTTP_STATE_CHUNK_DATA:
		return step_body(parser, NULL, bytes);
	case HTTP_STATE_UNTIL_CLOSE:
		parser->message_bytes += bytes;
		parser->events->body(parser->context, NULL, bytes);
		return bytes;
	case HTTP_STATE_START:
		begin_message(parser, HTTP_STATE_LOST);
		parser->flags |= MESSAGE_HAS_GAP;
		break;
	case HTTP_STATE_LOST:
		break;
	default:
		lose(parser);
		break;
	}
	return step_lost(parser, input, NULL, bytes);
}

int64_t http_feed(struct http_parser *parser, const struct stream_run *input)
{
	uint64_t position = 0;

	while (position < input->bytes && parser->state != HTTP_STATE_OUT) {
		const uint8_t *data = input->data ? input->data + position : NULL;
		uint64_t bytes = input->bytes - position;
		int64_t taken;

		if (!data) {
			position += step_hole(parser, input, bytes);
			continue;
		}
		switch (parser->state) {
		case HTTP_STATE_START:
			taken = step_start(parser, data, bytes);
			break;
		case HTTP_STATE_LENGTH:
		case HTTP_STATE_CHUNK_DATA:
			taken = (int64_t)step_body(parser, data, bytes);
			break;
		case HTTP_STATE_UNTIL_CLOSE:
			parser->message_bytes += bytes;
			parser->events->body(parser->context, data, bytes);
			taken = (int64_t)bytes;
			break;
		case HTTP_STATE_CHUNK_END:
			taken = (int64_t)step_chunk_end(parser, data);
			break;
		case HTTP_STATE_LOST:
			taken = (int64_t)step_lost(parser, input, data, bytes);
			break;
		default:
			taken = step_line(parser, data, bytes);
			break;
		}
		if (taken < 0)
			return taken;
		position += (uint64_t)taken;
	}
	return (int64_t)position;
}

void http_end_inferred(struct http_parser *parser)
{
	if (parser->state != HTTP_STATE_LOST && parser->state != HTTP_STATE_UNTIL_CLOSE)
		return;
	end_message(parser, MESSAGE_END_INFERRED);
	parser->is_unsure = true;
}

static void end_stream(struct http_parser *parser, uint32_t flags)
{
	if (!http_is_open(parser))
		return;
	if (parser->state == HTTP_STATE_START_LINE)
		leave(parser, HTTP_LEAVE_NOT_HTTP);
	else
		end_message(parser, flags);
	parser->is_unsure = true;
}

void http_close(struct http_parser *parser)
{
	uint32_t flags = MESSAGE_CUT;

	if (parser->state == HTTP_STATE_UNTIL_CLOSE)
		flags = 0;
	else if (parser->state == HTTP_STATE_LOST)
		flags = MESSAGE_END_INFERRED;
	end_stream(parser, flags);
}

void http_cut(struct http_parser *parser)
{
	end_stream(parser, MESSAGE_CUT);
}

void http_leave_quietly(struct http_parser *parser)
{
	drop_head(parser);
	parser->state = HTTP_STATE_OUT;
}
