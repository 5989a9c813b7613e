/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * csv_row.h - one row of a CSV table (RFC 4180), filled by a json_writer: the members that go into JSON
 * elsewhere become cells, so that a figure has one name and one writer. A member is the column of its name;
 * a member of an object in the row is OBJECT_MEMBER, an array of scalars one cell with spaces between them
 * (null where there are none). What has no column is left out, so are arrays of objects.
 */
#ifndef IDLETAX_BASE_CSV_ROW_H
#define IDLETAX_BASE_CSV_ROW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/buffer.h"

#define CSV_COLUMNS_MAX 128
#define CSV_ROW_BYTES_MAX (1u << 20)

struct csv_cell {
	size_t offset, bytes; /* in the row's text */
	bool has_value;	      /* else it is empty: null */
};

struct csv_row {
	const char *const *columns;
	size_t column_count;
	size_t expected; /* the column after the one that was filled last: members keep their order */
	const char *object;	 /* the key of the object that is open in the row's own */
	unsigned int depth;	 /* objects that are open; the row's is the first */
	unsigned int ignored;	 /* arrays and objects that are open and have no column */
	struct csv_cell *joined; /* the cell of the array that is open */
	struct buffer text;
	struct csv_cell cells[CSV_COLUMNS_MAX];
	int error; /* sticky, negative errno */
};

/* @columns is borrowed. */
void csv_row_init(struct csv_row *row, const char *const *columns, size_t column_count);
void csv_row_release(struct csv_row *row);

/* For json_writer, which is given the row (json_writer_init_row). @text NULL: null. */
void csv_row_object_begin(struct csv_row *row, const char *key);
void csv_row_object_end(struct csv_row *row);
void csv_row_array_begin(struct csv_row *row, const char *key);
void csv_row_array_end(struct csv_row *row);
void csv_row_value(struct csv_row *row, const char *key, const char *text, size_t bytes);

/* The line of the columns' names, and that of the row, which is empty afterwards. 0 or negative errno. */
int csv_row_write_header(const struct csv_row *row, FILE *file);
int csv_row_write(struct csv_row *row, FILE *file);

#endif
