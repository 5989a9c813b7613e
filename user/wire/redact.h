/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * redact.h - what of a captured text may be kept. Every string of a fact passes one of these.
 *
 * Each function copies what is well formed into a buffer of the given size and returns true; where the
 * input is anything else it leaves an empty string and returns false, so a secret in an unexpected
 * place is dropped rather than cut. @text need not be NUL-terminated.
 */
#ifndef IDLETAX_WIRE_REDACT_H
#define IDLETAX_WIRE_REDACT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define REQUEST_ID_MAX 129 /* with the NUL, as all of these */
#define HOST_MAX 256
#define PATH_MAX_KEPT 129
#define TRACE_HEADER_MAX 257
#define TRACEPARENT_MAX 56
#define TOKEN_MAX 65
#define NAME_TEXT_MAX 257

/* Letters, digits and "._:-": Lambda request ids and those that emulators make up. */
bool redact_request_id(char ret[REQUEST_ID_MAX], const char *text, size_t bytes);

/* Letters, digits and @further, 1 to size - 1 of them. */
bool redact_name(char *ret, size_t size, const char *text, size_t bytes, const char *further);

/* host[:port] of an authority: credentials before '@' are cut off. */
bool redact_host(char ret[HOST_MAX], const char *text, size_t bytes);

/*
 * The path of a request target without scheme, authority, query and fragment. A segment that is not a
 * plain word, a short number or a word with a short number becomes '*', and so does @hidden (a part of
 * @text, or NULL). At most PATH_MAX_KEPT - 1 bytes: of what is longer the rest is one '*'.
 */
bool redact_path(char ret[PATH_MAX_KEPT], const char *text, size_t bytes, const char *hidden);

/*
 * X-Amzn-Trace-Id: of its members only well-formed Root, Parent, Self, Sampled and Lineage (AWS X-Ray
 * Developer Guide, "Tracing header"), each once. Members of other names are left out; an empty header
 * is none. False where one of the five is malformed or comes twice, or none of them is there; what is
 * well formed is kept even then.
 */
bool redact_trace_header(char ret[TRACE_HEADER_MAX], const char *text, size_t bytes);

/*
 * traceparent of W3C Trace Context, section 3.2, version 00; of later versions the same four fields. Ids
 * that are all zero, upper case and version ff are malformed.
 */
bool redact_traceparent(char ret[TRACEPARENT_MAX], const char *text, size_t bytes);

#endif
