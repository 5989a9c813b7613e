// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * memory_text.c - see memory_text.h. Exact figures are in the JSON.
 */
#include "output/terminal/memory_text.h"

#include "analysis/memory_size.h"
#include "output/terminal/table.h"

#define MEMORY_FIXED 60 /* characters of all columns but the name, with what is between them */

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static bool is_over(const struct function_row *row)
{
	return row->memory_mb && memory_size_mb(row->peak_process_bytes) > row->memory_mb;
}

/* Of several processes the truth lies between the largest one's and the sum. */
static bool is_range(const struct function_row *row)
{
	return memory_size_mb(row->peak_process_bytes) < memory_size_mb(row->peak_rss_bytes);
}

static void table_mb(struct table *table, uint64_t mb)
{
	char text[24];

	snprintf(text, sizeof(text), "%llu", (unsigned long long)mb);
	table_word(table, mb ? text : "-");
}

static void table_used(struct table *table, const struct function_row *row)
{
	char text[48];

	if (!is_range(row)) {
		table_mb(table, memory_size_mb(row->peak_rss_bytes));
		return;
	}
	snprintf(text, sizeof(text), "%llu-%llu",
		 (unsigned long long)memory_size_mb(row->peak_process_bytes),
		 (unsigned long long)memory_size_mb(row->peak_rss_bytes));
	table_word(table, text);
}

static void print_row(struct table *table, const struct results *results,
		      const struct function_row *row)
{
	table_row(table);
	table_name(table, row->name);
	table_mb(table, row->memory_mb);
	table_used(table, row);
	if (is_over(row))
		table_color(table, "red");
	table_count(table, row->peak_processes);
	table_mb(table, memory_size_fit_mb(row->peak_rss_bytes));
	table_dollars(table, memory_size_saving_pico(results->plan, row));
}

bool memory_text_is_known(const struct results *results)
{
	for (size_t i = 0; i < results->function_count; i++)
		if (results->functions[i].peak_rss_bytes)
			return true;
	return false;
}

int memory_text(FILE *file, const struct results *results, const struct text_style *style)
{
	static const struct table_column columns[] = {
		{ "FUNCTION", COLUMN_NAME },   { "SIZE", COLUMN_RIGHT }, { "USED", COLUMN_RIGHT },
		{ "PROCESSES", COLUMN_RIGHT }, { "FITS", COLUMN_RIGHT }, { "SAVES", COLUMN_RIGHT },
	};
	bool is_sum = false, has_over = false;
	uint64_t unknown = 0, all = 0;
	struct table table;
	int error;

	table_init(&table, style, columns, COUNT_OF(columns), MEMORY_FIXED);
	for (size_t i = 0; i < results->function_count; i++) {
		const struct function_row *row = &results->functions[i];

		if (!row->peak_rss_bytes)
			continue;
		print_row(&table, results, row);
		is_sum |= is_range(row);
		has_over |= is_over(row);
		unknown += row->peak_unknown;
		all += row->sums.invocations;
	}
	error = table_print(&table, file);
	if (is_sum)
		fputs("A-B: the largest process, and the sum of all, in which what they share "
		      "counts in each\n",
		      file);
	if (unknown)
		fprintf(file,
			"what %llu of these %llu invocations used is not known: it may not fit\n",
			(unsigned long long)unknown, (unsigned long long)all);
	if (has_over)
		fputs("memory: more was used than the size of the function: Lambda ends what does "
		      "that\n",
		      file);
	return error;
}
