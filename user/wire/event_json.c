/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * event_json.c - walks over JSON members (RFC 8259) without checking more of a value than where it ends.
 */
#include "wire/event_json.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static const char *skip_spaces(const char *next, const char *end)
{
	while (next < end && (*next == ' ' || *next == '\t' || *next == '\r'))
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

struct member {
	const char *key; /* without quotes */
	size_t key_bytes;
	const char *value;
	size_t value_bytes;
};

/* The member at @next (behind '{' or ','); returns what follows its value, NULL where there is none. */
static const char *read_member(struct member *ret, const char *next, const char *end)
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

static bool is_key(const struct member *member, const char *key)
{
	return member->key_bytes == strlen(key) && memcmp(member->key, key, member->key_bytes) == 0;
}

static void read_context_member(struct event_context *ret, const struct member *member)
{
	const char *text = member->value + 1;
	size_t bytes = member->value_bytes - 2;

	if (member->value_bytes < 2 || *member->value != '"') {
		if (is_key(member, "memoryLimitInMB"))
			ret->memory_mb = (uint32_t)strtoul(member->value, NULL, 10);
		return;
	}
	if (is_key(member, "awsRequestId"))
		redact_request_id(ret->request_id, text, bytes);
	else if (is_key(member, "functionName"))
		redact_name(ret->function, NAME_TEXT_MAX, text, bytes, "-_.");
	else if (is_key(member, "invokedFunctionArn"))
		redact_name(ret->arn, NAME_TEXT_MAX, text, bytes, "-_$.:");
	else if (is_key(member, "memoryLimitInMB") && bytes < 8)
		ret->memory_mb = (uint32_t)strtoul(text, NULL, 10);
}

/* Iterates over the members of the object that begins at @next; NULL where there is no further one. */
static const char *next_member(struct member *ret, const char *next, const char *end)
{
	next = skip_spaces(next, end);
	if (next == end || (*next != '{' && *next != ','))
		return NULL;
	return read_member(ret, next + 1, end);
}

void event_context_read(struct event_context *ret, const char *text, size_t bytes)
{
	static const char prefix[] = "{\"context\":";
	const char *end = text + bytes;
	const char *next = text + sizeof(prefix) - 1;
	struct member member;

	ret->request_id[0] = 0;
	ret->function[0] = 0;
	ret->arn[0] = 0;
	ret->memory_mb = 0;
	if (bytes < sizeof(prefix) || memcmp(text, prefix, sizeof(prefix) - 1) != 0)
		return;
	while ((next = next_member(&member, next, end)))
		read_context_member(ret, &member);
}

const char *event_json_find(const char *text, size_t bytes, const char *key, size_t *ret_bytes)
{
	const char *end = text + bytes;
	struct member member;

	while ((text = next_member(&member, text, end))) {
		if (!is_key(&member, key))
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

int event_json_unescape(struct buffer *ret, const char *text, size_t bytes)
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
