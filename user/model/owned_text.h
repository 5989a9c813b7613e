/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * owned_text.h - strings that live exactly as long as one object of the model. For what differs from
 * object to object (request ids, trace headers, paths): a pool would keep them all until the end.
 */
#ifndef IDLETAX_MODEL_OWNED_TEXT_H
#define IDLETAX_MODEL_OWNED_TEXT_H

struct owned_text;

/* A copy of @text that lives until owned_text_free; NULL for NULL, or when out of memory. */
const char *owned_text_add(struct owned_text **texts, const char *text);
void owned_text_free(struct owned_text *texts); /* NULL is allowed */

#endif
