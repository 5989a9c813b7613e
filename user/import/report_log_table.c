// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * report_log_table.c - see report_log_table.h. The columns are named as Insights names the fields that it finds in
 * Lambda's logs of text (@duration) and of JSON (record.metrics.durationMs). A table with a column @message has
 * the REPORTs in it, and is none of these. A line with another number of cells ends a table.
 */
#include "import/report_log_table.h"

#include <string.h>

#include "import/report_field.h"

/* Sizes of text logs are in bytes, of which a MB has a million there. */
#define MILLION_ZEROS "000000"

enum {
	COLUMN_ID = REPORTED_COUNT,
	COLUMN_OTHER,
};

static const struct {
	const char *name;
	unsigned char column;
} names[] = {
	{ "@requestId", COLUMN_ID },
	{ "@duration", REPORTED_DURATION },
	{ "@billedDuration", REPORTED_BILLED },
	{ "@initDuration", REPORTED_INIT },
	{ "@memorySize", REPORTED_MEMORY },
	{ "@maxMemoryUsed", REPORTED_MAX_MEMORY },
	{ "record.requestId", COLUMN_ID },
	{ "record.metrics.durationMs", REPORTED_DURATION },
	{ "record.metrics.billedDurationMs", REPORTED_BILLED },
	{ "record.metrics.initDurationMs", REPORTED_INIT },
	{ "record.metrics.memorySizeMB", REPORTED_MEMORY },
	{ "record.metrics.maxMemoryUsedMB", REPORTED_MAX_MEMORY },
};

struct cell {
	const char *text;
	size_t bytes;
};

/* Without the quotes around it; those within it do not matter in ids and numbers. False: no more. */
static bool next_cell(const char **at, const char *end, struct cell *ret_cell)
{
	const char *begin = *at;
	bool is_quoted = begin < end && *begin == '"', is_in_quotes = false;

	if (begin > end)
		return false;
	for (; *at < end && (is_in_quotes || **at != ','); (*at)++)
		is_in_quotes ^= **at == '"';
	ret_cell->text = begin + is_quoted;
	ret_cell->bytes = (size_t)(*at - ret_cell->text);
	if (ret_cell->bytes && ret_cell->text[ret_cell->bytes - 1] == '"')
		ret_cell->bytes--;
	(*at)++; /* one behind the end: there is none behind the last */
	return true;
}

static bool is_equal(const struct cell *cell, const char *text)
{
	return cell->bytes == strlen(text) && !memcmp(cell->text, text, cell->bytes);
}

static unsigned char find_column(const struct cell *cell)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (is_equal(cell, names[i].name))
			return names[i].column;
	return COLUMN_OTHER;
}

/* ---- the line of names ---- */

static bool read_names(struct report_table *table, const char *text, const char *end)
{
	unsigned int seen = 0;
	struct cell cell;

	table->column_count = 0;
	while (next_cell(&text, end, &cell)) {
		unsigned char column = find_column(&cell);

		if (table->column_count == REPORT_TABLE_COLUMNS_MAX || is_equal(&cell, "@message"))
			return false;
		if (column != COLUMN_OTHER && seen & 1u << column)
			return false; /* not known which of the two is meant */
		seen |= 1u << column;
		table->columns[table->column_count++] = column;
	}
	return seen & 1u << COLUMN_ID && seen & ((1u << REPORTED_COUNT) - 1);
}

/* ---- a row ---- */

static size_t count_cells(const char *text, const char *end)
{
	struct cell cell;
	size_t count = 0;

	while (next_cell(&text, end, &cell))
		count++;
	return count;
}

static int set_figure(struct reported_figures *figures, enum reported_member member,
		      const struct cell *cell, struct diag *diag)
{
	size_t zeros = strlen(MILLION_ZEROS), bytes = cell->bytes;

	if (member >= REPORTED_MEMORY && bytes > zeros &&
	    !memcmp(cell->text + bytes - zeros, MILLION_ZEROS, zeros))
		bytes -= zeros;
	return report_field_set(figures, &report_keys[member], cell->text, bytes, diag);
}

/* Rows of other lines than REPORTs have no figure. */
static int read_row(const struct report_table *table, const char *text, const char *end,
		    struct reported *reported, struct diag *diag)
{
	struct cell cell;
	int error = 0;

	for (size_t i = 0; i < table->column_count && !error; i++) {
		unsigned char column = table->columns[i];

		if (!next_cell(&text, end, &cell) || !cell.bytes || column == COLUMN_OTHER)
			continue;
		error = column == COLUMN_ID ? report_id_set(reported, cell.text, cell.bytes, diag)
					    : set_figure(&reported->figures,
							 (enum reported_member)column, &cell, diag);
	}
	if (!error && reported->figures.known && !*reported->request_id)
		error = report_id_set(reported, "", 0, diag);
	return error;
}

int report_table_read_line(struct report_table *table, const char *text, size_t bytes,
			   uint64_t line, const struct report_log_sink *sink)
{
	struct reported reported = { .line = line };
	const char *end = text + bytes;
	struct diag diag = { 0 };

	if (bytes && end[-1] == '\r')
		end--;
	if (!table->column_count || count_cells(text, end) != table->column_count) {
		if (!memmem(text, bytes, "equestId", 8) || !read_names(table, text, end))
			table->column_count = 0;
		return 0;
	}
	if (read_row(table, text, end, &reported, &diag)) {
		sink->problem(sink->context, line, diag.text);
		return 0;
	}
	return reported.figures.known ? sink->reported(sink->context, &reported) : 0;
}
