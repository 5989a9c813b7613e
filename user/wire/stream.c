/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * stream.c - reassembly without storage: the pieces of one direction arrive in the order in which
 * they moved, so a piece ahead of the stream's end means that what lies between will not come.
 */
#include "wire/stream.h"

#include <errno.h>
#include <stddef.h>

/* Gives out everything up to @end as one run; @data is that of next_offset or NULL. */
static int add_run(struct stream *stream, const struct stream_piece *piece, uint64_t end,
		   const uint8_t *data, struct stream_run *run)
{
	if (end <= stream->next_offset)
		return 0;
	run->data = data;
	run->bytes = end - stream->next_offset;
	run->is_operation_start = stream->next_offset == piece->op_offset;
	run->is_operation_end = end == piece->op_offset + piece->op_bytes;
	stream->next_offset = end;
	return 1;
}

int stream_push(struct stream *stream, const struct stream_piece *piece,
		struct stream_run runs[STREAM_RUNS_MAX])
{
	uint64_t start, end;
	int count = 0;

	if (piece->op_offset > STREAM_OFFSET_MAX || piece->piece_offset > piece->op_bytes ||
	    piece->piece_bytes > piece->op_bytes - piece->piece_offset ||
	    (piece->piece_bytes && !piece->data))
		return -EINVAL;
	start = piece->op_offset + piece->piece_offset;
	end = start + piece->piece_bytes;
	count += add_run(stream, piece, piece->op_offset, NULL, &runs[count]);
	count += add_run(stream, piece, start, NULL, &runs[count]);
	if (piece->piece_bytes && end > stream->next_offset)
		count += add_run(stream, piece, end, piece->data + (stream->next_offset - start),
				 &runs[count]);
	if (piece->is_last)
		count += add_run(stream, piece, piece->op_offset + piece->op_bytes, NULL,
				 &runs[count]);
	return count;
}
