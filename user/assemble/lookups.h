/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * lookups.h - look-ups of names over DNS, which are no calls: one belongs to the connection that is opened with
 * its answer (SEMANTICS 1).
 */
#ifndef IDLETAX_ASSEMBLE_LOOKUPS_H
#define IDLETAX_ASSEMBLE_LOOKUPS_H

#include "assemble/state.h"

/* @fact is a message from or to a DNS server. */
void lookups_push_message(struct assembler *assembler, const struct fact *fact);

/*
 * When the process of @fact asked for the name that it needed before it could open a connection at @opened_ns;
 * @opened_ns where it asked for none. Counts for one connection.
 */
uint64_t lookups_take(const struct assembler *assembler, const struct fact *fact,
		      uint64_t opened_ns);

#endif
