/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * diff_json.h - `diff --json`, schema idletax.diff/1 (diff.schema.json).
 */
#ifndef IDLETAX_OUTPUT_DIFF_JSON_H
#define IDLETAX_OUTPUT_DIFF_JSON_H

#include <stdio.h>

#include "analysis/comparison.h"

int diff_json(FILE *file, const struct comparison *comparison); /* 0 or negative errno */

#endif
