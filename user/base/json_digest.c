/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * json_digest.c - json_canonical_digest: one pass over a JSON text (RFC 8259), no tree, no
 * recursion.
 *
 * Every value has a 64-bit SipHash: a tag and the unescaped string, the normalised number text, or
 * the literal; an array hashes its elements' hashes in order; an object adds up the hashes of its
 * (key, value) pairs, so that their order does not matter. One frame per open bracket.
 */
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "base/digest.h"
#include "base/hex.h"
#include "base/json_read.h"
#include "base/utf8.h"

enum value_tag {
	TAG_STRING = 's',
	TAG_NUMBER = 'n',
	TAG_LITERAL = 'l',
	TAG_ARRAY = 'a',
	TAG_OBJECT = 'o',
	TAG_MEMBER = 'm',
};

struct frame {
	bool is_object;
	struct siphash elements; /* array */
	uint64_t member_sum;	 /* object */
	uint64_t member_count;
	uint64_t key_hash; /* of the member whose value comes next */
};

struct scanner {
	const char *next;
	const char *end;
	const uint8_t *key;
	unsigned int depth;
	struct frame frames[JSON_DIGEST_DEPTH_MAX];
};

static void begin_hash(const struct scanner *scanner, struct siphash *state, enum value_tag tag)
{
	uint8_t byte = (uint8_t)tag;

	siphash_init(state, scanner->key);
	siphash_update(state, &byte, 1);
}

static void add_number(struct siphash *state, uint64_t value)
{
	uint8_t bytes[8];

	for (unsigned int i = 0; i < 8; i++)
		bytes[i] = (uint8_t)(value >> (8 * i));
	siphash_update(state, bytes, sizeof(bytes));
}

static void skip_spaces(struct scanner *scanner)
{
	while (scanner->next < scanner->end && (*scanner->next == ' ' || *scanner->next == '\t' ||
						*scanner->next == '\n' || *scanner->next == '\r'))
		scanner->next++;
}

static bool take(struct scanner *scanner, char expected)
{
	if (scanner->next == scanner->end || *scanner->next != expected)
		return false;
	scanner->next++;
	return true;
}

static int scan_hex4(struct scanner *scanner, uint32_t *ret_value)
{
	uint32_t value = 0;

	if (scanner->end - scanner->next < 4)
		return -EINVAL;
	for (unsigned int i = 0; i < 4; i++) {
		int digit = hex_digit(*scanner->next++);

		if (digit < 0)
			return -EINVAL;
		value = value << 4 | (uint32_t)digit;
	}
	*ret_value = value;
	return 0;
}

/* Adds @code as UTF-8; a lone surrogate becomes the three bytes that its number would have. */
static void add_code_point(struct siphash *state, uint32_t code)
{
	uint8_t bytes[UTF8_BYTES_MAX];

	siphash_update(state, bytes, utf8_encode(bytes, code));
}

static int scan_unicode_escape(struct scanner *scanner, struct siphash *state)
{
	uint32_t code, low;

	if (scan_hex4(scanner, &code))
		return -EINVAL;
	if (code >= 0xd800 && code < 0xdc00 && scanner->end - scanner->next >= 6 &&
	    scanner->next[0] == '\\' && scanner->next[1] == 'u') {
		const char *after_high = scanner->next;

		scanner->next += 2;
		if (scan_hex4(scanner, &low))
			return -EINVAL;
		if (low >= 0xdc00 && low < 0xe000)
			code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
		else
			scanner->next = after_high;
	}
	add_code_point(state, code);
	return 0;
}

static int scan_escape(struct scanner *scanner, struct siphash *state)
{
	static const char letters[] = "\"\\/bfnrt";
	static const char meanings[] = "\"\\/\b\f\n\r\t";
	const char *letter;

	if (scanner->next == scanner->end)
		return -EINVAL;
	if (take(scanner, 'u'))
		return scan_unicode_escape(scanner, state);
	letter = memchr(letters, *scanner->next, sizeof(letters) - 1);
	if (!letter)
		return -EINVAL;
	scanner->next++;
	siphash_update(state, &meanings[letter - letters], 1);
	return 0;
}

static int scan_string(struct scanner *scanner, uint64_t *ret_hash)
{
	struct siphash state;

	if (!take(scanner, '"'))
		return -EINVAL;
	begin_hash(scanner, &state, TAG_STRING);
	for (;;) {
		const char *run = scanner->next;

		while (scanner->next < scanner->end && *scanner->next != '"' &&
		       *scanner->next != '\\' && (unsigned char)*scanner->next >= 0x20)
			scanner->next++;
		siphash_update(&state, run, (size_t)(scanner->next - run));
		if (take(scanner, '"'))
			break;
		if (!take(scanner, '\\') || scan_escape(scanner, &state))
			return -EINVAL;
	}
	*ret_hash = siphash_final(&state);
	return 0;
}

static size_t scan_digits(struct scanner *scanner)
{
	const char *first = scanner->next;

	while (scanner->next < scanner->end && *scanner->next >= '0' && *scanner->next <= '9')
		scanner->next++;
	return (size_t)(scanner->next - first);
}

