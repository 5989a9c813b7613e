/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * link_text.h - links in words.
 */
#ifndef IDLETAX_OUTPUT_LINK_TEXT_H
#define IDLETAX_OUTPUT_LINK_TEXT_H

#include "model/link_basis.h"

/* What follows "because": why there is no link. Never NULL. */
const char *link_reason_text(enum link_reason reason);

#endif
