/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * trace_context.c - trace headers.
 *
 *   X-Ray: Root=1-<8 hex>-<24 hex>;Parent=<16 hex>;Sampled=0|1|?;Lineage=...   in any order, with others
 *   W3C:   <2 hex version>-<32 hex>-<16 hex>-<2 hex flags>    lower case; more may follow version 00
 */
#include "base/trace_context.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/hash_map.h"
#include "base/hex.h"

/* The digest key of derived ids: any constant does. */
#define DERIVE_TRACE 0x69646c6574617831u
#define DERIVE_SPAN 0x69646c6574617832u

/* Reads 2 * @bytes digits; a NUL is no digit, so @text is not read beyond its end. */
static int parse_hex(uint8_t *ret, size_t bytes, const char *text, bool is_lower_only)
{
	for (size_t i = 0; i < bytes; i++) {
		int high = hex_digit(text[2 * i]);
		int low = high < 0 ? -1 : hex_digit(text[2 * i + 1]);

		if (low < 0 || (is_lower_only && (isupper((unsigned char)text[2 * i]) ||
						  isupper((unsigned char)text[2 * i + 1]))))
			return -EINVAL;
		ret[i] = (uint8_t)(high << 4 | low);
	}
	return 0;
}

static bool is_zero(const uint8_t *data, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++)
		if (data[i])
			return false;
	return true;
}

bool trace_id_is_none(const uint8_t trace_id[TRACE_ID_BYTES])
{
	return is_zero(trace_id, TRACE_ID_BYTES);
}

bool span_id_is_none(const uint8_t span_id[SPAN_ID_BYTES])
{
	return is_zero(span_id, SPAN_ID_BYTES);
}

static int parse_root(uint8_t trace_id[TRACE_ID_BYTES], const char *value, size_t length)
{
	if (length != 35 || value[0] != '1' || value[1] != '-' || value[10] != '-')
		return -EINVAL;
	if (parse_hex(trace_id, 4, value + 2, false) ||
	    parse_hex(trace_id + 4, 12, value + 11, false))
		return -EINVAL;
	return trace_id_is_none(trace_id) ? -EINVAL : 0;
}

/* Up to five digits. Returns how many, 0 where it is no number. */
static size_t parse_count(uint32_t *ret, const char *text, size_t bytes)
{
	size_t length = 0;

	*ret = 0;
	for (; length < bytes && text[length] >= '0' && text[length] <= '9' && length < 6; length++)
		*ret = *ret * 10 + (uint32_t)(text[length] - '0');
	return length < 6 ? length : 0;
}

/* [<requests>:]<8 hex>:<loops> */
static int parse_lineage_element(struct lineage *lineage, const char *text, size_t bytes)
{
	const char *first = memchr(text, ':', bytes);
	const char *second = first ? memchr(first + 1, ':', bytes - (size_t)(first + 1 - text))
				   : NULL;
	uint32_t requests = 0, loops;
	uint8_t hash[4];
	size_t length;

	if (second) {
		length = (size_t)(first - text);
		if (!length || parse_count(&requests, text, length) != length)
			return -EINVAL;
		bytes -= length + 1;
		text = first + 1;
	}
	if (bytes < 10 || text[8] != ':' || parse_hex(hash, sizeof(hash), text, false) ||
	    parse_count(&loops, text + 9, bytes - 9) != bytes - 9)
		return -EINVAL;
	lineage->resources++;
	lineage->has_requests |= second != NULL;
	if (requests > lineage->requests)
		lineage->requests = requests;
	if (loops > lineage->loops)
		lineage->loops = loops;
	return 0;
}

int lineage_parse(struct lineage *ret_lineage, const char *text, size_t bytes)
{
	struct lineage lineage = { 0 };
	const char *end = text + bytes;

	if (bytes >= LINEAGE_TEXT_MAX)
		return -EINVAL;
	while (text < end) {
		size_t length = 0;

		while (text + length < end && text[length] != ',' && text[length] != '|')
			length++;
		if (parse_lineage_element(&lineage, text, length))
			return -EINVAL;
		text += length + 1;
	}
	if (!lineage.resources || text == end) /* nothing, or a separator at the end */
		return -EINVAL;
	*ret_lineage = lineage;
	return 0;
}

static bool is_member(const char *key, size_t length, const char *name)
{
	return length == strlen(name) && strncasecmp(key, name, length) == 0;
}

