/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * explain_json.h - `explain --json`, schema idletax.explain/1 (explain.schema.json says what every member
 * means): every cause, call and link of the invocations in question, as numbers and in words.
 */
#ifndef IDLETAX_OUTPUT_EXPLAIN_JSON_H
#define IDLETAX_OUTPUT_EXPLAIN_JSON_H

#include <stdio.h>

#include "analysis/results.h"

/* Flushes @file. 0 or negative errno. */
int explain_json(FILE *file, const struct results *results, struct invocation *const *invocations,
		 size_t count);

#endif
