/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * check_output.h - what `idletax check` found, as lines for people and logs, or as JSON (check.schema.json).
 */
#ifndef IDLETAX_OUTPUT_CHECK_OUTPUT_H
#define IDLETAX_OUTPUT_CHECK_OUTPUT_H

#include <stdio.h>

#include "analysis/check.h"

/* One line for each breach; where there is none, one that says so. Names are made safe to print. */
void check_text(FILE *file, const struct check_outcome *outcome, bool is_utf8);

/* How a limit that could not be checked is told: "max-overhead of svc-a". Returns @text. */
char *check_describe(char *text, size_t bytes, const struct check_finding *finding, bool is_utf8);

int check_json(FILE *file, const struct check_outcome *outcome); /* 0 or negative errno */

#endif
