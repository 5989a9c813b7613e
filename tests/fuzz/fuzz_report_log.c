/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * fuzz_report_log.c - the input is a log: whatever it holds, what is told of it is well-formed.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "import/report_log.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static int on_reported(void *context, const struct reported *reported)
{
	const uint64_t *values = reported->figures.values;
	size_t id_bytes = strlen(reported->request_id);

	if (!id_bytes || id_bytes >= REPORTED_ID_MAX || !reported->line ||
	    !reported->figures.known || reported->figures.known >> REPORTED_COUNT ||
	    values[REPORTED_DURATION] > 1000001000000000ull ||
	    values[REPORTED_MAX_MEMORY] > 10000000)
		abort();
	return 0;
}

static void on_problem(void *context, uint64_t line, const char *reason)
{
	if (!line || !*reason)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	const struct report_log_sink sink = { NULL, on_reported, on_problem };
	FILE *file = bytes ? fmemopen((void *)(uintptr_t)data, bytes, "r") : NULL;
	uint64_t lines;

	if (!file)
		return 0;
	if (report_log_read(file, &sink, &lines) || lines > bytes)
		abort();
	fclose(file);
	return 0;
}
