/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * mktrace - the text form of a trace (include/README.md) into a trace file: what `idletax dump`
 * takes apart it puts together. For tests, and for whoever wants to try what a trace would be
 * reported as.
 */
#include <argp.h>
#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "trace/text.h"
#include "trace/writer.h"

struct options {
	const char *input;
	const char *output;
};

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
	struct options *options = state->input;

	switch (key) {
	case 'o':
		options->output = argument;
		return 0;
	case ARGP_KEY_ARG:
		if (options->input)
			argp_usage(state);
		options->input = argument;
		return 0;
	case ARGP_KEY_END:
		if (!options->input || !options->output)
			argp_usage(state);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static int fail(const char *path, const struct diag *diag)
{
	if (diag->has_offset)
		fprintf(stderr, "mktrace: %s:%llu: %s\n", path, (unsigned long long)diag->offset,
			diag->text);
	else
		fprintf(stderr, "mktrace: %s: %s\n", path, diag->text);
	return EXIT_FAILURE;
}

static int write_trace(const struct trace_text *trace, const char *path, struct diag *diag)
{
	struct trace_writer *writer;
	int error, finish_error;

	error = trace_writer_open(&writer, path, &trace->start, diag);
	if (error)
		return error;
	for (size_t i = 0; i < trace->fact_count && !error; i++)
		error = trace_writer_push(writer, &trace->facts[i]);
	finish_error = trace_writer_finish(writer, trace->end_ns);
	trace_writer_free(writer);
	if (!error)
		error = finish_error;
	return error ? diag_set(diag, error, "%s", strerror(-error)) : 0;
}

int main(int argc, char **argv)
{
	static const struct argp_option rows[] = {
		{ "output", 'o', "FILE", 0, "The trace file to write; - is standard output", 0 },
		{ 0 },
	};
	static const struct argp argp = {
		.options = rows,
		.parser = parse_option,
		.args_doc = "TEXT -o FILE",
		.doc = "Makes a trace file from its text form; TEXT may be - for standard input.",
	};
	struct options options = { 0 };
	struct diag diag = { 0 };
	struct trace_text trace;
	int error;

	argp_err_exit_status = 2;
	error = argp_parse(&argp, argc, argv, 0, NULL, &options);
	if (error)
		return 2;
	if (trace_text_load(&trace, options.input, &diag))
		return fail(options.input, &diag);
	error = write_trace(&trace, options.output, &diag);
	trace_text_release(&trace);
	return error ? fail(options.output, &diag) : EXIT_SUCCESS;
}
