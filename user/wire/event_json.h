/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * event_json.h - JSON text that serverless-offline hands to what runs a function, {"context":{...},
 * "event":...} -> the context's names. Reads a truncated text as far as it goes.
 */
#ifndef IDLETAX_WIRE_EVENT_JSON_H
#define IDLETAX_WIRE_EVENT_JSON_H

#include <stddef.h>
#include <stdint.h>

#include "wire/redact.h"

/* Strings are redacted, empty where absent. */
struct event_context {
	char request_id[REQUEST_ID_MAX]; /* awsRequestId */
	char function[NAME_TEXT_MAX];	 /* functionName */
	char arn[NAME_TEXT_MAX];	 /* invokedFunctionArn */
	uint32_t memory_mb;		 /* memoryLimitInMB, a number or a string; 0 absent */
};

/* Of the object that is the value of the text's member "context". */
void event_context_read(struct event_context *ret, const char *text, size_t bytes);

#endif
