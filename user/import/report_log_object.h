/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * report_log_object.h - platform.report in JSON that is spread over several lines, as tools print it for people.
 * Private to user/import.
 */
#ifndef IDLETAX_IMPORT_REPORT_LOG_OBJECT_H
#define IDLETAX_IMPORT_REPORT_LOG_OBJECT_H

#include <stdbool.h>

#include "import/report_log.h"

#define REPORT_OBJECT_BYTES_MAX (64u << 10)
#define REPORT_OBJECT_DEPTH_MAX 64

/* A brace or bracket that is not closed yet. */
struct report_bracket {
	size_t at; /* in the text */
	uint64_t line;
	bool is_report; /* an object with "type": "platform.report" */
};

struct report_objects {
	char *text; /* owned: from the outermost that is open on */
	size_t bytes;
	struct report_bracket open[REPORT_OBJECT_DEPTH_MAX];
	size_t depth;
};

int report_objects_init(struct report_objects *objects); /* 0 or -ENOMEM */
void report_objects_release(struct report_objects *objects);

/* Tells what ends in this line and did not begin in it. 0 or negative errno. */
int report_objects_add_line(struct report_objects *objects, const char *text, size_t bytes,
			    uint64_t line, const struct report_log_sink *sink);

/* What is open does not end any more: of what lines come next, or there are none. */
void report_objects_end(struct report_objects *objects, const struct report_log_sink *sink);

#endif
