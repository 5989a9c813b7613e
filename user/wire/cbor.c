/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * cbor.c - see cbor.h. An item begins with a byte of major type (3 bits) and argument (5 bits: the number
 * itself, 24 to 27: 1, 2, 4 or 8 bytes of it follow, 31: until a "break", 0xff).
 */
#include "wire/cbor.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define DEPTH_MAX 16
#define BREAK 0xff

enum major_type {
	CBOR_BYTES = 2,
	CBOR_TEXT = 3,
	CBOR_ARRAY = 4,
	CBOR_MAP = 5,
	CBOR_TAG = 6,
	CBOR_SIMPLE = 7,
};

struct item {
	uint8_t type; /* enum major_type; 0 and 1: an integer */
	bool is_indefinite;
	uint64_t argument;
};

/* Behind the head of the item at @next; NULL where it is none or not all there. */
static const uint8_t *read_item(struct item *ret, const uint8_t *next, const uint8_t *end)
{
	uint8_t low, count;

	if (next >= end)
		return NULL;
	low = *next & 0x1f;
	ret->type = *next++ >> 5;
	ret->is_indefinite = low == 31;
	ret->argument = low;
	if (low < 24)
		return next;
	if (low == 31)
		return ret->type >= CBOR_BYTES && ret->type != CBOR_TAG ? next : NULL;
	if (low > 27)
		return NULL;
	count = (uint8_t)(1u << (low - 24));
	if (end - next < count)
		return NULL;
	ret->argument = 0;
	while (count--)
		ret->argument = ret->argument << 8 | *next++;
	return next;
}

static bool is_string(const struct item *item)
{
	return item->type == CBOR_BYTES || item->type == CBOR_TEXT;
}

/* How many items lie in @item; UINT64_MAX: until a break. */
static uint64_t count_inside(const struct item *item)
{
	if (item->is_indefinite)
		return UINT64_MAX;
	if (item->type == CBOR_TAG)
		return 1;
	if (item->type == CBOR_ARRAY)
		return item->argument;
	if (item->type != CBOR_MAP)
		return 0;
	return item->argument < UINT64_MAX / 2 ? item->argument * 2 : UINT64_MAX - 1;
}

/* Behind the item at @next with all that lies in it. */
static const uint8_t *skip_item(const uint8_t *next, const uint8_t *end)
{
	uint64_t left[DEPTH_MAX] = { 1 }; /* items still to come at each depth */
	unsigned int depth = 0;
	struct item item;

	for (;;) {
		while (!left[depth]) {
			if (!depth--)
				return next;
		}
		if (left[depth] == UINT64_MAX && next < end && *next == BREAK) {
			next++;
			left[depth] = 0;
			continue;
		}
		next = read_item(&item, next, end);
		if (!next || (item.type == CBOR_SIMPLE && item.is_indefinite))
			return NULL;
		if (left[depth] != UINT64_MAX)
			left[depth]--;
		if (is_string(&item) && !item.is_indefinite) {
			if (item.argument > (uint64_t)(end - next))
				return NULL;
			next += item.argument;
		} else if (count_inside(&item)) {
			if (++depth == DEPTH_MAX)
				return NULL;
			left[depth] = count_inside(&item);
		}
	}
}

/* The text of definite length at @next. */
static const uint8_t *read_text(const uint8_t *next, const uint8_t *end, uint64_t *ret_bytes)
{
	struct item item;

	next = read_item(&item, next, end);
	if (!next || item.type != CBOR_TEXT || item.is_indefinite ||
	    item.argument > (uint64_t)(end - next))
		return NULL;
	*ret_bytes = item.argument;
	return next;
}

const char *cbor_find_text(const char *data, size_t bytes, const char *key, size_t *ret_bytes)
{
	const uint8_t *end = (const uint8_t *)data + bytes, *next, *text;
	size_t key_bytes = strlen(key);
	uint64_t length, left;
	struct item map;

	next = read_item(&map, (const uint8_t *)data, end);
	if (!next || map.type != CBOR_MAP)
		return NULL;
	for (left = map.is_indefinite ? UINT64_MAX : map.argument; left; left--) {
		text = read_text(next, end, &length);
		next = skip_item(next, end);
		if (!text || !next)
			return NULL;
		if (length == key_bytes && memcmp(text, key, key_bytes) == 0) {
			text = read_text(next, end, &length);
			if (text)
				*ret_bytes = (size_t)length;
			return (const char *)text;
		}
		next = skip_item(next, end);
		if (!next)
			return NULL;
	}
	return NULL;
}
