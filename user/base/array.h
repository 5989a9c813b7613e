/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * array.h - arrays that grow by doubling. How large one may become is its owner's to bound.
 */
#ifndef IDLETAX_BASE_ARRAY_H
#define IDLETAX_BASE_ARRAY_H

#include <stddef.h>

/* Twice as many elements, or some at first. 0, or -ENOMEM with everything as it was. */
int array_grow(void *array_pointer, size_t *capacity, size_t element_bytes);

/*
 * Room for one more element in the array that the pointer at @array_pointer points to: @count of its
 * *@capacity elements are used (NULL, 0 and 0 at first). 0, or -ENOMEM with everything as it was.
 */
static inline int array_make_room(void *array_pointer, size_t count, size_t *capacity,
				  size_t element_bytes)
{
	return count < *capacity ? 0 : array_grow(array_pointer, capacity, element_bytes);
}

#endif
