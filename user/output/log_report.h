/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * log_report.h - what logs say of invocations beside what was measured, for `report --log`.
 */
#ifndef IDLETAX_OUTPUT_LOG_REPORT_H
#define IDLETAX_OUTPUT_LOG_REPORT_H

#include "analysis/log_match.h"
#include "base/json_writer.h"

struct log_file {
	const char *name;
	uint64_t lines, reports;
	uint64_t unreadable; /* lines that hold a REPORT, or are too long to tell */
};

struct log_report {
	const struct log_file *files;
	size_t file_count;
	const struct log_row *rows;
	size_t row_count;
	struct log_totals totals;
};

/* "log": everything. */
void json_log(struct json_writer *writer, const struct log_report *report);

#endif
