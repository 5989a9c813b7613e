/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * extensions.h - Lambda extensions: an environment is done with an event only when all of its extensions
 * have asked for the next, too (SEMANTICS 2). Keyed by the extension's topmost process, since a shell
 * asks through a child per request. One may ask before its environment's runtime has asked for anything.
 */
#ifndef IDLETAX_ASSEMBLE_EXTENSIONS_H
#define IDLETAX_ASSEMBLE_EXTENSIONS_H

#include "assemble/state.h"

/* A GET .../event/next or its answer, of @process over @connection. */
void extensions_push_next(struct assembler *assembler, struct process *process,
			  const struct connection *connection, const struct fact_message *message);

/* Whether an extension of @environment still works on its last event. */
bool extensions_are_busy(const struct assembler *assembler,
			 const struct environment_state *environment);

/* It was one: it is waited for no longer. */
void extensions_process_end(struct assembler *assembler, const struct process *process);

void extensions_release(struct assembler *assembler);

#endif
