/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * evidence.h - how well a request that an emulator received and an event that it handed over go
 * together: a number in which no amount of weaker evidence outweighs stronger evidence.
 *
 *   hard   the order of time, names and ids; that a served Invoke was handed over at all
 *   soft   digests of event and result; the function's name where the emulator knows one name only
 *   order  first come, first served: distances in time, squared
 */
#ifndef IDLETAX_ANALYSIS_EVIDENCE_H
#define IDLETAX_ANALYSIS_EVIDENCE_H

#include <stdbool.h>
#include <stdint.h>

#include "model/invocation.h"

#define EVIDENCE_HARD (1ll << 56)
#define EVIDENCE_SOFT (1ll << 40)
#define EVIDENCE_ORDER (1ll << 28) /* what a pair has at least: more than distances take away */
#define EVIDENCE_IMPOSSIBLE 0

/* What is known of the process that received the one and handed over the other. */
struct evidence_context {
	bool knows_several_functions;
};

/* Whether an emulator can hand an event over for it at all. */
bool evidence_is_request(const struct exchange *exchange);
bool evidence_is_event(const struct exchange *exchange); /* answered before the function ran */
/* LocalStack's POST /invoke: names the event by its id, and is answered before the function ran, too. */
bool evidence_is_named(const struct exchange *exchange);

/*
 * The function that a request names, if an event of another one cannot be its where names tell (below); else
 * NULL. Whether they do for @invocation.
 */
const char *evidence_named_function(const struct exchange *request);
bool evidence_names_tell(const struct invocation *invocation,
			 const struct evidence_context *context);

/*
 * The times that matter: when the event was handed over; when the request was there in full (its
 * beginning where the end is not sure); when it was answered (UINT64_MAX: it is open, or its answer
 * says nothing about its event). A request can be an event's only if received <= dispatched <= answered.
 */
uint64_t evidence_dispatched_ns(const struct invocation *invocation);
uint64_t evidence_received_ns(const struct exchange *request);
uint64_t evidence_answered_ns(const struct exchange *request);

/* An Event call whose event can still be handed over when it has been answered. */
bool evidence_may_come_later(const struct exchange *request);
/* The receiver refused it: no event was handed over for it. */
bool evidence_is_refused(const struct exchange *request);

/*
 * Digests: 1 equal, -1 different, 0 nothing to say. The JSON digest where both have one: it does not
 * mind spacing.
 */
int evidence_compare_bodies(const struct digest *json_a, const struct digest *body_a,
			    const struct digest *json_b, const struct digest *body_b);
/* 0, or less the farther two moments that should follow each other are apart. */
int64_t evidence_distance(uint64_t from_ns, uint64_t to_ns);

/* What of the two agrees or contradicts: bits of enum link_evidence. */
uint32_t evidence_agreement(const struct exchange *request, const struct invocation *invocation);

/* EVIDENCE_IMPOSSIBLE, or a weight. @request: the server's side; @invocation may still be open. */
int64_t evidence_weigh(const struct exchange *request, const struct invocation *invocation,
		       const struct evidence_context *context);

#endif
