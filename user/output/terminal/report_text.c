/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * report_text.c - see report_text.h. The order is the order of questions: what did it cost, which
 * function, who waits for whom, which request. Fits 100 columns; exact figures are in the JSON.
 */
#include "output/terminal/report_text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/price_plan.h"
#include "base/units.h"
#include "output/chain_ranking.h"
#include "output/end_text.h"
#include "output/link_text.h"
#include "output/summary.h"
#include "output/terminal/budgets_text.h"
#include "output/terminal/environments_text.h"
#include "output/terminal/log_text.h"
#include "output/terminal/memory_text.h"
#include "output/terminal/prices_text.h"
#include "output/terminal/retries_text.h"
#include "output/terminal/table.h"
#include "output/terminal/waste_text.h"
#include "output/words.h"

/* Characters of all columns but the names, with what is between them: figures of some days. */
#define FUNCTIONS_FIXED 80
#define EDGES_FIXED 78
#define SERVICE_COLUMNS 22
#define CHAINS_FIXED 66
#define INVOCATIONS_FIXED 70

#define LOG_ROWS 20

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static uint64_t edge_weight(const struct edge_row *row, enum report_key key)
{
	switch (key) {
	case REPORT_BY_DOUBLE:
		return row->double_billed_ns;
	case REPORT_BY_COST:
		return (uint64_t)row->cost_pico;
	case REPORT_BY_CALLS:
		return row->calls;
	case REPORT_BY_NAME:
		return 0;
	case REPORT_BY_BILLED:
	case REPORT_BY_OWN:
	case REPORT_BY_IDLE:
		break;
	}
	return row->wait_ns;
}

struct ranked { /* a row of any table, by its weight, else in its own order */
	const void *row;
	uint64_t weight;
	size_t position;
};

static int compare_ranked(const void *left, const void *right)
{
	const struct ranked *a = left, *b = right;

	if (a->weight != b->weight)
		return a->weight > b->weight ? -1 : 1;
	return (a->position > b->position) - (a->position < b->position);
}

static struct ranked *ranks_new(size_t count)
{
	return calloc(count + 1, sizeof(struct ranked));
}

static void rank(struct ranked *ranks, size_t position, const void *row, uint64_t weight)
{
	ranks[position].row = row;
	ranks[position].weight = weight;
	ranks[position].position = position;
}

static int print_functions(FILE *file, const struct results *results,
			   const struct report_text_options *options)
{
	static const struct table_column columns[] = {
		{ "FUNCTION", COLUMN_NAME }, { "RUNS", COLUMN_RIGHT },	 { "COLD", COLUMN_RIGHT },
		{ "ERR", COLUMN_RIGHT },     { "BILLED", COLUMN_RIGHT }, { "OWN", COLUMN_RIGHT },
		{ "ACTIVE", COLUMN_RIGHT },  { "IDLE", COLUMN_RIGHT },	 { "DOUBLE", COLUMN_RIGHT },
		{ "P50", COLUMN_RIGHT },     { "P99", COLUMN_RIGHT },	 { "COST", COLUMN_RIGHT },
	};
	struct ranked *ranks = ranks_new(results->function_count);
	struct table table;

	if (!ranks)
		return -ENOMEM;
	for (size_t i = 0; i < results->function_count; i++)
		rank(ranks, i, &results->functions[i],
		     report_sums_weight(&results->functions[i].sums, options->key));
	qsort(ranks, results->function_count, sizeof(*ranks), compare_ranked);
	table_init(&table, &options->style, columns, COUNT_OF(columns), FUNCTIONS_FIXED);
	for (size_t i = 0; i < results->function_count; i++) {
		const struct function_row *row = ranks[i].row;

		table_row(&table);
		table_name(&table, row->name);
		table_count(&table, row->sums.invocations);
		table_count(&table, row->sums.cold_starts);
		table_count(&table, row->sums.errors + row->sums.timeouts);
		table_ms(&table, row->sums.billed_ns);
		table_ms(&table, sums_own_ns(&row->sums));
		table_ms(&table, row->sums.state_ns[STATE_ACTIVE]);
		table_ms(&table, report_idle_ns(&row->sums));
		table_ms(&table, row->sums.double_billed_ns);
		if (row->sums.double_billed_ns)
			table_color(&table, "red");
		table_ms(&table, row->p50_ns);
		table_ms(&table, row->p99_ns);
		table_dollars(&table, row->sums.cost_pico);
	}
	free(ranks);
	return table_print(&table, file);
}

