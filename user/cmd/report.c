/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * report.c - `idletax report`: what was billed, what of it was useful, who waited for whom, what it
 * costs; as tables or as JSON. Reads a trace, changes nothing.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/common.h"
#include "cmd/load.h"
#include "cmd/report_parts.h"
#include "output/chain_ranking.h"
#include "output/exporter.h"
#include "output/report_spool.h"
#include "output/terminal/report_text.h"

#define DEFAULT_CHAIN_ROWS 10

struct report_options {
	const char *input;
	enum report_key key;
	size_t chain_rows;
	bool is_json;
	bool has_invocations;
	bool has_environments;
	bool has_lines;
};

enum {
	OPTION_JSON = 256,
	OPTION_INVOCATIONS,
	OPTION_ENVIRONMENTS,
	OPTION_CHAINS,
	OPTION_LINES
};

static const struct argp_option option_table[] = {
	OPTION_INPUT,
	{ "json", OPTION_JSON, NULL, 0, "Print JSON; `idletax --json-schema report` describes it",
	  0 },
	{ "sort", 's', "KEY", 0, "Order of rows: " REPORT_KEYS " (default: billed)", 0 },
	{ "invocations", OPTION_INVOCATIONS, NULL, 0, "List every invocation, too", 0 },
	{ "environments", OPTION_ENVIRONMENTS, NULL, 0,
	  "List every environment, too: INIT, busy, idle, how it ended", 0 },
	{ "chains", OPTION_CHAINS, "N", 0, "At most N rows of chains (default: 10)", 0 },
	{ "lines", OPTION_LINES, NULL, 0,
	  "Print a REPORT line for each invocation, as Lambda logs it, and nothing else", 0 },
	{ 0 }
};

static error_t parse_option(int key, char *text, struct argp_state *state)
{
	struct report_options *options = state->input;
	char *end;

	switch (key) {
	case 'i':
		options->input = text;
		return 0;
	case 's':
		if (report_key_parse(&options->key, text))
			command_usage_error(state, "-s %s: there are: %s", text, REPORT_KEYS);
		return 0;
	case OPTION_JSON:
		options->is_json = true;
		return 0;
	case OPTION_INVOCATIONS:
		options->has_invocations = true;
		return 0;
	case OPTION_ENVIRONMENTS:
		options->has_environments = true;
		return 0;
	case OPTION_LINES:
		options->has_lines = true;
		return 0;
	case OPTION_CHAINS:
		options->chain_rows = strtoul(text, &end, 10);
		if (*end || !*text || *text == '-')
			command_usage_error(state, "--chains %s: not a number", text);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = option_table,
	.parser = parse_option,
	.doc = "Tells what was billed, what of it was useful, and who waited for whom."
	       "\vExit status: 0, or 3 where something was lost and figures are bounds.",
};

static int print_json(const struct loaded *loaded, const struct report_options *options,
		      struct report_spool *spool)
{
	struct export_options export_options = { .has_invocations = options->has_invocations,
						 .has_environments = options->has_environments,
						 .spool = spool };

	return exporter_run(&report_json_exporter, stdout, loaded->results, &export_options);
}

static int print_text(const struct loaded *loaded, const struct report_options *options,
		      struct chain_ranking *ranking)
{
	struct report_text_options text_options = {
		.style = terminal_find(),
		.key = options->key,
		.has_invocations = options->has_invocations,
		.has_environments = options->has_environments,
		.chains = ranking,
		.name = options->input,
		.duration_ns = loaded->duration_ns,
	};

	chain_ranking_sort(ranking);
	pager_start();
	return report_text(stdout, loaded->results, &text_options);
}

static int fail_to_print(int error)
{
	struct diag diag = { 0 };

	diag_set(&diag, error, "%s", strerror(-error));
	return command_fail(&diag, "printing the report");
}

/*
 * Chains pass by as they are told; only a list of invocations needs them all at once, and JSON for which
 * there is no file to keep them in meanwhile.
 */
static int report(const struct report_options *options, struct report_spool *spool,
		  struct chain_ranking *ranking)
{
	struct load_options load_options = { .keeps_environments = options->has_environments,
					     .keeps_chains = options->has_invocations ||
							     (options->is_json && !spool) };
	struct loaded loaded;
	int status, error;

	if (spool)
		load_options.sink =
			(struct results_sink){ .context = spool, .chain = report_spool_chain };
	else if (!options->is_json)
		load_options.sink =
			(struct results_sink){ .context = ranking, .chain = chain_ranking_add };
	status = load_streamed(&loaded, options->input, &load_options);
	if (!status) {
		status = load_status(&loaded);
		error = spool ? report_spool_finish(spool) : 0; /* before a part is printed */
		if (!error)
			error = options->is_json ? print_json(&loaded, options, spool)
						 : print_text(&loaded, options, ranking);
		if (error && !ferror(stdout)) /* a failing stdout is told when it is closed */
			status = fail_to_print(error);
	}
	load_release(&loaded);
	return status;
}

int command_report(int argc, char **argv)
{
	struct report_options options = { .input = DEFAULT_TRACE,
					  .chain_rows = DEFAULT_CHAIN_ROWS };
	struct chain_ranking ranking;
	struct report_spool *spool = NULL;
	int status;

	command_parse(&argp, argc, argv, &options);
	if (options.has_lines && (options.has_invocations || options.has_environments))
		return command_fail_usage("report", "--lines prints nothing but lines");
	if (options.has_lines)
		return report_print_lines(options.input, options.is_json);
	chain_ranking_init(&ranking, options.key, options.chain_rows);
	if (options.is_json && !options.has_invocations && report_spool_new(&spool))
		spool = NULL; /* it only saves memory */
	status = report(&options, spool, &ranking);
	report_spool_free(spool);
	chain_ranking_release(&ranking);
	return status;
}
