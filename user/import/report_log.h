/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * report_log.h - reads REPORT lines out of logs of AWS Lambda (CloudWatch) and of emulators. Untrusted input:
 * a line that holds none is skipped whatever it is; one that could not be understood is told with its reason.
 *
 *   text = [ anything ] "REPORT RequestId:" ID { field }      anything: times, colours, names of containers
 *   field = KEY ":" VALUE [ "ms" | "MB" | "s" ]               in any order, apart by tabs, spaces or their JSON escapes
 *   json = an object with "type": "platform.report" and its "record", alone, or inside of other JSON, its quotes
 *          escaped as in JSON or doubled as in CSV; one that is spread over lines is of the line it begins in
 *   table = a line of CSV with the names of columns, and rows (report_log_table.c)
 *
 * Fields are found by their keys; unknown ones are skipped. A line can hold several. Which logs have which form:
 * tests/unit/test_report_log_forms.c.
 */
#ifndef IDLETAX_IMPORT_REPORT_LOG_H
#define IDLETAX_IMPORT_REPORT_LOG_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "model/reported.h"

#define REPORT_LOG_LINE_MAX (1u << 20) /* bytes of a line that are read */

struct report_log_sink {
	void *context;
	/* Negative errno ends the reading. */
	int (*reported)(void *context, const struct reported *reported);
	void (*problem)(void *context, uint64_t line, const char *reason);
};

/* *ret_lines: how many there were. 0 or negative errno: of the sink, or of @file. */
int report_log_read(FILE *file, const struct report_log_sink *sink, uint64_t *ret_lines);

/* Text and JSON of one line, without its end. 0 or negative errno. */
int report_log_read_line(const char *text, size_t bytes, uint64_t line,
			 const struct report_log_sink *sink);

#endif
