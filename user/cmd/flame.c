/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * flame.c - `idletax flame`: the chains as a flame graph, as SVG or as folded stacks, by the output's
 * name.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/common.h"
#include "cmd/load.h"
#include "cmd/output_file.h"
#include "cmd/reader_option.h"
#include "output/exporter.h"

#define DEFAULT_OUTPUT "flame.svg"
#define JSON_HELP "Print the frames as JSON instead (with -o: write them there)"

struct flame_options {
	struct reader_options reader;
	const char *output;
	enum flame_weight weight;
};

enum {
	OPTION_WEIGHT = 256,
};

static const struct argp_option option_table[] = {
	{ "output", 'o', "FILE", 0,
	  "FILE.svg, or FILE.folded for folded stacks; - is folded stacks "
	  "on standard output (default: " DEFAULT_OUTPUT ")",
	  0 },
	{ "weight", OPTION_WEIGHT, "WHAT", 0,
	  "What width means: time, cost or idle (default: time)", 0 },
	{ 0 }
};

static int parse_weight(enum flame_weight *ret_weight, const char *text)
{
	static const char *const names[] = {
		[FLAME_TIME] = "time", [FLAME_COST] = "cost", [FLAME_IDLE] = "idle"
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(names[i], text) != 0)
			continue;
		*ret_weight = (enum flame_weight)i;
		return 0;
	}
	return -EINVAL;
}

static error_t parse_option(int key, char *text, struct argp_state *state)
{
	struct flame_options *options = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &options->reader;
		return 0;
	case 'o':
		options->output = text;
		return 0;
	case OPTION_WEIGHT:
		if (parse_weight(&options->weight, text))
			command_usage_error(state, "--weight %s: there are: time, cost, idle",
					    text);
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
	.doc = "Writes the chains as a flame graph: function, state, and below a wait its callee."
	       "\vWidths: time is the roots' billed time, each instant once; cost is all money; "
	       "idle is all time in which an invocation waited.",
};

/* Chooses the format, and where to write where nothing was said. */
static const struct exporter *find_exporter(struct flame_options *options)
{
	const char *output, *dot;

	if (!options->output)
		options->output = options->reader.is_json ? "-" : DEFAULT_OUTPUT;
	if (options->reader.is_json)
		return &flame_json_exporter;
	output = options->output;
	dot = strrchr(output, '.');
	if (!strcmp(output, "-"))
		return &folded_exporter;
	return dot ? exporter_find(dot + 1) : NULL;
}

static int write_graph(const struct loaded *loaded, const struct exporter *exporter,
		       const struct flame_options *options)
{
	struct export_options export_options = { .weight = options->weight };
	struct output_file output;
	int error = output_file_open(&output, options->output);

	if (error)
		return command_fail_error(error, "writing %s", options->output);
	error = exporter_run(exporter, output.file, loaded->results, &export_options);
	error = output_file_close(&output, error);
	if (output.file == stdout) /* a failing stdout is told when it is closed */
		return error == -ENOMEM ? command_fail_error(error, "writing the graph")
					: load_status(loaded);
	if (error)
		return command_fail_error(error, "writing %s", options->output);
	command_note("flame graph in %s", options->output);
	return load_status(loaded);
}

int command_flame(int argc, char **argv)
{
	struct flame_options options = { .reader = { .input = DEFAULT_TRACE,
						     .json_help = JSON_HELP } };
	const struct exporter *exporter;
	struct load_options load_options = { .keeps_chains = true,
					     .prices = &options.reader.prices };
	struct loaded loaded;
	int status;

	command_parse(&argp, argc, argv, &options);
	exporter = find_exporter(&options);
	if (!exporter || exporter == &report_json_exporter)
		return command_fail_usage("flame", "-o %s: name it FILE.svg or FILE.folded",
					  options.output);
	if (command_is_same_file(options.reader.input, options.output))
		return command_fail_usage("flame", "-o %s is the trace itself", options.output);
	status = load_streamed(&loaded, options.reader.input, &load_options);
	if (!status)
		status = write_graph(&loaded, exporter, &options);
	load_release(&loaded);
	price_options_release(&options.reader.prices);
	return status;
}
