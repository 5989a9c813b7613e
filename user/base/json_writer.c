/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * json_writer.c - JSON as it goes, or cells of a row of CSV. The nesting is tracked for commas and
 * indentation only; calls that do not nest are a bug of the caller (assert). Tokens gather in a block that is
 * handed on when it is full: a call of stdio for each of them is what most of the time went into.
 */
#include "base/json_writer.h"

#include <assert.h>
#include <errno.h>
#include <math.h>
#include <string.h>

#include "base/csv_row.h"
#include "base/decimal.h"
#include "base/units.h"
#include "base/utf8.h"

#define NUMBER_BYTES 48

void json_writer_init(struct json_writer *writer, FILE *file, bool is_pretty)
{
	writer->file = file;
	writer->row = NULL;
	writer->is_pretty = is_pretty;
	writer->depth = 0;
	writer->filled = 0;
}

void json_writer_init_row(struct json_writer *writer, struct csv_row *row)
{
	json_writer_init(writer, NULL, false);
	writer->row = row;
}

/* ---- the block ---- */

static void empty_block(struct json_writer *writer)
{
	fwrite(writer->block, 1, writer->filled, writer->file);
	writer->filled = 0;
}

static inline void make_room(struct json_writer *writer, size_t bytes)
{
	if (bytes > sizeof(writer->block) - writer->filled)
		empty_block(writer);
}

static inline void put(struct json_writer *writer, char character)
{
	make_room(writer, 1);
	writer->block[writer->filled++] = character;
}

static inline void write_bytes(struct json_writer *writer, const char *text, size_t bytes)
{
	make_room(writer, bytes);
	if (bytes > sizeof(writer->block)) {
		fwrite(text, 1, bytes, writer->file);
		return;
	}
	memcpy(writer->block + writer->filled, text, bytes);
	writer->filled += bytes;
}

static void write_text(struct json_writer *writer, const char *text)
{
	write_bytes(writer, text, strlen(text));
}

int json_writer_flush(struct json_writer *writer)
{
	errno = 0;
	empty_block(writer);
	if (fflush(writer->file) || ferror(writer->file))
		return errno ? -errno : -EIO;
	return 0;
}

void json_end_line(struct json_writer *writer)
{
	assert(writer->depth == 0);
	put(writer, '\n');
}

int json_writer_finish(struct json_writer *writer)
{
	json_end_line(writer);
	return json_writer_flush(writer);
}

static void write_escape(struct json_writer *writer, unsigned char character)
{
	char text[8];

	switch (character) {
	case '"':
		write_text(writer, "\\\"");
		break;
	case '\\':
		write_text(writer, "\\\\");
		break;
	case '\n':
		write_text(writer, "\\n");
		break;
	case '\r':
		write_text(writer, "\\r");
		break;
	case '\t':
		write_text(writer, "\\t");
		break;
	default:
		snprintf(text, sizeof(text), "\\u%04x", character);
		write_text(writer, text);
	}
}

/* What stands in a string as it is: printable ASCII but '"' and '\'. */
static const bool is_plain[256] = {
	[' ' ... '!'] = true,
	['#' ... '['] = true,
	[']' ... '~'] = true,
};

static size_t count_plain(const char *text)
{
	size_t length = 0;

	while (is_plain[(unsigned char)text[length]])
		length++;
	return length;
}

/* What @next begins with, which is not plain; returns its bytes. */
static size_t write_special(struct json_writer *writer, const char *next)
{
	size_t length = utf8_length(next, strnlen(next, UTF8_BYTES_MAX));

	if (!length)
		write_text(writer, "\\ufffd");
	else if (length == 2 && !utf8_printable_length(next, length))
		write_escape(writer, (unsigned char)next[1]); /* C1: U+0080 to U+009F */
	else if (length > 1)
		write_bytes(writer, next, length);
	else
		write_escape(writer, (unsigned char)*next);
	return length ? length : 1;
}

static void write_quoted(struct json_writer *writer, const char *text)
{
	put(writer, '"');
	while (*text) {
		size_t plain = count_plain(text);

		write_bytes(writer, text, plain);
		text += plain;
		if (*text)
			text += write_special(writer, text);
	}
	put(writer, '"');
}

static void write_break(struct json_writer *writer)
{
	if (!writer->is_pretty || !writer->depth)
		return;
	make_room(writer, 1 + 2 * writer->depth);
	put(writer, '\n');
	memset(writer->block + writer->filled, ' ', 2 * writer->depth);
	writer->filled += 2 * writer->depth;
}

/* Everything that stands before a value: comma, line break, key. */
static void begin_value(struct json_writer *writer, const char *key)
{
	if (writer->depth) {
		if (writer->has_member[writer->depth - 1])
			put(writer, ',');
		writer->has_member[writer->depth - 1] = true;
	}
	write_break(writer);
	if (key) {
		write_quoted(writer, key);
		put(writer, ':');
		if (writer->is_pretty)
			put(writer, ' ');
	}
}

