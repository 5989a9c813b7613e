/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * string_pool.c - an open-addressing set of strings whose bytes lie in an arena. Each slot keeps its string's
 * hash, so that others are told from it without a look at their bytes.
 */
#include "base/string_pool.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define CAPACITY_FIRST 64u
#define WORD_BYTES sizeof(uint64_t)

struct string_slot {
	uint64_t hash;
	const char *text; /* NULL: free */
};

void string_pool_init(struct string_pool *pool)
{
	arena_init(&pool->arena);
	pool->slots = NULL;
	pool->capacity = 0;
	pool->count = 0;
}

void string_pool_release(struct string_pool *pool)
{
	arena_release(&pool->arena);
	free(pool->slots);
	string_pool_init(pool);
}

static uint64_t add_word(uint64_t hash, uint64_t word)
{
	hash = (hash ^ word) * 0x9e3779b97f4a7c15u;
	return hash ^ hash >> 32;
}

/* Quicker than hash_bytes: most names are short. The last word overlaps the one before it. */
static uint64_t hash_text(const char *text, size_t bytes)
{
	uint64_t hash = bytes, word = 0;

	if (bytes < WORD_BYTES) {
		for (size_t i = 0; i < bytes; i++)
			word = word << 8 | (uint8_t)text[i];
		return add_word(hash, word);
	}
	for (size_t i = 0; i < bytes - WORD_BYTES; i += WORD_BYTES) {
		memcpy(&word, text + i, WORD_BYTES);
		hash = add_word(hash, word);
	}
	memcpy(&word, text + bytes - WORD_BYTES, WORD_BYTES);
	return add_word(hash, word);
}

/* The slot of @text, whose hash is given, or the free one where it belongs. There is always a free one. */
static struct string_slot *string_pool_slot(const struct string_pool *pool, const char *text,
					    uint64_t hash)
{
	size_t position = hash & (pool->capacity - 1);

	while (pool->slots[position].text && (pool->slots[position].hash != hash ||
					      strcmp(pool->slots[position].text, text) != 0))
		position = (position + 1) & (pool->capacity - 1);
	return &pool->slots[position];
}

static int string_pool_grow(struct string_pool *pool)
{
	size_t capacity = pool->capacity ? pool->capacity * 2 : CAPACITY_FIRST;
	struct string_slot *slots = calloc(capacity, sizeof(*slots));

	if (!slots)
		return -1;
	for (size_t i = 0; i < pool->capacity; i++) {
		size_t position = pool->slots[i].hash & (capacity - 1);

		if (!pool->slots[i].text)
			continue;
		while (slots[position].text)
			position = (position + 1) & (capacity - 1);
		slots[position] = pool->slots[i];
	}
	free(pool->slots);
	pool->slots = slots;
	pool->capacity = capacity;
	return 0;
}

const char *string_pool_intern(struct string_pool *pool, const char *text)
{
	struct string_slot *slot;
	uint64_t hash;

	if (!text)
		return NULL;
	if (pool->count + 1 > pool->capacity - pool->capacity / 4 && string_pool_grow(pool))
		return NULL;
	hash = hash_text(text, strlen(text));
	slot = string_pool_slot(pool, text, hash);
	if (!slot->text) {
		const char *copy = arena_strdup(&pool->arena, text);

		if (!copy)
			return NULL;
		*slot = (struct string_slot){ hash, copy };
		pool->count++;
	}
	return slot->text;
}

const char *string_pool_find(const struct string_pool *pool, const char *text)
{
	if (!text || !pool->capacity)
		return NULL;
	return string_pool_slot(pool, text, hash_text(text, strlen(text)))->text;
}
