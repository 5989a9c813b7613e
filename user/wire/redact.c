/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * redact.c - decides by form alone what is kept: a text that has the form of a name, an id or a plain
 * path segment. Nothing is ever shortened into something that looks well formed.
 */
#include "wire/redact.h"

#include <string.h>
#include <strings.h>

#include "base/trace_context.h"

#define SEGMENT_MAX 48	    /* longer path segments are tokens */
#define WORD_LETTERS_MAX 24 /* a longer unbroken run of letters is no word */
#define WORD_DIGITS_MAX 4   /* more digits in a row are an id */
#define CASE_CHANGES_MAX 4  /* more changes from lower to upper case are no camel case */

static bool is_digit(char character)
{
	return character >= '0' && character <= '9';
}

static bool is_lower(char character)
{
	return character >= 'a' && character <= 'z';
}

static bool is_upper(char character)
{
	return character >= 'A' && character <= 'Z';
}

static bool is_letter(char character)
{
	return is_lower(character) || is_upper(character);
}

static bool is_hex(const char *text, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++)
		if (!is_digit(text[i]) && !((text[i] | 32) >= 'a' && (text[i] | 32) <= 'f'))
			return false;
	return true;
}

bool redact_name(char *ret, size_t size, const char *text, size_t bytes, const char *further)
{
	ret[0] = 0;
	if (!bytes || bytes >= size)
		return false;
	for (size_t i = 0; i < bytes; i++)
		if (!is_letter(text[i]) && !is_digit(text[i]) &&
		    !(text[i] && strchr(further, text[i])))
			return false;
	memcpy(ret, text, bytes);
	ret[bytes] = 0;
	return true;
}

bool redact_request_id(char ret[REQUEST_ID_MAX], const char *text, size_t bytes)
{
	return redact_name(ret, REQUEST_ID_MAX, text, bytes, "._:-");
}

bool redact_host(char ret[HOST_MAX], const char *text, size_t bytes)
{
	const char *at = memrchr(text, '@', bytes);

	if (at) {
		bytes -= (size_t)(at + 1 - text);
		text = at + 1;
	}
	return redact_name(ret, HOST_MAX, text, bytes, "._:-[]");
}

/*
 * True for words, short numbers, and words with a short number at their end, joined by "-_.@$": svc-dev-b,
 * 2015-03-31, v1, GetItem. Ids and keys mix letters and digits in other ways or are long.
 */
static bool is_plain_segment(const char *text, size_t bytes)
{
	size_t letters = 0, digits = 0, case_changes = 0;

	if (bytes > SEGMENT_MAX)
		return false;
	for (size_t i = 0; i < bytes; i++) {
		if (strchr("-_.@$", text[i]) && text[i]) {
			letters = 0;
			digits = 0;
		} else if (is_digit(text[i])) {
			if (++digits > WORD_DIGITS_MAX)
				return false;
		} else if (is_letter(text[i])) {
			if (digits || ++letters > WORD_LETTERS_MAX)
				return false;
			if (is_upper(text[i]) && i && is_lower(text[i - 1]) &&
			    ++case_changes > CASE_CHANGES_MAX)
				return false;
		} else {
			return false;
		}
	}
	return true;
}

/* Narrows an absolute-form target (RFC 9112, 3.2.2) and cuts query and fragment off. */
static void find_path(const char **text, size_t *bytes)
{
	const char *scheme_end = memmem(*text, *bytes, "://", 3);
	const char *end = *text + *bytes;
	const char *path = *text;

	if (*bytes && **text != '/' && scheme_end) {
		path = memchr(scheme_end + 3, '/', (size_t)(end - scheme_end - 3));
		if (!path)
			path = end;
	}
	for (const char *next = path; next < end; next++)
		if (*next == '?' || *next == '#')
			end = next;
	*text = path;
	*bytes = (size_t)(end - path);
}

bool redact_path(char ret[PATH_MAX_KEPT], const char *text, size_t bytes, const char *hidden)
{
	const char *end;
	size_t used = 0;

	ret[0] = 0;
	find_path(&text, &bytes);
	if (!bytes || *text != '/')
		return false;
	end = text + bytes;
	while (text < end) {
		const char *segment = text + 1;
		const char *next = memchr(segment, '/', (size_t)(end - segment));
		size_t length = (size_t)((next ? next : end) - segment);
		bool is_kept = segment != hidden && is_plain_segment(segment, length);

		if (used + (is_kept ? length : 1) + 3 >= PATH_MAX_KEPT) {
			memcpy(ret + used, "/*", 2);
			used += 2;
			break;
		}
		ret[used++] = '/';
		if (is_kept) {
			memcpy(ret + used, segment, length);
			used += length;
		} else {
			ret[used++] = '*';
		}
		text = segment + length;
	}
	ret[used] = 0;
	return true;
}

