/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * stream.h - pieces of sends (or receives) of one socket -> one direction's bytes in order.
 *
 * Each piece says where it lies in its operation and the operation where it lies in the stream
 * (record.h struct record_socket_data). What comes out are runs that join without a hole: captured
 * bytes, bytes that moved but were not captured, and bytes whose records are missing. Duplicates
 * vanish. No bytes are stored here; a run of any length costs the same.
 */
#ifndef IDLETAX_WIRE_STREAM_H
#define IDLETAX_WIRE_STREAM_H

#include <stdbool.h>
#include <stdint.h>

#define STREAM_RUNS_MAX 4	       /* that one piece can yield */
#define STREAM_OFFSET_MAX (1ull << 62) /* larger offsets are refused */

struct stream_piece {
	uint64_t op_offset;    /* of the operation, in the stream */
	uint32_t op_bytes;     /* that the operation moved */
	uint32_t piece_offset; /* of the piece, in the operation */
	uint32_t piece_bytes;
	bool is_last; /* the last piece of its operation: nothing more of it will come */
	const uint8_t *data;
};

/* What the parsers of this folder take: the next bytes of one direction. */
struct stream_run {
	const uint8_t *data;	 /* NULL: the bytes moved, but are not here */
	uint64_t bytes;		 /* never 0 */
	bool is_operation_start; /* its first byte is its operation's first */
	bool is_operation_end;	 /* its last byte is its operation's last */
};

struct stream {		      /* zeroed at first */
	uint64_t next_offset; /* everything before it was given out */
};

/*
 * Returns how many of @runs were filled (0: a duplicate), or -EINVAL where the piece contradicts
 * itself. Runs point into the piece's data.
 */
int stream_push(struct stream *stream, const struct stream_piece *piece,
		struct stream_run runs[STREAM_RUNS_MAX]);

#endif