static int scan_number(struct scanner *scanner, uint64_t *ret_hash)
{
	const char *first = scanner->next;
	struct siphash state;
	size_t digits;

	begin_hash(scanner, &state, TAG_NUMBER);
	take(scanner, '-');
	digits = scan_digits(scanner);
	if (!digits || (digits > 1 && scanner->next[-(ptrdiff_t)digits] == '0'))
		return -EINVAL;
	siphash_update(&state, first, (size_t)(scanner->next - first));
	if (scanner->next < scanner->end && *scanner->next == '.') {
		const char *point = scanner->next++;
		const char *last;

		if (!scan_digits(scanner))
			return -EINVAL;
		for (last = scanner->next; last[-1] == '0'; last--)
			;
		if (last - point > 1)
			siphash_update(&state, point, (size_t)(last - point));
	}
	if (take(scanner, 'e') || take(scanner, 'E')) {
		const char *exponent;

		siphash_update(&state, "e", 1);
		if (!take(scanner, '+') && take(scanner, '-'))
			siphash_update(&state, "-", 1);
		exponent = scanner->next;
		if (!scan_digits(scanner))
			return -EINVAL;
		siphash_update(&state, exponent, (size_t)(scanner->next - exponent));
	}
	*ret_hash = siphash_final(&state);
	return 0;
}

static int scan_literal(struct scanner *scanner, uint64_t *ret_hash)
{
	static const char *const literals[] = { "true", "false", "null" };
	struct siphash state;

	for (unsigned int i = 0; i < 3; i++) {
		size_t length = strlen(literals[i]);

		if ((size_t)(scanner->end - scanner->next) < length ||
		    memcmp(scanner->next, literals[i], length) != 0)
			continue;
		scanner->next += length;
		begin_hash(scanner, &state, TAG_LITERAL);
		siphash_update(&state, literals[i], length);
		*ret_hash = siphash_final(&state);
		return 0;
	}
	return -EINVAL;
}

static int scan_scalar(struct scanner *scanner, uint64_t *ret_hash)
{
	if (scanner->next == scanner->end)
		return -EINVAL;
	if (*scanner->next == '"')
		return scan_string(scanner, ret_hash);
	if (*scanner->next == '-' || (*scanner->next >= '0' && *scanner->next <= '9'))
		return scan_number(scanner, ret_hash);
	return scan_literal(scanner, ret_hash);
}

static int scan_key(struct scanner *scanner, struct frame *frame)
{
	int error;

	skip_spaces(scanner);
	error = scan_string(scanner, &frame->key_hash);
	if (error)
		return error;
	skip_spaces(scanner);
	return take(scanner, ':') ? 0 : -EINVAL;
}

static void add_to_frame(const struct scanner *scanner, struct frame *frame, uint64_t hash)
{
	struct siphash member;

	if (!frame->is_object) {
		add_number(&frame->elements, hash);
		return;
	}
	begin_hash(scanner, &member, TAG_MEMBER);
	add_number(&member, frame->key_hash);
	add_number(&member, hash);
	frame->member_sum += siphash_final(&member);
	frame->member_count++;
}

static uint64_t close_frame(const struct scanner *scanner, struct frame *frame)
{
	struct siphash state;

	if (!frame->is_object)
		return siphash_final(&frame->elements);
	begin_hash(scanner, &state, TAG_OBJECT);
	add_number(&state, frame->member_sum);
	add_number(&state, frame->member_count);
	return siphash_final(&state);
}

/* Opens brackets until a value is complete (*ret_has_value) or a first member or element is due. */
static int open_or_scan(struct scanner *scanner, bool *ret_has_value, uint64_t *ret_hash)
{
	struct frame *frame;
	bool is_object;

	*ret_has_value = false;
	skip_spaces(scanner);
	is_object = take(scanner, '{');
	if (!is_object && !take(scanner, '[')) {
		*ret_has_value = true;
		return scan_scalar(scanner, ret_hash);
	}
	if (scanner->depth == JSON_DIGEST_DEPTH_MAX)
		return -E2BIG;
	frame = &scanner->frames[scanner->depth++];
	frame->is_object = is_object;
	frame->member_sum = 0;
	frame->member_count = 0;
	begin_hash(scanner, &frame->elements, TAG_ARRAY);
	skip_spaces(scanner);
	if (take(scanner, is_object ? '}' : ']')) {
		*ret_hash = close_frame(scanner, frame);
		*ret_has_value = true;
		scanner->depth--;
		return 0;
	}
	return is_object ? scan_key(scanner, frame) : 0;
}

/* A value is complete: gives it to its frame, closing those that end here. */
static int close_values(struct scanner *scanner, uint64_t *hash, bool *ret_is_done)
{
	*ret_is_done = false;
	while (scanner->depth) {
		struct frame *frame = &scanner->frames[scanner->depth - 1];

		add_to_frame(scanner, frame, *hash);
		skip_spaces(scanner);
		if (take(scanner, ','))
			return frame->is_object ? scan_key(scanner, frame) : 0;
		if (!take(scanner, frame->is_object ? '}' : ']'))
			return -EINVAL;
		*hash = close_frame(scanner, frame);
		scanner->depth--;
	}
	*ret_is_done = true;
	return 0;
}

int json_canonical_digest(const char *text, size_t bytes, const uint8_t key[16],
			  uint64_t *ret_digest)
{
	struct scanner scanner;
	bool has_value, is_done = false;
	uint64_t hash = 0;
	int error;

	scanner.next = text;
	scanner.end = text + bytes;
	scanner.key = key;
	scanner.depth = 0;
	while (!is_done) {
		error = open_or_scan(&scanner, &has_value, &hash);
		if (!error && has_value)
			error = close_values(&scanner, &hash, &is_done);
		if (error)
			return error;
	}
	skip_spaces(&scanner);
	if (scanner.next != scanner.end)
		return -EINVAL;
	*ret_digest = hash;
	return 0;
}
