/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * exchanges.h - requests and responses that are no boundary's: on each traced side one exchange, on the
 * client's side inside an invocation an attempt of one of its calls.
 */
#ifndef IDLETAX_ASSEMBLE_EXCHANGES_H
#define IDLETAX_ASSEMBLE_EXCHANGES_H

#include "assemble/state.h"

void exchanges_push_message(struct assembler *assembler, const struct fact *fact,
			    struct connection *connection);

/* The connection was closed: what is open on it ends; @tgid: only that process's, 0: all. */
void exchanges_close(struct assembler *assembler, struct connection *connection, uint64_t time_ns,
		     uint32_t tgid);

/* @exchange, of which that was not known when it was made, is an attempt of @owner. */
void exchanges_adopt(struct assembler *assembler, struct invocation_state *owner,
		     struct exchange *exchange);

/* At an invocation's settling: what goes beyond its end is cut there. */
void exchanges_cut_attempts(struct assembler *assembler, struct invocation_state *state);

#endif
