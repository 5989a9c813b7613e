/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * whatif_json.h - `whatif --json`, schema idletax.whatif/1 (whatif.schema.json says what members mean).
 */
#ifndef IDLETAX_OUTPUT_WHATIF_JSON_H
#define IDLETAX_OUTPUT_WHATIF_JSON_H

#include <stdio.h>

#include "analysis/whatif.h"

/* 0 or negative errno. */
int whatif_json(FILE *file, const struct whatif *whatif, const struct results *results);

#endif
