// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * owned_text.c - a singly linked list of copies; objects have a handful each.
 */
#include "model/owned_text.h"

#include <stdlib.h>
#include <string.h>

struct owned_text {
	struct owned_text *next;
	char text[];
};

const char *owned_text_add(struct owned_text **texts, const char *text)
{
	size_t bytes = text ? strlen(text) + 1 : 0;
	struct owned_text *copy = text ? malloc(sizeof(*copy) + bytes) : NULL;

	if (!copy)
		return NULL;
	memcpy(copy->text, text, bytes);
	copy->next = *texts;
	*texts = copy;
	return copy->text;
}

void owned_text_free(struct owned_text *texts)
{
	while (texts) {
		struct owned_text *next = texts->next;

		free(texts);
		texts = next;
	}
}
