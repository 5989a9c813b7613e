/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * trace_context.h - X-Amzn-Trace-Id and W3C traceparent: parsing, printing, deriving.
 * An X-Ray Root 1-<8 hex>-<24 hex> is the W3C trace id of the same 32 digits.
 */
#ifndef IDLETAX_BASE_TRACE_CONTEXT_H
#define IDLETAX_BASE_TRACE_CONTEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TRACE_ID_TEXT_MAX 36 /* "1-58406520-a006649127e371903a2de979" and NUL */
#define SPAN_ID_TEXT_MAX 17

struct trace_context {
	uint8_t trace_id[16]; /* all zero: none */
	uint8_t span_id[8];   /* Parent; all zero: none */
	bool has_sampled;
	bool is_sampled;
};

/* 0 or -EINVAL; members may come in any order, with spaces; unknown ones are skipped. */
int trace_context_parse_xray(struct trace_context *ret_context, const char *text);
int trace_context_parse_w3c(struct trace_context *ret_context, const char *text);
void trace_id_format_xray(char text[TRACE_ID_TEXT_MAX], const uint8_t trace_id[16]);
void span_id_format(char text[SPAN_ID_TEXT_MAX], const uint8_t span_id[8]);

/* The same inputs give the same ids on every run and machine. @epoch_s is the Root's first part. */
void trace_id_derive(uint8_t ret_trace_id[16], uint32_t epoch_s, uint64_t seed_a, uint64_t seed_b);
void span_id_derive(uint8_t ret_span_id[8], uint64_t seed_a, uint64_t seed_b);

#endif
