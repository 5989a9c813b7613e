// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * log_json.c - see log_report.h; report.schema.json says what every member means. What one side does not tell
 * is null.
 */
#include "output/log_report.h"

#define TIMES (REPORTED_INIT + 1) /* the first ones; sums of sizes mean nothing */

static const char *const keys[REPORTED_COUNT] = {
	[REPORTED_DURATION] = "duration_ns",	 [REPORTED_BILLED] = "billed_duration_ns",
	[REPORTED_INIT] = "init_duration_ns",	 [REPORTED_MEMORY] = "memory_mb",
	[REPORTED_MAX_MEMORY] = "max_memory_mb",
};

static void write_figures(struct json_writer *writer, const char *key,
			  const struct reported_figures *figures, unsigned int count)
{
	json_object_begin(writer, key);
	for (unsigned int i = 0; i < count; i++) {
		if (figures->known & 1u << i)
			json_uint(writer, keys[i], figures->values[i]);
		else
			json_null(writer, keys[i]);
	}
	json_object_end(writer);
}

/* What the log says more. */
static void write_difference(struct json_writer *writer, const struct reported_figures *logged,
			     const struct reported_figures *measured, unsigned int count)
{
	uint32_t both = logged->known & measured->known;

	json_object_begin(writer, "difference");
	for (unsigned int i = 0; i < count; i++) {
		if (both & 1u << i)
			json_int(writer, keys[i],
				 (int64_t)(logged->values[i] - measured->values[i]));
		else
			json_null(writer, keys[i]);
	}
	json_object_end(writer);
}

static void write_files(struct json_writer *writer, const struct log_report *report)
{
	json_array_begin(writer, "files");
	for (size_t i = 0; i < report->file_count; i++) {
		json_object_begin(writer, NULL);
		json_string(writer, "name", report->files[i].name);
		json_uint(writer, "lines", report->files[i].lines);
		json_uint(writer, "reports", report->files[i].reports);
		json_uint(writer, "unreadable", report->files[i].unreadable);
		json_object_end(writer);
	}
	json_array_end(writer);
}

static void write_row(struct json_writer *writer, const struct log_report *report,
		      const struct log_row *row)
{
	json_object_begin(writer, NULL);
	json_string(writer, "request_id", row->request_id);
	json_uint(writer, "occurrence", row->occurrence);
	json_string(writer, "function", row->function);
	json_string(writer, "file", row->is_logged ? report->files[row->file].name : NULL);
	if (row->is_logged) {
		json_uint(writer, "line", row->line);
		write_figures(writer, "logged", &row->logged, REPORTED_COUNT);
	} else {
		json_null(writer, "line");
		json_null(writer, "logged");
	}
	if (row->is_measured)
		write_figures(writer, "measured", &row->measured, REPORTED_COUNT);
	else
		json_null(writer, "measured");
	if (row->is_logged && row->is_measured)
		write_difference(writer, &row->logged, &row->measured, REPORTED_COUNT);
	else
		json_null(writer, "difference");
	json_object_end(writer);
}

void json_log(struct json_writer *writer, const struct log_report *report)
{
	const struct log_totals *totals = &report->totals;

	json_object_begin(writer, "log");
	write_files(writer, report);
	json_uint(writer, "matched", totals->matched);
	json_uint(writer, "only_logged", totals->only_logged);
	json_uint(writer, "only_measured", totals->only_measured);
	write_figures(writer, "logged", &totals->logged, TIMES);
	write_figures(writer, "measured", &totals->measured, TIMES);
	write_difference(writer, &totals->logged, &totals->measured, TIMES);
	json_array_begin(writer, "invocations");
	for (size_t i = 0; i < report->row_count; i++)
		write_row(writer, report, &report->rows[i]);
	json_array_end(writer);
	json_object_end(writer);
}
