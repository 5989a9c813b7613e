/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * sums_json.h - the members that totals, functions, chains and invocations have in common in JSON, so
 * that a figure has one name everywhere.
 */
#ifndef IDLETAX_OUTPUT_SUMS_JSON_H
#define IDLETAX_OUTPUT_SUMS_JSON_H

#include "analysis/results.h"
#include "base/json_writer.h"

/* The eight states: "active_ns", ..., "wait_lambda_ns", ..., "unknown_ns". */
void json_states(struct json_writer *writer, const uint64_t state_ns[STATE_COUNT]);

/* From "billed_ns" to "double_billed_pico"; and "overhead", "share", "amplification". */
void json_sums_bill(struct json_writer *writer, const struct sums *sums);
void json_sums_ratios(struct json_writer *writer, const struct sums *sums);

/* Both, and in between what served nobody; without the counts. */
void json_sums(struct json_writer *writer, const struct sums *sums);

/* "trace_id" in X-Ray's form; null where all zero. */
void json_trace_id(struct json_writer *writer, const uint8_t trace_id[16]);
void json_span_id(struct json_writer *writer, const char *key,
		  const uint8_t span_id[8]); /* likewise */

/* @key: {"invocation":...,"call":...}, or null. */
void json_cause(struct json_writer *writer, const char *key, const struct invocation *invocation,
		uint32_t call);

#endif