/* The service, and what is asked of it where that is one thing. */
static void print_service(struct table *table, const struct edge_row *row, bool is_utf8)
{
	static const char *const modes[] = {
		[EDGE_SYNC] = "", [EDGE_EVENT] = " event", [EDGE_STREAM] = " stream"
	};
	char several[40], text[512], cut[SERVICE_COLUMNS * 4 + 1];
	const char *operation = "";

	snprintf(several, sizeof(several), "(%zu%s operations)", row->operation_count,
		 row->has_more_operations ? "+" : "");
	if (row->operation_count)
		operation = several;
	if (row->operation_count == 1 && !row->has_more_operations)
		operation = row->operations[0].name;
	snprintf(text, sizeof(text), "%s%s%s%s", row->service ? row->service : "?",
		 modes[row->mode], operation[0] ? " " : "", operation);
	text_safe(cut, sizeof(cut), text, SERVICE_COLUMNS, is_utf8);
	table_word(table, cut);
}

static void print_edge(struct table *table, const struct edge_row *row, bool is_utf8)
{
	table_row(table);
	table_name(table, row->caller);
	table_name(table, row->callee);
	print_service(table, row, is_utf8);
	table_count(table, row->calls);
	table_count(table, row->attempts - row->calls);
	table_count(table, row->errors);
	table_ms(table, row->wait_ns);
	table_ms(table, row->double_billed_ns);
	if (row->double_billed_ns)
		table_color(table, "red");
	table_ms(table, row->transit_ns);
	table_dollars(table, row->cost_pico);
	/* Elsewhere than on this host nothing could be linked: that is no doubt about a link. */
	table_word(table, row->link == LINK_NONE ? "-" : link_name(row->link));
}

static int print_edges(FILE *file, const struct results *results,
		       const struct report_text_options *options)
{
	static const struct table_column columns[] = {
		{ "CALLER", COLUMN_NAME }, { "CALLEE", COLUMN_NAME },	{ "SERVICE", COLUMN_WORD },
		{ "CALLS", COLUMN_RIGHT }, { "RETRIES", COLUMN_RIGHT }, { "ERR", COLUMN_RIGHT },
		{ "WAIT", COLUMN_RIGHT },  { "DOUBLE", COLUMN_RIGHT },	{ "TRANSIT", COLUMN_RIGHT },
		{ "COST", COLUMN_RIGHT },  { "LINK", COLUMN_WORD },
	};
	struct ranked *ranks = ranks_new(results->edge_count);
	struct table table;

	if (!ranks)
		return -ENOMEM;
	for (size_t i = 0; i < results->edge_count; i++)
		rank(ranks, i, &results->edges[i], edge_weight(&results->edges[i], options->key));
	qsort(ranks, results->edge_count, sizeof(*ranks), compare_ranked);
	table_init(&table, &options->style, columns, COUNT_OF(columns), EDGES_FIXED);
	for (size_t i = 0; i < results->edge_count; i++)
		print_edge(&table, ranks[i].row, options->style.is_utf8);
	free(ranks);
	return table_print(&table, file);
}

static void print_chain(struct table *table, const struct chain_row *row)
{
	char id[24];

	snprintf(id, sizeof(id), "%llu", (unsigned long long)row->id);
	table_row(table);
	table_word(table, id);
	table_name(table, row->root);
	table_count(table, row->invocations);
	table_ms(table, row->latency_ns);
	table_ms(table, row->sums.billed_ns);
	table_ms(table, sums_own_ns(&row->sums));
	table_ms(table, row->sums.double_billed_ns);
	if (row->sums.double_billed_ns)
		table_color(table, "red");
	table_percent(table, sums_overhead(&row->sums));
	table_dollars(table, row->sums.cost_pico);
	table_name(table, row->cause ? row->cause : "-");
}