static void trim(const char **text, const char **end)
{
	while (*text < *end && (**text == ' ' || **text == '\t'))
		(*text)++;
	while (*end > *text && ((*end)[-1] == ' ' || (*end)[-1] == '\t'))
		(*end)--;
}

/* One "key=value" of an X-Ray header. */
static int parse_member(struct trace_context *context, const char *key, const char *end)
{
	const char *value = memchr(key, '=', (size_t)(end - key));
	const char *key_end = value;
	size_t key_length, length;

	if (!value)
		return 0;
	value++;
	trim(&key, &key_end);
	trim(&value, &end);
	key_length = (size_t)(key_end - key);
	length = (size_t)(end - value);
	if (is_member(key, key_length, "Root")) {
		if (trace_id_is_none(context->trace_id))
			return parse_root(context->trace_id, value, length);
	} else if (is_member(key, key_length, "Parent")) {
		return length == 16 ? parse_hex(context->span_id, 8, value, false) : -EINVAL;
	} else if (is_member(key, key_length, "Lineage")) {
		lineage_parse(&context->lineage, value, length);
	} else if (is_member(key, key_length, "Sampled") && length == 1 &&
		   (*value == '0' || *value == '1')) {
		context->has_sampled = true;
		context->is_sampled = *value == '1';
	}
	return 0;
}

int trace_context_parse_xray(struct trace_context *ret_context, const char *text)
{
	struct trace_context context = { 0 };

	while (*text) {
		const char *member = text;
		const char *end = text + strcspn(text, ";");

		text = *end ? end + 1 : end;
		if (parse_member(&context, member, end))
			return -EINVAL;
	}
	if (trace_id_is_none(context.trace_id))
		return -EINVAL;
	*ret_context = context;
	return 0;
}

int trace_context_parse_w3c(struct trace_context *ret_context, const char *text)
{
	struct trace_context context = { 0 };
	uint8_t version, flags;

	while (*text == ' ')
		text++;
	if (strnlen(text, 55) < 55 || text[2] != '-' || text[35] != '-' || text[52] != '-')
		return -EINVAL;
	if (parse_hex(&version, 1, text, true) || version == 0xff ||
	    parse_hex(context.trace_id, 16, text + 3, true) ||
	    parse_hex(context.span_id, 8, text + 36, true) || parse_hex(&flags, 1, text + 53, true))
		return -EINVAL;
	text += 55;
	if (version > 0 && *text == '-')
		text += strlen(text);
	text += strspn(text, " ");
	if (*text || is_zero(context.trace_id, 16) || is_zero(context.span_id, 8))
		return -EINVAL;
	context.has_sampled = true;
	context.is_sampled = flags & 1;
	*ret_context = context;
	return 0;
}

static char *format_hex(char *text, const uint8_t *data, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++) {
		*text++ = "0123456789abcdef"[data[i] >> 4];
		*text++ = "0123456789abcdef"[data[i] & 15];
	}
	*text = 0;
	return text;
}

void trace_id_format_xray(char text[TRACE_ID_TEXT_MAX], const uint8_t trace_id[16])
{
	*text++ = '1';
	*text++ = '-';
	text = format_hex(text, trace_id, 4);
	*text++ = '-';
	format_hex(text, trace_id + 4, 12);
}

void span_id_format(char text[SPAN_ID_TEXT_MAX], const uint8_t span_id[8])
{
	format_hex(text, span_id, 8);
}

static void store_be(uint8_t *ret, uint64_t value, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++)
		ret[i] = (uint8_t)(value >> (8 * (bytes - 1 - i)));
}

static uint64_t mix_seeds(uint64_t domain, uint64_t seed_a, uint64_t seed_b)
{
	return hash_mix(hash_mix(hash_mix(domain) + seed_a) + seed_b);
}

void trace_id_derive(uint8_t ret_trace_id[16], uint32_t epoch_s, uint64_t seed_a, uint64_t seed_b)
{
	uint64_t high = mix_seeds(DERIVE_TRACE, seed_a, seed_b);
	uint64_t low = mix_seeds(high, seed_b, seed_a);

	store_be(ret_trace_id, epoch_s, 4);
	store_be(ret_trace_id + 4, high, 4);
	/* Never all zero, which would mean none. */
	store_be(ret_trace_id + 8, low ? low : 1, 8);
}

void span_id_derive(uint8_t ret_span_id[8], uint64_t seed_a, uint64_t seed_b)
{
	uint64_t value = mix_seeds(DERIVE_SPAN, seed_a, seed_b);

	store_be(ret_span_id, value ? value : 1, 8);
}
