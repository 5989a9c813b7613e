/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * timeline.c - `idletax timeline`: chains drawn as bars, one per invocation, or as JSON. Without
 * --chain those with the most double-billed time, then the longest, in order of id. With --environments it
 * draws environments instead, function by function.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/common.h"
#include "cmd/load.h"
#include "cmd/reader_option.h"
#include "output/lanes_json.h"
#include "output/lanes_text.h"
#include "output/timeline_json.h"
#include "output/timeline_text.h"

#define DEFAULT_CHAINS 5
#define DEFAULT_LANES 20

struct timeline_options {
	struct reader_options reader;
	bool has_id;
	bool has_environments;
	bool has_count;
	const char *function; /* NULL: all */
	uint64_t id;
	size_t count;
};

enum {
	OPTION_CHAIN = 256,
	OPTION_ENVIRONMENTS,
	OPTION_FUNCTION,
};

static const struct argp_option option_table[] = {
	{ "chain", OPTION_CHAIN, "ID", 0, "Only this chain; `idletax report` lists them", 0 },
	{ "number", 'n', "N", 0,
	  "How many chains, those with the most double-billed time first "
	  "(default: 5; 0: all); with --environments how many of each function, the busiest "
	  "first (default: 20)",
	  0 },
	{ "environments", OPTION_ENVIRONMENTS, NULL, 0,
	  "Draw the life of each environment instead: INIT, busy, idle, its end", 0 },
	{ "function", OPTION_FUNCTION, "NAME", 0, "With --environments: only this function's", 0 },
	{ 0 }
};

static uint64_t parse_number(struct argp_state *state, const char *option, const char *text)
{
	char *end;
	uint64_t value;

	errno = 0;
	value = strtoull(text, &end, 10);
	if (*end || !*text || *text == '-' || errno)
		command_usage_error(state, "%s %s: not a number", option, text);
	return value;
}

