// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * waste_text.c - see waste_text.h. Few lines of each: --json has all.
 */
#include "output/terminal/waste_text.h"

#include <errno.h>
#include <stdlib.h>

#include "base/units.h"
#include "output/summary.h"
#include "output/terminal/table.h"

#define ORPHANS_MAX 5 /* lines */
#define KINDS_MAX 3
#define PARTS_MAX 6 /* of a kind */
#define NAME_COLUMNS 30
#define NAME_BYTES (NAME_COLUMNS * 4 + 1)
#define PATHS_FIXED 60

static const char *plural(uint64_t count)
{
	return count == 1 ? "" : "s";
}

/* ---- what served nobody ---- */

static const char *cause_text(enum orphan_cause cause)
{
	switch (cause) {
	case ORPHAN_CALLER_DIED:
		return "its caller died";
	case ORPHAN_GAVE_UP:
		return "its caller gave up";
	case ORPHAN_BROKEN:
		return "the connection broke";
	case ORPHAN_NOT_AWAITED:
		return "its caller did not wait";
	case ORPHAN_ANSWERED_FOR:
		return "its caller was told that it failed";
	case ORPHAN_ABOVE:
		return "further up nobody waited any more";
	case ORPHAN_NONE:
		break;
	}
	return "";
}

static void print_orphan(FILE *file, const struct orphan_row *row, bool is_utf8)
{
	char function[NAME_BYTES], caller[NAME_BYTES], text[UNITS_TEXT_MAX];

	text_safe(function, sizeof(function), row->function, NAME_COLUMNS, is_utf8);
	text_safe(caller, sizeof(caller), row->caller, NAME_COLUMNS, is_utf8);
	fprintf(file, "          %s (invocation %llu, called by %s): %s, %s\n", function,
		(unsigned long long)row->invocation, caller, format_read_ms(text, row->orphaned_ns),
		cause_text(row->cause));
}

static void print_orphans(FILE *file, const struct results *results, bool is_utf8)
{
	const struct sums *sums = &results->totals;
	char text[UNITS_TEXT_MAX], money[UNITS_TEXT_MAX];

	if (!sums->orphans)
		return;
	fprintf(file, "orphaned: %s (%s) billed of %llu invocation%s whose result nobody read\n",
		format_read_ms(text, sums->orphaned_ns), format_dollars(money, sums->orphaned_pico),
		(unsigned long long)sums->orphans, plural(sums->orphans));
	for (size_t i = 0; i < results->orphan_count && i < ORPHANS_MAX; i++)
		print_orphan(file, &results->orphans[i], is_utf8);
	if (sums->orphans > ORPHANS_MAX)
		fprintf(file, "          and %llu more; --json --invocations has all\n",
			(unsigned long long)sums->orphans - ORPHANS_MAX);
}

void waste_text(FILE *file, const struct results *results, const struct text_style *style)
{
	const struct sums *sums = &results->totals;
	char text[UNITS_TEXT_MAX], money[UNITS_TEXT_MAX];

	if (sums->duplicates)
		fprintf(file,
			"duplicates: %llu run%s for a call or an event that had one: %s (%s) billed\n",
			(unsigned long long)sums->duplicates, plural(sums->duplicates),
			format_read_ms(text, sums->duplicate_ns),
			format_dollars(money, sums->duplicate_pico));
	print_orphans(file, results, style->is_utf8);
}

/* ---- critical paths ---- */

static int compare_latency(const void *left, const void *right)
{
	const struct path_kind *a = *(const struct path_kind *const *)left;
	const struct path_kind *b = *(const struct path_kind *const *)right;

	if (a->latency_ns != b->latency_ns)
		return a->latency_ns > b->latency_ns ? -1 : 1;
	return a < b ? -1 : a > b;
}

static void print_part(struct table *table, const struct path_kind *kind,
		       const struct path_part *part, bool is_first)
{
	table_row(table);
	if (is_first) {
		table_name(table, kind->root);
		table_count(table, kind->chains);
	} else {
		table_word(table, "");
		table_word(table, "");
	}
	table_name(table, part->function);
	table_word(table, part->is_transit ? "transit" : state_name(part->state));
	table_name(table, part->callee ? part->callee : "-");
	table_ms(table, part->path_ns);
	table_percent(table, (double)part->path_ns / (double)kind->latency_ns);
}

int paths_text(FILE *file, const struct results *results, const struct text_style *style)
{
	static const struct table_column columns[] = {
		{ "ROOT", COLUMN_NAME },      { "CHAINS", COLUMN_RIGHT },
		{ "FUNCTION", COLUMN_NAME },  { "STATE", COLUMN_WORD },
		{ "WAITS FOR", COLUMN_NAME }, { "TIME", COLUMN_RIGHT },
		{ "SHARE", COLUMN_RIGHT },
	};
	const struct path_kind **kinds = calloc(results->path_kind_count + 1, sizeof(*kinds));
	struct table table;
	size_t count = 0;

	if (!kinds)
		return -ENOMEM;
	for (size_t i = 0; i < results->path_kind_count; i++)
		if (results->path_kinds[i].part_count > 1) /* else there is nothing to tell apart */
			kinds[count++] = &results->path_kinds[i];
	qsort(kinds, count, sizeof(*kinds), compare_latency);
	if (!count) {
		free(kinds);
		return 0;
	}
	text_heading(file, style, "Where the latency goes: critical paths of chains, times in ms");
	table_init(&table, style, columns, sizeof(columns) / sizeof(columns[0]), PATHS_FIXED);
	for (size_t i = 0; i < count && i < KINDS_MAX; i++)
		for (size_t j = 0; j < kinds[i]->part_count && j < PARTS_MAX; j++)
			print_part(&table, kinds[i], &results->path_parts[kinds[i]->first_part + j],
				   !j);
	free(kinds);
	return table_print(&table, file);
}
