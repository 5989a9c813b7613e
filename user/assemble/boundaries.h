/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * boundaries.h - the doors of each kind of boundary (SEMANTICS 2): one file each beside this one.
 */
#ifndef IDLETAX_ASSEMBLE_BOUNDARIES_H
#define IDLETAX_ASSEMBLE_BOUNDARIES_H

#include "assemble/state.h"

/* runtime_api.c: messages of the kinds RUNTIME_*, EXTENSION*, TELEMETRY. */
void runtime_api_push_message(struct assembler *assembler, const struct fact *fact,
			      struct connection *connection);
/* Open questions of a connection that was closed. */
void runtime_api_close(struct assembler *assembler, struct connection *connection);
/* The dispatcher's word for a response that the runtime's side did not tell. */
void runtime_api_adopt_taken(struct assembler *assembler, struct invocation_state *state);
void runtime_api_process_end(struct assembler *assembler, const struct process *process);

/* node_worker.c: WORKER_SENT, _EVENT, _RESULT, _TAKEN. */
void node_worker_push(struct assembler *assembler, const struct fact *fact);

/* child_process.c: messages of the kinds LINE_EVENT and LINE_RESULT. */
void child_process_push_message(struct assembler *assembler, const struct fact *fact,
				struct connection *connection);

#endif
