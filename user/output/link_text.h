/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * link_text.h - links in words.
 */
#ifndef IDLETAX_OUTPUT_LINK_TEXT_H
#define IDLETAX_OUTPUT_LINK_TEXT_H

#include "model/invocation.h"
#include "output/words.h"

/* What follows "because": why there is no link. Never NULL. */
const char *link_reason_text(enum link_reason reason);

/* Adds why a link is labelled so. @callee: the invocation it leads to; NULL: none is known. */
void link_words(struct words *words, enum link_kind link, uint32_t alternatives,
		const struct link_basis *basis, const struct invocation *callee);

#endif
