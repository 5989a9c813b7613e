/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * json_walk.c - see json_walk.h.
 */
#include "wire/json_walk.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

static const char *skip_spaces(const char *next, const char *end)
{
	while (next < end && (*next == ' ' || *next == '\t' || *next == '\r' || *next == '\n'))
		next++;
	return next;
}

/* Behind the string that begins at @next, or NULL. */
static const char *skip_string(const char *next, const char *end)
{
	if (next == end || *next != '"')
		return NULL;
	for (next++; next < end; next++) {
		if (*next == '\\')
			next++;
		else if (*next == '"')
			return next + 1;
	}
	return NULL;
}

/* Behind the JSON value that begins at @next, or NULL where it is not all there. */
static const char *skip_value(const char *next, const char *end)
{
	size_t depth = 0;

	while (next < end) {
		if (*next == '"') {
			next = skip_string(next, end);
			if (!next)
				return NULL;
		} else if (*next == '{' || *next == '[') {
			depth++;
			next++;
		} else if (*next == '}' || *next == ']') {
			if (!depth)
				return next;
			depth--;
			next++;
		} else if (*next == ',' && !depth) {
			return next;
		} else {
			next++;
			continue;
		}
		if (!depth)
			return next;
	}
	return NULL;
}

/* The member at @next (behind '{' or ','); returns what follows its value, NULL where there is none. */
static const char *read_member(struct json_member *ret, const char *next, const char *end)
{
	const char *key_end;

	next = skip_spaces(next, end);
	key_end = skip_string(next, end);
	if (!key_end)
		return NULL;
	ret->key = next + 1;
	ret->key_bytes = (size_t)(key_end - next) - 2;
	next = skip_spaces(key_end, end);
	if (next == end || *next != ':')
		return NULL;
	ret->value = skip_spaces(next + 1, end);
	next = skip_value(ret->value, end);
	if (next)
		ret->value_bytes = (size_t)(next - ret->value);
	return next;
}

bool json_is_key(const struct json_member *member, const char *key)
{
	return member->key_bytes == strlen(key) && memcmp(member->key, key, member->key_bytes) == 0;
}

const char *json_next_member(struct json_member *ret, const char *next, const char *end)
{
	next = skip_spaces(next, end);
	if (next == end || (*next != '{' && *next != ','))
		return NULL;
	return read_member(ret, next + 1, end);
}

const char *json_next_element(struct json_member *ret, const char *next, const char *end)
{
	next = skip_spaces(next, end);
	if (next == end || (*next != '[' && *next != ','))
		return NULL;
	ret->key = NULL;
	ret->key_bytes = 0;
	ret->value = skip_spaces(next + 1, end);
	next = skip_value(ret->value, end);
	if (!next || next == ret->value)
		return NULL;
	ret->value_bytes = (size_t)(next - ret->value);
	return next;
}

const char *json_find(const char *text, size_t bytes, const char *key, size_t *ret_bytes)
{
	const char *end = text + bytes;
	struct json_member member;

	while ((text = json_next_member(&member, text, end))) {
		if (!json_is_key(&member, key))
			continue;
		*ret_bytes = member.value_bytes;
		return member.value;
	}
	return NULL;
}

static int read_hex4(const char *text, const char *end, uint32_t *ret_value)
{
	*ret_value = 0;
	if (end - text < 4)
		return -EINVAL;
	for (unsigned int i = 0; i < 4; i++) {
		char digit = text[i];

		if (digit >= '0' && digit <= '9')
			*ret_value = *ret_value << 4 | (uint32_t)(digit - '0');
		else if ((digit | 32) >= 'a' && (digit | 32) <= 'f')
			*ret_value = *ret_value << 4 | (uint32_t)((digit | 32) - 'a' + 10);
		else
			return -EINVAL;
	}
	return 0;
}

static int append_utf8(struct buffer *ret, uint32_t code)
{
	uint8_t bytes[4];
	unsigned int count = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
	static const uint8_t marks[] = { 0, 0, 0xc0, 0xe0, 0xf0 };

	for (unsigned int i = count; i-- > 1; code >>= 6)
		bytes[i] = (uint8_t)(0x80 | (code & 0x3f));
	bytes[0] = (uint8_t)(marks[count] | code);
	return buffer_append(ret, bytes, count);
}

/* "\\uXXXX", of a surrogate pair both. *@text is behind the 'u' and moves behind what was read. */
static int unescape_unicode(struct buffer *ret, const char **text, const char *end)
{
	uint32_t code, low;

	if (read_hex4(*text, end, &code))
		return -EINVAL;
	*text += 4;
	if (code >= 0xd800 && code < 0xdc00 && end - *text >= 6 && (*text)[0] == '\\' &&
	    (*text)[1] == 'u' && read_hex4(*text + 2, end, &low) == 0 && low >= 0xdc00 &&
	    low < 0xe000) {
		code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
		*text += 6;
	}
	return append_utf8(ret, code);
}

int json_unescape(struct buffer *ret, const char *text, size_t bytes)
{
	static const char letters[] = "\"\\/bfnrt";
	static const char meanings[] = "\"\\/\b\f\n\r\t";
	const char *end = text + bytes;
	int error = 0;

	while (text < end && !error) {
		const char *escape = memchr(text, '\\', (size_t)(end - text));
		const char *letter;

		error = buffer_append(ret, text, (size_t)((escape ? escape : end) - text));
		if (error || !escape)
			return error;
		text = escape + 1;
		if (text == end)
			return -EINVAL;
		if (*text == 'u') {
			text++;
			error = unescape_unicode(ret, &text, end);
			continue;
		}
		letter = memchr(letters, *text++, sizeof(letters) - 1);
		error = letter ? buffer_append_byte(ret, (uint8_t)meanings[letter - letters])
			       : -EINVAL;
	}
	return error;
}
