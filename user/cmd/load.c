/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * load.c - file -> reader -> assembler -> analysis -> results. Facts flow through in small blocks; what
 * stays in memory are the results, and chains where they are kept.
 */
#include "cmd/load.h"

#include <errno.h>
#include <string.h>

#include "assemble/assembler.h"
#include "base/units.h"
#include "cmd/common.h"
#include "cmd/price_option.h"
#include "trace/reader.h"

static const char *find_host_value(const struct trace_info *info, const char *key)
{
	for (size_t i = 0; i < info->start.host_count; i++)
		if (!strcmp(info->start.host[i].key, key))
			return info->start.host[i].value;
	return "";
}

static int fail_to_open(int error, struct diag *diag, const char *path)
{
	if (error == -ENOENT && !strcmp(path, DEFAULT_TRACE))
		diag_hint(diag, "record something first: idletax record -- COMMAND; or name a "
				"trace with -i FILE");
	else if (error == -ENOENT)
		diag_hint(diag, "a trace is made by: idletax record -o FILE -- COMMAND");
	return command_fail(diag, "%s", path);
}

static int start_pipeline(struct loaded *loaded, const struct trace_info *info,
			  const struct load_options *options)
{
	struct analysis_options analysis_options = {
		.start_monotonic_ns = info->start.monotonic_ns,
		.start_realtime_ns = info->start.realtime_ns,
		.plan = price_plan_get(!strcmp(find_host_value(info, "machine"), "aarch64")),
		.memory = options->prices ? &options->prices->memory : NULL,
		.keeps_environments = options->keeps_environments,
		.keeps_chains = options->keeps_chains,
		.filter = options->filter,
		.explains = options->explains,
		.sink = options->sink,
	};
	struct assembler_options assembler_options = {
		.start_monotonic_ns = info->start.monotonic_ns,
		.start_realtime_ns = info->start.realtime_ns,
	};
	int error;

	if (options->prices && options->prices->plan_count) {
		analysis_options.plan = options->prices->plans;
		analysis_options.more_plans = options->prices->plans + 1;
		analysis_options.more_plan_count = options->prices->plan_count - 1;
	}
	error = analysis_new(&loaded->analysis, &analysis_options);
	if (error)
		return error;
	return assembler_new(&loaded->assembler, &assembler_options,
			     analysis_model_sink(loaded->analysis));
}

/* Pushes every fact; *ret_end_ns is when the recording ended: told by the file, else the last fact. */
static int push_facts(struct loaded *loaded, uint64_t *ret_end_ns, struct diag *diag)
{
	const struct trace_info *info = trace_reader_info(loaded->reader);
	const struct fact *facts;
	uint64_t last_ns = info->start.monotonic_ns;
	int got;

	while ((got = trace_reader_next_block(loaded->reader, &facts, diag)) > 0) {
		int error = assembler_push_block(loaded->assembler, facts, (size_t)got);

		if (error)
			return diag_set(diag, error, "%s", strerror(-error));
		last_ns = later_of(last_ns, facts[got - 1].time_ns); /* they are in order */
	}
	if (got < 0)
		return got;
	*ret_end_ns = info->end_ns > last_ns ? info->end_ns : last_ns;
	return 0;
}

static int finish(struct loaded *loaded, uint64_t end_ns, struct diag *diag)
{
	int error = assembler_finish(loaded->assembler, end_ns);

	if (!error)
		error = analysis_finish(loaded->analysis, &loaded->results);
	return error ? diag_set(diag, error, "%s", strerror(-error)) : 0;
}

static void tell_about_file(const char *path, const struct trace_info *info)
{
	char read[UNITS_TEXT_MAX];

	if (info->is_salvaged)
		command_note(
			"%s was not finished: its first %s could be read, what came after is lost",
			path, format_bytes(read, info->file_bytes));
	if (info->unknown_facts || info->unknown_chunks)
		command_note("%s is from a newer idletax: %llu facts of unknown kinds were skipped",
			     path, (unsigned long long)info->unknown_facts);
	if (!info->facts && info->records)
		command_note("%s holds raw records only: `idletax dump` shows them", path);
}

int load_streamed(struct loaded *loaded, const char *path, const struct load_options *options)
{
	const struct trace_info *info;
	struct diag diag = { 0 };
	uint64_t end_ns = 0;
	int error;

	memset(loaded, 0, sizeof(*loaded));
	error = trace_reader_open(&loaded->reader, path, &diag);
	if (error)
		return fail_to_open(error, &diag, path);
	info = trace_reader_info(loaded->reader);
	error = start_pipeline(loaded, info, options);
	if (error)
		return command_fail_error(error, "preparing the analysis");
	error = push_facts(loaded, &end_ns, &diag);
	if (!error)
		error = finish(loaded, end_ns, &diag);
	if (error)
		return command_fail(&diag, "%s", path);
	if (options->prices && !options->is_one_of_several &&
	    price_options_check(options->prices, loaded->results))
		return EXIT_STATUS_FAILURE;
	loaded->duration_ns = end_ns - info->start.monotonic_ns;
	if (!options->is_first_pass)
		tell_about_file(path, info);
	return 0;
}

int load_status(const struct loaded *loaded)
{
	return loaded->results->is_complete ? EXIT_STATUS_OK : EXIT_STATUS_INCOMPLETE;
}

void load_release(struct loaded *loaded)
{
	analysis_free(loaded->analysis);
	assembler_free(loaded->assembler);
	trace_reader_free(loaded->reader);
	memset(loaded, 0, sizeof(*loaded));
}
