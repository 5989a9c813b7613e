/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * ring.h - a queue of elements of one size in an array that grows by doubling: what comes last goes last. How long
 * one may become is its owner's to bound. An element's address holds until the next push.
 */
#ifndef IDLETAX_BASE_RING_H
#define IDLETAX_BASE_RING_H

#include <assert.h>
#include <stddef.h>

struct ring { /* all zero at first */
	void *elements;
	size_t first; /* counts on: taken modulo the capacity */
	size_t count;
	size_t capacity; /* a power of two, or 0 */
};

void ring_release(struct ring *ring); /* what the elements own is the caller's */

/* Room for twice as many elements as a full one has, or for some at first. 0, or -ENOMEM and as it was. */
int ring_grow(struct ring *ring, size_t element_bytes);

/* The element that has @index others, fewer than there are, before it. */
static inline void *ring_at(const struct ring *ring, size_t index, size_t element_bytes)
{
	return (char *)ring->elements +
	       ((ring->first + index) & (ring->capacity - 1)) * element_bytes;
}

static inline void *ring_last(const struct ring *ring, size_t element_bytes)
{
	return ring_at(ring, ring->count - 1, element_bytes);
}

/* A new last element, whose content is undefined; or NULL when out of memory. */
static inline void *ring_push(struct ring *ring, size_t element_bytes)
{
	if (ring->count == ring->capacity && ring_grow(ring, element_bytes))
		return NULL;
	ring->count++;
	return ring_last(ring, element_bytes);
}

/* Drops the first element; there is one. */
static inline void ring_pop(struct ring *ring)
{
	assert(ring->count);
	ring->first++;
	ring->count--;
}

#endif
