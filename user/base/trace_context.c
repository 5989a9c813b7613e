/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * trace_context.c - trace headers.
 *
 *   X-Ray: Root=1-<8 hex>-<24 hex>;Parent=<16 hex>;Sampled=0|1|?   in any order, with other members
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

static int parse_root(struct trace_context *context, const char *value, size_t length)
{
	if (length != 35 || value[0] != '1' || value[1] != '-' || value[10] != '-')
		return -EINVAL;
	if (parse_hex(context->trace_id, 4, value + 2, false))
		return -EINVAL;
	return parse_hex(context->trace_id + 4, 12, value + 11, false);
}

static bool is_member(const char *key, size_t length, const char *name)
{
	return length == strlen(name) && strncasecmp(key, name, length) == 0;
}

int trace_context_parse_xray(struct trace_context *ret_context, const char *text)
{
	struct trace_context context = { 0 };
	bool has_root = false;

	while (*text) {
		size_t member = strcspn(text, ";");
		const char *key = text;
		const char *end = text + member;
		const char *value;
		size_t key_length, length;

		text = *end ? end + 1 : end;
		while (key < end && (*key == ' ' || *key == '\t'))
			key++;
		while (end > key && (end[-1] == ' ' || end[-1] == '\t'))
			end--;
		value = memchr(key, '=', (size_t)(end - key));
		if (!value)
			continue;
		key_length = (size_t)(value - key);
		while (key_length && key[key_length - 1] == ' ')
			key_length--;
		value++;
		while (value < end && *value == ' ')
			value++;
		length = (size_t)(end - value);
		if (is_member(key, key_length, "Root")) {
			if (parse_root(&context, value, length))
				return -EINVAL;
			has_root = true;
		} else if (is_member(key, key_length, "Parent")) {
			if (length != 16 || parse_hex(context.span_id, 8, value, false))
				return -EINVAL;
		} else if (is_member(key, key_length, "Sampled") && length == 1 &&
			   (*value == '0' || *value == '1')) {
			context.has_sampled = true;
			context.is_sampled = *value == '1';
		}
	}
	if (!has_root)
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
