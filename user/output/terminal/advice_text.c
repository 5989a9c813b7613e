// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * advice_text.c - see advice_text.h.
 */
#include "output/terminal/advice_text.h"

#include "base/units.h"
#include "output/advice_words.h"
#include "output/terminal/table.h"

#define FIXED_COLUMNS 60 /* of the table, beside its names */

static int print_table(FILE *file, const struct edge_advice *rows, size_t count,
		       const struct text_style *style)
{
	static const struct table_column columns[] = {
		{ "CALLER", COLUMN_NAME },   { "CALLEE", COLUMN_NAME },
		{ "MODE", COLUMN_WORD },     { "CALLS", COLUMN_RIGHT },
		{ "VERDICT", COLUMN_WORD },  { "SAVES/M", COLUMN_RIGHT },
		{ "COSTS/M", COLUMN_RIGHT },
	};
	struct table table;

	table_init(&table, style, columns, sizeof(columns) / sizeof(columns[0]), FIXED_COLUMNS);
	for (size_t i = 0; i < count; i++) {
		const struct edge_advice *edge = &rows[i];

		table_row(&table);
		table_name(&table, edge->caller);
		table_name(&table, edge->callee);
		table_word(&table, edge_mode_name(edge->mode));
		table_count(&table, edge->facts.calls);
		table_word(&table, verdict_name(edge->verdict));
		table_dollars(&table, advice_saving_per_million(edge));
		table_dollars(&table, advice_price_per_million(edge));
	}
	return table_print(&table, file);
}

static void print_also(FILE *file, const struct edge_advice *edge, const struct text_style *style)
{
	struct words words;

	words_begin(&words, style->is_utf8);
	for (unsigned int i = 0; i < VERDICT_COUNT; i++)
		if (edge->also & 1u << i)
			words_add(&words, "%s%s", words.used ? ", " : "",
				  verdict_name((enum verdict)i));
	if (words.used)
		words_print(file, &words, "  holds too  ", style->columns);
}

static void print_edge(FILE *file, const struct edge_advice *edge, const struct price_plan *plan,
		       const struct text_style *style)
{
	struct words words;

	words_begin(&words, style->is_utf8);
	words_name(&words, edge->caller);
	words_add(&words, " -> ");
	words_name(&words, edge->callee);
	words_add(&words, " (%s, ", edge_mode_name(edge->mode));
	words_count(&words, edge->facts.calls, "call", "calls");
	words_add(&words, "): %s", verdict_name(edge->verdict));
	fputc('\n', file);
	words_print(file, &words, "", style->columns);
	words_begin(&words, style->is_utf8);
	advice_words_meaning(&words, edge);
	words_print(file, &words, "  advice     ", style->columns);
	words_begin(&words, style->is_utf8);
	for (size_t i = 0; advice_words_evidence(&words, edge, i); i++)
		words_print(file, &words, i ? "             " : "  evidence   ", style->columns);
	words_begin(&words, style->is_utf8);
	if (advice_words_limits(&words, edge))
		words_print(file, &words, "  not seen   ", style->columns);
	words_begin(&words, style->is_utf8);
	if (advice_words_saving(&words, edge, plan))
		words_print(file, &words, "  saving     ", style->columns);
	words_begin(&words, style->is_utf8);
	if (advice_words_price(&words, edge, plan))
		words_print(file, &words, "  costs      ", style->columns);
	words_begin(&words, style->is_utf8);
	if (advice_words_balance(&words, edge))
		words_print(file, &words, "  balance    ", style->columns);
	print_also(file, edge, style);
}

int advice_text(FILE *file, const struct results *results, const struct edge_advice *rows,
		size_t count, const struct text_style *style)
{
	int error;

	if (!count) {
		fputs(results->totals.invocations
			      ? "No function called another one: there is nothing to advise.\n"
			      : "No invocation was seen: they ended before the recording, or what ran has no border that is known.\n",
		      file);
		return 0;
	}
	error = print_table(file, rows, count, style);
	if (error)
		return error;
	fprintf(file, "per million calls, %s; a verdict needs %u calls that were seen whole\n",
		results->plan->name, ADVICE_OBSERVATIONS_MIN);
	for (size_t i = 0; i < count; i++)
		print_edge(file, &rows[i], results->plan, style);
	return 0;
}
