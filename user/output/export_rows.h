/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * export_rows.h - what a database gets: a chain, an invocation, a call (one row per attempt) as one flat
 * object each, joined by ids. The members are those of `report --json`; an invocation has its calls as rows of
 * their own, and a call says whose it is. Written into JSON (ndjson.c) or into a row of CSV (csv.c).
 */
#ifndef IDLETAX_OUTPUT_EXPORT_ROWS_H
#define IDLETAX_OUTPUT_EXPORT_ROWS_H

#include "analysis/results.h"
#include "base/json_writer.h"

void export_row_chain(struct json_writer *writer, const struct chain *chain);
void export_row_invocation(struct json_writer *writer, const struct invocation *invocation);
void export_row_call(struct json_writer *writer, const struct exchange *attempt);

#endif
