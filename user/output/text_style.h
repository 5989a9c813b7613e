/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * text_style.h - what the place where text is read can show, and names made safe for it.
 */
#ifndef IDLETAX_OUTPUT_TEXT_STYLE_H
#define IDLETAX_OUTPUT_TEXT_STYLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct text_style {
	unsigned int columns;
	bool is_utf8;
	bool has_color;
};

#define TEXT_COLUMNS_MAX 256

/*
 * Copies @text into @out (@bytes with the NUL) for a terminal: at most @columns characters (and at most
 * TEXT_COLUMNS_MAX). A longer one loses its middle, where '~' stands: names of one application often
 * begin alike. Control characters and what is not UTF-8 become '?', beyond ASCII too unless @is_utf8.
 * Returns the number of characters.
 */
size_t text_safe(char *out, size_t bytes, const char *text, size_t columns, bool is_utf8);

/* The same of a text that is not cut. */
void text_put_safe(FILE *file, const char *text, bool is_utf8);

/* A line of its own, behind an empty one. */
void text_heading(FILE *file, const struct text_style *style, const char *text);

#endif
