/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * invocation_json.h - the members of an invocation and of an attempt of a call in JSON: the same in the
 * report and in the exports. Each writes into the object that is open in @writer.
 */
#ifndef IDLETAX_OUTPUT_INVOCATION_JSON_H
#define IDLETAX_OUTPUT_INVOCATION_JSON_H

#include "base/json_writer.h"
#include "model/invocation.h"

/* All of it but "calls": the invocation's chain is told. */
void json_invocation(struct json_writer *writer, const struct invocation *invocation);
void json_attempt(struct json_writer *writer, const struct exchange *attempt);

/* "flags": their names. */
void json_invocation_flags(struct json_writer *writer, uint32_t flags);

#endif
