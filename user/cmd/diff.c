// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * diff.c - `idletax diff`: what got better or worse from one trace to another. Reads both, changes nothing.
 */
#include <string.h>

#include "analysis/comparison.h"
#include "cmd/common.h"
#include "cmd/load.h"
#include "cmd/reader_option.h"
#include "output/diff_json.h"
#include "output/terminal/diff_text.h"
#include "trace/reader.h"

#define HOST_BYTES_MAX 512

struct diff_options {
	struct reader_options reader;
	const char *paths[2]; /* old, new */
	unsigned int path_count;
};

static const struct argp_option option_table[] = { { 0 } };

static error_t parse_option(int key, char *text, struct argp_state *state)
{
	struct diff_options *options = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &options->reader;
		return 0;
	case ARGP_KEY_ARG:
		if (options->path_count == 2)
			command_usage_error(state, "%s: there are an old and a new trace, no more",
					    text);
		options->paths[options->path_count++] = text;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_child children[] = { { &reader_money_argp, 0, NULL, 0 }, { 0 } };

static const struct argp argp = {
	.options = option_table,
	.children = children,
	.parser = parse_option,
	.args_doc = "OLD NEW",
	.doc = "Tells what got better or worse from one trace to another, and what of it is more than chance."
	       "\vExit status: 0, or 3 where something was lost in one of them and figures are bounds.",
};

/* One of the two traces. */
struct side {
	struct comparison_log log;
	struct loaded loaded;
	char host[HOST_BYTES_MAX];
};

/* "kernel 6.1.0, machine x86_64, ": all that the file tells of where it was recorded. */
static void describe_host(char host[HOST_BYTES_MAX], const struct trace_info *info)
{
	size_t used = 0;

	host[0] = 0;
	for (size_t i = 0; i < info->start.host_count && used < HOST_BYTES_MAX; i++)
		used += (size_t)snprintf(host + used, HOST_BYTES_MAX - used, "%s %s, ",
					 info->start.host[i].key, info->start.host[i].value);
}

/* An exit status. */
static int load_side(struct side *side, const char *path, const struct price_options *prices)
{
	const struct load_options options = { .prices = prices,
					      .is_one_of_several = true,
					      .sink = { .context = &side->log,
							.chain = comparison_log_add_chain } };
	int status = load_streamed(&side->loaded, path, &options);

	if (status)
		return status;
	comparison_log_finish(&side->log);
	describe_host(side->host, trace_reader_info(side->loaded.reader));
	return 0;
}

static int print(const struct comparison *comparison, bool is_json)
{
	struct text_style style = terminal_find();

	if (is_json)
		return diff_json(stdout, comparison);
	pager_start();
	return diff_text(stdout, comparison, &style);
}

static int compare(const struct side sides[2], bool is_json)
{
	const struct compared_trace old = { sides[0].loaded.results, &sides[0].log, sides[0].host };
	const struct compared_trace new = { sides[1].loaded.results, &sides[1].log, sides[1].host };
	struct comparison comparison = { 0 };
	int error = comparison_make(&comparison, &old, &new);

	if (!error)
		error = print(&comparison, is_json);
	comparison_release(&comparison);
	if (error && !ferror(stdout)) /* a failing stdout is told when it is closed */
		return command_fail_error(error, "comparing the traces");
	if (load_status(&sides[0].loaded) != EXIT_STATUS_OK)
		return load_status(&sides[0].loaded);
	return load_status(&sides[1].loaded);
}

int command_diff(int argc, char **argv)
{
	struct diff_options options = { .reader.json_help = JSON_OF_SCHEMA("diff") };
	struct side sides[2] = { 0 };
	int status = 0;

	command_parse(&argp, argc, argv, &options);
	if (options.path_count != 2)
		return command_fail_usage("diff", "an old and a new trace are needed");
	if (!strcmp(options.paths[0], "-") && !strcmp(options.paths[1], "-"))
		return command_fail_usage("diff", "only one of the two can be standard input");
	for (int i = 0; i < 2; i++)
		comparison_log_init(&sides[i].log);
	for (int i = 0; i < 2 && !status; i++)
		status = load_side(&sides[i], options.paths[i], &options.reader.prices);
	if (!status)
		status = price_options_check(&options.reader.prices, sides[1].loaded.results);
	if (!status)
		status = compare(sides, options.reader.is_json);
	for (int i = 0; i < 2; i++) {
		load_release(&sides[i].loaded);
		comparison_log_release(&sides[i].log);
	}
	price_options_release(&options.reader.prices);
	return status;
}
