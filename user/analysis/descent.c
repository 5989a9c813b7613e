// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * descent.c - see descent.h.
 */
#include "analysis/descent.h"

#include <stdlib.h>
#include <string.h>

static int compare_by_depth(const void *left, const void *right)
{
	const struct invocation *a = *(struct invocation *const *)left;
	const struct invocation *b = *(struct invocation *const *)right;

	if (a->depth != b->depth)
		return a->depth < b->depth ? -1 : 1;
	return (a->id > b->id) - (a->id < b->id);
}

struct invocation **descent_new(const struct chain *chain)
{
	size_t bytes = chain->invocation_count * sizeof(struct invocation *);
	struct invocation **order = malloc(bytes);

	if (!order)
		return NULL;
	memcpy(order, chain->invocations, bytes);
	qsort(order, chain->invocation_count, sizeof(*order), compare_by_depth);
	return order;
}
