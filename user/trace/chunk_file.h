/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * chunk_file.h - the output file below the writer: a header and chunks, each whole or not there.
 */
#ifndef IDLETAX_TRACE_CHUNK_FILE_H
#define IDLETAX_TRACE_CHUNK_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <zlib.h>

#include "base/diag.h"
#include "trace_format.h"

struct chunk_file {
	int fd;
	bool is_owned;	  /* not standard output */
	bool is_seekable; /* a regular file: can be cut back and rewritten */
	bool is_broken;	  /* a pipe took half a chunk: nothing can follow */
	uint64_t bytes;	  /* of header and whole chunks */
	z_stream deflater;
	uint8_t *stored; /* one chunk header and compressed chunk */
	size_t stored_capacity;
};

/* One part of a chunk's plain bytes. */
struct chunk_part {
	const void *data;
	size_t bytes;
};

/* @path is emptied; "-" is standard output. 0, or negative errno with @diag: then there is nothing to close. */
int chunk_file_open(struct chunk_file *file, const char *path, struct diag *diag);
void chunk_file_close(struct chunk_file *file);

/*
 * Fills in lengths and CRC of @header (kind, facts, times are the caller's) and writes the chunk whole. 0, or
 * negative errno: what was written of it is cut off again, or where that cannot be the file is_broken.
 */
int chunk_file_write(struct chunk_file *file, struct trace_chunk_header *header,
		     const struct chunk_part *parts, size_t part_count);

/*
 * Fills in magic, version and CRC. The first time it is appended, later rewritten in place (a pipe keeps the
 * first). 0 or negative errno.
 */
int chunk_file_write_header(struct chunk_file *file, struct trace_file_header *header);

#endif
