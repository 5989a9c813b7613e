/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * xray_subsegment.h - one subsegment of an invocation's segment: its INIT, a call's attempt, or a wait.
 * Also the parts that segments have alike.
 */
#ifndef IDLETAX_OUTPUT_XRAY_SUBSEGMENT_H
#define IDLETAX_OUTPUT_XRAY_SUBSEGMENT_H

#include "base/json_writer.h"
#include "model/invocation.h"

enum xray_part_kind {
	XRAY_INIT = 1,
	XRAY_ATTEMPT = 2, /* index: into attempts */
	XRAY_WAIT = 3,	  /* index: into segments; not one in which an attempt is waited for */
};

struct xray_part {
	enum xray_part_kind kind;
	size_t index;
};

struct xray_context {
	const struct invocation *invocation;
	uint64_t realtime_offset_ns;
};

/* An object; @is_document: with what it needs to stand alone. */
void xray_write_subsegment(struct json_writer *writer, const struct xray_context *context,
			   const struct xray_part *part, bool is_document);

/* "name": letters of X-Ray's set only, at most 200; @fallback for NULL and "?". */
void xray_write_name(struct json_writer *writer, const char *name, const char *fallback);
void xray_write_times(struct json_writer *writer, const struct xray_context *context,
		      uint64_t start_ns, uint64_t end_ns);
/* A string of the trace, at most 512 bytes of it: documents are bounded whatever the file holds. */
void xray_write_text(struct json_writer *writer, const char *key, const char *text);
/* "http", where the exchange is HTTP. */
void xray_write_http(struct json_writer *writer, const struct exchange *exchange);
/* "fault" and its "cause"; @type names the exception. */
void xray_write_fault(struct json_writer *writer, const uint8_t span_id[SPAN_ID_BYTES],
		      const char *type);

#endif
