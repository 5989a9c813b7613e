/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * dump.c - `idletax dump`: a trace file as text, one line per fact, in the form that mktrace reads
 * back (include/README.md). Of a raw file: with --records its kernel records, without their payload,
 * with --replay the facts made anew from them.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/json_writer.h"
#include "cmd/command.h"
#include "cmd/common.h"
#include "cmd/output_file.h"
#include "cmd/reader_option.h"
#include "facts/replay.h"
#include "trace/fact_schema.h"
#include "trace/order.h"
#include "trace/reader.h"
#include "trace/text.h"

#define JSON_HELP "Print JSON: one object a line, times as numbers"

struct dump_options {
	struct reader_options reader;
	const char *output;
	bool is_records;
	bool is_replay;
};

enum {
	OPTION_RECORDS = 256,
	OPTION_REPLAY,
};

static const struct argp_option option_table[] = {
	{ "output", 'o', "FILE", 0, "Write there instead of standard output", 0 },
	{ "records", OPTION_RECORDS, NULL, 0,
	  "List the kernel records of a raw trace (record --raw) instead, without their bytes", 0 },
	{ "replay", OPTION_REPLAY, NULL, 0,
	  "Make the facts anew from the kernel records of a raw trace, as this version does", 0 },
	{ 0 }
};

static error_t parse_option(int key, char *text, struct argp_state *state)
{
	struct dump_options *options = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &options->reader;
		return 0;
	case 'o':
		options->output = text;
		return 0;
	case OPTION_RECORDS:
		options->is_records = true;
		return 0;
	case OPTION_REPLAY:
		options->is_replay = true;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_child children[] = { { &reader_file_argp, 0, NULL, 0 }, { 0 } };

static const struct argp argp = {
	.options = option_table,
	.children = children,
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
		[RECORD_BLIND_SPOT] = "blind_spot",
		[RECORD_HTTP_FUNCTION] = "http_function",
		[RECORD_NATIVE_PROBE] = "native_probe",
		[RECORD_NATIVE_CALL] = "native_call",
	};

	return kind < sizeof(names) / sizeof(names[0]) && names[kind] ? names[kind] : "unknown";
}

static int last_error(void)
{
	return errno ? -errno : -EIO;
}

static int write_records(struct trace_reader *reader, FILE *file, struct diag *diag)
{
	const struct record_header *record;
	int result;

	while ((result = trace_reader_next_record(reader, &record, diag)) > 0) {
		fprintf(file,
			"%" PRIu64 " record_%s pid=%" PRIu32 " tid=%" PRIu32
			" cpu=%u bytes=%" PRIu32 "\n",
			(uint64_t)record->time_ns, record_name(record->kind), record->tgid,
			record->tid, record->cpu, record->bytes);
		if (ferror(file))
			return last_error();
	}
	return result;
}

/* ---- facts as JSON: what is absent is left out ---- */

static void write_json_address(struct json_writer *json, const char *key, const struct fact *fact,
			       const uint8_t *address)
{
	bool is_inet6 = fact->connection.family == CONNECTION_INET6;
	char text[INET6_ADDRSTRLEN] = "";

	if (fact->connection.family == CONNECTION_UNIX)
		return;
	inet_ntop(is_inet6 ? AF_INET6 : AF_INET, address, text, sizeof(text));
	json_string(json, key, text);
}

static void write_json_digest(struct json_writer *json, const char *key,
			      const struct digest *digest)
{
	char value[17];

	if (!digest->value && !digest->bytes)
		return;
	snprintf(value, sizeof(value), "%016" PRIx64, digest->value);
	json_object_begin(json, key);
	json_string(json, "value", value);
	json_uint(json, "bytes", digest->bytes);
	json_bool(json, "is_prefix", digest->flags & DIGEST_IS_PREFIX);
	json_object_end(json);
}

static void write_json_flags(struct json_writer *json, const struct fact_field *field,
			     uint64_t flags)
{
	json_array_begin(json, field->name);
	for (unsigned int i = 0; i < field->names->count; i++)
		if (flags >> i & 1)
			json_string(json, NULL, field->names->names[i]);
	json_array_end(json);
}

static void write_json_member(struct json_writer *json, const struct fact_field *field,
			      const struct fact *fact)
{
	uint64_t number;
	char key[64];

	switch (field->type) {
	case FIELD_STRING:
		if (field_get_string(field, fact))
			json_string(json, field->name, field_get_string(field, fact));
		return;
	case FIELD_ADDRESS:
		write_json_address(json, field->name, fact, field_at(field, fact));
		return;
	case FIELD_DIGEST:
		write_json_digest(json, field->name, field_at(field, fact));
		return;
	default:
		break;
	}
	number = field_get_number(field, fact);
	snprintf(key, sizeof(key), "%s%s", field->name, field->type == FIELD_TIME ? "_ns" : "");
	if (field->type == FIELD_BOOL)
		json_bool(json, key, number);
	else if (field->type == FIELD_ENUM)
		json_string(json, key, field->names->names[number]);
	else if (field->type == FIELD_FLAGS)
		write_json_flags(json, field, number);
	else if (number)
		json_uint(json, key, number);
}

