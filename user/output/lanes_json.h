/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * lanes_json.h - `timeline --environments --json`, schema idletax.timeline/1: every environment with its
 * spans (timeline.schema.json says what every member means).
 */
#ifndef IDLETAX_OUTPUT_LANES_JSON_H
#define IDLETAX_OUTPUT_LANES_JSON_H

#include <stdio.h>

#include "output/lanes.h"

/* 0 or negative errno. */
int lanes_json(FILE *file, const struct results *results, const struct lanes *lanes);

#endif
