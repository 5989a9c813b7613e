/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * runtime_api.h - recognises requests of a runtime or an extension to its Lambda service (AWS Lambda
 * Developer Guide, "Using the Lambda runtime API", "Extensions API", "Telemetry API"). Emulators put
 * prefixes before the path, so it is matched from its version segment on.
 */
#ifndef IDLETAX_WIRE_RUNTIME_API_H
#define IDLETAX_WIRE_RUNTIME_API_H

#include "wire/recognise.h"

/* True where it is one: fills kind, request_id, function_error; hides the id from the path. */
bool runtime_api_match(struct message_head *ret, struct request_target *target,
		       const struct http_head *head);

/* What the service's replies say: request id, deadline, function, trace header. */
void runtime_api_read_reply(struct message_head *ret, const struct http_head *head);

#endif
