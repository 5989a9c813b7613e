/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * table.c - see table.h. libsmartcols lays out; nothing is ever wider than the style's columns.
 */
#include "output/terminal/table.h"

#include <errno.h>
#include <libsmartcols/libsmartcols.h>
#include <string.h>

#include "base/units.h"
#include "output/summary.h"
#include "output/words.h"

#define NAME_COLUMNS_MIN 8
#define NAME_COLUMNS_MAX 64
#define TEXT_COLUMNS_MIN 20

static void keep_error(struct table *table, int error)
{
	if (error && !table->error)
		table->error = error;
}

static void add_column(struct table *table, const struct table_column *column)
{
	int flags = column->kind == COLUMN_RIGHT ? SCOLS_FL_RIGHT : 0;
	struct libscols_column *added;

	if (column->kind == COLUMN_TEXT)
		flags = SCOLS_FL_WRAP;
	added = scols_table_new_column(table->table, column->title, 0, flags);
	if (!added) {
		keep_error(table, -ENOMEM);
	} else if (column->kind == COLUMN_TEXT) { /* its lines are broken here */
		keep_error(table, scols_column_set_safechars(added, "\n"));
		keep_error(table, scols_column_set_wrapfunc(added, scols_wrapnl_chunksize,
							    scols_wrapnl_nextchunk, NULL));
	}
}

/* What the fixed columns leave, shared by the columns of names. */
static unsigned int find_name_columns(const struct text_style *style,
				      const struct table_column *columns, size_t count,
				      unsigned int fixed_columns)
{
	unsigned int names = 0, each;

	for (size_t i = 0; i < count; i++)
		names += columns[i].kind == COLUMN_NAME;
	if (!names || style->columns < fixed_columns)
		return NAME_COLUMNS_MIN;
	each = (style->columns - fixed_columns) / names;
	if (each < NAME_COLUMNS_MIN)
		return NAME_COLUMNS_MIN;
	return each < NAME_COLUMNS_MAX ? each : NAME_COLUMNS_MAX;
}

void table_init(struct table *table, const struct text_style *style,
		const struct table_column *columns, size_t count, unsigned int fixed_columns)
{
	memset(table, 0, sizeof(*table));
	table->style = style;
	table->name_columns = find_name_columns(style, columns, count, fixed_columns);
	table->text_columns = style->columns > fixed_columns + TEXT_COLUMNS_MIN
				      ? style->columns - fixed_columns
				      : TEXT_COLUMNS_MIN;
	table->table = scols_new_table();
	if (!table->table) {
		table->error = -ENOMEM;
		return;
	}
	keep_error(table, scols_table_enable_colors(table->table, style->has_color));
	keep_error(table, scols_table_set_termforce(table->table, SCOLS_TERMFORCE_ALWAYS));
	keep_error(table, scols_table_set_termwidth(table->table, style->columns));
	keep_error(table, scols_table_set_column_separator(table->table, "  "));
	for (size_t i = 0; i < count; i++)
		add_column(table, &columns[i]);
}

void table_row(struct table *table)
{
	table->next_column = 0;
	if (table->error)
		return;
	table->line = scols_table_new_line(table->table, NULL);
	if (!table->line)
		keep_error(table, -ENOMEM);
}

static void add_cell(struct table *table, const char *text)
{
	if (!table->error)
		keep_error(table, scols_line_set_data(table->line, table->next_column, text));
	table->next_column++;
}

void table_name(struct table *table, const char *name)
{
	char safe[NAME_COLUMNS_MAX * 4 + 1];

	text_safe(safe, sizeof(safe), name ? name : "?", table->name_columns,
		  table->style->is_utf8);
	add_cell(table, safe);
}

void table_word(struct table *table, const char *word)
{
	add_cell(table, word);
}

void table_text(struct table *table, const char *text)
{
	char lines[WORDS_BYTES];

	words_wrap(lines, text, table->text_columns);
	add_cell(table, lines);
}

void table_count(struct table *table, uint64_t value)
{
	char text[UNITS_TEXT_MAX];

	snprintf(text, sizeof(text), "%llu", (unsigned long long)value);
	add_cell(table, value ? text : "-");
}

void table_ms(struct table *table, uint64_t ns)
{
	char text[UNITS_TEXT_MAX];

	*strchr(format_read_ms(text, ns), ' ') = 0;
	add_cell(table, ns ? text : "-");
}

void table_dollars(struct table *table, int64_t pico)
{
	char text[UNITS_TEXT_MAX];

	add_cell(table, pico ? format_dollars(text, pico) : "-");
}

void table_percent(struct table *table, double ratio)
{
	char text[24];

	add_cell(table, format_percent(text, sizeof(text), ratio));
}

void table_color(struct table *table, const char *name)
{
	struct libscols_cell *cell;

	if (table->error || !table->style->has_color)
		return;
	cell = scols_line_get_cell(table->line, table->next_column - 1);
	if (cell)
		keep_error(table, scols_cell_set_color(cell, name));
}

int table_print(struct table *table, FILE *file)
{
	int error = table->error;

	if (!error)
		error = scols_table_set_stream(table->table, file);
	if (!error)
		error = scols_print_table(table->table);
	scols_unref_table(table->table);
	table->table = NULL;
	return error > 0 ? -error : error;
}
