/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * attempt_text.h - how an attempt of a call is named, the same in every output.
 */
#ifndef IDLETAX_OUTPUT_ATTEMPT_TEXT_H
#define IDLETAX_OUTPUT_ATTEMPT_TEXT_H

#include "model/invocation.h"

const char *attempt_mode(const struct exchange *attempt); /* "sync", "event", "stream" */

/* Which attempt a segment of @invocation waits for; NULL: none. */
const struct exchange *segment_attempt(const struct invocation *invocation,
				       const struct segment *segment);

/* Whom a segment of @invocation waits for; NULL: it waits for no attempt. */
const char *segment_callee(const struct invocation *invocation, const struct segment *segment);

#endif
