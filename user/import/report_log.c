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
#include "import/report_log_object.h"
#include "import/report_log_table.h"
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

struct reading {
	const struct report_log_sink *sink;
	struct line_buffer buffer;
	struct report_objects objects;
	struct report_table table;
	uint64_t lines;
};

/* Streams and archives of CloudWatch are compressed. */
static bool is_gzip(const struct line_buffer *buffer)
{
	return buffer->bytes >= 2 && !memcmp(buffer->text, "\x1f\x8b", 2);
}

static int read_line(struct reading *reading)
{
	const struct report_log_sink *sink = reading->sink;
	const char *text = reading->buffer.text;
	size_t bytes = reading->buffer.bytes;
	uint64_t line = reading->lines;
	int error = report_log_read_line(text, bytes, line, sink);

	if (!error)
		error = report_objects_add_line(&reading->objects, text, bytes, line, sink);
	if (!error)
		error = report_table_read_line(&reading->table, text, bytes, line, sink);
	return error;
}

static int end_line(struct reading *reading)
{
	struct line_buffer *buffer = &reading->buffer;
	int error = 0;

	reading->lines++;
	if (buffer->is_cut) {
		reading->sink->problem(reading->sink->context, reading->lines,
				       "longer than a MB: none of it was read");
		report_objects_end(&reading->objects, reading->sink);
	} else if (reading->lines == 1 && is_gzip(buffer)) {
		reading->sink->problem(reading->sink->context, 1,
				       "compressed: give what zcat prints of it");
	} else {
		error = read_line(reading);
	}
	buffer->bytes = 0;
	buffer->is_cut = false;
	buffer->state = PLAIN;
	return error;
}

static int read_lines(struct reading *reading, FILE *file)
{
	bool has_begun = false;
	int byte, error = 0;

	errno = 0;
	while (!error && (byte = getc_unlocked(file)) != EOF) {
		if (byte == '\n')
			error = end_line(reading);
		else
			add_byte(&reading->buffer, (char)byte);
		has_begun = byte != '\n';
	}
	if (!error && ferror(file))
		error = errno ? -errno : -EIO;
	return !error && has_begun ? end_line(reading) : error;
}

int report_log_read(FILE *file, const struct report_log_sink *sink, uint64_t *ret_lines)
{
	struct reading reading = { .sink = sink };
	int error = report_objects_init(&reading.objects);

	reading.buffer.text = malloc(REPORT_LOG_LINE_MAX);
	if (!reading.buffer.text)
		error = -ENOMEM;
	if (!error)
		error = read_lines(&reading, file);
	if (!error)
		report_objects_end(&reading.objects, sink);
	report_objects_release(&reading.objects);
	free(reading.buffer.text);
	*ret_lines = reading.lines;
	return error;
}
