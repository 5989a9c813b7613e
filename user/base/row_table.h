/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * row_table.h - rows of one size, each found by a key of a few words: the addresses of interned names, enum values.
 * No row is removed, and none moves. They are walked through in the order in which they were made:
 *
 *	for (row = row_table_first(&table); row; row = row_table_next(row))
 */
#ifndef IDLETAX_BASE_ROW_TABLE_H
#define IDLETAX_BASE_ROW_TABLE_H

#include <stddef.h>
#include <stdint.h>

#include "base/hash_map.h"

struct row_links;

struct row_table {
	size_t row_bytes;
	size_t key_words;
	struct hash_map by_hash; /* the newest row of each hash of a key */
	struct row_links *first, *last;
	size_t count;
};

/* @row_bytes is a multiple of a word's size. */
void row_table_init(struct row_table *table, size_t key_words, size_t row_bytes);
/* What the rows own is the caller's. @table may be all zero. */
void row_table_release(struct row_table *table);

/* The row of @key, which has @table->key_words words; NULL where there is none. */
void *row_table_find(const struct row_table *table, const uintptr_t *key);

/* The same; where there is none it is made, all zero. NULL when out of memory. */
void *row_table_load(struct row_table *table, const uintptr_t *key);

void *row_table_first(const struct row_table *table); /* NULL: there are none */
void *row_table_next(const void *row);		      /* NULL: it was the last */

#endif
