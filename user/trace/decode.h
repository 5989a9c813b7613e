/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * decode.h - the plain bytes of one chunk, untrusted, into checked facts. No allocation per fact:
 * the fact and its strings lie in the decoder and in the chunk's bytes.
 */
#ifndef IDLETAX_TRACE_DECODE_H
#define IDLETAX_TRACE_DECODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/diag.h"
#include "trace/fact.h"
#include "trace_format.h"

struct plain_chunk { /* of TRACE_CHUNK_FACTS */
	const struct trace_chunk_header *header;
	const uint8_t *data;
	size_t bytes;
	uint64_t file_offset; /* for errors */
	bool is_newer;	      /* of a newer minor version: what is unknown is skipped, not wrong */
};

#define CHUNK_DECODER_BLOCK 32 /* facts at once: these stay in the processor's nearest cache */

struct chunk_decoder {
	const uint8_t *plain; /* where the chunk begins, ... */
	const uint8_t *next;  /* ... and what of it was not read */
	const uint8_t *end;
	const char **strings;
	size_t string_capacity;
	uint32_t string_count;
	uint32_t facts_left;
	uint64_t first_ns; /* as the chunk's header says */
	uint64_t last_ns;
	uint64_t time_ns;     /* of the fact before */
	uint64_t file_offset; /* as in struct plain_chunk */
	bool is_newer;	      /* likewise */
	uint64_t unknown_facts;
	struct fact *fact; /* that is being decoded */
	struct fact facts[CHUNK_DECODER_BLOCK];
};

void chunk_decoder_init(struct chunk_decoder *decoder);
void chunk_decoder_release(struct chunk_decoder *decoder);

/*
 * Begins with @chunk: reads its string table. Its data is borrowed while facts are read. 0, -EBADMSG with
 * @diag, or -ENOMEM.
 */
int chunk_decoder_begin(struct chunk_decoder *decoder, const struct plain_chunk *chunk,
			struct diag *diag);

/* 1 and *ret_fact (valid until the next call), 0 at the chunk's end, -EBADMSG with @diag. */
int chunk_decoder_next(struct chunk_decoder *decoder, const struct fact **ret_fact,
		       struct diag *diag);

/*
 * The same facts, as many as are there and fit, one behind the other in *ret_facts: their number. Before an
 * error come those that were good.
 */
int chunk_decoder_next_block(struct chunk_decoder *decoder, const struct fact **ret_facts,
			     struct diag *diag);

/* Reads a LEB128 number from *next; false where it is cut or does not fit 64 bits. */
bool decode_varint(const uint8_t **next, const uint8_t *end, uint64_t *ret_value);

/* Reads length, bytes and NUL; a checked string that lies in the input. False where it is none. */
bool decode_string(const uint8_t **next, const uint8_t *end, const char **ret_text);

#endif
