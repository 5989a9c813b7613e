/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * text_equal.h - texts that may be absent.
 */
#ifndef IDLETAX_BASE_TEXT_EQUAL_H
#define IDLETAX_BASE_TEXT_EQUAL_H

#include <stdbool.h>
#include <string.h>

/* NULL is equal to NULL only. */
static inline bool text_is_equal(const char *left, const char *right)
{
	return left && right ? !strcmp(left, right) : left == right;
}

#endif
