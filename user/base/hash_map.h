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

void hash_map_init(struct hash_map *map);
void hash_map_release(struct hash_map *map);			   /* values are the caller's */
int hash_map_put(struct hash_map *map, uint64_t key, void *value); /* replaces; 0 or -ENOMEM */
void *hash_map_find(const struct hash_map *map, uint64_t key);	   /* or NULL */
void *hash_map_remove(struct hash_map *map, uint64_t key);	   /* what was there, or NULL */

/*
 * Iterates: start with *position 0; returns the next value or NULL. Do not change the map
 * meanwhile.
 */
/* @ret_key may be NULL. */
void *hash_map_next(const struct hash_map *map, size_t *position, uint64_t *ret_key);

/* A good 64-bit hash of bytes (not keyed, not for untrusted flooding), and a mixer for integers. */
uint64_t hash_bytes(const void *data, size_t bytes);
uint64_t hash_mix(uint64_t value);

#endif
