/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * chain_json.h - a chain as `report --json` shows it.
 */
#ifndef IDLETAX_OUTPUT_CHAIN_JSON_H
#define IDLETAX_OUTPUT_CHAIN_JSON_H

#include "analysis/results.h"
#include "base/json_writer.h"

/* An element of "chains": its figures and its critical path. */
void json_chain(struct json_writer *writer, const struct chain *chain);
/* What it consists of, into the object that is open in @writer. */
void json_chain_members(struct json_writer *writer, const struct chain *chain);

#endif
