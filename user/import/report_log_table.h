/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * report_log_table.h - REPORTs as rows of a CSV table with a column for each figure, as CloudWatch Logs Insights
 * exports them. Private to user/import.
 */
#ifndef IDLETAX_IMPORT_REPORT_LOG_TABLE_H
#define IDLETAX_IMPORT_REPORT_LOG_TABLE_H

#include "import/report_log.h"

#define REPORT_TABLE_COLUMNS_MAX 64

/* Zero: no table has begun. */
struct report_table {
	size_t column_count;
	/* an enum reported_member, or one of the two of report_log_table.c */
	unsigned char columns[REPORT_TABLE_COLUMNS_MAX];
};

/* A row, the line of the columns' names, or the end of the table. 0 or negative errno. */
int report_table_read_line(struct report_table *table, const char *text, size_t bytes,
			   uint64_t line, const struct report_log_sink *sink);

#endif
