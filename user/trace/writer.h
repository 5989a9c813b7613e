/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * writer.h - facts (and, for raw recordings, kernel records) into a trace file, as they come. What
 * was flushed is readable whatever happens later. Not thread-safe.
 */
#ifndef IDLETAX_TRACE_WRITER_H
#define IDLETAX_TRACE_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/diag.h"
#include "record.h"
#include "trace/fact.h"

struct trace_writer;

struct trace_host_pair {
	const char *key;
	const char *value;
};

/* What is known when a recording begins. Strings are borrowed for the call. */
struct trace_start {
	uint64_t monotonic_ns;
	uint64_t realtime_ns;		    /* of the same moment */
	const struct trace_host_pair *host; /* kernel, machine, cpus, page_size, tool ... */
	size_t host_count;
	bool is_raw; /* marks the file; trace_writer_push_raw is allowed */
};

struct trace_writer_stats {
	uint64_t facts; /* written or about to be */
	uint64_t records;
	uint64_t file_bytes;	/* written so far */
	uint64_t lost_facts;	/* could not be written; the file tells them as LOSS_FACT */
	uint64_t refused_facts; /* of those: broke what fact.h promises, or came out of order */
};

/*
 * Creates (truncates) @path; "-" is standard output. Where the output cannot be rewritten (a pipe)
 * the header stays marked incomplete and the end chunk alone tells that the file is whole.
 */
int trace_writer_open(struct trace_writer **ret, const char *path, const struct trace_start *start,
		      struct diag *diag);

/*
 * A fact_sink push. Facts come in order of time_ns. A fact that breaks the rules of fact_check or
 * comes out of order is replaced by a FACT_LOSS, no error. When writing fails (disk full) the file
 * is cut back to its last whole chunk, and the failure is returned once, with the cause as negative
 * errno; facts are then counted as lost until writing succeeds again, which is tried at every
 * further chunk.
 */
int trace_writer_push(void *writer, const struct fact *fact);

/*
 * A record verbatim, header.bytes long. -EINVAL where the file is not raw. Else as
 * trace_writer_push.
 */
int trace_writer_push_raw(struct trace_writer *writer, const struct record_header *record);

/* Ends the open chunks, so that all pushed so far can be read. Errors as trace_writer_push. */
int trace_writer_flush(struct trace_writer *writer);

/*
 * Flushes, writes the end chunk and clears the incomplete mark. 0, or why the file is not whole
 * (also where that was returned before). Call once; nothing may be pushed afterwards.
 */
int trace_writer_finish(struct trace_writer *writer, uint64_t end_ns);

struct trace_writer_stats trace_writer_stats(const struct trace_writer *writer);
void trace_writer_free(struct trace_writer *writer); /* closes the file; NULL is allowed */

#endif
