// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * log_files.c - see log_files.h.
 */
#include "cmd/log_files.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "cmd/common.h"
#include "import/report_log.h"

#define NOTES_MAX 10 /* of one file */

struct reading {
	struct log_files *logs;
	size_t file;
};

int log_files_add(struct log_files *logs, const char *path)
{
	if (array_make_room(&logs->files, logs->count, &logs->capacity, sizeof(*logs->files)))
		return -ENOMEM;
	logs->files[logs->count++] = (struct log_file){ .name = path };
	return 0;
}

void log_files_release(struct log_files *logs)
{
	log_match_free(logs->match);
	free(logs->files);
	memset(logs, 0, sizeof(*logs));
}

static int on_reported(void *context, const struct reported *reported)
{
	const struct reading *reading = context;

	reading->logs->files[reading->file].reports++;
	return log_match_add(reading->logs->match, (uint32_t)reading->file, reported);
}

static void on_problem(void *context, uint64_t line, const char *reason)
{
	const struct reading *reading = context;
	struct log_file *file = &reading->logs->files[reading->file];

	if (++file->unreadable <= NOTES_MAX)
		command_note("%s:%llu: %s", file->name, (unsigned long long)line, reason);
}

static int read_file(struct log_files *logs, size_t number)
{
	struct reading reading = { logs, number };
	const struct report_log_sink sink = { &reading, on_reported, on_problem };
	struct log_file *log = &logs->files[number];
	bool is_stdin = !strcmp(log->name, "-");
	FILE *file = is_stdin ? stdin : fopen(log->name, "re");
	int error = file ? report_log_read(file, &sink, &log->lines) : -errno;

	if (file && !is_stdin)
		fclose(file);
	if (error)
		return command_fail_error(error, "%s", log->name);
	if (log->unreadable > NOTES_MAX)
		command_note("%s: and %llu more that could not be read", log->name,
			     (unsigned long long)log->unreadable - NOTES_MAX);
	if (!log->reports && !log->unreadable)
		command_note("%s holds no REPORT", log->name);
	return 0;
}

int log_files_read(struct log_files *logs)
{
	int status = 0;

	if (log_match_new(&logs->match))
		return command_fail(NULL, "out of memory");
	for (size_t i = 0; i < logs->count && !status; i++)
		status = read_file(logs, i);
	return status;
}

int log_files_finish(struct log_files *logs)
{
	struct log_report *report = &logs->report;

	report->files = logs->files;
	report->file_count = logs->count;
	return log_match_finish(logs->match, &report->rows, &report->row_count, &report->totals);
}

bool log_files_are_readable(const struct log_files *logs)
{
	for (size_t i = 0; i < logs->count; i++)
		if (logs->files[i].unreadable)
			return false;
	return true;
}
