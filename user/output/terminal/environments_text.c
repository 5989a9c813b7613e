/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * environments_text.c - see environments_text.h. Fits 100 columns; exact figures are in the JSON.
 */
#include "output/terminal/environments_text.h"

#include "base/units.h"
#include "output/end_text.h"
#include "output/terminal/table.h"

/* Characters of all columns but the names, with what is between them. */
#define FUNCTIONS_FIXED 86
#define LIST_FIXED 91

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static void table_mean(struct table *table, double mean)
{
	char text[24];

	if (mean != mean) /* NaN */
		snprintf(text, sizeof(text), "-");
	else
		snprintf(text, sizeof(text), mean < 10 ? "%.2f" : "%.0f", mean);
	table_word(table, text);
}

int environments_text_functions(FILE *file, const struct results *results,
				const struct text_style *style)
{
	static const struct table_column columns[] = {
		{ "FUNCTION", COLUMN_NAME }, { "ENVS", COLUMN_RIGHT },
		{ "PEAK", COLUMN_RIGHT },    { "MEAN", COLUMN_RIGHT },
		{ "FAILED", COLUMN_RIGHT },  { "KILLED", COLUMN_RIGHT },
		{ "INIT", COLUMN_RIGHT },    { "BUSY", COLUMN_RIGHT },
		{ "IDLE", COLUMN_RIGHT },    { "USED", COLUMN_RIGHT },
		{ "AT ONCE", COLUMN_RIGHT }, { "MEAN", COLUMN_RIGHT },
	};
	struct table table;

	table_init(&table, style, columns, COUNT_OF(columns), FUNCTIONS_FIXED);
	for (size_t i = 0; i < results->function_count; i++) {
		const struct function_row *row = &results->functions[i];
		const struct life_sums *sums = &row->life;

		table_row(&table);
		table_name(&table, row->name);
		table_count(&table, sums->environments);
		table_count(&table, sums->peak_environments);
		table_mean(&table, results_mean(results, sums->life.lifetime_ns));
		table_count(&table, sums->init_errors);
		if (sums->init_errors)
			table_color(&table, "red");
		table_count(&table, sums->killed);
		table_ms(&table, sums->life.init_ns + sums->life.restore_ns);
		table_ms(&table, sums->life.busy_ns);
		table_ms(&table, sums->life.idle_ns);
		table_percent(&table, life_utilization(&sums->life));
		table_count(&table, sums->peak_concurrency);
		table_mean(&table, results_mean(results, row->sums.billed_ns));
	}
	return table_print(&table, file);
}

static void print_environment(struct table *table, const struct environment_row *row,
			      uint64_t start_ns)
{
	const struct environment *environment = row->environment;
	char text[UNITS_TEXT_MAX], end[END_TEXT_MAX];

	table_row(table);
	snprintf(text, sizeof(text), "env-%u", environment->id);
	table_word(table, text);
	table_name(table, environment->function);
	snprintf(text, sizeof(text), "%u",
		 environment->worker_tid ? environment->worker_tid : environment->tgid);
	table_word(table, environment->tgid ? text : "-");
	table_ms(table, environment->start_ns > start_ns ? environment->start_ns - start_ns : 0);
	table_count(table, environment->invocations);
	table_ms(table, row->life.init_ns + row->life.restore_ns);
	table_ms(table, row->life.busy_ns);
	table_ms(table, row->life.idle_ns);
	table_percent(table, life_utilization(&row->life));
	table_ms(table, environment->outside_active_ns);
	table_ms(table, environment->outside_wait_ns);
	if (environment->peak_rss_bytes)
		format_bytes(text, environment->peak_rss_bytes);
	table_word(table, environment->peak_rss_bytes ? text : "-");
	table_word(table, init_status_name(environment_init_status(environment)));
	table_word(table, end_text_environment(end, environment));
}

int environments_text_list(FILE *file, const struct results *results,
			   const struct text_style *style)
{
	static const struct table_column columns[] = {
		{ "ENV", COLUMN_WORD },	   { "FUNCTION", COLUMN_NAME }, { "PID", COLUMN_RIGHT },
		{ "START", COLUMN_RIGHT }, { "RUNS", COLUMN_RIGHT },	{ "INIT", COLUMN_RIGHT },
		{ "BUSY", COLUMN_RIGHT },  { "IDLE", COLUMN_RIGHT },	{ "USED", COLUMN_RIGHT },
		{ "CPU", COLUMN_RIGHT },   { "CALLS", COLUMN_RIGHT },	{ "RSS", COLUMN_RIGHT },
		{ "READY", COLUMN_WORD },  { "END", COLUMN_WORD },
	};
	struct table table;

	table_init(&table, style, columns, COUNT_OF(columns), LIST_FIXED);
	for (size_t i = 0; i < results->environment_count; i++)
		print_environment(&table, &results->environments[i], results->start_monotonic_ns);
	return table_print(&table, file);
}