static int print_chains(FILE *file, const struct report_text_options *options)
{
	static const struct table_column columns[] = {
		{ "CHAIN", COLUMN_RIGHT },  { "ROOT", COLUMN_NAME },
		{ "RUNS", COLUMN_RIGHT },   { "LATENCY", COLUMN_RIGHT },
		{ "BILLED", COLUMN_RIGHT }, { "OWN", COLUMN_RIGHT },
		{ "DOUBLE", COLUMN_RIGHT }, { "OVERHEAD", COLUMN_RIGHT },
		{ "COST", COLUMN_RIGHT },   { "CAUSED BY", COLUMN_NAME },
	};
	const struct chain_ranking *ranking = options->chains;
	struct table table;
	int error;

	table_init(&table, &options->style, columns, COUNT_OF(columns), CHAINS_FIXED);
	for (size_t i = 0; i < ranking->count; i++)
		print_chain(&table, &ranking->rows[i]);
	error = table_print(&table, file);
	if (!error && ranking->count < ranking->ranked)
		fprintf(file, "... and %llu more; --chains=N shows more of them\n",
			(unsigned long long)(ranking->ranked - ranking->count));
	return error;
}

static void print_invocation(struct table *table, const struct invocation *invocation)
{
	char id[24], chain[24], parent[24] = "-", end[END_TEXT_MAX];

	snprintf(id, sizeof(id), "%llu", (unsigned long long)invocation->id);
	snprintf(chain, sizeof(chain), "%llu", (unsigned long long)invocation->chain->id);
	if (invocation->parent)
		snprintf(parent, sizeof(parent), "%llu",
			 (unsigned long long)invocation->parent->id);
	table_row(table);
	table_word(table, id);
	table_word(table, chain);
	table_word(table, parent);
	table_name(table, invocation->function);
	table_ms(table, invocation_billed_ns(invocation));
	table_ms(table, invocation_billed_ns(invocation) - invocation->state_ns[STATE_WAIT_LAMBDA]);
	table_ms(table, invocation->state_ns[STATE_ACTIVE]);
	table_ms(table, invocation->double_billed_ns);
	table_ms(table, invocation_init_ns(invocation));
	table_word(table, end_text_invocation(end, invocation));
	table_word(table, link_name(invocation->link));
}

static int print_invocations(FILE *file, const struct results *results,
			     const struct report_text_options *options)
{
	static const struct table_column columns[] = {
		{ "ID", COLUMN_RIGHT },	     { "CHAIN", COLUMN_RIGHT },	 { "CALLER", COLUMN_RIGHT },
		{ "FUNCTION", COLUMN_NAME }, { "BILLED", COLUMN_RIGHT }, { "OWN", COLUMN_RIGHT },
		{ "ACTIVE", COLUMN_RIGHT },  { "DOUBLE", COLUMN_RIGHT }, { "INIT", COLUMN_RIGHT },
		{ "STATUS", COLUMN_WORD },   { "LINK", COLUMN_WORD },
	};
	struct table table;

	table_init(&table, &options->style, columns, COUNT_OF(columns), INVOCATIONS_FIXED);
	for (size_t i = 0; i < results->chain_kept_count; i++)
		for (size_t j = 0; j < results->chains[i]->invocation_count; j++)
			print_invocation(&table, results->chains[i]->invocations[j]);
	return table_print(&table, file);
}

