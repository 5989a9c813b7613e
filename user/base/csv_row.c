/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * csv_row.c - see csv_row.h. A cell is quoted where it must be: it holds a comma, a quote or a line break,
 * or is an empty string, which would read as null. Bytes that are not UTF-8 become U+FFFD, and so do control
 * characters but tab and line ends: a cell has no way to escape them.
 */
#include "base/csv_row.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "base/utf8.h"

void csv_row_init(struct csv_row *row, const char *const *columns, size_t column_count)
{
	assert(column_count && column_count <= CSV_COLUMNS_MAX);
	memset(row, 0, sizeof(*row));
	row->columns = columns;
	row->column_count = column_count;
	buffer_init(&row->text, CSV_ROW_BYTES_MAX);
}

void csv_row_release(struct csv_row *row)
{
	buffer_release(&row->text);
}

/* ---- filling ---- */

static bool is_name(const struct csv_row *row, const char *column, const char *key)
{
	size_t length;

	if (!row->object)
		return !strcmp(column, key);
	length = strlen(row->object);
	return !strncmp(column, row->object, length) && column[length] == '_' &&
	       !strcmp(column + length + 1, key);
}

/* The cell of @key in the object that is open; NULL: there is no such column. */
static struct csv_cell *find_cell(struct csv_row *row, const char *key)
{
	for (size_t i = 0; i < row->column_count; i++) {
		size_t column = (row->expected + i) % row->column_count;

		if (!is_name(row, row->columns[column], key))
			continue;
		row->expected = column + 1;
		return &row->cells[column];
	}
	return NULL;
}

static void append(struct csv_row *row, struct csv_cell *cell, const char *text, size_t bytes)
{
	int error = buffer_append(&row->text, text, bytes);

	if (error && !row->error)
		row->error = error;
	if (!error)
		cell->bytes += bytes;
}

void csv_row_value(struct csv_row *row, const char *key, const char *text, size_t bytes)
{
	struct csv_cell *cell;

	if (row->ignored || !text)
		return;
	if (row->joined) {
		if (row->joined->has_value)
			append(row, row->joined, " ", 1);
		append(row, row->joined, text, bytes);
		row->joined->has_value = true;
		return;
	}
	cell = find_cell(row, key);
	if (!cell)
		return;
	*cell = (struct csv_cell){ .offset = row->text.bytes, .has_value = true };
	append(row, cell, text, bytes);
}

/* The row's own object has no key; one in it gives its name to its members, a deeper one has no place. */
void csv_row_object_begin(struct csv_row *row, const char *key)
{
	if (row->ignored || row->joined || row->depth == 2) {
		row->ignored++;
		return;
	}
	row->object = row->depth++ ? key : NULL;
}

void csv_row_object_end(struct csv_row *row)
{
	if (row->ignored) {
		row->ignored--;
		return;
	}
	assert(row->depth > 0);
	row->depth--;
	row->object = NULL;
}

void csv_row_array_begin(struct csv_row *row, const char *key)
{
	struct csv_cell *cell = row->ignored || row->joined ? NULL : find_cell(row, key);

	if (!cell) {
		row->ignored++;
		return;
	}
	*cell = (struct csv_cell){ .offset = row->text.bytes };
	row->joined = cell;
}

void csv_row_array_end(struct csv_row *row)
{
	if (row->ignored)
		row->ignored--;
	else
		row->joined = NULL;
}

/* ---- writing ---- */

static bool must_quote(const char *text, size_t bytes)
{
	return !bytes || memchr(text, ',', bytes) || memchr(text, '"', bytes) ||
	       memchr(text, '\n', bytes) || memchr(text, '\r', bytes);
}

static size_t character_bytes(const char *text, size_t bytes)
{
	if (*text == '\t' || *text == '\n' || *text == '\r')
		return 1;
	return utf8_printable_length(text, bytes);
}

static void write_cell(FILE *file, const char *text, size_t bytes)
{
	bool is_quoted = must_quote(text, bytes);

	if (!is_quoted && utf8_is_plain(text, bytes)) {
		fwrite(text, 1, bytes, file);
		return;
	}
	if (is_quoted)
		putc('"', file);
	while (bytes) {
		size_t length = character_bytes(text, bytes);

		if (length)
			fwrite(text, 1, length, file);
		else
			fputs("\xef\xbf\xbd", file);
		if (*text == '"')
			putc('"', file);
		text += length ? length : 1;
		bytes -= length ? length : 1;
	}
	if (is_quoted)
		putc('"', file);
}

/* errno was cleared before the line's first cell: any of them may have failed. */
static int end_line(FILE *file)
{
	fputs("\r\n", file);
	return ferror(file) ? (errno ? -errno : -EIO) : 0;
}

int csv_row_write_header(const struct csv_row *row, FILE *file)
{
	errno = 0;
	for (size_t i = 0; i < row->column_count; i++) {
		if (i)
			putc(',', file);
		write_cell(file, row->columns[i], strlen(row->columns[i]));
	}
	return end_line(file);
}

int csv_row_write(struct csv_row *row, FILE *file)
{
	assert(!row->depth && !row->ignored && !row->joined);
	errno = 0;
	for (size_t i = 0; i < row->column_count; i++) {
		const struct csv_cell *cell = &row->cells[i];

		if (i)
			putc(',', file);
		if (cell->has_value)
			write_cell(file, (const char *)row->text.data + cell->offset, cell->bytes);
	}
	memset(row->cells, 0, row->column_count * sizeof(row->cells[0]));
	buffer_clear(&row->text);
	row->expected = 0;
	return row->error ? row->error : end_line(file);
}
