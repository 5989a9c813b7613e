/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * trace_context.h - X-Amzn-Trace-Id (AWS X-Ray Developer Guide, "Tracing header") and W3C traceparent (Trace
 * Context, 3.2): parsing, printing, deriving. An X-Ray Root 1-<8 hex>-<24 hex> is the W3C trace id of the same 32
 * digits. Ids that are all zero name nothing: a header with such a trace id is none.
 */
#ifndef IDLETAX_BASE_TRACE_CONTEXT_H
#define IDLETAX_BASE_TRACE_CONTEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TRACE_ID_TEXT_MAX 36 /* "1-58406520-a006649127e371903a2de979" and NUL */
#define SPAN_ID_TEXT_MAX 17
#define TRACE_ID_BYTES 16
#define SPAN_ID_BYTES 8
#define LINEAGE_TEXT_MAX 128

/*
 * Lineage: what Lambda counts to find recursion, also by ways that nobody here sees (a queue, a bucket).
 * A list of <8 hex>:<loops>, or <requests>:<8 hex>:<loops>, one for each function or resource.
 */
struct lineage {
	uint32_t resources; /* elements of the list; 0: there is no Lineage */
	uint32_t requests;  /* the largest count of requests before this one, where told */
	uint32_t loops;	    /* the largest count of times that one of them was passed before */
	bool has_requests;
};

struct trace_context {
	uint8_t trace_id[TRACE_ID_BYTES]; /* never all zero */
	uint8_t span_id[SPAN_ID_BYTES];	  /* Parent; all zero: none */
	bool has_sampled;
	bool is_sampled;
	struct lineage lineage; /* X-Ray only */
};

/*
 * 0 or -EINVAL; members may come in any order, with spaces; unknown ones and a Lineage that is none are
 * skipped, of a Root that comes twice the first counts.
 */
int trace_context_parse_xray(struct trace_context *ret_context, const char *text);
/* 0 or -EINVAL; @bytes of @text are the value of Lineage. */
int lineage_parse(struct lineage *ret_lineage, const char *text, size_t bytes);
int trace_context_parse_w3c(struct trace_context *ret_context, const char *text);
bool trace_id_is_none(const uint8_t trace_id[TRACE_ID_BYTES]); /* all zero */
bool span_id_is_none(const uint8_t span_id[SPAN_ID_BYTES]);
void trace_id_format_xray(char text[TRACE_ID_TEXT_MAX], const uint8_t trace_id[16]);
void span_id_format(char text[SPAN_ID_TEXT_MAX], const uint8_t span_id[8]);

/* The same inputs give the same ids on every run and machine. @epoch_s is the Root's first part. */
void trace_id_derive(uint8_t ret_trace_id[16], uint32_t epoch_s, uint64_t seed_a, uint64_t seed_b);
void span_id_derive(uint8_t ret_span_id[8], uint64_t seed_a, uint64_t seed_b);

#endif
