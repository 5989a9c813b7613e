// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * ring.c - see ring.h.
 */
#include "base/ring.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define CAPACITY_FIRST 4

void ring_release(struct ring *ring)
{
	free(ring->elements);
	*ring = (struct ring){ 0 };
}

int ring_grow(struct ring *ring, size_t element_bytes)
{
	size_t capacity = ring->capacity ? 2 * ring->capacity : CAPACITY_FIRST;
	char *elements = reallocarray(ring->elements, capacity, element_bytes);

	assert(ring->count == ring->capacity);
	if (!elements)
		return -ENOMEM;
	/* What went on at the array's start goes on behind what was its end. */
	ring->first &= ring->capacity - 1;
	memcpy(elements + ring->capacity * element_bytes, elements, ring->first * element_bytes);
	ring->elements = elements;
	ring->capacity = capacity;
	return 0;
}
