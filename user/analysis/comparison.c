// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * comparison.c - see comparison.h.
 */
#include "analysis/comparison.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/price_plan.h"

const char *comparison_caveat_name(unsigned int bit)
{
	static const char *const names[] = { "old_incomplete", "new_incomplete", "plans",
					     "hosts",	       "estimated",	 "memory" };

	return bit < sizeof(names) / sizeof(names[0]) ? names[bit] : NULL;
}

const struct comparison_entry *compared_row_entry(const struct compared_row *row)
{
	return row->new ? row->new : row->old;
}

/* ---- rows ---- */

static int compare_texts(const char *a, const char *b)
{
	return strcmp(a ? a : "", b ? b : "");
}

static int compare_rows(const void *left, const void *right)
{
	const struct comparison_entry *a = compared_row_entry(left), *b = compared_row_entry(right);
	int order = compare_texts(a->name, b->name);

	if (!order)
		order = compare_texts(a->caller, b->caller);
	if (!order)
		order = compare_texts(a->callee, b->callee);
	if (!order)
		order = compare_texts(a->service, b->service);
	return order ? order : (int)a->mode - (int)b->mode;
}

static void add_row(struct comparison *comparison, const struct comparison_entry *old,
		    const struct comparison_entry *new)
{
	struct compared_row row = { .old = old, .new = new };

	if (compared_row_entry(&row)->caller)
		comparison->edges[comparison->edge_count++] = row;
	else
		comparison->functions[comparison->function_count++] = row;
}

/* Every entry of the old trace, with the one of that name in the new; then what is in the new one alone. */
static void join(struct comparison *comparison, const struct comparison_log *old,
		 const struct comparison_log *new)
{
	const struct comparison_entry *entry;

	for (entry = row_table_first(&old->entries); entry; entry = row_table_next(entry))
		add_row(comparison, entry, comparison_log_find(new, entry));
	for (entry = row_table_first(&new->entries); entry; entry = row_table_next(entry))
		if (!comparison_log_find(old, entry))
			add_row(comparison, NULL, entry);
}

/* ---- caveats ---- */

static bool has_other_memory(const struct comparison *comparison)
{
	for (size_t i = 0; i < comparison->function_count; i++) {
		const struct compared_row *row = &comparison->functions[i];

		if (row->old && row->new && row->old->memory_mb && row->new->memory_mb &&
		    row->old->memory_mb != row->new->memory_mb)
			return true;
	}
	return false;
}

static unsigned int find_caveats(const struct comparison *comparison,
				 const struct compared_trace *old, const struct compared_trace *new)
{
	const struct results *a = old->results, *b = new->results;
	unsigned int caveats = 0;

	if (!a->is_complete)
		caveats |= CAVEAT_OLD_INCOMPLETE;
	if (!b->is_complete)
		caveats |= CAVEAT_NEW_INCOMPLETE;
	if (a->plan && b->plan && strcmp(a->plan->name, b->plan->name) != 0)
		caveats |= CAVEAT_PLANS;
	if (*old->host && *new->host && strcmp(old->host, new->host) != 0)
		caveats |= CAVEAT_HOSTS;
	if (!a->totals.estimated != !b->totals.estimated)
		caveats |= CAVEAT_ESTIMATED;
	if (has_other_memory(comparison))
		caveats |= CAVEAT_MEMORY;
	return caveats;
}

/* ---- values ---- */

/* Never negative. */
static int64_t mean_of(const struct figure_log *figure)
{
	double mean = figure->spread.mean + 0.5;

	return mean < (double)INT64_MAX ? (int64_t)mean : INT64_MAX;
}

struct compared_value compared_row_value(const struct compared_row *row,
					 enum compared_figure figure)
{
	static const struct figure_log none;
	const struct figure_log *old = row->old ? &row->old->figures[figure] : &none;
	const struct figure_log *new = row->new ? &row->new->figures[figure] : &none;
	struct compared_value value = {
		.is_known = old->spread.count && new->spread.count,
		.old_sum = old->sum,
		.new_sum = new->sum,
		.old_mean = mean_of(old),
		.new_mean = mean_of(new),
		.change = NAN,
		.significance = spread_compare(&old->spread, &new->spread),
	};

	if (value.is_known && old->spread.mean != 0)
		value.change = (new->spread.mean - old->spread.mean) / old->spread.mean;
	return value;
}

double comparison_entry_overhead(const struct comparison_entry *entry)
{
	unsigned __int128 doubled = entry ? entry->figures[COMPARED_DOUBLE_BILLED].sum : 0;
	unsigned __int128 billed = entry ? entry->figures[COMPARED_BILLED].sum : 0;

	return billed > doubled ? (double)doubled / (double)(billed - doubled) : NAN;
}

static void count_tests(struct comparison *comparison, const struct compared_row *row)
{
	bool is_edge = compared_row_entry(row)->caller;
	int from = is_edge ? COMPARED_FUNCTION_END : 0;
	int to = is_edge ? COMPARED_COUNT : COMPARED_FUNCTION_END;

	for (int figure = from; figure < to; figure++) {
		struct compared_value value = compared_row_value(row, (enum compared_figure)figure);

		comparison->tested += value.significance == SIGNIFICANCE_WITHIN ||
				      value.significance == SIGNIFICANCE_99;
		comparison->significant += value.significance == SIGNIFICANCE_99;
	}
}

int comparison_make(struct comparison *ret_comparison, const struct compared_trace *old,
		    const struct compared_trace *new)
{
	size_t count = old->log->entries.count + new->log->entries.count;
	struct comparison comparison = { .all = { &old->log->all, &new->log->all } };

	comparison.functions = calloc(count + 1, sizeof(*comparison.functions));
	comparison.edges = calloc(count + 1, sizeof(*comparison.edges));
	if (!comparison.functions || !comparison.edges) {
		comparison_release(&comparison);
		return -ENOMEM;
	}
	join(&comparison, old->log, new->log);
	qsort(comparison.functions, comparison.function_count, sizeof(*comparison.functions),
	      compare_rows);
	qsort(comparison.edges, comparison.edge_count, sizeof(*comparison.edges), compare_rows);
	comparison.caveats = find_caveats(&comparison, old, new);
	count_tests(&comparison, &comparison.all);
	for (size_t i = 0; i < comparison.function_count; i++)
		count_tests(&comparison, &comparison.functions[i]);
	for (size_t i = 0; i < comparison.edge_count; i++)
		count_tests(&comparison, &comparison.edges[i]);
	*ret_comparison = comparison;
	return 0;
}

void comparison_release(struct comparison *comparison)
{
	free(comparison->functions);
	free(comparison->edges);
	memset(comparison, 0, sizeof(*comparison));
}
