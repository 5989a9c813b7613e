/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * link_json.h - the members of a link in JSON: the same for an invocation's caller and a call's callee.
 */
#ifndef IDLETAX_OUTPUT_LINK_JSON_H
#define IDLETAX_OUTPUT_LINK_JSON_H

#include "analysis/results.h"
#include "base/json_writer.h"

/* "link", "alternatives" where it is ambiguous, "reason" where it is none or root, "evidence". */
void json_link(struct json_writer *writer, enum link_kind link, uint32_t alternatives,
	       const struct link_basis *basis);

/* "not_linked": how many of what, and why; nothing where all are linked. */
void json_not_linked(struct json_writer *writer, const struct unlinked *unlinked);

#endif
