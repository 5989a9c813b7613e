/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * arena.c - a list of blocks, the newest first; an allocation is a bump of the newest one.
 * A block is twice its predecessor up to BLOCK_BYTES_MAX; what does not fit into that gets its own.
 */
#include "base/arena.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_BYTES_FIRST 4096u
#define BLOCK_BYTES_MAX (1u << 20)
#define ALIGNMENT 16u

struct arena_block {
	struct arena_block *next;
	size_t bytes; /* of data */
	size_t used;
	_Alignas(ALIGNMENT) uint8_t data[];
};

void arena_init(struct arena *arena)
{
	arena->blocks = NULL;
	arena->used_bytes = 0;
}

static void free_blocks(struct arena_block *block)
{
	while (block) {
		struct arena_block *next = block->next;

		free(block);
		block = next;
	}
}

void arena_release(struct arena *arena)
{
	free_blocks(arena->blocks);
	arena_init(arena);
}

void arena_clear(struct arena *arena)
{
	struct arena_block *newest = arena->blocks;

	if (!newest)
		return;
	free_blocks(newest->next);
	newest->next = NULL;
	memset(newest->data, 0, newest->used);
	newest->used = 0;
	arena->used_bytes = 0;
}

static struct arena_block *arena_grow(struct arena *arena, size_t bytes)
{
	struct arena_block *block;
	size_t wanted = BLOCK_BYTES_FIRST;

	if (arena->blocks)
		wanted = arena->blocks->bytes * 2;
	if (wanted > BLOCK_BYTES_MAX)
		wanted = BLOCK_BYTES_MAX;
	if (wanted < bytes)
		wanted = bytes;
	block = calloc(1, sizeof(*block) + wanted);
	if (!block)
		return NULL;
	block->bytes = wanted;
	block->next = arena->blocks;
	arena->blocks = block;
	return block;
}

void *arena_alloc(struct arena *arena, size_t bytes)
{
	struct arena_block *block = arena->blocks;
	void *memory;

	if (bytes > SIZE_MAX / 2)
		return NULL;
	bytes = (bytes + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
	if (!bytes)
		bytes = ALIGNMENT;
	if (!block || block->bytes - block->used < bytes) {
		block = arena_grow(arena, bytes);
		if (!block)
			return NULL;
	}
	memory = block->data + block->used;
	block->used += bytes;
	arena->used_bytes += bytes;
	return memory;
}

char *arena_strdup(struct arena *arena, const char *text)
{
	size_t bytes;
	char *copy;

	if (!text)
		return NULL;
	bytes = strlen(text) + 1;
	copy = arena_alloc(arena, bytes);
	if (copy)
		memcpy(copy, text, bytes);
	return copy;
}
