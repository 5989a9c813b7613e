/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * opened.h - connections that were opened in an invocation, of which some were never asked anything: who
 * opens one needs what is at its other end, whether or not it says so.
 */
#ifndef IDLETAX_ASSEMBLE_OPENED_H
#define IDLETAX_ASSEMBLE_OPENED_H

#include "assemble/state.h"

/* @fact tells of a connection, which is known by now. */
void opened_note(struct assembler *assembler, const struct fact *fact);

/* At the settling of @state, when its attempts are known: fills connections_unused. */
void opened_count(struct assembler *assembler, struct invocation_state *state);

void opened_release(struct invocation_state *state);

#endif
