/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * fuzz_trace_chunk.c - the input is the plain bytes of a chunk of facts, behind one byte: bit 0
 * says of a newer version, the others how many facts the chunk claims. What compression hides from
 * mutations in fuzz_trace_file.c is reached here. What is decoded must survive encoding.
 */
#include <stdint.h>
#include <stdlib.h>

#include "trace/decode.h"
#include "trace/encode.h"
#include "trace/fact_schema.h"

#define FIRST_NS (1ull << 40) /* room for members that lie before it */
#define LAST_NS (1ull << 62)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	struct trace_chunk_header header = { .first_ns = FIRST_NS, .last_ns = LAST_NS };
	struct plain_chunk chunk = { .header = &header };
	struct chunk_decoder decoder;
	struct chunk_encoder encoder;
	const struct fact *fact;

	if (!bytes)
		return 0;
	header.facts = data[0] >> 1;
	chunk.data = data + 1;
	chunk.bytes = bytes - 1;
	chunk.is_newer = data[0] & 1;
	chunk_decoder_init(&decoder);
	if (chunk_encoder_init(&encoder))
		abort();
	if (!chunk_decoder_begin(&decoder, &chunk, NULL)) {
		while (chunk_decoder_next(&decoder, &fact, NULL) > 0) {
			if (fact_check(fact))
				abort();
			if (chunk_encoder_add(&encoder, fact)) {
				chunk_encoder_clear(&encoder);
				if (chunk_encoder_add(&encoder, fact))
					abort();
			}
		}
	}
	chunk_encoder_release(&encoder);
	chunk_decoder_release(&decoder);
	return 0;
}
