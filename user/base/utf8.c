/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * utf8.c - the ranges of the second byte carry all the exceptions; the others are 80..BF.
 */
#include "base/utf8.h"

#include <string.h>

size_t utf8_length(const char *text, size_t bytes)
{
	const unsigned char *byte = (const unsigned char *)text;
	unsigned char low = 0x80, high = 0xbf;
	size_t length;

	if (!bytes)
		return 0;
	if (byte[0] < 0x80)
		return 1;
	if (byte[0] < 0xc2 || byte[0] > 0xf4)
		return 0;
	length = byte[0] < 0xe0 ? 2 : byte[0] < 0xf0 ? 3 : 4;
	if (length > bytes)
		return 0;
	if (byte[0] == 0xe0)
		low = 0xa0;
	else if (byte[0] == 0xed)
		high = 0x9f;
	else if (byte[0] == 0xf0)
		low = 0x90;
	else if (byte[0] == 0xf4)
		high = 0x8f;
	if (byte[1] < low || byte[1] > high)
		return 0;
	for (size_t i = 2; i < length; i++)
		if (byte[i] < 0x80 || byte[i] > 0xbf)
			return 0;
	return length;
}

/* How much of the beginning is ASCII, in whole words: of most text that is nearly all. */
static size_t ascii_length(const char *text, size_t bytes)
{
	size_t length = 0;
	uint64_t word;

	for (; bytes - length >= sizeof(word); length += sizeof(word)) {
		memcpy(&word, text + length, sizeof(word));
		if (word & 0x8080808080808080u)
			break;
	}
	return length;
}

bool utf8_is_valid(const char *text, size_t bytes)
{
	size_t valid = ascii_length(text, bytes);

	while (valid < bytes) {
		size_t length = utf8_length(text + valid, bytes - valid);

		if (!length)
			return false;
		valid += length;
	}
	return true;
}

size_t utf8_printable_length(const char *text, size_t bytes)
{
	const unsigned char *byte = (const unsigned char *)text;
	size_t length = utf8_length(text, bytes);

	if (length == 1)
		return byte[0] >= ' ' && byte[0] != 0x7f;
	if (length == 2 && byte[0] == 0xc2 && byte[1] < 0xa0)
		return 0;
	if (length == 3 && byte[0] == 0xef && byte[1] == 0xbf && byte[2] >= 0xbe)
		return 0;
	return length;
}

bool utf8_is_plain(const char *text, size_t bytes)
{
	while (bytes) {
		size_t length = utf8_printable_length(text, bytes);

		if (!length)
			return false;
		text += length;
		bytes -= length;
	}
	return true;
}

size_t utf8_encode(uint8_t *ret_bytes, uint32_t code)
{
	size_t count = 0;

	if (code < 0x80) {
		ret_bytes[count++] = (uint8_t)code;
	} else if (code < 0x800) {
		ret_bytes[count++] = (uint8_t)(0xc0 | code >> 6);
		ret_bytes[count++] = (uint8_t)(0x80 | (code & 0x3f));
	} else if (code < 0x10000) {
		ret_bytes[count++] = (uint8_t)(0xe0 | code >> 12);
		ret_bytes[count++] = (uint8_t)(0x80 | (code >> 6 & 0x3f));
		ret_bytes[count++] = (uint8_t)(0x80 | (code & 0x3f));
	} else {
		ret_bytes[count++] = (uint8_t)(0xf0 | code >> 18);
		ret_bytes[count++] = (uint8_t)(0x80 | (code >> 12 & 0x3f));
		ret_bytes[count++] = (uint8_t)(0x80 | (code >> 6 & 0x3f));
		ret_bytes[count++] = (uint8_t)(0x80 | (code & 0x3f));
	}
	return count;
}
