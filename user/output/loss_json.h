/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * loss_json.h - what was lost, in JSON: the same in the report and in the exports.
 */
#ifndef IDLETAX_OUTPUT_LOSS_JSON_H
#define IDLETAX_OUTPUT_LOSS_JSON_H

#include "analysis/results.h"
#include "base/json_writer.h"

/* "records", "bytes", "gaps", into the object that is open in @writer. */
void json_lost(struct json_writer *writer, const struct results *results);

/* "blind_spots": what the recorder could not see; nothing where there are none. */
void json_blind_spots(struct json_writer *writer, const struct results *results);

#endif
