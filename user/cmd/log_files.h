/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * log_files.h - `report --log FILE...`: logs are read before the trace, and held against it.
 */
#ifndef IDLETAX_CMD_LOG_FILES_H
#define IDLETAX_CMD_LOG_FILES_H

#include <stdbool.h>

#include "output/log_report.h"

struct log_files {
	struct log_file *files; /* their names are the arguments' */
	size_t count, capacity;
	struct log_match *match; /* NULL: there are none */
	struct log_report report;
};

int log_files_add(struct log_files *logs, const char *path); /* 0 or -ENOMEM */
void log_files_release(struct log_files *logs);

/* Reads all; what cannot be read of them is noted. 0, or an exit status after telling what failed. */
int log_files_read(struct log_files *logs);

/* The trace was told to the match: fills the report. 0 or negative errno. */
int log_files_finish(struct log_files *logs);

bool log_files_are_readable(const struct log_files *logs); /* every REPORT that was found */

#endif
