// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * diff_text.c - see diff_text.h. A row is a figure; what is nothing on both sides has none. The name of a
 * function or edge stands at its first row.
 */
#include "output/terminal/diff_text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/units.h"
#include "output/summary.h"
#include "output/terminal/table.h"

#define FIXED_COLUMNS 76
#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static const char *const figure_titles[COMPARED_COUNT] = {
	[COMPARED_BILLED] = "billed",
	[COMPARED_OWN] = "own",
	[COMPARED_ACTIVE] = "active",
	[COMPARED_WAIT_LAMBDA] = "waiting on functions",
	[COMPARED_WAIT_SERVICE] = "waiting on services",
	[COMPARED_DOUBLE_BILLED] = "double-billed",
	[COMPARED_LATENCY] = "latency",
	[COMPARED_COST] = "cost",
	[COMPARED_INIT_COST] = "cost of INIT",
	[COMPARED_CALL_WAIT] = "wait",
	[COMPARED_CALL_DOUBLE_BILLED] = "double-billed",
	[COMPARED_CALL_TRANSIT] = "transit",
	[COMPARED_CALL_COST] = "cost",
};

static void print_heading(FILE *file, const struct text_style *style, const char *text)
{
	fprintf(file, style->has_color ? "\n\033[1m%s\033[0m\n" : "\n%s\n", text);
}

/* ---- what is said before the tables ---- */

static void print_caveats(FILE *file, unsigned int caveats)
{
	static const char *const texts[] = {
		"the old trace is not complete: its figures are bounds",
		"the new trace is not complete: its figures are bounds",
		"the two are priced by different plans",
		"the two were recorded on different machines",
		"one was recorded without scheduler facts: what is active is an estimate there",
		"a function has another memory size",
	};

	for (unsigned int bit = 0; bit < COUNT_OF(texts); bit++)
		if (caveats & 1u << bit)
			fprintf(file, "note: %s\n", texts[bit]);
}

static void print_counts(FILE *file, const struct comparison *comparison)
{
	const struct compared_row *all = &comparison->all;

	fprintf(file, "%llu chains before, %llu after; ", (unsigned long long)all->old->count,
		(unsigned long long)all->new->count);
	if (comparison->tested)
		fprintf(file, "%u of %u differences are significant at 99 %%\n",
			comparison->significant, comparison->tested);
	else
		fputs("no difference with enough values to tell\n", file);
}

/* ---- tables ---- */

struct place { /* in a table: whose rows are being printed */
	struct table *table;
	const struct compared_row *row;
	unsigned int names; /* columns of names */
	bool is_named;	    /* its first row is printed */
};

static void begin_row(struct place *place, const char *figure)
{
	const struct comparison_entry *entry = compared_row_entry(place->row);
	bool is_named = place->is_named;

	table_row(place->table);
	if (place->names == 1)
		is_named ? table_word(place->table, "") : table_name(place->table, entry->name);
	if (place->names == 2) {
		is_named ? table_word(place->table, "") : table_name(place->table, entry->caller);
		is_named ? table_word(place->table, "") : table_name(place->table, entry->callee);
	}
	place->is_named = true;
	table_word(place->table, figure);
}

static void print_change(struct table *table, double change)
{
	char text[32], percent[24];

	if (isnan(change) || change == 0) {
		table_word(table, isnan(change) ? "-" : "0 %");
		return;
	}
	format_percent(percent, sizeof(percent), change < 0 ? -change : change);
	snprintf(text, sizeof(text), "%s%s", change < 0 ? "-" : "+", percent);
	table_word(table, text);
}

static const char *significance_text(enum significance significance)
{
	switch (significance) {
	case SIGNIFICANCE_EQUAL:
		return "equal";
	case SIGNIFICANCE_WITHIN:
		return "within the spread";
	case SIGNIFICANCE_99:
		return "significant at 99 %";
	case SIGNIFICANCE_TOO_FEW:
		break;
	}
	return "too few";
}

static void print_mean(struct table *table, bool is_there, enum compared_figure figure,
		       int64_t mean)
{
	if (!is_there)
		table_word(table, "");
	else if (compared_figure_is_money(figure))
		table_dollars(table, mean);
	else
		table_ms(table, (uint64_t)mean);
}

