/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * digest.c - SipHash-2-4, any split of its input. `tail` holds the bytes of the last incomplete
 * word, the first in its lowest byte.
 */
#include "base/digest.h"

#include <endian.h>
#include <string.h>

static inline uint64_t load_le64(const uint8_t *data)
{
	uint64_t value;

	memcpy(&value, data, sizeof(value));
	return le64toh(value);
}

/* The 0 to 7 bytes at @data, the first lowest. */
static inline uint64_t load_rest(const uint8_t *data, size_t bytes)
{
	uint64_t value = 0;

	while (bytes)
		value = value << 8 | data[--bytes];
	return value;
}

static inline uint64_t rotate_left(uint64_t value, unsigned int bits)
{
	return value << bits | value >> (64 - bits);
}

static inline void siphash_round(struct siphash *state)
{
	state->v0 += state->v1;
	state->v1 = rotate_left(state->v1, 13) ^ state->v0;
	state->v0 = rotate_left(state->v0, 32);
	state->v2 += state->v3;
	state->v3 = rotate_left(state->v3, 16) ^ state->v2;
	state->v0 += state->v3;
	state->v3 = rotate_left(state->v3, 21) ^ state->v0;
	state->v2 += state->v1;
	state->v1 = rotate_left(state->v1, 17) ^ state->v2;
	state->v2 = rotate_left(state->v2, 32);
}

static inline void siphash_word(struct siphash *state, uint64_t word)
{
	state->v3 ^= word;
	siphash_round(state);
	siphash_round(state);
	state->v0 ^= word;
}

void siphash_init(struct siphash *state, const uint8_t key[DIGEST_KEY_BYTES])
{
	uint64_t k0 = load_le64(key);
	uint64_t k1 = load_le64(key + 8);

	/* "somepseudorandomlygeneratedbytes" */
	state->v0 = k0 ^ 0x736f6d6570736575u;
	state->v1 = k1 ^ 0x646f72616e646f6du;
	state->v2 = k0 ^ 0x6c7967656e657261u;
	state->v3 = k1 ^ 0x7465646279746573u;
	state->tail = 0;
	state->bytes = 0;
}

void siphash_update(struct siphash *state, const void *data, size_t bytes)
{
	const uint8_t *next = data;
	unsigned int held = 8 * (state->bytes & 7); /* bits */

	state->bytes += bytes;
	for (; bytes >= 8; bytes -= 8, next += 8) {
		uint64_t word = load_le64(next);

		siphash_word(state, state->tail | word << held);
		state->tail = held ? word >> (64 - held) : 0;
	}
	if (bytes) {
		uint64_t rest = load_rest(next, bytes);

		state->tail |= rest << held;
		if (held + 8 * bytes >= 64) {
			siphash_word(state, state->tail);
			state->tail = held ? rest >> (64 - held) : 0;
		}
	}
}

uint64_t siphash_final(struct siphash *state)
{
	siphash_word(state, state->tail | state->bytes << 56);
	state->v2 ^= 0xff;
	for (unsigned int i = 0; i < 4; i++)
		siphash_round(state);
	return state->v0 ^ state->v1 ^ state->v2 ^ state->v3;
}

uint64_t siphash(const void *data, size_t bytes, const uint8_t key[DIGEST_KEY_BYTES])
{
	struct siphash state;

	siphash_init(&state, key);
	siphash_update(&state, data, bytes);
	return siphash_final(&state);
}
