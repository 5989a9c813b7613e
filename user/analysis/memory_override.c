// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * memory_override.c - see memory_override.h. A name that a function really has is meant as it is, though it
 * has the signs of a pattern in it.
 */
#include "analysis/memory_override.h"

#include <fnmatch.h>
#include <string.h>

uint32_t memory_overrides_find(const struct memory_overrides *overrides, const char *function)
{
	uint32_t memory_mb = 0;

	for (size_t i = 0; function && i < overrides->count; i++) {
		struct memory_override *row = &overrides->rows[i];

		if (strcmp(row->pattern, function) != 0 && fnmatch(row->pattern, function, 0) != 0)
			continue;
		row->is_used = true;
		memory_mb = row->memory_mb;
	}
	return memory_mb;
}
