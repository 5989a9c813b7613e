/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * encode.h - facts into the plain bytes of one chunk: its string table and its facts grow side by
 * side and are put one behind the other when the chunk is written. The layout is in
 * include/README.md.
 */
#ifndef IDLETAX_TRACE_ENCODE_H
#define IDLETAX_TRACE_ENCODE_H

#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "trace/fact.h"
#include "trace_format.h"

/*
 * A fact without its strings, at most: kind, length, mask, time, ids, and 64 members of 28 bytes.
 */
#define ENCODED_FACT_MAX 2048

struct string_slot {
	uint32_t hash;
	uint32_t number; /* of the string, plus one; 0: free */
};

struct chunk_encoder {
	struct buffer strings;
	struct buffer facts;
	struct string_slot *slots;
	uint32_t *string_offsets; /* in `strings`, of each string's bytes */
	uint32_t *string_lengths;
	size_t slot_capacity; /* power of two, at least twice the strings */
	uint32_t string_count;
	uint32_t fact_count;
	uint64_t first_ns;
	uint64_t last_ns;
};

int chunk_encoder_init(struct chunk_encoder *encoder); /* 0 or -ENOMEM */
void chunk_encoder_release(struct chunk_encoder *encoder);
void chunk_encoder_clear(struct chunk_encoder *encoder);

/*
 * Adds a fact that fact_check accepts. Strings longer than TRACE_STRING_MAX are cut; bytes that are
 * not UTF-8 become U+FFFD. 0, -ENOSPC where the chunk could grow beyond TRACE_CHUNK_PLAIN_MAX
 * (nothing is added; a fact always fits an empty chunk), or -ENOMEM.
 */
int chunk_encoder_add(struct chunk_encoder *encoder, const struct fact *fact);

size_t chunk_encoder_bytes(const struct chunk_encoder *encoder);

/* Bytes that precede the strings: how many there are. Returns their length, at most 10. */
size_t chunk_encoder_prefix(const struct chunk_encoder *encoder, uint8_t *ret_prefix);

#endif
