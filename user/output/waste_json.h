/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * waste_json.h - the members that say what served nobody (model/waste.h), and how much time was left for what
 * was called (analysis/timeout_budget.h). report.schema.json says what every member means.
 */
#ifndef IDLETAX_OUTPUT_WASTE_JSON_H
#define IDLETAX_OUTPUT_WASTE_JSON_H

#include "analysis/results.h"
#include "base/json_writer.h"

void json_sums_waste(struct json_writer *writer, const struct sums *sums);
void json_edge_waste(struct json_writer *writer, const struct edge_row *row);
void json_invocation_waste(struct json_writer *writer, const struct invocation *invocation);

void json_edge_budget(struct json_writer *writer, const struct edge_budget *budget);
void json_attempt_budget(struct json_writer *writer, const struct exchange *attempt);

/* "critical_paths": [...] */
void json_paths(struct json_writer *writer, const struct results *results);

/* "orphans": [...] */
void json_orphans(struct json_writer *writer, const struct results *results);

#endif
