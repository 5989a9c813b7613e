// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * export.c - `idletax export`: the chains in a format that other programs read. Each format is written as
 * the trace is read.
 */
#include <errno.h>
#include <string.h>

#include "cmd/common.h"
#include "cmd/load.h"
#include "cmd/output_file.h"
#include "cmd/reader_option.h"
#include "output/exporter.h"

static const struct format {
	const char *name;
	const struct exporter *exporter;
} formats[] = {
	{ "xray", &xray_exporter },
	{ "ndjson", &ndjson_exporter },
	{ "csv", &csv_exporter },
};

#define FORMAT_NAMES "xray, ndjson, csv" /* as in the table */

struct export_command {
	struct reader_options reader;
	const char *output;
	const struct exporter *exporter;
	struct export_options options;
	bool has_rows;		 /* --rows was given */
	struct output_file file; /* once something is written */
	struct exporter_stream stream;
	int error; /* of writing; negative errno */
};

enum {
	OPTION_ROWS = 256,
};

static const struct argp_option option_table[] = {
	{ "format", 'f', "FORMAT", 0,
	  "xray (AWS X-Ray segment documents, one a line), ndjson (one object a line) or csv", 0 },
	{ "rows", OPTION_ROWS, "WHAT", 0,
	  "With csv: a row for each of the " EXPORT_ROWS " (default: invocations)", 0 },
	{ "output", 'o', "FILE", 0, "Where to; - is standard output (the default)", 0 },
	{ 0 }
};

static const struct exporter *find_format(const char *name)
{
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
		if (!strcmp(formats[i].name, name))
			return formats[i].exporter;
	return NULL;
}

static error_t parse_option(int key, char *text, struct argp_state *state)
{
	struct export_command *command = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &command->reader;
		return 0;
	case 'o':
		command->output = text;
		return 0;
	case 'f':
		command->exporter = find_format(text);
		if (!command->exporter)
			command_usage_error(state, "-f %s: there are: " FORMAT_NAMES, text);
		return 0;
	case OPTION_ROWS:
		command->has_rows = true;
		if (export_rows_parse(&command->options.rows, text))
			command_usage_error(state, "--rows %s: there are: " EXPORT_ROWS, text);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_child children[] = { { &reader_text_argp, 0, NULL, 0 }, { 0 } };

static const struct argp argp = {
	.options = option_table,
	.children = children,
	.parser = parse_option,
	.doc = "Writes every invocation, its calls, waits and double billing for other programs."
	       "\vExit status: 0, or 3 where something was lost and figures are bounds.",
};

/*
 * Opens the output only now, when the trace could be opened: what is there is not lost for a typing error.
 * What fails is told after the trace is read: it is not the trace's fault.
 */
static int on_begin(void *context, const struct results *results)
{
	struct export_command *command = context;
	struct export export = { .results = results, .options = &command->options };

	command->error = output_file_open(&command->file, command->output);
	export.file = command->file.file;
	if (!command->error)
		command->error =
			exporter_stream_begin(&command->stream, command->exporter, &export);
	return 0;
}

static int on_chain(void *context, const struct chain *chain)
{
	struct export_command *command = context;

	if (!command->error)
		command->error = exporter_stream_chain(&command->stream, chain);
	return 0;
}

/* @status: of reading. A failing stdout is told when it is closed. */
static int close_output(struct export_command *command, int status)
{
	bool is_stdout = command->file.file == stdout;
	int error = status == EXIT_STATUS_FAILURE ? -ECANCELED : command->error;

	if (command->file.file)
		error = output_file_close(&command->file, error);
	if (status == EXIT_STATUS_FAILURE || (is_stdout && (!error || ferror(stdout))))
		return status;
	if (error)
		return command_fail_error(error, "writing %s", command->output);
	command_note("%s export in %s", command->exporter->name, command->output);
	return status;
}

static int run(struct export_command *command)
{
	struct load_options options = {
		.prices = &command->reader.prices,
		.sink = { .context = command, .chain = on_chain, .begin = on_begin },
	};
	struct loaded loaded;
	int status = load_streamed(&loaded, command->reader.input, &options);

	if (!status && !command->error)
		command->error = exporter_stream_end(&command->stream);
	if (!status)
		status = load_status(&loaded);
	exporter_stream_release(&command->stream);
	load_release(&loaded);
	price_options_release(&command->reader.prices);
	return close_output(command, status);
}

int command_export(int argc, char **argv)
{
	struct export_command command = { .reader = { .input = DEFAULT_TRACE }, .output = "-" };

	command_parse(&argp, argc, argv, &command);
	if (!command.exporter)
		return command_fail_usage("export",
					  "-f FORMAT is missing: there are: " FORMAT_NAMES);
	if (command.has_rows && command.exporter != &csv_exporter)
		return command_fail_usage("export", "--rows is for -f csv");
	if (command_is_same_file(command.reader.input, command.output))
		return command_fail_usage("export", "-o %s is the trace itself", command.output);
	return run(&command);
}
