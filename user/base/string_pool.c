/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * string_pool.c - an open-addressing set of strings whose bytes lie in an arena.
 */
#include "base/string_pool.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash_map.h"

#define CAPACITY_FIRST 64u

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

static size_t string_pool_slot(const char *const *slots, size_t capacity, const char *text)
{
	size_t position = hash_bytes(text, strlen(text)) & (capacity - 1);

	while (slots[position] && strcmp(slots[position], text) != 0)
		position = (position + 1) & (capacity - 1);
	return position;
}

static int string_pool_grow(struct string_pool *pool)
{
	size_t capacity = pool->capacity ? pool->capacity * 2 : CAPACITY_FIRST;
	const char **slots = calloc(capacity, sizeof(*slots));

	if (!slots)
		return -1;
	for (size_t i = 0; i < pool->capacity; i++)
		if (pool->slots[i])
			slots[string_pool_slot(slots, capacity, pool->slots[i])] = pool->slots[i];
	free(pool->slots);
	pool->slots = slots;
	pool->capacity = capacity;
	return 0;
}

const char *string_pool_intern(struct string_pool *pool, const char *text)
{
	size_t position;

	if (!text)
		return NULL;
	if (pool->count + 1 > pool->capacity - pool->capacity / 4 && string_pool_grow(pool))
		return NULL;
	position = string_pool_slot(pool->slots, pool->capacity, text);
	if (!pool->slots[position]) {
		const char *copy = arena_strdup(&pool->arena, text);

		if (!copy)
			return NULL;
		pool->slots[position] = copy;
		pool->count++;
	}
	return pool->slots[position];
}

const char *string_pool_find(const struct string_pool *pool, const char *text)
{
	if (!text || !pool->capacity)
		return NULL;
	return pool->slots[string_pool_slot(pool->slots, pool->capacity, text)];
}
