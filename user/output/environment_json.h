/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * environment_json.h - the members that tell of lives of environments, the same in report and timeline.
 */
#ifndef IDLETAX_OUTPUT_ENVIRONMENT_JSON_H
#define IDLETAX_OUTPUT_ENVIRONMENT_JSON_H

#include "analysis/results.h"
#include "base/json_writer.h"

/* "life": {...} of a function's environments, or of all; @billed_ns: of their invocations. */
void json_life_sums(struct json_writer *writer, const struct results *results,
		    const struct life_sums *sums, uint64_t billed_ns);

/* The members of one environment, inside an object that is open. */
void json_environment(struct json_writer *writer, const struct environment_row *row);

/* "exit_code" and "signal"; both null where !@has_ended. @exit_code as wait(2). */
void json_exit(struct json_writer *writer, bool has_ended, uint32_t exit_code);

/* "peak_rss_bytes", "peak_processes" and "peak_process_bytes"; all null where @bytes is 0. */
void json_peak(struct json_writer *writer, uint64_t bytes, uint32_t processes,
	       uint64_t process_bytes);

/* What is 0 where it is not known. */
void json_uint_or_null(struct json_writer *writer, const char *key, uint64_t value);

#endif
