/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * json_walk.h - walks over the members and elements of JSON text as it stands (RFC 8259), as far as a
 * truncated text goes. Of a value it checks no more than where it ends; it builds nothing and does not
 * recurse.
 */
#ifndef IDLETAX_WIRE_JSON_WALK_H
#define IDLETAX_WIRE_JSON_WALK_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"

struct json_member {
	const char *key; /* without quotes; NULL in an array */
	size_t key_bytes;
	const char *value; /* with quotes where it is a string */
	size_t value_bytes;
};

/*
 * The member after @next, which is the object's '{' or what was returned for the member before. NULL where
 * there is none or it is not all there, else what follows its value.
 */
const char *json_next_member(struct json_member *ret, const char *next, const char *end);

/* The same for the elements of an array, from its '['. */
const char *json_next_element(struct json_member *ret, const char *next, const char *end);

/* The value of the object's member @key; NULL where there is none or it is not all there. */
const char *json_find(const char *text, size_t bytes, const char *key, size_t *ret_bytes);

bool json_is_key(const struct json_member *member, const char *key);

/*
 * Appends what the characters between a string's quotes stand for. 0, -EINVAL where an escape is none,
 * or an error of buffer_append.
 */
int json_unescape(struct buffer *ret, const char *text, size_t bytes);

#endif