static void print_figure(struct place *place, enum compared_figure figure)
{
	struct compared_value value = compared_row_value(place->row, figure);
	bool is_in_both = place->row->old && place->row->new;

	if (!value.old_mean && !value.new_mean)
		return;
	begin_row(place, figure_titles[figure]);
	print_mean(place->table, place->row->old, figure, value.old_mean);
	print_mean(place->table, place->row->new, figure, value.new_mean);
	print_change(place->table, value.change);
	table_word(place->table, is_in_both ? significance_text(value.significance) : "-");
	if (value.significance == SIGNIFICANCE_99)
		table_color(place->table, value.new_mean > value.old_mean ? "red" : "green");
}

/* A row of which no spread is known. */
static void end_row(struct table *table, const char *says)
{
	table_word(table, "-");
	table_word(table, says);
}

static void print_count(struct place *place, const char *title, uint64_t old, uint64_t new)
{
	begin_row(place, title);
	if (place->row->old)
		table_count(place->table, old);
	else
		table_word(place->table, "");
	if (place->row->new)
		table_count(place->table, new);
	else
		table_word(place->table, "");
}

static void print_counted(struct place *place, const char *title)
{
	static const struct comparison_entry none;
	const struct comparison_entry *old = place->row->old ? place->row->old : &none;
	const struct comparison_entry *new = place->row->new ? place->row->new : &none;
	bool is_edge = place->names == 2;

	print_count(place, title, old->count, new->count);
	end_row(place->table, !place->row->old ? "appeared" : !place->row->new ? "vanished" : "-");
	if (is_edge && (old->attempts != old->count || new->attempts != new->count)) {
		print_count(place, "attempts", old->attempts, new->attempts);
		end_row(place->table, "-");
	}
	if (old->errors || new->errors) {
		print_count(place, "errors", old->errors, new->errors);
		end_row(place->table, "-");
	}
}

static void print_overhead(struct place *place)
{
	double old = comparison_entry_overhead(place->row->old);
	double new = comparison_entry_overhead(place->row->new);

	if (!(old > 0) && !(new > 0)) /* NaN is not */
		return;
	begin_row(place, "overhead");
	table_percent(place->table, old);
	table_percent(place->table, new);
	end_row(place->table, "-");
}

static void print_row(struct place *place, const char *title)
{
	bool is_edge = place->names == 2;
	int to = is_edge ? COMPARED_COUNT : COMPARED_FUNCTION_END;

	print_counted(place, title);
	for (int figure = is_edge ? COMPARED_FUNCTION_END : 0; figure < to; figure++)
		print_figure(place, (enum compared_figure)figure);
	if (!is_edge)
		print_overhead(place);
}

struct section {
	const char *heading, *counted;
	const char *names[2]; /* titles of the columns of names */
	const struct compared_row *rows;
	size_t count;
};

static int print_section(FILE *file, const struct text_style *style, const struct section *section)
{
	struct table_column columns[7];
	unsigned int names = 0;
	struct table table;
	size_t count = 0;

	if (!section->count)
		return 0;
	for (; names < 2 && section->names[names]; names++)
		columns[count++] = (struct table_column){ section->names[names], COLUMN_NAME };
	columns[count++] = (struct table_column){ "FIGURE", COLUMN_WORD };
	columns[count++] = (struct table_column){ "OLD", COLUMN_RIGHT };
	columns[count++] = (struct table_column){ "NEW", COLUMN_RIGHT };
	columns[count++] = (struct table_column){ "CHANGE", COLUMN_RIGHT };
	columns[count++] = (struct table_column){ "DIFFERENCE", COLUMN_WORD };
	print_heading(file, style, section->heading);
	table_init(&table, style, columns, count, FIXED_COLUMNS);
	for (size_t i = 0; i < section->count; i++) {
		struct place place = { .table = &table, .row = &section->rows[i], .names = names };

		print_row(&place, section->counted);
	}
	return table_print(&table, file);
}

int diff_text(FILE *file, const struct comparison *comparison, const struct text_style *style)
{
	const struct section sections[] = {
		{ "All, mean of a chain, times in ms",
		  "chains",
		  { NULL, NULL },
		  &comparison->all,
		  1 },
		{ "Functions, mean of an invocation, times in ms",
		  "invocations",
		  { "FUNCTION", NULL },
		  comparison->functions,
		  comparison->function_count },
		{ "Who waits for whom, mean of a call, times in ms",
		  "calls",
		  { "CALLER", "CALLEE" },
		  comparison->edges,
		  comparison->edge_count },
	};
	int error = 0;

	print_caveats(file, comparison->caveats);
	print_counts(file, comparison);
	for (size_t i = 0; i < COUNT_OF(sections) && !error; i++)
		error = print_section(file, style, &sections[i]);
	return error;
}
