/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * hash_map.h - an open-addressing map from 64-bit keys to pointers. A string is a key by the
 * address of its copy in a string_pool, or by hash_bytes where the value holds the string to
 * compare. Any key is allowed, values are not NULL. Iteration order is unspecified: sort what is
 * printed.
 */
#ifndef IDLETAX_BASE_HASH_MAP_H
#define IDLETAX_BASE_HASH_MAP_H

#include <stddef.h>
#include <stdint.h>

struct hash_slot {
	uint64_t key;
	void *value; /* NULL: free */
};

struct hash_map {
	struct hash_slot *slots;
	size_t capacity; /* power of two or 0 */
	size_t count;
	unsigned int shift; /* 64 - log2(capacity) */
};

/*
 * Fibonacci hashing: the upper bits of a product depend on all bits of the key, and keys at equal distances,
 * as ids and addresses are, spread evenly.
 */
static inline size_t hash_map_home(const struct hash_map *map, uint64_t key)
{
	return (size_t)(key * 0x9e3779b97f4a7c15u >> map->shift);
}

/* The slot that holds @key, or the free one where it belongs. There is always a free one. */
static inline size_t hash_map_slot(const struct hash_map *map, uint64_t key)
{
	size_t mask = map->capacity - 1;
	size_t position = hash_map_home(map, key);

	while (map->slots[position].value && map->slots[position].key != key)
		position = (position + 1) & mask;
	return position;
}

void hash_map_init(struct hash_map *map);
void hash_map_release(struct hash_map *map);			   /* values are the caller's */
int hash_map_put(struct hash_map *map, uint64_t key, void *value); /* replaces; 0 or -ENOMEM */
void *hash_map_remove(struct hash_map *map, uint64_t key);	   /* what was there, or NULL */

static inline void *hash_map_find(const struct hash_map *map, uint64_t key) /* or NULL */
{
	return map->count ? map->slots[hash_map_slot(map, key)].value : NULL;
}

/*
 * Iterates: start with *position 0; returns the next value or NULL. Do not change the map
 * meanwhile. @ret_key may be NULL.
 */
void *hash_map_next(const struct hash_map *map, size_t *position, uint64_t *ret_key);

/* A good 64-bit hash of bytes (not keyed, not for untrusted flooding), and a mixer for integers. */
uint64_t hash_bytes(const void *data, size_t bytes);
uint64_t hash_mix(uint64_t value);

#endif
