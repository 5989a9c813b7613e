/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * info.c - `idletax info`: what a trace file says of itself: when and where it was recorded, how
 * many facts of which kinds it holds, what was lost. Reads the whole file, so a damaged one is
 * told.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "base/json_writer.h"
#include "base/units.h"
#include "cmd/command.h"
#include "cmd/common.h"
#include "cmd/reader_option.h"
#include "trace/fact_schema.h"
#include "trace/reader.h"

/* What one pass over the facts counts. */
struct summary {
	uint64_t kinds[FACT_KIND_END];
	uint64_t losses[LOSS_CLASS_END]; /* FACT_LOSSes by class */
	uint64_t unknown_forms;		 /* FACT_BLIND_SPOTs that tell a loss */
	uint64_t lost_records;
	uint64_t lost_bytes;
	uint64_t first_ns;
	uint64_t last_ns;
};

static error_t parse_option(int key, char *text, struct argp_state *state)
{
	if (key != ARGP_KEY_INIT)
		return ARGP_ERR_UNKNOWN;
	state->child_inputs[0] = state->input;
	return 0;
}

static const struct argp_child children[] = { { &reader_file_argp, 0, NULL, 0 }, { 0 } };

static const struct argp argp = {
	.children = children,
	.parser = parse_option,
	.doc = "Tells when and where a trace was recorded, what it holds and what was lost."
	       "\vExit status: 0, or 3 where something was lost.",
};

static const char *loss_name(unsigned int loss_class)
{
	static const char *const names[LOSS_CLASS_END] = {
		[LOSS_SOCKET] = "socket",   [LOSS_SCHEDULER] = "scheduler",
		[LOSS_PROCESS] = "process", [LOSS_FACT] = "fact",
		[LOSS_FILE] = "file",
	};

	return names[loss_class];
}

static int summarize(struct trace_reader *reader, struct summary *summary, struct diag *diag)
{
	const struct fact *fact;
	int result;

	while ((result = trace_reader_next(reader, &fact, diag)) > 0) {
		if (!summary->last_ns)
			summary->first_ns = fact->time_ns;
		summary->last_ns = fact->time_ns;
		summary->kinds[fact->kind]++;
		if (fact->kind == FACT_BLIND_SPOT && fact->blind_spot.reason == BLIND_UNKNOWN_FORM)
			summary->unknown_forms++;
		if (fact->kind != FACT_LOSS)
			continue;
		summary->losses[fact->loss.loss_class]++;
		summary->lost_records += fact->loss.records;
		summary->lost_bytes += fact->loss.bytes;
	}
	return result;
}

static bool is_complete(const struct summary *summary)
{
	return !summary->kinds[FACT_LOSS] && !summary->unknown_forms;
}

static uint64_t end_of(const struct trace_info *info, const struct summary *summary)
{
	return info->end_ns ? info->end_ns : summary->last_ns;
}

static uint64_t duration_of(const struct trace_info *info, const struct summary *summary)
{
	uint64_t end_ns = end_of(info, summary);

	return end_ns > info->start.monotonic_ns ? end_ns - info->start.monotonic_ns : 0;
}

static void print_json(const struct trace_info *info, const struct summary *summary)
{
	struct json_writer json;

	json_writer_init(&json, stdout, true);
	json_object_begin(&json, NULL);
	json_string(&json, "schema", "idletax.info/1");
	json_bool(&json, "complete", is_complete(summary));
	json_bool(&json, "salvaged", info->is_salvaged);
	json_bool(&json, "raw", info->start.is_raw);
	json_object_begin(&json, "version");
	json_uint(&json, "major", info->version_major);
	json_uint(&json, "minor", info->version_minor);
	json_object_end(&json);
	json_object_begin(&json, "start");
	json_uint(&json, "monotonic_ns", info->start.monotonic_ns);
	json_uint(&json, "realtime_ns", info->start.realtime_ns);
	json_object_end(&json);
	json_uint(&json, "end_ns", end_of(info, summary));
	json_uint(&json, "duration_ns", duration_of(info, summary));
	json_object_begin(&json, "host");
	for (size_t i = 0; i < info->start.host_count; i++)
		json_string(&json, info->start.host[i].key, info->start.host[i].value);
	json_object_end(&json);
	json_object_begin(&json, "facts");
	for (unsigned int kind = 0; kind < FACT_KIND_END; kind++)
		if (fact_schema_find(kind))
			json_uint(&json, fact_schema_find(kind)->name, summary->kinds[kind]);
	json_object_end(&json);
	json_uint(&json, "unknown_facts", info->unknown_facts);
	json_uint(&json, "records", info->records);
	json_object_begin(&json, "file");
	json_uint(&json, "bytes", info->file_bytes);
	json_uint(&json, "plain_bytes", info->plain_bytes);
	json_uint(&json, "chunks", info->chunks);
	json_object_end(&json);
	json_object_begin(&json, "lost");
	json_uint(&json, "records", summary->lost_records);
	json_uint(&json, "bytes", summary->lost_bytes);
	for (unsigned int i = LOSS_SOCKET; i < LOSS_CLASS_END; i++)
		json_uint(&json, loss_name(i), summary->losses[i]);
	json_object_end(&json);
	json_object_end(&json);
	json_writer_finish(&json);
}

