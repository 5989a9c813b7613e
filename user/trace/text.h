/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * text.h - the text form of a trace: one line per fact. The grammar is in include/README.md.
 */
#ifndef IDLETAX_TRACE_TEXT_H
#define IDLETAX_TRACE_TEXT_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/arena.h"
#include "base/diag.h"
#include "base/string_pool.h"
#include "trace/fact.h"
#include "trace/writer.h"

#define TRACE_TEXT_BYTES_MAX (1u << 30)
#define TRACE_TEXT_LINE_MAX (1u << 20)

/* A trace in memory, sorted by time. */
struct trace_text {
	struct trace_start start;
	uint64_t end_ns;
	const struct fact *facts;
	size_t fact_count;
	struct arena arena; /* owns the facts */
	struct string_pool strings;
};

/*
 * Untrusted @text into a trace. 0; or -EINVAL (offset of @diag: the line), -E2BIG, -ENOMEM.
 */
int trace_text_parse(struct trace_text *ret, const char *text, size_t bytes, struct diag *diag);
int trace_text_load(struct trace_text *ret, const char *path, struct diag *diag); /* "-": stdin */
void trace_text_release(struct trace_text *trace);

/*
 * Writes the canonical form: parsing it gives the same again (of facts that fact_check accepts).
 * Errors stay in @file (ferror).
 */
void trace_text_write_start(FILE *file, const struct trace_start *start);
void trace_text_write_fact(FILE *file, const struct fact *fact);
void trace_text_write_end(FILE *file, uint64_t end_ns);

#endif
