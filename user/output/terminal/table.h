/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * table.h - a libsmartcols table filled cell by cell, from left to right. Errors (out of memory) are
 * sticky and come back from table_print.
 */
#ifndef IDLETAX_OUTPUT_TERMINAL_TABLE_H
#define IDLETAX_OUTPUT_TERMINAL_TABLE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "output/text_style.h"

struct libscols_table;
struct libscols_line;

enum column_kind {
	COLUMN_NAME,  /* shortened to the table's name_columns */
	COLUMN_WORD,  /* text that is never cut */
	COLUMN_RIGHT, /* a figure; never cut */
	COLUMN_TEXT,  /* sentences, in as many lines as they need; the last column */
};

struct table_column {
	const char *title;
	enum column_kind kind;
};

struct table {
	struct libscols_table *table;
	struct libscols_line *line;
	const struct text_style *style;
	unsigned int next_column;
	unsigned int name_columns;
	unsigned int text_columns;
	int error;
};

/* @fixed_columns: how wide all columns but the names may become together. */
void table_init(struct table *table, const struct text_style *style,
		const struct table_column *columns, size_t count, unsigned int fixed_columns);
void table_row(struct table *table);

/* The next cell of the row. */
void table_name(struct table *table, const char *name); /* made safe and shortened; NULL: "?" */
void table_word(struct table *table, const char *word); /* trusted text, as it is */
void table_text(struct table *table, const char *text); /* trusted sentences */
void table_count(struct table *table, uint64_t value);	/* 0 prints as "-" */
void table_ms(struct table *table, uint64_t ns);	/* without the unit; 0 prints as "-" */
void table_dollars(struct table *table, int64_t pico);
void table_percent(struct table *table, double ratio);
void table_color(struct table *table, const char *name); /* of the cell written last; "red" ... */

/* Prints on @file and releases it. 0 or negative errno. */
int table_print(struct table *table, FILE *file);

#endif
