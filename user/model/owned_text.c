// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * owned_text.c - a list of blocks, the newest first, with copies one behind the other: what an object has of
 * them fits into one block mostly.
 */
#include "model/owned_text.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_BYTES 240

struct owned_text {
	struct owned_text *next;
	uint32_t used, capacity; /* of text */
	char text[];
};

static struct owned_text *add_block(struct owned_text **texts, size_t bytes)
{
	size_t capacity = bytes > BLOCK_BYTES ? bytes : BLOCK_BYTES;
	struct owned_text *block = bytes <= UINT32_MAX ? malloc(sizeof(*block) + capacity) : NULL;

	if (!block)
		return NULL;
	block->next = *texts;
	block->used = 0;
	block->capacity = (uint32_t)capacity;
	*texts = block;
	return block;
}

const char *owned_text_add(struct owned_text **texts, const char *text)
{
	size_t bytes = text ? strlen(text) + 1 : 0;
	struct owned_text *block = *texts;
	char *copy;

	if (!text)
		return NULL;
	if (!block || block->capacity - block->used < bytes)
		block = add_block(texts, bytes);
	if (!block)
		return NULL;
	copy = block->text + block->used;
	block->used += (uint32_t)bytes;
	return memcpy(copy, text, bytes);
}

void owned_text_free(struct owned_text *texts)
{
	while (texts) {
		struct owned_text *next = texts->next;

		free(texts);
		texts = next;
	}
}