/* "active 600 ms + waiting on functions 500 ms + ...": what the bill consists of. */
static void print_states(FILE *file, const struct sums *sums, unsigned int columns)
{
	static const char *const words[STATE_COUNT] = {
		"active",      "ready to run", "waiting on functions",
		"on services", "on timers",    "on disk",
		"on locks",    "unknown",
	};
	char text[UNITS_TEXT_MAX], part[UNITS_TEXT_MAX + 32];
	unsigned int used = 0, width;

	for (unsigned int state = 0; state < STATE_COUNT; state++) {
		if (!sums->state_ns[state])
			continue;
		width = (unsigned int)snprintf(part, sizeof(part), "%s%s %s", used ? "+ " : "",
					       words[state],
					       format_read_ms(text, sums->state_ns[state]));
		if (used && used + 1 + width > columns) {
			fputs("\n  ", file);
			used = 1;
		} else if (used) {
			putc(' ', file);
		}
		fputs(part, file);
		used += 1 + width;
	}
	if (used)
		putc('\n', file);
}

/*
 * "charged for 1120 ms: $0.000018 + INIT $0.0000003 (1 cold start, 20 ms); double-billed $0.0000083 (0.5
 * GB-s)"
 */
static void print_money(FILE *file, const struct results *results, const struct text_style *style)
{
	const struct sums *sums = &results->totals;
	char money[UNITS_TEXT_MAX], text[UNITS_TEXT_MAX];
	struct words words;

	words_begin(&words, style->is_utf8);
	words_add(&words, "%llu ms%s: %s", (unsigned long long)sums->billed_ms,
		  results->plan->basis == PRICE_BY_ACTIVE_CPU ? " on a CPU" : "",
		  format_dollars(money, sums->cost_pico));
	if (sums->cold_starts && results->plan->is_init_billed)
		words_add(&words, " + INIT %s (%llu cold start%s, %s)",
			  format_dollars(money, sums->init_cost_pico),
			  (unsigned long long)sums->cold_starts, sums->cold_starts == 1 ? "" : "s",
			  format_read_ms(text, sums->init_ns));
	if (results->life.standby_pico)
		words_add(&words, " + standby %s",
			  format_dollars(money, results->life.standby_pico));
	if (sums->double_billed_pico)
		words_add(&words, "; double-billed %s (%s)",
			  format_dollars(money, sums->double_billed_pico),
			  format_gb_seconds(text, sums->double_billed_mb_ns));
	words_print(file, &words, "charged for ", style->columns);
}

/* What has no price makes the sums lower bounds. */
static void print_unpriced(FILE *file, const struct results *results)
{
	uint64_t invocations = results->totals.unpriced;

	if (invocations)
		fprintf(file,
			"not in the charge: %llu invocation%s of unknown memory; --memory FUNCTION=MB tells it\n",
			(unsigned long long)invocations, invocations == 1 ? "" : "s");
}

/* No invocation tells of it: the event was never handed out. */
static void print_init_errors(FILE *file, const struct life_sums *life)
{
	if (life->init_errors)
		fprintf(file, "INIT failed in %llu environment%s; --environments lists them\n",
			(unsigned long long)life->init_errors, life->init_errors == 1 ? "" : "s");
}

static void print_totals(FILE *file, const struct results *results,
			 const struct report_text_options *options)
{
	const struct sums *sums = &results->totals;
	char sentence[SUMMARY_TEXT_MAX], duration[UNITS_TEXT_MAX], name[256];

	text_safe(name, sizeof(name), strcmp(options->name, "-") ? options->name : "standard input",
		  60, options->style.is_utf8);
	fprintf(file, "%s: %s recorded, %llu invocation%s in %llu chain%s\n\n", name,
		format_duration(duration, options->duration_ns),
		(unsigned long long)sums->invocations, sums->invocations == 1 ? "" : "s",
		(unsigned long long)results->chain_count, results->chain_count == 1 ? "" : "s");
	summary_format(sentence, sums);
	fprintf(file, options->style.has_color ? "\033[1m%s\033[0m\n" : "%s\n", sentence);
	print_states(file, sums, options->style.columns);
	if (options->names_plan)
		prices_text_source(file, results->plan, &options->style);
	print_money(file, results, &options->style);
	print_unpriced(file, results);
	print_init_errors(file, &results->life);
}

