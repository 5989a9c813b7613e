/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * string_pool.h - one copy of every string; equal strings have equal pointers. Strings live as long
 * as the pool.
 */
#ifndef IDLETAX_BASE_STRING_POOL_H
#define IDLETAX_BASE_STRING_POOL_H

#include <stddef.h>

#include "base/arena.h"

struct string_slot;

struct string_pool {
	struct arena arena;
	struct string_slot *slots;
	size_t capacity;
	size_t count;
};

void string_pool_init(struct string_pool *pool);
void string_pool_release(struct string_pool *pool);

/* The pool's copy of @text; NULL for NULL, or when out of memory. */
const char *string_pool_intern(struct string_pool *pool, const char *text);

/* The pool's copy, or NULL where it has none. */
const char *string_pool_find(const struct string_pool *pool, const char *text);

#endif
