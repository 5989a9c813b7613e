/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * words.c - see words.h.
 */
#include "output/words.h"

#include <stdarg.h>
#include <string.h>

#include "base/units.h"
#include "output/summary.h"
#include "output/text_style.h"

#define NAME_COLUMNS 60
#define TEXT_COLUMNS_MIN 20

void words_begin(struct words *words, bool is_utf8)
{
	words->text[0] = 0;
	words->used = 0;
	words->is_utf8 = is_utf8;
}

void words_add(struct words *words, const char *format, ...)
{
	size_t room = sizeof(words->text) - words->used;
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vsnprintf(words->text + words->used, room, format, arguments);
	va_end(arguments);
	if (length > 0)
		words->used += (size_t)length < room ? (size_t)length : room - 1;
}

void words_name(struct words *words, const char *name)
{
	char safe[NAME_COLUMNS * 4 + 1];

	text_safe(safe, sizeof(safe), name ? name : "?", NAME_COLUMNS, words->is_utf8);
	words_add(words, "%s", safe);
}

void words_ms(struct words *words, uint64_t ns)
{
	char text[UNITS_TEXT_MAX];

	words_add(words, "%s", format_read_ms(text, ns));
}

void words_count(struct words *words, uint64_t count, const char *one, const char *several)
{
	words_add(words, "%llu %s", (unsigned long long)count, count == 1 ? one : several);
}

/* Columns of @bytes at @text: continuation bytes of UTF-8 take none. */
static unsigned int count_columns(const char *text, size_t bytes)
{
	unsigned int columns = 0;

	for (size_t i = 0; i < bytes; i++)
		columns += ((unsigned char)text[i] & 0xc0) != 0x80;
	return columns;
}

void words_wrap(char lines[WORDS_BYTES], const char *text, unsigned int columns)
{
	char *space = NULL; /* the last one of the line */
	unsigned int at = 0;

	snprintf(lines, WORDS_BYTES, "%s", text);
	for (char *byte = lines; *byte; byte++) {
		if (*byte == ' ')
			space = byte;
		at += count_columns(byte, 1);
		if (at <= columns || !space)
			continue;
		*space = '\n';
		at = count_columns(space + 1, (size_t)(byte - space));
		space = NULL;
	}
}

void words_print(FILE *file, const struct words *words, const char *label, unsigned int columns)
{
	unsigned int indent = (unsigned int)strlen(label);
	char lines[WORDS_BYTES], *line = lines, *end;

	if (columns < indent + TEXT_COLUMNS_MIN)
		columns = indent + TEXT_COLUMNS_MIN;
	words_wrap(lines, words->text, columns - indent);
	fputs(label, file);
	while ((end = strchr(line, '\n'))) {
		fprintf(file, "%.*s\n%*s", (int)(end - line), line, (int)indent, "");
		line = end + 1;
	}
	fprintf(file, "%s\n", line);
}
