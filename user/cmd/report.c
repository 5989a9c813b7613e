/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * report.c - `idletax report`: what was billed, what of it was useful, who waited for whom, what it
 * costs; as tables or as JSON. Reads a trace, changes nothing.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/projection.h"
#include "cmd/common.h"
#include "cmd/load.h"
#include "cmd/log_files.h"
#include "cmd/reader_option.h"
#include "cmd/report_parts.h"
#include "output/chain_ranking.h"
#include "output/exporter.h"
#include "output/report_spool.h"
#include "output/terminal/report_text.h"

#define DEFAULT_CHAIN_ROWS 10

struct report_options {
	struct reader_options reader;
	enum report_key key;
	size_t chain_rows;
	uint64_t month_requests; /* 0: no month is asked for */
	bool has_invocations;
	bool has_environments;
	bool has_lines;
	struct log_files logs;
};

enum {
	OPTION_INVOCATIONS = 256,
	OPTION_ENVIRONMENTS,
	OPTION_CHAINS,
	OPTION_LINES,
	OPTION_PER_MONTH,
	OPTION_LOG,
};

static const struct argp_option option_table[] = {
	{ "sort", 's', "KEY", 0, "Order of rows: " REPORT_KEYS " (default: billed)", 0 },
	{ "invocations", OPTION_INVOCATIONS, NULL, 0, "List every invocation, too", 0 },
	{ "environments", OPTION_ENVIRONMENTS, NULL, 0,
	  "List every environment, too: INIT, busy, idle, how it ended", 0 },
	{ "chains", OPTION_CHAINS, "N", 0, "At most N rows of chains (default: 10)", 0 },
	{ "log", OPTION_LOG, "FILE", 0,
	  "Compare with the REPORT lines in a log of an emulator or of CloudWatch (repeatable)",
	  0 },
	{ "lines", OPTION_LINES, NULL, 0,
	  "Print a REPORT line for each invocation, as Lambda logs it, and nothing else", 0 },
	{ "per-month", OPTION_PER_MONTH, "N", 0,
	  "And what a month with N requests from outside costs, in which the trace's mix goes on",
	  0 },
	{ 0 }
};

static error_t parse_option(int key, char *text, struct argp_state *state)
{
	struct report_options *options = state->input;
	char *end;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &options->reader;
		return 0;
	case 's':
		if (report_key_parse(&options->key, text))
			command_usage_error(state, "-s %s: there are: %s", text, REPORT_KEYS);
		return 0;
	case OPTION_INVOCATIONS:
		options->has_invocations = true;
		return 0;
	case OPTION_ENVIRONMENTS:
		options->has_environments = true;
		return 0;
	case OPTION_LOG:
		return log_files_add(&options->logs, text) ? ENOMEM : 0;
	case OPTION_LINES:
		options->has_lines = true;
		return 0;
	case OPTION_CHAINS:
		options->chain_rows = strtoul(text, &end, 10);
		if (*end || !*text || *text == '-')
			command_usage_error(state, "--chains %s: not a number", text);
		return 0;
	case OPTION_PER_MONTH:
		options->month_requests =
			command_parse_number(text, text + strlen(text), PROJECTION_REQUESTS_MAX);
		if (!options->month_requests)
			command_usage_error(state, "--per-month %s: not a number from 1 to %llu",
					    text, PROJECTION_REQUESTS_MAX);
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
	.doc = "Tells what was billed, what of it was useful, and who waited for whom."
	       "\vExit status: 0, or 3 where something was lost and figures are bounds, or a "
	       "REPORT of a log could not be read.",
};

/* What goes into the report beside the results. */
struct report_parts {
	struct report_spool *spool; /* or NULL */
	struct chain_ranking *ranking;
	struct projection *months; /* owned; of each plan; NULL: not asked for */
};

static int project_months(struct report_parts *parts, const struct results *results,
			  uint64_t requests)
{
	struct diag diag = { 0 };

	parts->months = calloc(results->plan_count, sizeof(*parts->months));
	if (!parts->months)
		return command_fail(NULL, "no memory for --per-month");
	for (size_t i = 0; i < results->plan_count; i++)
		if (projection_compute(&parts->months[i], results, &results->plans[i], requests,
				       &diag))
			return command_fail(&diag, "--per-month %llu: %s",
					    (unsigned long long)requests,
					    results->plans[i].plan->name);
	return 0;
}

static const struct log_report *find_log(const struct report_options *options)
{
	return options->logs.count ? &options->logs.report : NULL;
}

