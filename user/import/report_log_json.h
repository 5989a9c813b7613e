/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * report_log_json.h - platform.report in a line of JSON, or of text that ends with JSON. Private to user/import.
 */
#ifndef IDLETAX_IMPORT_REPORT_LOG_JSON_H
#define IDLETAX_IMPORT_REPORT_LOG_JSON_H

#include "import/report_log.h"

/* Tells all of one line. 0 or negative errno. */
int report_json_read_line(const char *text, size_t bytes, uint64_t line,
			  const struct report_log_sink *sink);

#endif
