// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * whatif_text.c - see whatif_text.h.
 */
#include "output/terminal/whatif_text.h"

#include <math.h>

#include "output/summary.h"
#include "output/terminal/table.h"
#include "output/whatif_words.h"

#define TABLE_FIXED 60

struct printer {
	FILE *file;
	struct table table;
	const struct text_style *style;
};

static void add_change(struct printer *printer, double before, double after)
{
	double change = before > 0 ? after / before - 1 : NAN;
	char percent[32], text[40];

	if (before == after) {
		table_word(&printer->table, "-");
		return;
	}
	format_percent(percent, sizeof(percent), fabs(change));
	snprintf(text, sizeof(text), "%s%s", change < 0 ? "-" : change > 0 ? "+" : "", percent);
	table_word(&printer->table, text);
}

static void add_ms(struct printer *printer, const char *what, uint64_t before_ns, uint64_t after_ns)
{
	table_row(&printer->table);
	table_word(&printer->table, what);
	table_ms(&printer->table, before_ns);
	table_ms(&printer->table, after_ns);
	add_change(printer, (double)before_ns, (double)after_ns);
}

static void add_count(struct printer *printer, const char *what, uint64_t before, uint64_t after)
{
	table_row(&printer->table);
	table_word(&printer->table, what);
	table_count(&printer->table, before);
	table_count(&printer->table, after);
	add_change(printer, (double)before, (double)after);
}

static void add_dollars(struct printer *printer, const char *what, int64_t before, int64_t after)
{
	table_row(&printer->table);
	table_word(&printer->table, what);
	table_dollars(&printer->table, before);
	table_dollars(&printer->table, after);
	add_change(printer, (double)before, (double)after);
}

static int print_table(struct printer *printer, const struct whatif *whatif)
{
	static const struct table_column columns[] = { { "", COLUMN_WORD },
						       { "BEFORE", COLUMN_RIGHT },
						       { "AFTER", COLUMN_RIGHT },
						       { "CHANGE", COLUMN_RIGHT } };
	const struct sums *before = &whatif->before.sums, *after = &whatif->after.sums;

	table_init(&printer->table, printer->style, columns, sizeof(columns) / sizeof(columns[0]),
		   TABLE_FIXED);
	if (whatif->touched) {
		add_ms(printer, "latency p50 (ms)", whatif->before.p50_ns, whatif->after.p50_ns);
		add_ms(printer, "latency p99 (ms)", whatif->before.p99_ns, whatif->after.p99_ns);
	}
	add_count(printer, "invocations", before->invocations, after->invocations);
	add_ms(printer, "billed (ms)", before->billed_ns, after->billed_ns);
	add_ms(printer, "own (ms)", sums_own_ns(before), sums_own_ns(after));
	add_ms(printer, "on a CPU (ms)", before->state_ns[STATE_ACTIVE],
	       after->state_ns[STATE_ACTIVE]);
	add_ms(printer, "waits for functions (ms)", before->state_ns[STATE_WAIT_LAMBDA],
	       after->state_ns[STATE_WAIT_LAMBDA]);
	add_ms(printer, "waits for services (ms)", before->state_ns[STATE_WAIT_SERVICE],
	       after->state_ns[STATE_WAIT_SERVICE]);
	add_ms(printer, "double-billed (ms)", before->double_billed_ns, after->double_billed_ns);
	add_ms(printer, "INIT (ms)", before->init_ns, after->init_ns);
	add_dollars(printer, "cost", whatif_cost_pico(&whatif->before),
		    whatif_cost_pico(&whatif->after));
	if (whatif->requests)
		add_dollars(printer, "cost of a million requests",
			    whatif_cost_per_million_pico(whatif, &whatif->before),
			    whatif_cost_per_million_pico(whatif, &whatif->after));
	return table_print(&printer->table, printer->file);
}

static void print_sentence(void *context, const struct words *sentence)
{
	const struct printer *printer = context;

	words_print(printer->file, sentence, "- ", printer->style->columns);
}

int whatif_text(FILE *file, const struct whatif *whatif, const struct results *results,
		const struct text_style *style)
{
	struct printer printer = { .file = file, .style = style };
	const struct whatif_teller teller = { &printer, print_sentence, style->is_utf8 };
	int error;

	fprintf(file, "%llu request%s from outside", (unsigned long long)whatif->requests,
		whatif->requests == 1 ? "" : "s");
	if (whatif->touched)
		fprintf(file, "; latencies are those of the %llu in which something changes",
			(unsigned long long)whatif->touched);
	fputs("\n\n", file);
	error = print_table(&printer, whatif);
	if (error)
		return error;
	fputs("\nTaken for granted:\n", file);
	whatif_tell(whatif, results, &teller);
	return 0;
}
