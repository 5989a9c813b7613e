/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * text_style.c - see text_style.h. Names come from traces that may be anybody's: none of their bytes
 * reaches a terminal as a command.
 */
#include "output/text_style.h"

#include <string.h>

/* The length of the UTF-8 sequence of a printable character at @text, or 0. */
static size_t character_bytes(const unsigned char *text, bool is_utf8)
{
	size_t length;

	if (text[0] < 0x80)
		return text[0] >= 0x20 && text[0] != 0x7f;
	if (!is_utf8 || text[0] < 0xc2 || text[0] > 0xf4)
		return 0;
	length = text[0] < 0xe0 ? 2 : text[0] < 0xf0 ? 3 : 4;
	for (size_t i = 1; i < length; i++)
		if (text[i] < 0x80 || text[i] > 0xbf)
			return 0;
	if ((text[0] == 0xc2 && text[1] < 0xa0) || /* C1 control characters */
	    (text[0] == 0xe0 && text[1] < 0xa0) || /* longer than needed */
	    (text[0] == 0xed && text[1] > 0x9f) || /* surrogates */
	    (text[0] == 0xef && text[1] == 0xbf && text[2] >= 0xbe) || /* no characters */
	    (text[0] == 0xf0 && text[1] < 0x90) || (text[0] == 0xf4 && text[1] > 0x8f))
		return 0;
	return length;
}

size_t text_safe(char *out, size_t bytes, const char *text, size_t columns, bool is_utf8)
{
	const unsigned char *next = (const unsigned char *)text;
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
