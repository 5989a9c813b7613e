/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * failed_connects.h - connects that were refused or given up before there was a connection. Nothing was
 * said of what they were for: only where the same address is asked again are they attempts of that call.
 */
#ifndef IDLETAX_ASSEMBLE_FAILED_CONNECTS_H
#define IDLETAX_ASSEMBLE_FAILED_CONNECTS_H

#include "assemble/state.h"

/* @connection is closed: remembers it, where it never was one, with the invocation that is open alone. */
void failed_connects_note(struct assembler *assembler, const struct connection *connection,
			  uint64_t time_ns);

/* At the settling of @state, before its calls are numbered: those that were tried again are attempts. */
void failed_connects_add_attempts(struct assembler *assembler, struct invocation_state *state);

void failed_connects_release(struct invocation_state *state);

#endif
