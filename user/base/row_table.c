// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * row_table.c - a hash map to the newest row of each hash, from which those of other keys with the same hash hang.
 * A row is one block: its links, the row, its key.
 */
#include "base/row_table.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct row_links {
	struct row_links *next;	     /* made after it */
	struct row_links *same_hash; /* made before it */
};

_Static_assert(sizeof(struct row_links) % _Alignof(max_align_t) == 0,
	       "a row behind its links is aligned");

void row_table_init(struct row_table *table, size_t key_words, size_t row_bytes)
{
	assert(key_words && row_bytes % sizeof(uintptr_t) == 0);
	*table = (struct row_table){ .row_bytes = row_bytes, .key_words = key_words };
	hash_map_init(&table->by_hash);
}

void row_table_release(struct row_table *table)
{
	struct row_links *links, *next;

	for (links = table->first; links; links = next) {
		next = links->next;
		free(links);
	}
	hash_map_release(&table->by_hash);
	table->first = table->last = NULL;
	table->count = 0;
}

static void *row_of(struct row_links *links)
{
	return links + 1;
}

static uintptr_t *key_of(const struct row_table *table, struct row_links *links)
{
	return (uintptr_t *)((char *)row_of(links) + table->row_bytes);
}

/* One word is its own hash: no other key has it. */
static uint64_t hash_key(const struct row_table *table, const uintptr_t *key)
{
	return table->key_words == 1 ? key[0] : hash_bytes(key, table->key_words * sizeof(*key));
}

static bool has_key(const struct row_table *table, struct row_links *links, const uintptr_t *key)
{
	const uintptr_t *own = key_of(table, links);

	for (size_t i = 0; i < table->key_words; i++)
		if (own[i] != key[i])
			return false;
	return true;
}

static struct row_links *find(const struct row_table *table, uint64_t hash, const uintptr_t *key)
{
	struct row_links *links = hash_map_find(&table->by_hash, hash);

	while (links && !has_key(table, links, key))
		links = links->same_hash;
	return links;
}

void *row_table_find(const struct row_table *table, const uintptr_t *key)
{
	struct row_links *links = find(table, hash_key(table, key), key);

	return links ? row_of(links) : NULL;
}

void *row_table_load(struct row_table *table, const uintptr_t *key)
{
	uint64_t hash = hash_key(table, key);
	struct row_links *links = find(table, hash, key);

	if (links)
		return row_of(links);
	links = calloc(1, sizeof(*links) + table->row_bytes + table->key_words * sizeof(*key));
	if (!links)
		return NULL;
	links->same_hash = hash_map_find(&table->by_hash, hash);
	if (hash_map_put(&table->by_hash, hash, links)) {
		free(links);
		return NULL;
	}
	memcpy(key_of(table, links), key, table->key_words * sizeof(*key));
	if (table->last)
		table->last->next = links;
	else
		table->first = links;
	table->last = links;
	table->count++;
	return row_of(links);
}

void *row_table_first(const struct row_table *table)
{
	return table->first ? row_of(table->first) : NULL;
}

void *row_table_next(const void *row)
{
	const struct row_links *links = (const struct row_links *)row - 1;

	return links->next ? row_of(links->next) : NULL;
}
