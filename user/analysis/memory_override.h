/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * memory_override.h - memory of functions that the user tells, in place of what their environments say, or
 * do not say.
 */
#ifndef IDLETAX_ANALYSIS_MEMORY_OVERRIDE_H
#define IDLETAX_ANALYSIS_MEMORY_OVERRIDE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct memory_override {
	const char *pattern; /* a function's name, or a shell pattern of names */
	uint32_t memory_mb;
	bool is_used; /* some function had such a name */
};

struct memory_overrides {
	struct memory_override *rows;
	size_t count;
};

/* What the last that fits @function says; 0: none does. Marks all that fit as used. */
uint32_t memory_overrides_find(const struct memory_overrides *overrides, const char *function);

#endif
