/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * nearest_name.h - which of the names that exist was meant by one that does not: for the hint of an error.
 */
#ifndef IDLETAX_BASE_NEAREST_NAME_H
#define IDLETAX_BASE_NEAREST_NAME_H

#include <stddef.h>

#define NEAREST_NAME_MAX 256 /* longer names are not compared */

struct nearest_name {
	const char *wanted;
	const char *nearest; /* so far; NULL: none is near enough */
	size_t distance;     /* of it */
};

/* @wanted is borrowed, as are the names that are offered. */
void nearest_name_init(struct nearest_name *nearest, const char *wanted);

/*
 * Takes @name where it is nearer than those before: by letters that must be inserted, dropped or replaced
 * (Levenshtein), at most 3 or a quarter of the wanted name; else a name that ends with the wanted one, as
 * "shop-dev-pay" does with "pay".
 */
void nearest_name_offer(struct nearest_name *nearest, const char *name);

#endif
