/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * heap.h - a binary heap in an array of its owner's: the first element comes before all others, and these are in no
 * order. To add one, append it and call heap_rise_last; to take the first, copy it and call heap_drop_first; where
 * the first was replaced, heap_sink_first. Each takes as many steps as the logarithm of the number.
 */
#ifndef IDLETAX_BASE_HEAP_H
#define IDLETAX_BASE_HEAP_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#define HEAP_ELEMENT_MAX 512 /* bytes */

/* A static constant of its owner's: then nothing is called through a pointer. */
struct heap_order {
	size_t element_bytes; /* HEAP_ELEMENT_MAX at most */
	bool (*is_before)(const void *left, const void *right, const void *context);
};

#define HEAP_INLINE static inline __attribute__((always_inline))

/* The last of @count elements goes to its place. @context is is_before's. */
HEAP_INLINE void heap_rise_last(const struct heap_order *order, void *elements, size_t count,
				const void *context)
{
	const size_t bytes = order->element_bytes;
	_Alignas(max_align_t) char risen[HEAP_ELEMENT_MAX];
	char *array = elements;
	size_t place = count - 1;

	assert(bytes <= HEAP_ELEMENT_MAX);
	memcpy(risen, array + place * bytes, bytes);
	while (place) {
		size_t above = (place - 1) / 2;

		if (!order->is_before(risen, array + above * bytes, context))
			break;
		memcpy(array + place * bytes, array + above * bytes, bytes);
		place = above;
	}
	memcpy(array + place * bytes, risen, bytes);
}

/* The first of @count elements goes to its place. */
HEAP_INLINE void heap_sink_first(const struct heap_order *order, void *elements, size_t count,
				 const void *context)
{
	const size_t bytes = order->element_bytes;
	_Alignas(max_align_t) char sunk[HEAP_ELEMENT_MAX];
	char *array = elements;
	size_t place = 0, below;

	assert(bytes <= HEAP_ELEMENT_MAX);
	memcpy(sunk, array, bytes);
	while ((below = 2 * place + 1) < count) {
		if (below + 1 < count &&
		    order->is_before(array + (below + 1) * bytes, array + below * bytes, context))
			below++;
		if (!order->is_before(array + below * bytes, sunk, context))
			break;
		memcpy(array + place * bytes, array + below * bytes, bytes);
		place = below;
	}
	memcpy(array + place * bytes, sunk, bytes);
}

/* Drops the first of @count elements, of which there is one at least; count - 1 are left. */
HEAP_INLINE void heap_drop_first(const struct heap_order *order, void *elements, size_t count,
				 const void *context)
{
	if (count == 1)
		return;
	memcpy(elements, (char *)elements + (count - 1) * order->element_bytes,
	       order->element_bytes);
	heap_sink_first(order, elements, count - 1, context);
}

#endif
