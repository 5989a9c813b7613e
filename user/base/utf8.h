/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * utf8.h - which bytes are UTF-8 (RFC 3629: shortest form, no surrogates, up to U+10FFFF).
 */
#ifndef IDLETAX_BASE_UTF8_H
#define IDLETAX_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>

/* Length of the sequence that @text begins with, 1 to 4; 0 where it is none or @bytes cut it. */
size_t utf8_length(const char *text, size_t bytes);
bool utf8_is_valid(const char *text, size_t bytes);

#endif
