// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * array.c - see array.h. The pointer is copied as bytes: it has a type that is not known here.
 */
#include "base/array.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define CAPACITY_FIRST 16

int array_grow(void *array_pointer, size_t *capacity, size_t element_bytes)
{
	size_t wanted = *capacity ? 2 * *capacity : CAPACITY_FIRST;
	void *array;

	memcpy(&array, array_pointer, sizeof(array));
	array = reallocarray(array, wanted, element_bytes);
	if (!array)
		return -ENOMEM;
	memcpy(array_pointer, &array, sizeof(array));
	*capacity = wanted;
	return 0;
}
