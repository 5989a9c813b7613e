/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * report_lines.h - `report --lines`: a REPORT line for each invocation that has ended, as AWS Lambda logs it;
 * as text or as platform.report of the Telemetry API (schema 2022-12-13), one a line. In order of start,
 * written while chains are told: only what overlaps is kept meanwhile.
 */
#ifndef IDLETAX_OUTPUT_REPORT_LINES_H
#define IDLETAX_OUTPUT_REPORT_LINES_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "analysis/results.h"

struct report_lines;

/* @is_utf8: what text may have besides ASCII. 0 or -ENOMEM. */
int report_lines_new(struct report_lines **ret_lines, FILE *file, bool is_json, bool is_utf8);
void report_lines_free(struct report_lines *lines);

/* A results_sink.begin and .chain, with the lines as context. 0 or negative errno. */
int report_lines_begin(void *lines, const struct results *results);
int report_lines_chain(void *lines, const struct chain *chain);

/* All is told: writes what is kept, and how many had not ended and have no line. 0 or negative errno. */
int report_lines_finish(struct report_lines *lines, uint64_t *ret_open);

#endif