static int print_json(const struct loaded *loaded, const struct report_options *options,
		      const struct report_parts *parts)
{
	struct export_options export_options = { .has_invocations = options->has_invocations,
						 .has_environments = options->has_environments,
						 .months = parts->months,
						 .log = find_log(options),
						 .spool = parts->spool };

	return exporter_run(&report_json_exporter, stdout, loaded->results, &export_options);
}

static int print_text(const struct loaded *loaded, const struct report_options *options,
		      const struct report_parts *parts)
{
	struct report_text_options text_options = {
		.style = terminal_find(),
		.key = options->key,
		.has_invocations = options->has_invocations,
		.has_environments = options->has_environments,
		.chains = parts->ranking,
		.months = parts->months,
		.names_plan = options->reader.prices.plan_count,
		.log = find_log(options),
		.name = options->reader.input,
		.duration_ns = loaded->duration_ns,
	};

	chain_ranking_sort(parts->ranking);
	pager_start();
	return report_text(stdout, loaded->results, &text_options);
}

/* The status, after all is read and printed. */
static int print(const struct loaded *loaded, struct report_options *options,
		 const struct report_parts *parts)
{
	int status = load_status(loaded), error = 0;

	if (parts->spool)
		error = report_spool_finish(parts->spool); /* before a part is printed */
	if (!error && options->logs.match)
		error = log_files_finish(&options->logs);
	if (!error)
		error = options->reader.is_json ? print_json(loaded, options, parts)
						: print_text(loaded, options, parts);
	if (error && !ferror(stdout)) /* a failing stdout is told when it is closed */
		status = command_fail_error(error, "printing the report");
	if (!status && !log_files_are_readable(&options->logs))
		status = EXIT_STATUS_INCOMPLETE;
	return status;
}

/* Who is told of chains as they pass by; each may be NULL. */
struct receivers {
	struct report_spool *spool;
	struct chain_ranking *ranking;
	struct log_match *match;
};

static int on_chain(void *context, const struct chain *chain)
{
	const struct receivers *receivers = context;
	int error = 0;

	if (receivers->spool)
		error = report_spool_chain(receivers->spool, chain);
	else if (receivers->ranking)
		error = chain_ranking_add(receivers->ranking, chain);
	if (!error && receivers->match)
		error = log_match_chain(receivers->match, chain);
	return error;
}

/*
 * Chains pass by as they are told; only a list of invocations needs them all at once, and JSON for which
 * there is no file to keep them in meanwhile.
 */
static int report(struct report_options *options, struct report_parts *parts)
{
	struct receivers receivers = {
		.spool = parts->spool,
		.ranking = options->reader.is_json ? NULL : parts->ranking,
		.match = options->logs.match,
	};
	struct load_options load_options = {
		.keeps_environments = options->has_environments,
		.keeps_chains = options->has_invocations ||
				(options->reader.is_json && !parts->spool),
		.prices = &options->reader.prices,
		.sink = { .context = &receivers, .chain = on_chain },
	};
	struct loaded loaded;
	int status;

	status = load_streamed(&loaded, options->reader.input, &load_options);
	if (!status && options->month_requests)
		status = project_months(parts, loaded.results, options->month_requests);
	if (!status)
		status = print(&loaded, options, parts);
	load_release(&loaded);
	free(parts->months);
	return status;
}

static int print_lines(struct report_options *options)
{
	int status = report_print_lines(options->reader.input, options->reader.is_json,
					&options->reader.prices);

	price_options_release(&options->reader.prices);
	return status;
}

int command_report(int argc, char **argv)
{
	struct report_options options = { .reader = { .input = DEFAULT_TRACE,
						      .json_help = JSON_OF_SCHEMA("report"),
						      .prices.has_several = true },
					  .chain_rows = DEFAULT_CHAIN_ROWS };
	struct chain_ranking ranking;
	struct report_parts parts = { .ranking = &ranking };
	int status;

	command_parse(&argp, argc, argv, &options);
	if (options.has_lines &&
	    (options.has_invocations || options.has_environments || options.logs.count))
		return command_fail_usage("report", "--lines prints nothing but lines");
	if (options.has_lines)
		return print_lines(&options);
	chain_ranking_init(&ranking, options.key, options.chain_rows);
	status = options.logs.count ? log_files_read(&options.logs) : 0;
	if (!status && options.reader.is_json && !options.has_invocations &&
	    report_spool_new(&parts.spool))
		parts.spool = NULL; /* it only saves memory */
	if (!status)
		status = report(&options, &parts);
	report_spool_free(parts.spool);
	chain_ranking_release(&ranking);
	price_options_release(&options.reader.prices);
	log_files_release(&options.logs);
	return status;
}
