/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * hops.h - the way of a request from the attempt that it began as to the process that handed its event
 * over: through sockets, through relays (relay.h), and through a network that translates addresses. Each
 * relay's rows are decided by its one assignment (dispatcher.h); a request waits until all on its way
 * are. Part of the linker, used by linker.c only.
 */
#ifndef IDLETAX_ANALYSIS_HOPS_H
#define IDLETAX_ANALYSIS_HOPS_H

#include "analysis/dispatcher.h"
#include "analysis/linker.h"

static inline uint64_t hops_key(uint64_t connection, uint64_t sequence)
{
	return hash_mix(connection) ^ hash_mix(sequence + 0x9e3779b97f4a7c15u);
}

/*
 * Finds @request's client at the other end of its socket and, where that is no invocation's attempt, asks
 * whose request it sent on. Called again as long as that is not known. 0 or -ENOMEM.
 */
int hops_bind(struct linker *linker, struct request *request);

/* A client side began, or may have been missed: it may be what its process passes on. 0 or -ENOMEM. */
int hops_add_forward(struct linker *linker, struct exchange *exchange);

/* A client side is over: its rows and columns are not open any more. */
void hops_note_end(struct linker *linker, const struct exchange *exchange);

/* Clients whose other end was not found by now may be in front of a translating network. 0 or -ENOMEM. */
int hops_find_translated(struct linker *linker);
/* No more can be asked of @client, which is freed. */
void hops_forget_client(struct linker *linker, struct client *client);

/* Has the rows of @dispatcher know whom what it sent on went to. */
void hops_name_rows(const struct linker *linker, struct dispatcher *dispatcher);

/* Decides the rows of @dispatcher that are requests it sent on, as far as they are ripe. */
void hops_decide(struct linker *linker, struct dispatcher *dispatcher, bool is_final);

#endif