static error_t parse_option(int key, char *text, struct argp_state *state)
{
	struct timeline_options *options = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &options->reader;
		return 0;
	case 'n':
		options->count = parse_number(state, "-n", text);
		options->has_count = true;
		return 0;
	case OPTION_CHAIN:
		options->id = parse_number(state, "--chain", text);
		options->has_id = true;
		return 0;
	case OPTION_ENVIRONMENTS:
		options->has_environments = true;
		return 0;
	case OPTION_FUNCTION:
		options->function = text;
		return 0;
	case ARGP_KEY_END:
		if (options->function && !options->has_environments)
			command_usage_error(state, "--function goes with --environments");
		if (options->has_id && options->has_environments)
			command_usage_error(state, "--chain and --environments exclude each other");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_child children[] = { { &reader_argp, 0, NULL, 0 }, { 0 } };

static const struct argp argp = {
	.options = option_table,
	.children = children,
	.parser = parse_option,
	.doc = "Draws chains: who ran and who waited, one bar per invocation; or environments: when "
	       "each was in INIT, busy, or warm and idle."
	       "\vExit status: 0, or 3 where something was lost and figures are bounds.",
};

static int compare_by_interest(const void *left, const void *right)
{
	const struct chain *a = *(const struct chain *const *)left;
	const struct chain *b = *(const struct chain *const *)right;

	if (a->sums.double_billed_ns != b->sums.double_billed_ns)
		return a->sums.double_billed_ns > b->sums.double_billed_ns ? -1 : 1;
	if (a->latency_ns != b->latency_ns)
		return a->latency_ns > b->latency_ns ? -1 : 1;
	return (a->id > b->id) - (a->id < b->id);
}

static int compare_by_id(const void *left, const void *right)
{
	const struct chain *a = *(const struct chain *const *)left;
	const struct chain *b = *(const struct chain *const *)right;

	return (a->id > b->id) - (a->id < b->id);
}

/* Keeps in @chains what is to be drawn, in order of id; returns how many. */
static size_t select_chains(const struct chain **chains, size_t count,
			    const struct timeline_options *options)
{
	if (options->has_id) {
		for (size_t i = 0; i < count; i++) {
			if (chains[i]->id != options->id)
				continue;
			chains[0] = chains[i];
			return 1;
		}
		return 0;
	}
	qsort(chains, count, sizeof(*chains), compare_by_interest);
	if (options->count && options->count < count)
		count = options->count;
	qsort(chains, count, sizeof(*chains), compare_by_id);
	return count;
}

static int draw(const struct chain *const *chains, size_t count, size_t total)
{
	struct text_style style = terminal_find();
	uint32_t seen = 0;
	int error = 0;

	pager_start();
	for (size_t i = 0; !error && i < count; i++) {
		error = timeline_text_chain(stdout, chains[i], &style, &seen);
		putchar('\n');
	}
	timeline_text_legend(stdout, &style, seen);
	if (!total)
		puts("No invocation was seen.");
	return error;
}

static int print(const struct loaded *loaded, const struct timeline_options *options)
{
	const struct results *results = loaded->results;
	size_t total = results->chain_kept_count, count;
	const struct chain **chains = calloc(total + 1, sizeof(*chains));
	struct diag diag = { 0 };
	int status = load_status(loaded), error;

	if (!chains)
		return command_fail(NULL, "no memory for %zu chains", total);
	for (size_t i = 0; i < total; i++)
		chains[i] = results->chains[i];
	count = select_chains(chains, total, options);
	if (options->has_id && !count) {
		free(chains);
		diag_set(&diag, 0, "there is no such chain");
		diag_hint(&diag, "`idletax report -i %s` lists them", options->reader.input);
		return command_fail(&diag, "--chain %llu", (unsigned long long)options->id);
	}
	if (options->reader.is_json)
		error = timeline_json(stdout, results, chains, count);
	else
		error = draw(chains, count, total);
	if (error == -ENOMEM) /* a failing stdout is told when it is closed */
		status = command_fail(NULL, "no memory to draw");
	free(chains);
	return status;
}

static int draw_environments(const struct loaded *loaded, const struct lanes *lanes, size_t rows)
{
	struct text_style style = terminal_find();
	int error;

	pager_start();
	error = lanes_text(stdout, loaded->results, lanes, rows, &style);
	if (!lanes->group_count)
		puts("No environment was seen.");
	return error;
}

static int print_environments(const struct loaded *loaded, const struct timeline_options *options)
{
	struct lanes lanes;
	struct diag diag = { 0 };
	int status = load_status(loaded);
	int error = lanes_make(&lanes, loaded->results, options->function);

	if (!error && options->function && !lanes.group_count) {
		diag_set(&diag, 0, "there is no such function");
		diag_hint(&diag, "`idletax report -i %s` lists them", options->reader.input);
		status = command_fail(&diag, "--function %s", options->function);
	} else if (!error && options->reader.is_json) {
		error = lanes_json(stdout, loaded->results, &lanes);
	} else if (!error) {
		error = draw_environments(loaded, &lanes,
					  options->has_count ? options->count : DEFAULT_LANES);
	}
	if (error == -ENOMEM) /* a failing stdout is told when it is closed */
		status = command_fail(NULL, "no memory to draw");
	lanes_release(&lanes);
	return status;
}

int command_timeline(int argc, char **argv)
{
	struct timeline_options options = { .reader = { .input = DEFAULT_TRACE,
							.json_help = JSON_OF_SCHEMA("timeline") },
					    .count = DEFAULT_CHAINS };
	struct load_options load_options = { .keeps_chains = true };
	struct loaded loaded;
	int status;

	command_parse(&argp, argc, argv, &options);
	load_options.keeps_environments = options.has_environments;
	load_options.prices = &options.reader.prices;
	status = load_streamed(&loaded, options.reader.input, &load_options);
	if (!status)
		status = options.has_environments ? print_environments(&loaded, &options)
						  : print(&loaded, &options);
	load_release(&loaded);
	price_options_release(&options.reader.prices);
	return status;
}
