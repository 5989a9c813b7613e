/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * utf8.h - which bytes are UTF-8 (RFC 3629: shortest form, no surrogates, up to U+10FFFF), and writing it.
 */
#ifndef IDLETAX_BASE_UTF8_H
#define IDLETAX_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Length of the sequence that @text begins with, 1 to 4; 0 where it is none or @bytes cut it. */
size_t utf8_length(const char *text, size_t bytes);
bool utf8_is_valid(const char *text, size_t bytes);
/*
 * The same, but 0 also where the character is none to print: it could command a terminal (C0 with tab and line
 * ends, DEL, C1), or is no character (U+FFFE, U+FFFF).
 */
size_t utf8_printable_length(const char *text, size_t bytes);
/* Valid, and all of it printable: can be printed anywhere. */
bool utf8_is_plain(const char *text, size_t bytes);

#define UTF8_BYTES_MAX 4

/*
 * Writes @code (below 0x200000) and returns its bytes, 1 to 4. A lone surrogate becomes the three bytes
 * that its number would have: whether it may appear is the caller's to know.
 */
size_t utf8_encode(uint8_t *ret_bytes, uint32_t code);

#endif