static const char *reason_text(enum blind_reason reason)
{
	switch (reason) {
	case BLIND_NO_SYMBOLS:
		return "it has no symbols";
	case BLIND_UNKNOWN_FORM:
		return "their messages have an unknown form";
	case BLIND_NOT_ATTACHED:
		return "the kernel refused the probes";
	case BLIND_REASON_END:
		break;
	}
	return "unknown";
}

static void print_blind_spots(FILE *file, const struct results *results,
			      const struct text_style *style)
{
	struct words words;

	for (size_t i = 0; i < results->blind_spot_count; i++) {
		const struct blind_spot_row *row = &results->blind_spots[i];

		words_begin(&words, style->is_utf8);
		words_add(&words, "invocations in worker threads of ");
		words_name(&words, row->program ? row->program : "node");
		words_add(&words, " ");
		words_name(&words, row->version);
		words_add(&words, " (process %u", row->first_pid);
		if (row->processes > 1)
			words_add(&words, " and %llu more", (unsigned long long)row->processes - 1);
		words_add(&words, "): %s", reason_text(row->reason));
		if (!i)
			putc('\n', file);
		words_print(file, &words, "not recorded: ", style->columns);
	}
}

static void print_doubts(FILE *file, const struct results *results)
{
	const struct sums *sums = &results->totals;
	char bytes[UNITS_TEXT_MAX];

	if (!results->is_complete && results->lost_records)
		fprintf(file, "\nlost: %llu records (%s)\n",
			(unsigned long long)results->lost_records,
			format_bytes(bytes, results->lost_bytes));
	else if (!results->is_complete && !results->blind_spot_count)
		fputs("\nlost: how much is not known\n", file);
	if (results->gaps)
		fprintf(file,
			"\n%llu message%s not read whole: links and borders that rest on %s are "
			"in doubt\n",
			(unsigned long long)results->gaps, results->gaps == 1 ? " was" : "s were",
			results->gaps == 1 ? "it" : "them");
	if (sums->incomplete)
		fprintf(file,
			"%s%llu invocation%s touched by loss: their figures, and sums over "
			"them, are bounds\n",
			results->is_complete ? "\n" : "", (unsigned long long)sums->incomplete,
			sums->incomplete == 1 ? " was" : "s were");
	if (sums->estimated)
		fprintf(file,
			"\n%llu invocation%s without scheduler facts: active time is "
			"estimated\n",
			(unsigned long long)sums->estimated, sums->estimated == 1 ? "" : "s");
}

/* "shared: 3 invocations ran beside others: for 20 ms it is not known whose work was done" */
static void print_shared(FILE *file, const struct results *results)
{
	const struct sums *sums = &results->totals;
	char text[UNITS_TEXT_MAX];

	if (!sums->shared)
		return;
	fprintf(file,
		"\nshared: %llu invocation%s ran beside others: for %s it is not known whose\n"
		"        work was done\n",
		(unsigned long long)sums->shared, sums->shared == 1 ? "" : "s",
		format_read_ms(text, sums->shared_ns));
	if (results->shared_calls)
		fprintf(file, "shared: %llu call%s of more than one: given to none\n",
			(unsigned long long)results->shared_calls,
			results->shared_calls == 1 ? " can be that" : "s can be those");
}

/* What could not be linked, each reason below its count. */
struct unlinked_printer {
	FILE *file;
	const struct text_style *style;
	bool has_printed;
};

static void print_unlinked_rows(struct unlinked_printer *printer,
				const uint64_t counts[LINK_REASON_COUNT], const char *one,
				const char *several)
{
	struct words words;

	for (unsigned int reason = 0; reason < LINK_REASON_COUNT; reason++) {
		if (!counts[reason])
			continue;
		fprintf(printer->file, "%snot linked: %llu %s, because\n",
			printer->has_printed ? "" : "\n", (unsigned long long)counts[reason],
			counts[reason] == 1 ? one : several);
		words_begin(&words, printer->style->is_utf8);
		words_add(&words, "%s", link_reason_text(reason));
		words_print(printer->file, &words, "            ", printer->style->columns);
		printer->has_printed = true;
	}
}

