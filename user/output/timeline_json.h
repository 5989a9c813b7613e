/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * timeline_json.h - `timeline --json`, schema idletax.timeline/1: the chains that would be drawn, with
 * every segment (timeline.schema.json says what every member means).
 */
#ifndef IDLETAX_OUTPUT_TIMELINE_JSON_H
#define IDLETAX_OUTPUT_TIMELINE_JSON_H

#include <stdio.h>

#include "analysis/results.h"

/* 0 or negative errno. */
int timeline_json(FILE *file, const struct results *results, const struct chain *const *chains,
		  size_t count);

#endif
