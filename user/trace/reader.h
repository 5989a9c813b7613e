/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * reader.h - a trace file, untrusted, as a stream of checked facts in order of time. Memory is
 * bounded by the chunk maxima of trace_format.h whatever the file claims. Reads forward only, so
 * pipes work.
 *
 * A file that ends anywhere without its end chunk (cut, or its recorder was killed) is read up to
 * its last whole chunk; then comes one FACT_LOSS of LOSS_FILE. A file whose bytes are wrong is an
 * error (-EBADMSG) with the offset of the chunk.
 */
#ifndef IDLETAX_TRACE_READER_H
#define IDLETAX_TRACE_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/diag.h"
#include "record.h"
#include "trace/fact.h"
#include "trace/writer.h"

struct trace_reader;

struct trace_info {
	struct trace_start start; /* host pairs live as long as the reader */
	uint16_t version_major;
	uint16_t version_minor;
	uint64_t end_ns; /* 0 until known: at the end of a file that could not be rewritten */

	/* So far; final once trace_reader_next has returned 0. */
	uint64_t facts;		/* handed out, without the reader's own FACT_LOSS */
	uint64_t unknown_facts; /* skipped: of a newer version */
	uint64_t unknown_chunks;
	uint64_t records; /* in raw chunks */
	uint64_t chunks;
	uint64_t file_bytes;  /* whole chunks and header */
	uint64_t plain_bytes; /* of the chunks before compression */
	bool is_finished;     /* the end chunk was seen */
	bool is_salvaged;     /* there was none: what follows file_bytes is lost */
};

/*
 * "-" is standard input. Negative errno and @diag: no file, a directory, empty, no trace file
 * (-EBADMSG), a newer major version (-ENOTSUP) ...
 */
int trace_reader_open(struct trace_reader **ret, const char *path, struct diag *diag);

/* 1 and *ret_fact (valid until the next call), 0 at the end, negative errno and @diag. */
int trace_reader_next(struct trace_reader *reader, const struct fact **ret_fact, struct diag *diag);

/*
 * The same facts, some at once, one behind the other in *ret_facts: their number, as above else. Each fact of
 * a file comes once by either call.
 */
int trace_reader_next_block(struct trace_reader *reader, const struct fact **ret_facts,
			    struct diag *diag);

/*
 * The same for the kernel records of a raw file. Only the common header's `bytes` is checked: the
 * rest is untrusted. Facts and records need a reader each: one call skips what the other returns.
 */
int trace_reader_next_record(struct trace_reader *reader, const struct record_header **ret_record,
			     struct diag *diag);

/* Pushes all facts to @sink. 0, or negative errno: of the sink (no @diag), or of the file. */
int trace_reader_run(struct trace_reader *reader, const struct fact_sink *sink, struct diag *diag);

const struct trace_info *trace_reader_info(const struct trace_reader *reader);
void trace_reader_free(struct trace_reader *reader); /* NULL is allowed */

#endif
