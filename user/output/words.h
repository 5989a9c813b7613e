/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * words.h - sentences put together piece by piece, and printed in lines that fit.
 */
#ifndef IDLETAX_OUTPUT_WORDS_H
#define IDLETAX_OUTPUT_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define WORDS_BYTES 1024 /* what is longer is cut */

struct words {
	char text[WORDS_BYTES];
	size_t used;
	bool is_utf8; /* what names may consist of */
};

void words_begin(struct words *words, bool is_utf8);
void words_add(struct words *words, const char *format, ...) __attribute__((format(printf, 2, 3)));
void words_name(struct words *words, const char *name); /* made safe and shortened; NULL: "?" */
void words_ms(struct words *words, uint64_t ns);	/* "12.3 ms" */
/* "1 call", "3 calls" */
void words_count(struct words *words, uint64_t count, const char *one, const char *several);

/* @text in lines of at most @columns, where its spaces allow: some become newlines. */
void words_wrap(char lines[WORDS_BYTES], const char *text, unsigned int columns);
/* Lines of at most @columns, the first after @label, all others below it. With a newline at the end. */
void words_print(FILE *file, const struct words *words, const char *label, unsigned int columns);

#endif
