// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * budgets_text.c - see budgets_text.h. The tightest edges only: --json has all.
 */
#include "output/terminal/budgets_text.h"

#include <errno.h>
#include <stdlib.h>

#include "base/units.h"
#include "output/terminal/table.h"
#include "output/words.h"

#define BUDGETS_MAX 8 /* rows */
#define BUDGETS_FIXED 62

/* The least that is known of an edge's time: what would be left at worst, else what was. */
static bool find_tightness(const struct edge_budget *budget, int64_t *ret_ns)
{
	if (!budget->has_start)
		return false;
	*ret_ns = budget->has_need ? budget->margin_ns
		  : budget->has_end && budget->end_min_ns < budget->start_min_ns
			  ? budget->end_min_ns
			  : budget->start_min_ns;
	return true;
}

static int compare_tightness(const void *left, const void *right)
{
	const struct edge_row *a = *(const struct edge_row *const *)left;
	const struct edge_row *b = *(const struct edge_row *const *)right;
	int64_t a_ns = 0, b_ns = 0;

	find_tightness(&a->budget, &a_ns);
	find_tightness(&b->budget, &b_ns);
	if (a_ns != b_ns)
		return a_ns < b_ns ? -1 : 1;
	return a < b ? -1 : a > b;
}

/* "3 s", or "-200 ms", with "*" behind what is counted to an assumed limit. */
static void add_left(struct table *table, int64_t ns, bool is_assumed)
{
	char duration[UNITS_TEXT_MAX], text[UNITS_TEXT_MAX + 4];

	format_duration(duration, ns < 0 ? -(uint64_t)ns : (uint64_t)ns);
	snprintf(text, sizeof(text), "%s%s%s", ns < 0 ? "-" : "", duration, is_assumed ? " *" : "");
	table_word(table, text);
	if (ns < 0)
		table_color(table, "red");
}

/* "time-out 6 s x 3" and "100 ms" */
static void add_need(struct table *table, const struct edge_budget *budget, bool is_utf8)
{
	static const char *const sources[] = { [BUDGET_BY_NOTHING] = "",
					       [BUDGET_BY_DEADLINE] = "time-out",
					       [BUDGET_BY_P99] = "p99",
					       [BUDGET_BY_CLIENT] = "client" };
	char duration[UNITS_TEXT_MAX], attempts[24] = "", need[UNITS_TEXT_MAX + 40];

	if (budget->attempts > 1)
		snprintf(attempts, sizeof(attempts), " %s %u", is_utf8 ? "\xc3\x97" : "x",
			 budget->attempts);
	snprintf(need, sizeof(need), "%s %s%s", sources[budget->source],
		 format_duration(duration, budget->attempt_ns), attempts);
	table_word(table, need);
	table_word(table, budget->attempts > 1 && budget->backoff_ns
				  ? format_duration(duration, budget->backoff_ns)
				  : "-");
}

static void add_budget(struct table *table, const struct edge_row *row, bool is_utf8)
{
	const struct edge_budget *budget = &row->budget;

	table_row(table);
	table_name(table, row->caller);
	table_name(table, row->callee);
	add_left(table, budget->has_need ? budget->left_ns : budget->start_min_ns,
		 budget->is_gateway);
	if (budget->has_end)
		add_left(table, budget->end_min_ns, false);
	else
		table_word(table, "no reply");
	if (!budget->has_need) {
		table_word(table, "-");
		table_word(table, "not known");
		table_word(table, "-");
		return;
	}
	add_left(table, budget->margin_ns, false);
	add_need(table, budget, is_utf8);
}

static void print_legend(FILE *file, const struct edge_row *const *rows, size_t count,
			 const struct text_style *style)
{
	struct words words;
	bool is_assumed = false;

	for (size_t i = 0; i < count; i++)
		is_assumed |= rows[i]->budget.is_gateway;
	words_begin(&words, style->is_utf8);
	words_add(&words,
		  "LEFT until the caller's time-out when it called; MARGIN: without what the "
		  "call may take: below 0 it cannot always finish");
	if (is_assumed)
		words_add(&words, "; *: of an API Gateway's 29 s, which is assumed");
	words_print(file, &words, "", style->columns);
}

static int print_table(FILE *file, const struct edge_row *const *rows, size_t count,
		       const struct text_style *style)
{
	static const struct table_column columns[] = {
		{ "CALLER", COLUMN_NAME },    { "CALLEE", COLUMN_NAME },
		{ "LEFT", COLUMN_RIGHT },     { "AT REPLY", COLUMN_RIGHT },
		{ "MARGIN", COLUMN_RIGHT },   { "MAY TAKE", COLUMN_WORD },
		{ "BACK-OFF", COLUMN_RIGHT },
	};
	size_t shown = count < BUDGETS_MAX ? count : BUDGETS_MAX;
	struct table table;
	int error;

	text_heading(file, style, "Time left before time-outs, tightest first");
	table_init(&table, style, columns, sizeof(columns) / sizeof(columns[0]), BUDGETS_FIXED);
	for (size_t i = 0; i < shown; i++)
		add_budget(&table, rows[i], style->is_utf8);
	error = table_print(&table, file);
	if (error)
		return error;
	if (shown < count)
		fprintf(file, "... and %zu more; --json has all\n", count - shown);
	print_legend(file, rows, shown, style);
	return 0;
}

int budgets_text(FILE *file, const struct results *results, const struct text_style *style)
{
	const struct edge_row **rows = calloc(results->edge_count + 1, sizeof(*rows));
	size_t count = 0;
	int64_t ns;
	int error = 0;

	if (!rows)
		return -ENOMEM;
	for (size_t i = 0; i < results->edge_count; i++)
		if (find_tightness(&results->edges[i].budget, &ns))
			rows[count++] = &results->edges[i];
	qsort(rows, count, sizeof(*rows), compare_tightness);
	if (count)
		error = print_table(file, rows, count, style);
	free(rows);
	return error;
}
