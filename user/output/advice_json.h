/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * advice_json.h - `advise --json`, schema idletax.advice/1 (advice.schema.json says what every member means).
 */
#ifndef IDLETAX_OUTPUT_ADVICE_JSON_H
#define IDLETAX_OUTPUT_ADVICE_JSON_H

#include <stdio.h>

#include "analysis/advice.h"

/* 0 or negative errno. */
int advice_json(FILE *file, const struct results *results, const struct edge_advice *rows,
		size_t count);

#endif
