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
	size_t length = utf8_printable_length(text, strnlen(text, UTF8_BYTES_MAX));

	return length == 1 || is_utf8 ? length : 0;
}

struct safe_text {
	char *out;
	size_t bytes, used;
	bool is_utf8;
};

/* Copies @count characters; returns how many fitted. */
static size_t copy_characters(struct safe_text *safe, const char *text, size_t count)
{
	size_t copied = 0;

	while (*text && copied < count) {
		size_t length = character_bytes(text, safe->is_utf8);
		size_t taken = length ? length : 1;

		if (safe->used + taken >= safe->bytes)
			break;
		if (length)
			memcpy(safe->out + safe->used, text, length);
		else
			safe->out[safe->used] = '?';
		safe->used += taken;
		text += taken;
		copied++;
	}
	return copied;
}

static const char *skip_characters(const char *text, size_t count, bool is_utf8)
{
	for (; *text && count; count--) {
		size_t length = character_bytes(text, is_utf8);

		text += length ? length : 1;
	}
	return text;
}

static size_t count_characters(const char *text, bool is_utf8)
{
	size_t count = 0;

	for (; *text; count++)
		text = skip_characters(text, 1, is_utf8);
	return count;
}

size_t text_safe(char *out, size_t bytes, const char *text, size_t columns, bool is_utf8)
{
	struct safe_text safe = { .out = out, .bytes = bytes, .is_utf8 = is_utf8 };
	size_t count = count_characters(text, is_utf8);
	size_t copied, head;

	if (columns > TEXT_COLUMNS_MAX)
		columns = TEXT_COLUMNS_MAX;
	if (count <= columns) {
		copied = copy_characters(&safe, text, count);
	} else if (columns == 0) {
		copied = 0;
	} else {
		head = (columns - 1) / 3;
		copied = copy_characters(&safe, text, head);
		copied += copy_characters(&safe, "~", 1);
		text = skip_characters(text, count - (columns - 1 - head), is_utf8);
		copied += copy_characters(&safe, text, columns);
	}
	out[safe.used] = 0;
	return copied;
}

void text_put_safe(FILE *file, const char *text, bool is_utf8)
{
	while (*text) {
		size_t length = character_bytes(text, is_utf8);

		fwrite(length ? text : "?", 1, length ? length : 1, file);
		text += length ? length : 1;
	}
}

void text_heading(FILE *file, const struct text_style *style, const char *text)
{
	fprintf(file, style->has_color ? "\n\033[1m%s\033[0m\n" : "\n%s\n", text);
}
