// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * prices_text.c - see prices_text.h. Rounds for reading only; exact figures are in the JSON.
 */
#include "output/terminal/prices_text.h"

#include "analysis/plan_table.h"
#include "base/units.h"
#include "output/terminal/table.h"
#include "output/words.h"

/* Characters of all columns but the names, with what is between them. */
#define PLANS_FIXED 72
#define MONTHS_FIXED 66

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

void prices_text_source(FILE *file, const struct price_plan *plan, const struct text_style *style)
{
	struct words words;

	words_begin(&words, style->is_utf8);
	words_add(&words, "%s (%s)", plan->name, plan->source);
	words_print(file, &words, "prices: ", style->columns);
	if (!plan->note[0])
		return;
	words_begin(&words, style->is_utf8);
	words_add(&words, "%s", plan->note);
	words_print(file, &words, "        ", style->columns);
}

static void print_milliseconds(struct table *table, uint64_t ms)
{
	char text[24];

	snprintf(text, sizeof(text), "%llu", (unsigned long long)ms);
	table_word(table, ms ? text : "-");
}

static int print_plans(FILE *file, const struct results *results, const struct text_style *style)
{
	static const struct table_column columns[] = {
		{ "PRICE PLAN", COLUMN_NAME }, { "BILLED", COLUMN_RIGHT },
		{ "TIME", COLUMN_RIGHT },      { "INIT", COLUMN_RIGHT },
		{ "REQUESTS", COLUMN_RIGHT },  { "STANDBY", COLUMN_RIGHT },
		{ "TOTAL", COLUMN_RIGHT },     { "DOUBLE", COLUMN_RIGHT },
	};
	struct table table;

	table_init(&table, style, columns, COUNT_OF(columns), PLANS_FIXED);
	for (size_t i = 0; i < results->plan_count; i++) {
		const struct plan_row *row = &results->plans[i];

		table_row(&table);
		table_name(&table, row->plan->name);
		print_milliseconds(&table, row->billed_ms);
		table_dollars(&table, row->duration_pico);
		table_dollars(&table, row->init_cost_pico);
		table_dollars(&table, row->request_pico);
		table_dollars(&table, row->standby_pico);
		table_dollars(&table, plan_row_total_pico(row));
		table_dollars(&table, row->double_billed_pico);
	}
	return table_print(&table, file);
}

static int print_months(FILE *file, const struct results *results, const struct projection *months,
			const struct text_style *style)
{
	static const struct table_column columns[] = {
		{ "PRICE PLAN", COLUMN_NAME }, { "A MONTH", COLUMN_RIGHT },
		{ "TIME", COLUMN_RIGHT },      { "REQUESTS", COLUMN_RIGHT },
		{ "STANDBY", COLUMN_RIGHT },   { "WAITING", COLUMN_RIGHT },
		{ "DOUBLE", COLUMN_RIGHT },
	};
	struct table table;

	fprintf(file, "\nThe same at %llu requests a month\n",
		(unsigned long long)months->requests);
	table_init(&table, style, columns, COUNT_OF(columns), MONTHS_FIXED);
	for (size_t i = 0; i < results->plan_count; i++) {
		table_row(&table);
		table_name(&table, results->plans[i].plan->name);
		table_dollars(&table, months[i].cost_pico);
		table_dollars(&table, months[i].time_pico);
		table_dollars(&table, months[i].request_pico);
		table_dollars(&table, months[i].standby_pico);
		table_dollars(&table, months[i].wait_pico);
		table_dollars(&table, months[i].double_billed_pico);
	}
	return table_print(&table, file);
}

int prices_text_table(FILE *file, const struct results *results, const struct projection *months,
		      const struct text_style *style)
{
	int error = print_plans(file, results, style);

	for (size_t i = 0; i < results->plan_count; i++)
		if (results->plans[i].unpriced)
			fprintf(file,
				"under %s %llu of the invocations have no price: their memory is not known\n",
				results->plans[i].plan->name,
				(unsigned long long)results->plans[i].unpriced);
	return !error && months ? print_months(file, results, months, style) : error;
}

void prices_text_month(FILE *file, const struct results *results, const struct projection *month)
{
	const struct plan_row *plan = &results->plans[0];
	char cost[UNITS_TEXT_MAX], wait[UNITS_TEXT_MAX], doubled[UNITS_TEXT_MAX];

	fprintf(file,
		"\nat %llu requests a month: %s, of which %s for waiting on functions (%s double-billed)\n",
		(unsigned long long)month->requests, format_dollars(cost, month->cost_pico),
		format_dollars(wait, month->wait_pico),
		format_dollars(doubled, month->double_billed_pico));
	if (plan->unpriced)
		fprintf(file,
			"  without the time of %llu of the trace's %llu invocation%s: unknown memory; "
			"--memory FUNCTION=MB tells it\n",
			(unsigned long long)plan->unpriced,
			(unsigned long long)results->totals.invocations,
			results->totals.invocations == 1 ? "" : "s");
}
