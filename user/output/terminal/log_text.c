// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * log_text.c - see log_text.h. Exact figures are in the JSON.
 */
#include "output/terminal/log_text.h"

#include "base/units.h"
#include "output/terminal/table.h"

#define LOG_FIXED 66 /* characters of all columns but the names, with what is between them */
#define NAME_COLUMNS 60

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static bool is_known(const struct reported_figures *figures, enum reported_member member)
{
	return figures->known & 1u << member;
}

static bool is_time(enum reported_member member)
{
	return member <= REPORTED_INIT;
}

/* Milliseconds with two decimals, or a MB as it is; @sign: before it. */
static void format_figure(char text[UNITS_TEXT_MAX], const char *sign, uint64_t value,
			  enum reported_member member)
{
	uint64_t hundredths = (value + NS_PER_MS / 200) / (NS_PER_MS / 100);

	if (is_time(member))
		snprintf(text, UNITS_TEXT_MAX, "%s%llu.%02u", hundredths ? sign : "",
			 (unsigned long long)(hundredths / 100), (unsigned int)(hundredths % 100));
	else
		snprintf(text, UNITS_TEXT_MAX, "%s%llu", value ? sign : "",
			 (unsigned long long)value);
}

/* What the log says, and what that is more than was measured. */
static void print_pair(struct table *table, const struct log_row *row, enum reported_member member)
{
	uint64_t logged = row->logged.values[member], measured = row->measured.values[member];
	char text[UNITS_TEXT_MAX] = "-";

	if (is_known(&row->logged, member))
		format_figure(text, "", logged, member);
	table_word(table, text);
	if (!is_known(&row->logged, member) || !is_known(&row->measured, member))
		snprintf(text, sizeof(text), "-");
	else if (logged >= measured)
		format_figure(text, "+", logged - measured, member);
	else
		format_figure(text, "-", measured - logged, member);
	table_word(table, text);
}

static int print_matched(FILE *file, const struct log_report *report, size_t rows,
			 const struct text_style *style)
{
	static const struct table_column columns[] = {
		{ "REQUEST", COLUMN_NAME },   { "FUNCTION", COLUMN_NAME },
		{ "DURATION", COLUMN_RIGHT }, { "+-", COLUMN_RIGHT },
		{ "BILLED", COLUMN_RIGHT },   { "+-", COLUMN_RIGHT },
		{ "INIT", COLUMN_RIGHT },     { "+-", COLUMN_RIGHT },
		{ "MAX MB", COLUMN_RIGHT },   { "+-", COLUMN_RIGHT },
	};
	struct table table;
	size_t printed = 0;

	table_init(&table, style, columns, COUNT_OF(columns), LOG_FIXED);
	for (size_t i = 0; i < report->row_count && (!rows || printed < rows); i++) {
		const struct log_row *row = &report->rows[i];

		if (!row->is_logged || !row->is_measured)
			continue;
		table_row(&table);
		table_name(&table, row->request_id);
		table_name(&table, row->function);
		print_pair(&table, row, REPORTED_DURATION);
		print_pair(&table, row, REPORTED_BILLED);
		print_pair(&table, row, REPORTED_INIT);
		print_pair(&table, row, REPORTED_MAX_MEMORY);
		printed++;
	}
	return table_print(&table, file);
}

/* "Billed Duration: 1049 ms in the logs, 1043 ms measured (7 invocations)" */
static void print_total(FILE *file, const struct log_totals *totals, enum reported_member member,
			const char *name)
{
	char logged[UNITS_TEXT_MAX], measured[UNITS_TEXT_MAX];

	if (!totals->pairs[member])
		return;
	format_figure(logged, "", totals->logged.values[member], member);
	format_figure(measured, "", totals->measured.values[member], member);
	fprintf(file, "%s: %s ms in the logs, %s ms measured (%llu invocation%s)\n", name, logged,
		measured, (unsigned long long)totals->pairs[member],
		totals->pairs[member] == 1 ? "" : "s");
}

static void print_alone(FILE *file, const struct log_report *report, size_t rows, bool is_logged,
			const struct text_style *style)
{
	char id[NAME_COLUMNS * 4 + 1], name[NAME_COLUMNS * 4 + 1];
	size_t count = 0;

	for (size_t i = 0; i < report->row_count; i++) {
		const struct log_row *row = &report->rows[i];

		if (row->is_logged != is_logged || row->is_measured == is_logged)
			continue;
		if (count++ >= rows && rows)
			continue;
		text_safe(id, sizeof(id), row->request_id ? row->request_id : "?", NAME_COLUMNS,
			  style->is_utf8);
		text_safe(name, sizeof(name),
			  is_logged ? report->files[row->file].name
				    : (row->function ? row->function : "?"),
			  NAME_COLUMNS, style->is_utf8);
		if (is_logged)
			fprintf(file, "only in the logs: %s (%s:%llu)\n", id, name,
				(unsigned long long)row->line);
		else
			fprintf(file, "only measured: %s (%s)\n", id, name);
	}
	if (rows && count > rows)
		fprintf(file, "%s: and %zu more; --json has all\n",
			is_logged ? "only in the logs" : "only measured", count - rows);
}

static void print_files(FILE *file, const struct log_report *report, const struct text_style *style)
{
	char name[NAME_COLUMNS * 4 + 1];

	for (size_t i = 0; i < report->file_count; i++) {
		const struct log_file *log = &report->files[i];

		text_safe(name, sizeof(name), log->name, NAME_COLUMNS, style->is_utf8);
		fprintf(file, "%s: %llu line%s, %llu REPORT%s", name,
			(unsigned long long)log->lines, log->lines == 1 ? "" : "s",
			(unsigned long long)log->reports, log->reports == 1 ? "" : "s");
		if (log->unreadable)
			fprintf(file, ", %llu that could not be read",
				(unsigned long long)log->unreadable);
		putc('\n', file);
	}
}

int log_text(FILE *file, const struct log_report *report, size_t rows,
	     const struct text_style *style)
{
	const struct log_totals *totals = &report->totals;
	int error = 0;

	if (totals->matched)
		error = print_matched(file, report, rows, style);
	if (rows && totals->matched > rows)
		fprintf(file, "and %llu more; --json has all\n",
			(unsigned long long)totals->matched - rows);
	print_total(file, totals, REPORTED_DURATION, "Duration");
	print_total(file, totals, REPORTED_BILLED, "Billed Duration");
	print_total(file, totals, REPORTED_INIT, "Init Duration");
	print_alone(file, report, rows, true, style);
	print_alone(file, report, rows, false, style);
	print_files(file, report, style);
	return error;
}