static void print_losses(const struct trace_info *info, const struct summary *summary)
{
	char text[UNITS_TEXT_MAX];
	const char *separator = "";

	if (!summary->kinds[FACT_LOSS]) {
		puts("losses      none");
		return;
	}
	printf("losses      %" PRIu64 " (", summary->kinds[FACT_LOSS]);
	for (unsigned int i = LOSS_SOCKET; i < LOSS_CLASS_END; i++) {
		if (!summary->losses[i])
			continue;
		printf("%s%s %" PRIu64, separator, loss_name(i), summary->losses[i]);
		separator = ", ";
	}
	printf("): %" PRIu64 " records, %s\n", summary->lost_records,
	       format_bytes(text, summary->lost_bytes));
	if (info->is_salvaged)
		puts("            the file was not finished: it was cut, or its recorder was killed");
}

static void print_facts(const struct trace_info *info, const struct summary *summary)
{
	printf("facts       %" PRIu64 "\n", info->facts);
	for (unsigned int kind = 0; kind < FACT_KIND_END; kind++)
		if (summary->kinds[kind] && kind != FACT_LOSS)
			printf("  %-18s %" PRIu64 "\n", fact_schema_find(kind)->name,
			       summary->kinds[kind]);
	if (info->unknown_facts || info->unknown_chunks)
		printf("  %-18s %" PRIu64 " (and %" PRIu64 " chunks), of a newer idletax\n",
		       "unknown", info->unknown_facts, info->unknown_chunks);
	if (info->records)
		printf("records     %" PRIu64 " (raw)\n", info->records);
}

/* As whoever made the file says. */
static void print_host(const struct trace_host_pair *pair)
{
	bool is_utf8 = terminal_find().is_utf8;
	size_t length = strlen(pair->key);

	text_put_safe(stdout, pair->key, is_utf8);
	printf("%*s ", length < 11 ? (int)(11 - length) : 0, "");
	text_put_safe(stdout, pair->value, is_utf8);
	putchar('\n');
}

static void print_text(const char *path, const struct trace_info *info,
		       const struct summary *summary)
{
	time_t start_s = (time_t)(info->start.realtime_ns / NS_PER_S);
	char bytes[UNITS_TEXT_MAX], plain[UNITS_TEXT_MAX], duration[UNITS_TEXT_MAX], date[64] = "";
	struct tm start;

	if (gmtime_r(&start_s, &start))
		strftime(date, sizeof(date), "%Y-%m-%d %H:%M:%S UTC", &start);
	printf("file        %s: version %u.%u, %s in %" PRIu64 " chunks (%s before compression)\n",
	       path, info->version_major, info->version_minor,
	       format_bytes(bytes, info->file_bytes), info->chunks,
	       format_bytes(plain, info->plain_bytes));
	printf("recorded    %s, for %s\n", date,
	       format_duration(duration, duration_of(info, summary)));
	if (info->start.is_raw)
		puts("raw         holds captured bytes: do not share it");
	for (size_t i = 0; i < info->start.host_count; i++)
		print_host(&info->start.host[i]);
	print_facts(info, summary);
	print_losses(info, summary);
	if (summary->kinds[FACT_BLIND_SPOT])
		printf("blind       %" PRIu64 " process%s, whose worker messages were not recorded "
		       "(idletax report tells why)\n",
		       summary->kinds[FACT_BLIND_SPOT],
		       summary->kinds[FACT_BLIND_SPOT] == 1 ? "" : "es");
}

int command_info(int argc, char **argv)
{
	struct reader_options options = { .input = DEFAULT_TRACE };
	struct trace_reader *reader = NULL;
	struct summary summary = { 0 };
	struct diag diag = { 0 };
	int status;

	command_parse(&argp, argc, argv, &options);
	if (trace_reader_open(&reader, options.input, &diag) ||
	    summarize(reader, &summary, &diag)) {
		trace_reader_free(reader);
		return command_fail(&diag, "%s", options.input);
	}
	if (options.is_json)
		print_json(trace_reader_info(reader), &summary);
	else
		print_text(options.input, trace_reader_info(reader), &summary);
	status = is_complete(&summary) ? EXIT_STATUS_OK : EXIT_STATUS_INCOMPLETE;
	trace_reader_free(reader);
	return status;
}
