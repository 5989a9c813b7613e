/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * attempt_text.h - how an attempt of a call is named, the same in every output.
 */
#ifndef IDLETAX_OUTPUT_ATTEMPT_TEXT_H
#define IDLETAX_OUTPUT_ATTEMPT_TEXT_H

#include "model/invocation.h"

/* Whom it goes to: the function, else what the request names, else the host; NULL: nothing is known. */
const char *attempt_callee(const struct exchange *attempt);
const char *
attempt_service(const struct exchange *attempt);	  /* "lambda", "dynamodb", "http", "tcp" */
const char *attempt_mode(const struct exchange *attempt); /* "sync", "event", "stream" */

/* The same for a segment of @invocation: NULL unless it waits for an attempt; never NULL if it does. */
const char *segment_callee(const struct invocation *invocation, const struct segment *segment);

#endif