static void begin_nested(struct json_writer *writer, const char *key, char bracket)
{
	begin_value(writer, key);
	put(writer, bracket);
	assert(writer->depth < JSON_WRITER_DEPTH_MAX);
	writer->has_member[writer->depth++] = false;
}

static void end_nested(struct json_writer *writer, char bracket)
{
	bool has_member;

	assert(writer->depth > 0);
	has_member = writer->has_member[--writer->depth];
	if (has_member && writer->is_pretty) {
		if (writer->depth)
			write_break(writer);
		else
			put(writer, '\n');
	}
	put(writer, bracket);
}

void json_object_begin(struct json_writer *writer, const char *key)
{
	if (writer->row)
		csv_row_object_begin(writer->row, key);
	else
		begin_nested(writer, key, '{');
}

void json_object_end(struct json_writer *writer)
{
	if (writer->row)
		csv_row_object_end(writer->row);
	else
		end_nested(writer, '}');
}

void json_array_begin(struct json_writer *writer, const char *key)
{
	if (writer->row)
		csv_row_array_begin(writer->row, key);
	else
		begin_nested(writer, key, '[');
}

void json_array_end(struct json_writer *writer)
{
	if (writer->row)
		csv_row_array_end(writer->row);
	else
		end_nested(writer, ']');
}

void json_string(struct json_writer *writer, const char *key, const char *value)
{
	if (!value) {
		json_null(writer, key);
	} else if (writer->row) {
		csv_row_value(writer->row, key, value, strlen(value));
	} else {
		begin_value(writer, key);
		write_quoted(writer, value);
	}
}

/* What has the same form in JSON and in a cell. */
static void write_plain(struct json_writer *writer, const char *key, const char *text, size_t bytes)
{
	if (writer->row) {
		csv_row_value(writer->row, key, text, bytes);
		return;
	}
	begin_value(writer, key);
	write_bytes(writer, text, bytes);
}

/* Returns where the digits of @value begin in @text; they end with the array. */
static char *format_digits(char text[NUMBER_BYTES], uint64_t value)
{
	char *digit = text + NUMBER_BYTES;

	do {
		*--digit = (char)('0' + value % 10);
		value /= 10;
	} while (value);
	return digit;
}

void json_uint(struct json_writer *writer, const char *key, uint64_t value)
{
	char text[NUMBER_BYTES], *begin = format_digits(text, value);

	write_plain(writer, key, begin, (size_t)(text + NUMBER_BYTES - begin));
}

void json_int(struct json_writer *writer, const char *key, int64_t value)
{
	char text[NUMBER_BYTES];
	char *begin = format_digits(text, value < 0 ? 0 - (uint64_t)value : (uint64_t)value);

	if (value < 0)
		*--begin = '-';
	write_plain(writer, key, begin, (size_t)(text + NUMBER_BYTES - begin));
}

void json_wide(struct json_writer *writer, const char *key, unsigned __int128 value)
{
	char text[2 * NUMBER_BYTES], *begin = text + sizeof(text);

	do
		*--begin = (char)('0' + (int)(value % 10));
	while (value /= 10);
	write_plain(writer, key, begin, (size_t)(text + sizeof(text) - begin));
}

void json_bool(struct json_writer *writer, const char *key, bool value)
{
	write_plain(writer, key, value ? "true" : "false", value ? 4 : 5);
}

void json_null(struct json_writer *writer, const char *key)
{
	if (writer->row)
		csv_row_value(writer->row, key, NULL, 0);
	else
		write_plain(writer, key, "null", 4);
}

void json_ratio(struct json_writer *writer, const char *key, double value)
{
	char text[DECIMAL_TEXT_MAX];

	if (isfinite(value))
		write_plain(writer, key, text, decimal_format(text, value));
	else
		json_null(writer, key);
}

void json_seconds(struct json_writer *writer, const char *key, uint64_t time_ns)
{
	char text[NUMBER_BYTES];

	write_plain(writer, key, text,
		    (size_t)snprintf(text, sizeof(text), "%llu.%09llu",
				     (unsigned long long)(time_ns / NS_PER_S),
				     (unsigned long long)(time_ns % NS_PER_S)));
}

void json_raw(struct json_writer *writer, const char *text, size_t bytes)
{
	begin_value(writer, NULL);
	write_bytes(writer, text, bytes);
}

void json_copy(struct json_writer *writer, FILE *file)
{
	size_t bytes;

	assert(writer->depth > 0 && !writer->has_member[writer->depth - 1]);
	empty_block(writer);
	while ((bytes = fread(writer->block, 1, sizeof(writer->block), file)) > 0) {
		writer->has_member[writer->depth - 1] = true;
		writer->filled = bytes;
		empty_block(writer);
	}
}