static void print_unlinked(FILE *file, const struct unlinked *unlinked,
			   const struct text_style *style)
{
	struct unlinked_printer printer = { .file = file, .style = style };

	print_unlinked_rows(&printer, unlinked->calls, "call of a function", "calls of functions");
	print_unlinked_rows(&printer, unlinked->invocations, "invocation to its caller",
			    "invocations to their callers");
}

static const char *plural(uint64_t count)
{
	return count == 1 ? "" : "s";
}

/* What is worth knowing of headers and of chains that come back to a function: mostly nothing. */
static void print_traces(FILE *file, const struct results *results)
{
	if (results->trace_conflicts)
		fprintf(file,
			"\ntrace ids: in %llu chain%s headers have different ones: X-Ray's first one "
			"counts\n",
			(unsigned long long)results->trace_conflicts,
			plural(results->trace_conflicts));
	if (results->trace_malformed)
		fprintf(file,
			"\ntrace ids: %llu invocation%s met a malformed trace header, which was "
			"ignored\n",
			(unsigned long long)results->trace_malformed,
			plural(results->trace_malformed));
	if (results->recursive)
		fprintf(file,
			"\nrecursion: %llu invocation%s ran below one of the same function; chains "
			"are up to %u deep\n",
			(unsigned long long)results->recursive, plural(results->recursive),
			results->chain_depth);
	if (results->lineage_loops)
		fprintf(file, "\nrecursion: a Lineage header counts %u loop%s\n",
			results->lineage_loops, plural(results->lineage_loops));
}

static int print_environments(FILE *file, const struct results *results,
			      const struct text_style *style)
{
	int error;

	text_heading(file, style, "Environments of each function, times in ms");
	error = environments_text_functions(file, results, style);
	if (error)
		return error;
	text_heading(file, style, "Environments, times in ms");
	return environments_text_list(file, results, style);
}

static int print_tables(FILE *file, const struct results *results,
			const struct report_text_options *options)
{
	int error = 0;

	if (results->plan_count > 1) {
		text_heading(file, &options->style, "What it costs under each price plan");
		error = prices_text_table(file, results, options->months, &options->style);
	}
	if (!error && results->function_count) {
		text_heading(file, &options->style, "Functions, times in ms");
		error = print_functions(file, results, options);
	} else if (!error) {
		fputs("\nNo invocation was seen: they ended before the recording, or what ran has no "
		      "border that is known.\n",
		      file);
	}
	if (!error && memory_text_is_known(results)) {
		text_heading(file, &options->style, "Memory, MB");
		error = memory_text(file, results, &options->style);
	}
	if (!error && results->edge_count) {
		text_heading(file, &options->style, "Who waits for whom, times in ms");
		error = print_edges(file, results, options);
		retries_text(file, results, &options->style);
		waste_text(file, results, &options->style);
		error = error ? error : budgets_text(file, results, &options->style);
	}
	if (!error)
		error = paths_text(file, results, &options->style);
	if (!error && options->chains->ranked) {
		text_heading(file, &options->style, "Chains, times in ms");
		error = print_chains(file, options);
	}
	if (!error && options->has_invocations && results->totals.invocations) {
		text_heading(file, &options->style, "Invocations, times in ms");
		error = print_invocations(file, results, options);
	}
	if (!error && options->has_environments && results->environment_count)
		error = print_environments(file, results, &options->style);
	if (!error && options->log) {
		text_heading(file, &options->style,
			     "What the logs say, in ms and MB; +-: more or less than measured");
		error = log_text(file, options->log, options->has_invocations ? 0 : LOG_ROWS,
				 &options->style);
	}
	return error;
}

int report_text(FILE *file, const struct results *results,
		const struct report_text_options *options)
{
	int error;

	print_totals(file, results, options);
	error = print_tables(file, results, options);
	if (error)
		return error;
	print_blind_spots(file, results, &options->style);
	print_doubts(file, results);
	print_shared(file, results);
	print_traces(file, results);
	print_unlinked(file, &results->unlinked, &options->style);
	if (options->months)
		prices_text_month(file, results, options->months);
	return 0;
}
