/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * arena.h - memory that is released all at once. Pointers stay valid until arena_release, after
 * which the arena is empty and can be used again.
 */
#ifndef IDLETAX_BASE_ARENA_H
#define IDLETAX_BASE_ARENA_H

#include <stddef.h>

struct arena_block;

struct arena {
	struct arena_block *blocks;
	size_t used_bytes; /* of all blocks, for accounting */
};

void arena_init(struct arena *arena);
void arena_release(struct arena *arena);
/* The same, but keeps the memory of the newest block for what comes next. */
void arena_clear(struct arena *arena);

/* Zeroed, aligned for any type; NULL when out of memory. */
void *arena_alloc(struct arena *arena, size_t bytes);
char *arena_strdup(struct arena *arena, const char *text); /* NULL gives NULL */

#endif