static void write_json_fact(struct json_writer *json, const struct fact *fact)
{
	const struct fact_schema *schema = fact_schema_find(fact->kind);

	json_object_begin(json, NULL);
	json_string(json, "fact", schema->name);
	json_uint(json, "time_ns", fact->time_ns);
	json_uint(json, "pid", fact->tgid);
	json_uint(json, "tid", fact->tid);
	for (unsigned int i = 0; i < schema->field_count; i++)
		write_json_member(json, &schema->fields[i], fact);
	json_object_end(json);
	json_end_line(json);
}

static int write_json_facts(struct trace_reader *reader, FILE *file, bool *ret_has_loss,
			    struct diag *diag)
{
	struct json_writer json;
	const struct fact *fact;
	int result, error;

	json_writer_init(&json, file, false);
	while ((result = trace_reader_next(reader, &fact, diag)) > 0) {
		if (fact->kind == FACT_LOSS)
			*ret_has_loss = true;
		write_json_fact(&json, fact);
		if (ferror(file))
			return last_error();
	}
	error = json_writer_flush(&json);
	return result ? result : error;
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
		if (ferror(file))
			return last_error();
	}
	if (!result && trace_reader_info(reader)->end_ns)
		trace_text_write_end(file, trace_reader_info(reader)->end_ns);
	return result;
}

/* ---- facts made anew ---- */

static int push_text(void *file, const struct fact *fact)
{
	trace_text_write_fact(file, fact);
	return ferror(file) ? last_error() : 0;
}

/* Digests are those of another key than the recording's: equal ones are equal in either. */
static int replay(struct trace_reader *reader, struct fact_order *order, struct diag *diag)
{
	const struct fact_sink sink = { fact_order_push, order };
	const struct facts_options options = { .digest_key = "replay" };
	struct facts *facts;
	int error = facts_new(&facts, &options, &sink);

	if (error)
		return diag_set(diag, error, "%s", strerror(-error));
	error = facts_replay_raw(facts, reader, diag);
	if (!error && !facts_stats(facts).records)
		error = diag_set(diag, -EINVAL, "it holds no kernel records (record --raw)");
	facts_free(facts);
	return error ? error : fact_order_flush(order);
}

static int write_replayed(struct trace_reader *reader, FILE *file, struct diag *diag)
{
	const struct fact_sink text = { push_text, file };
	struct fact_order *order;
	int error = fact_order_new(&order, &text, FACT_ORDER_WINDOW_NS, FACT_ORDER_FACTS_MAX);

	if (error)
		return diag_set(diag, error, "%s", strerror(-error));
	trace_text_write_start(file, &trace_reader_info(reader)->start);
	error = replay(reader, order, diag);
	fact_order_free(order);
	if (!error && trace_reader_info(reader)->end_ns)
		trace_text_write_end(file, trace_reader_info(reader)->end_ns);
	return error;
}

/* The status of reading; *ret_error: what failed in writing, where something did. */
static int dump_to(struct trace_reader *reader, const struct dump_options *options, FILE *file,
		   int *ret_error)
{
	bool has_loss = false;
	struct diag diag = { 0 };
	int error;

	if (options->is_records)
		error = write_records(reader, file, &diag);
	else if (options->is_replay)
		error = write_replayed(reader, file, &diag);
	else if (options->reader.is_json)
		error = write_json_facts(reader, file, &has_loss, &diag);
	else
		error = write_facts(reader, file, &has_loss, &diag);
	if (error && !ferror(file))
		return command_fail(&diag, "%s", options->reader.input);
	*ret_error = error;
	if (trace_reader_info(reader)->is_salvaged)
		command_note("%s was not finished: what came after its last whole chunk is lost",
			     options->reader.input);
	return has_loss || trace_reader_info(reader)->is_salvaged ? EXIT_STATUS_INCOMPLETE
								  : EXIT_STATUS_OK;
}

static int dump(struct trace_reader *reader, const struct dump_options *options)
{
	struct output_file output;
	int error = output_file_open(&output, options->output), status;

	if (error)
		return command_fail_error(error, "writing %s", options->output);
	if (output.file == stdout)
		pager_start();
	status = dump_to(reader, options, output.file, &error);
	if (status == EXIT_STATUS_FAILURE) {
		output_file_close(&output, -ECANCELED);
		return status;
	}
	error = output_file_close(&output, error);
	if (error && output.file != stdout) /* a failing stdout is told when it is closed */
		return command_fail_error(error, "writing %s", options->output);
	return status;
}

int command_dump(int argc, char **argv)
{
	struct dump_options options = {
		.reader = { .input = DEFAULT_TRACE, .json_help = JSON_HELP }, .output = "-"
	};
	struct trace_reader *reader;
	struct diag diag = { 0 };
	int status;

	command_parse(&argp, argc, argv, &options);
	if (command_is_same_file(options.reader.input, options.output))
		return command_fail_usage("dump", "-o %s is the trace itself", options.output);
	if (trace_reader_open(&reader, options.reader.input, &diag))
		return command_fail(&diag, "%s", options.reader.input);
	status = dump(reader, &options);
	trace_reader_free(reader);
	return status;
}