static bool is_zeros(const char *text, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++)
		if (text[i] != '0' && text[i] != '-')
			return false;
	return true;
}

/* All zero is an id of nothing. */
static bool is_xray_root(const char *text, size_t bytes)
{
	return bytes == 35 && memcmp(text, "1-", 2) == 0 && is_hex(text + 2, 8) &&
	       text[10] == '-' && is_hex(text + 11, 24) && !is_zeros(text + 2, 33);
}

static bool is_lineage(const char *text, size_t bytes)
{
	struct lineage lineage;

	return lineage_parse(&lineage, text, bytes) == 0;
}

enum trace_member { /* bits: what a header has already */
	MEMBER_NONE = 0,
	MEMBER_ROOT = 1 << 0,
	MEMBER_SELF = 1 << 1,
	MEMBER_PARENT = 1 << 2,
	MEMBER_SAMPLED = 1 << 3,
	MEMBER_LINEAGE = 1 << 4,
};

/* The member's kind by its name; *ret_is_valid: its value is one of that kind. */
static enum trace_member find_trace_member(bool *ret_is_valid, const char *key, size_t key_bytes,
					   const char *value, size_t bytes)
{
	static const struct {
		const char *name;
		enum trace_member member;
	} members[] = {
		{ "Root", MEMBER_ROOT },       { "Self", MEMBER_SELF },
		{ "Parent", MEMBER_PARENT },   { "Sampled", MEMBER_SAMPLED },
		{ "Lineage", MEMBER_LINEAGE },
	};
	enum trace_member member = MEMBER_NONE;

	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
		if (strlen(members[i].name) == key_bytes &&
		    strncasecmp(key, members[i].name, key_bytes) == 0)
			member = members[i].member;
	if (member == MEMBER_ROOT || member == MEMBER_SELF)
		*ret_is_valid = is_xray_root(value, bytes);
	else if (member == MEMBER_PARENT)
		*ret_is_valid = bytes == 16 && is_hex(value, 16) && !is_zeros(value, 16);
	else if (member == MEMBER_SAMPLED)
		*ret_is_valid = bytes == 1 && (*value == '0' || *value == '1' || *value == '?');
	else
		*ret_is_valid = member == MEMBER_LINEAGE && is_lineage(value, bytes);
	return member;
}

static void trim(const char **text, const char **end)
{
	while (*text < *end && (**text == ' ' || **text == '\t'))
		(*text)++;
	while (*end > *text && ((*end)[-1] == ' ' || (*end)[-1] == '\t'))
		(*end)--;
}

struct trace_header {
	char *text;
	size_t used;
	unsigned int members; /* enum trace_member */
	bool is_malformed;
};

static void keep_trace_member(struct trace_header *header, const char *text, const char *end)
{
	const char *key_end = memchr(text, '=', (size_t)(end - text));
	const char *value;
	enum trace_member member;
	size_t length;
	bool is_valid;

	if (!key_end)
		return;
	value = key_end + 1;
	trim(&text, &key_end);
	trim(&value, &end);
	member = find_trace_member(&is_valid, text, (size_t)(key_end - text), value,
				   (size_t)(end - value));
	if (member == MEMBER_NONE)
		return; /* a user's own */
	length = (size_t)(key_end - text) + 1 + (size_t)(end - value);
	if (!is_valid || header->members & member || header->used + length + 2 > TRACE_HEADER_MAX) {
		header->is_malformed = true;
		return;
	}
	header->members |= member;
	if (header->used)
		header->text[header->used++] = ';';
	memcpy(header->text + header->used, text, (size_t)(key_end - text));
	header->used += (size_t)(key_end - text);
	header->text[header->used++] = '=';
	memcpy(header->text + header->used, value, (size_t)(end - value));
	header->used += (size_t)(end - value);
}

bool redact_trace_header(char ret[TRACE_HEADER_MAX], const char *text, size_t bytes)
{
	struct trace_header header = { .text = ret };
	const char *end = text + bytes;
	bool is_empty;

	trim(&text, &end);
	is_empty = text == end;
	while (text < end) {
		const char *semicolon = memchr(text, ';', (size_t)(end - text));

		keep_trace_member(&header, text, semicolon ? semicolon : end);
		text = semicolon ? semicolon + 1 : end;
	}
	ret[header.used] = 0;
	return !header.is_malformed && (header.members || is_empty);
}

bool redact_traceparent(char ret[TRACEPARENT_MAX], const char *text, size_t bytes)
{
	struct trace_context context;

	ret[0] = 0;
	if (bytes < 55 || (bytes > 55 && text[55] != '-'))
		return false;
	memcpy(ret, text, 55);
	ret[55] = 0;
	if (!trace_context_parse_w3c(&context, ret))
		return true;
	ret[0] = 0;
	return false;
}
