/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * array.h - arrays that grow by doubling, and where in one that is in order something is. How large one may become
 * is its owner's to bound.
 */
#ifndef IDLETAX_BASE_ARRAY_H
#define IDLETAX_BASE_ARRAY_H

#include <stddef.h>
#include <stdint.h>

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

/*
 * How many of @count elements, which are in ascending order of the uint64_t member that is @member_offset bytes into
 * each, have one of @value at most: so the index of the first beyond it.
 */
static inline size_t array_count_up_to(const void *array, size_t count, size_t element_bytes,
				       size_t member_offset, uint64_t value)
{
	size_t low = 0, high = count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const char *element = (const char *)array + middle * element_bytes;

		if (*(const uint64_t *)(const void *)(element + member_offset) > value)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

#endif
