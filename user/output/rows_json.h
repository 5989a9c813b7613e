/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * rows_json.h - the members of a row of functions and of edges in JSON: the same in the report and in the
 * exports. Each writes into the object that is open in @writer.
 */
#ifndef IDLETAX_OUTPUT_ROWS_JSON_H
#define IDLETAX_OUTPUT_ROWS_JSON_H

#include "analysis/results.h"
#include "base/json_writer.h"

void json_function(struct json_writer *writer, const struct results *results,
		   const struct function_row *row);
void json_edge(struct json_writer *writer, const struct edge_row *row);

#endif
