/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * v8_clone.h - a message between Node worker threads (V8 structured clone, v8/src/objects/
 * value-serializer.cc) -> what it is in the traffic of serverless-offline, the names that an event's
 * context carries, and a digest of its value that equals json_canonical_digest of the same JSON.
 *
 * Untrusted, possibly truncated input; no recursion; memory bounded by V8_CLONE_TEXT_MAX.
 */
#ifndef IDLETAX_WIRE_V8_CLONE_H
#define IDLETAX_WIRE_V8_CLONE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire/redact.h"

#define V8_CLONE_DEPTH_MAX 64
#define V8_CLONE_OBJECTS_MAX 1024 /* that references may point to */
#define V8_CLONE_TEXT_MAX 65536	  /* bytes of JSON that a value may become */

enum v8_clone_class {
	V8_CLONE_UNKNOWN = 0,  /* no structured clone */
	V8_CLONE_EVENT = 1,    /* {context:{awsRequestId: ...}, event, ...} */
	V8_CLONE_INTERNAL = 2, /* Node's own: loadScript, upAndRunning, stdioPayload ... */
	V8_CLONE_ERROR = 3,    /* an Error object */
	V8_CLONE_VALUE = 4,    /* any other value */
};

struct v8_clone {
	enum v8_clone_class clone_class;
	bool has_digest; /* of the event, or of the whole value */
	uint64_t json_digest;
	/* of the value as JSON.stringify would write it; not 0 with has_digest */
	uint64_t json_bytes;
	uint32_t memory_mb;
	/* V8_CLONE_INTERNAL: of the function that a new worker is to run; 0 none */
	uint32_t timeout_ms;
	char request_id[REQUEST_ID_MAX]; /* V8_CLONE_EVENT; empty where absent */
	char function[NAME_TEXT_MAX];
	char arn[NAME_TEXT_MAX];
};

/* @is_whole: @bytes are all of the message; else no digest is tried. */
void v8_clone_read(struct v8_clone *ret, const uint8_t *data, size_t bytes, bool is_whole,
		   const uint8_t key[16]);

#endif
