/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * text_style.c - see text_style.h. Names come from traces that may be anybody's: none of their bytes
 * reaches a terminal as a command.
 */
#include "output/text_style.h"

#include <string.h>

#include "base/utf8.h"

/* The length of the printable character at @text, or 0. */
static size_t character_bytes(const char *text, bool is_utf8)
{
	const unsigned char *bytes = (const unsigned char *)text;
	size_t length = utf8_length(text, strnlen(text, 4));

	if (length == 1)
		return bytes[0] >= 0x20 && bytes[0] != 0x7f;
	if (!is_utf8)
		return 0;
	if (bytes[0] == 0xc2 && bytes[1] < 0xa0) /* C1 control characters */
		return 0;
	if (bytes[0] == 0xef && bytes[1] == 0xbf && bytes[2] >= 0xbe) /* no characters */
		return 0;
	return length;
}

size_t text_safe(char *out, size_t bytes, const char *text, size_t columns, bool is_utf8)
{
	const char *next = text;
	size_t used = 0, count = 0, last = 0;

	while (*next && count < columns) {
		size_t length = character_bytes(next, is_utf8);

		if (used + (length ? length : 1) >= bytes)
			break;
		last = used;
		if (length)
			memcpy(out + used, next, length);
		else
			out[used] = '?';
		used += length ? length : 1;
		next += length ? length : 1;
		count++;
	}
	if (*next && count) {
		out[last] = '~';
		used = last + 1;
	}
	out[used] = 0;
	return count;
}
