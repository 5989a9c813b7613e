// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * report_log.c - see report_log.h: lines of any length and any bytes, of which what is printed in colour is
 * read without the colours.
 */
#include "import/report_log.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "import/report_log_json.h"
#include "import/report_log_text.h"

/* ---- one line ---- */

/* Every text form that is in it. Each ends where the next begins. */
static int read_texts(const char *text, size_t bytes, uint64_t line,
		      const struct report_log_sink *sink)
{
	const char *end = text + bytes, *at = report_text_find(text, bytes), *next;
	int error = 0;

	for (; at && !error; at = next) {
		struct reported reported = { .line = line };
		struct diag diag = { 0 };

		next = report_text_find(at + 1, (size_t)(end - at - 1));
		if (at > text && at[-1] == '_')
			continue; /* of another word */
		if (report_text_read(at, (size_t)((next ? next : end) - at), &reported, &diag))
			sink->problem(sink->context, line, diag.text);
		else
			error = sink->reported(sink->context, &reported);
	}
	return error;
}

int report_log_read_line(const char *text, size_t bytes, uint64_t line,
			 const struct report_log_sink *sink)
{
	int error = report_json_read_line(text, bytes, line, sink);

	return error ? error : read_texts(text, bytes, line, sink);
}

/* ---- lines of a file ---- */

struct line_buffer {
	char *text;
	size_t bytes;
	bool is_cut; /* it was longer */
	enum {
		PLAIN,
		AFTER_ESCAPE,
		IN_SEQUENCE
	} state;
};

/* Drops ECMA-48 sequences (colours); a NUL would end texts early. */
static void add_byte(struct line_buffer *buffer, char byte)
{
	if (buffer->state == AFTER_ESCAPE) {
		buffer->state = byte == '[' ? IN_SEQUENCE : PLAIN;
	} else if (buffer->state == IN_SEQUENCE) {
		if (byte >= 0x40 && byte <= 0x7e)
			buffer->state = PLAIN;
	} else if (byte == 0x1b) {
		buffer->state = AFTER_ESCAPE;
	} else if (buffer->bytes < REPORT_LOG_LINE_MAX) {
		buffer->text[buffer->bytes++] = byte ? byte : ' ';
	} else {
		buffer->is_cut = true;
	}
}

static int end_line(struct line_buffer *buffer, uint64_t line, const struct report_log_sink *sink)
{
	int error = 0;

	if (buffer->is_cut)
		sink->problem(sink->context, line, "longer than a MB: none of it was read");
	else
		error = report_log_read_line(buffer->text, buffer->bytes, line, sink);
	buffer->bytes = 0;
	buffer->is_cut = false;
	buffer->state = PLAIN;
	return error;
}

int report_log_read(FILE *file, const struct report_log_sink *sink, uint64_t *ret_lines)
{
	struct line_buffer buffer = { .text = malloc(REPORT_LOG_LINE_MAX) };
	bool has_begun = false;
	uint64_t lines = 0;
	int byte, error = buffer.text ? 0 : -ENOMEM;

	errno = 0;
	while (!error && (byte = getc_unlocked(file)) != EOF) {
		if (byte == '\n')
			error = end_line(&buffer, ++lines, sink);
		else
			add_byte(&buffer, (char)byte);
		has_begun = byte != '\n';
	}
	if (!error && ferror(file))
		error = errno ? -errno : -EIO;
	if (!error && has_begun)
		error = end_line(&buffer, ++lines, sink);
	free(buffer.text);
	*ret_lines = lines;
	return error;
}
