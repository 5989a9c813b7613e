/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * hash_map.c - linear probing over a power of two, at most three quarters full. Removal moves later
 * entries of the run back, so that there are no tombstones.
 */
#include "base/hash_map.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define BITS_FIRST 4u /* of the capacity */

uint64_t hash_mix(uint64_t value)
{
	/* The finalizer of MurmurHash3, variant 13 of D. Stafford. */
	value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9u;
	value = (value ^ value >> 27) * 0x94d049bb133111ebu;
	return value ^ value >> 31;
}

uint64_t hash_bytes(const void *data, size_t bytes)
{
	const uint8_t *next = data;
	uint64_t hash = 0x9e3779b97f4a7c15u ^ bytes;
	uint64_t word;

	for (; bytes >= sizeof(word); bytes -= sizeof(word), next += sizeof(word)) {
		memcpy(&word, next, sizeof(word));
		hash = hash_mix(hash ^ word) + 0x9e3779b97f4a7c15u;
	}
	if (bytes) {
		word = 0;
		memcpy(&word, next, bytes);
		hash = hash_mix(hash ^ word) + 0x9e3779b97f4a7c15u;
	}
	return hash_mix(hash);
}

void hash_map_init(struct hash_map *map)
{
	map->slots = NULL;
	map->capacity = 0;
	map->count = 0;
	map->shift = 0;
}

void hash_map_release(struct hash_map *map)
{
	free(map->slots);
	hash_map_init(map);
}

static int hash_map_grow(struct hash_map *map)
{
	struct hash_map larger = {
		.capacity = map->capacity ? map->capacity * 2 : 1u << BITS_FIRST,
		.count = map->count,
		.shift = map->capacity ? map->shift - 1 : 64 - BITS_FIRST,
	};

	larger.slots = calloc(larger.capacity, sizeof(*larger.slots));
	if (!larger.slots)
		return -ENOMEM;
	for (size_t i = 0; i < map->capacity; i++)
		if (map->slots[i].value)
			larger.slots[hash_map_slot(&larger, map->slots[i].key)] = map->slots[i];
	free(map->slots);
	*map = larger;
	return 0;
}

int hash_map_put(struct hash_map *map, uint64_t key, void *value)
{
	size_t position;

	assert(value);
	if (map->count + 1 > map->capacity - map->capacity / 4) {
		int error = hash_map_grow(map);

		if (error)
			return error;
	}
	position = hash_map_slot(map, key);
	if (!map->slots[position].value)
		map->count++;
	map->slots[position].key = key;
	map->slots[position].value = value;
	return 0;
}

void *hash_map_remove(struct hash_map *map, uint64_t key)
{
	size_t mask = map->capacity - 1;
	size_t hole, next;
	void *value;

	if (!map->count)
		return NULL;
	hole = hash_map_slot(map, key);
	value = map->slots[hole].value;
	if (!value)
		return NULL;
	for (next = (hole + 1) & mask; map->slots[next].value; next = (next + 1) & mask) {
		size_t home = hash_map_home(map, map->slots[next].key);

		/* It may move back where its home is not between the hole and itself. */
		if (((next - home) & mask) >= ((next - hole) & mask)) {
			map->slots[hole] = map->slots[next];
			hole = next;
		}
	}
	map->slots[hole].value = NULL;
	map->count--;
	return value;
}

void *hash_map_next(const struct hash_map *map, size_t *position, uint64_t *ret_key)
{
	while (*position < map->capacity) {
		const struct hash_slot *slot = &map->slots[(*position)++];

		if (!slot->value)
			continue;
		if (ret_key)
			*ret_key = slot->key;
		return slot->value;
	}
	return NULL;
}
