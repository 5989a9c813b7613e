/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * event_json.c - walks over JSON members (RFC 8259) without checking more of a value than where it ends.
 */
#include "wire/event_json.h"

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
