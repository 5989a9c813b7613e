/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * dump.c - `idletax dump`: a trace file as text, one line per fact, in the form that mktrace reads
 * back (include/README.md). With --records the kernel records of a raw file instead, without their
 * payload.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "cmd/common.h"
#include "cmd/command.h"
#include "trace/reader.h"
#include "trace/text.h"

struct dump_options {
	const char *input;
	const char *output;
	bool is_records;
};

enum {
	OPTION_RECORDS = 256
};

static const struct argp_option option_table[] = {
	{ "input", 'i', "FILE", 0, "The trace; - is standard input (default: " DEFAULT_TRACE ")",
	  0 },
	{ "output", 'o', "FILE", 0, "Write there instead of standard output", 0 },
	{ "records", OPTION_RECORDS, NULL, 0,
	  "List the kernel records of a raw trace (record --raw) instead, without their bytes", 0 },
	{ 0 }
};

static error_t parse_option(int key, char *text, struct argp_state *state)
{
	struct dump_options *options = state->input;

	switch (key) {
	case 'i':
		options->input = text;
		return 0;
	case 'o':
		options->output = text;
		return 0;
	case OPTION_RECORDS:
		options->is_records = true;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = option_table,
	.parser = parse_option,
	.doc = "Prints the facts of a trace as text, one a line, in order of time."
	       "\vExit status: 0, or 3 where the trace tells losses.",
};

static const char *record_name(unsigned int kind)
{
	static const char *const names[] = {
		[RECORD_SOCKET_OPEN] = "socket_open",
		[RECORD_SOCKET_STATE] = "socket_state",
		[RECORD_SOCKET_DATA] = "socket_data",
		[RECORD_SLICE] = "slice",
		[RECORD_TASK_SEEN] = "task_seen",
		[RECORD_FORK] = "fork",
		[RECORD_EXEC] = "exec",
		[RECORD_EXIT] = "exit",
		[RECORD_MEMORY] = "memory",
		[RECORD_WORKER_MESSAGE] = "worker_message",
		[RECORD_LOSS] = "loss",
	};

	return kind < sizeof(names) / sizeof(names[0]) && names[kind] ? names[kind] : "unknown";
}

static int write_records(struct trace_reader *reader, FILE *file, struct diag *diag)
{
	const struct record_header *record;
	int result;

	while ((result = trace_reader_next_record(reader, &record, diag)) > 0)
		fprintf(file,
			"%" PRIu64 " record_%s pid=%" PRIu32 " tid=%" PRIu32
			" cpu=%u bytes=%" PRIu32 "\n",
			(uint64_t)record->time_ns, record_name(record->kind), record->tgid,
			record->tid, record->cpu, record->bytes);
	return result;
}

static int write_facts(struct trace_reader *reader, FILE *file, bool *ret_has_loss,
		       struct diag *diag)
{
	const struct fact *fact;
	int result;

	trace_text_write_start(file, &trace_reader_info(reader)->start);
	while ((result = trace_reader_next(reader, &fact, diag)) > 0) {
		if (fact->kind == FACT_LOSS)
			*ret_has_loss = true;
		trace_text_write_fact(file, fact);
	}
	if (!result && trace_reader_info(reader)->end_ns)
		trace_text_write_end(file, trace_reader_info(reader)->end_ns);
	return result;
}

static int dump_to(struct trace_reader *reader, const struct dump_options *options, FILE *file)
{
	bool has_loss = false;
	struct diag diag = { 0 };
	int error;

	if (options->is_records)
		error = write_records(reader, file, &diag);
	else
		error = write_facts(reader, file, &has_loss, &diag);
	if (error)
		return command_fail(&diag, "%s", options->input);
	if (trace_reader_info(reader)->is_salvaged)
		command_note("%s was not finished: what came after its last whole chunk is lost",
			     options->input);
	return has_loss || trace_reader_info(reader)->is_salvaged ? EXIT_STATUS_INCOMPLETE
								  : EXIT_STATUS_OK;
}

static int dump_to_path(struct trace_reader *reader, const struct dump_options *options)
{
	FILE *file = fopen(options->output, "we");
	struct diag diag = { 0 };
	int status, error = 0;

	if (!file) {
		diag_set(&diag, -errno, "%s", strerror(errno));
		return command_fail(&diag, "%s", options->output);
	}
	status = dump_to(reader, options, file);
	errno = 0;
	if (ferror(file))
		error = errno ? errno : EIO;
	if (fclose(file))
		error = errno;
	if (error) {
		diag_set(&diag, -error, "%s", strerror(error));
		return command_fail(&diag, "%s", options->output);
	}
	return status;
}

int command_dump(int argc, char **argv)
{
	struct dump_options options = { .input = DEFAULT_TRACE, .output = "-" };
	struct trace_reader *reader;
	struct diag diag = { 0 };
	int status;

	command_parse(&argp, argc, argv, &options);
	if (trace_reader_open(&reader, options.input, &diag))
		return command_fail(&diag, "%s", options.input);
	if (strcmp(options.output, "-") != 0) {
		status = dump_to_path(reader, &options);
	} else {
		pager_start();
		status = dump_to(reader, &options, stdout);
	}
	trace_reader_free(reader);
	return status;
}
