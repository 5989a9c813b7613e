/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * digest.h - SipHash-2-4 with a key of the recording, so that bodies compare equal inside one trace
 * and cannot be guessed from outside it (J.-P. Aumasson, D. J. Bernstein, "SipHash", 2012).
 */
#ifndef IDLETAX_BASE_DIGEST_H
#define IDLETAX_BASE_DIGEST_H

#include <stddef.h>
#include <stdint.h>

#define DIGEST_KEY_BYTES 16

struct siphash {
	uint64_t v0, v1, v2, v3;
	uint64_t tail;
	uint64_t bytes;
};

void siphash_init(struct siphash *state, const uint8_t key[DIGEST_KEY_BYTES]);
void siphash_update(struct siphash *state, const void *data, size_t bytes);
uint64_t siphash_final(struct siphash *state);
uint64_t siphash(const void *data, size_t bytes, const uint8_t key[DIGEST_KEY_BYTES]);

#endif
