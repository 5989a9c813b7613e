/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * dispatcher.h - one process that received requests and did something with them: its undecided requests
 * (columns), and the events that it handed over and the requests that it sent on (rows). Used by
 * linker.c, hops.c, assignment.c, relay.c and label.c only.
 */
#ifndef IDLETAX_ANALYSIS_DISPATCHER_H
#define IDLETAX_ANALYSIS_DISPATCHER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "analysis/evidence.h"
#include "base/arena.h"
#include "model/exchange.h"
#include "model/invocation.h"

#define RELAYS_MAX 8 /* in a row */

struct handover;

struct request {
	struct exchange *server;   /* counted */
	struct exchange *client;   /* counted; NULL not found (yet) */
	struct invocation *owner;  /* counted, once watched: whose attempt the client side is */
	struct invocation *served; /* counted; the settled one that serves it itself, or NULL */
	bool is_watched;	   /* the owner's chain waits for it */
	bool is_released;
	bool is_decided;
	bool is_wanted;	 /* in the last assignment some row could be its */
	bool was_wanted; /* in some assignment */
	bool is_reached; /* of the network: its other end was found after all */

	/* --- where its client had it from (hops.h) --- */
	bool is_way_known;	     /* that is asked, or decided */
	struct handover *way;	     /* the undecided row that asks, or NULL */
	struct request *upstream;    /* decided: the request that was sent on as this one */
	enum link_kind relayed;	     /* how surely; 0: no other one was */
	uint32_t relay_alternatives; /* with LINK_AMBIGUOUS */
	bool could_be_called;	     /* one of these is an invocation's, or may have been */
	bool is_way_lost;  /* decided: others were given all that it can have been before */
	uint32_t evidence; /* enum link_evidence: of `client`, and of `upstream` */
	bool is_passed_on; /* it was sent on itself ... */
	struct request *downstream; /* ... as this one, while that is not decided */
};

/* A row. Either an event or a request is what it is about. */
struct handover {
	struct invocation *invocation; /* counted: the event that was handed over; or NULL */
	struct exchange *forward;      /* counted: the request that was sent on; or NULL */
	struct request *far;  /* what asks for it: `forward` as it arrived; NULL none (yet) */
	const char *function; /* the one that whoever received it at last works for; or NULL */
	bool is_settled;      /* for an event; see handover_is_settled */
	bool is_decided;
	bool is_rerun; /* of an event: as it seems, one that had failed before, again */
	enum link_kind
		doubt; /* a pair with it is no surer: others were decided that it depends on; 0 */
	/* --- the last assignment --- */
	struct request *request;
	enum link_kind contest; /* how sure by this assignment alone */
	enum link_kind link;
	uint32_t alternatives;
	uint32_t choice;      /* enum link_evidence: how it was chosen */
	uint32_t requests;    /* that it can be for, beside `request` */
	uint32_t events;      /* that `request` can be for, beside this one */
	bool is_ripe;	      /* nothing that can still come would change it */
	bool is_put_off;      /* it has a request, which is not asked for before the row is due */
	bool can_have_caller; /* one of its possible requests is an invocation's */
};

struct dispatcher {
	uint32_t tgid;
	bool is_dirty;
	bool is_over;	 /* the process is dead: forgotten once all is decided */
	bool is_network; /* no process: what addresses are translated in (linker.network) */
	struct dispatcher *next_over;
	struct handover **rows; /* in order of dispatch as told */
	size_t row_count, row_capacity;
	struct request **columns;
	size_t column_count, column_capacity;
	const char *function; /* the first one it handed an event to */
	struct evidence_context evidence;
};

/* Whose attempt the request is; NULL: no invocation's. */
static inline struct invocation *request_owner(const struct request *request)
{
	if (request->owner)
		return request->owner;
	return request->client ? request->client->owner : NULL;
}

/* The first one on its way, as far as that is decided: what an invocation's attempt arrived as. */
static inline const struct request *request_origin(const struct request *request)
{
	for (int i = 0; request->upstream && i < RELAYS_MAX; i++)
		request = request->upstream;
	return request;
}

/* Its client is one of several invocations' that were open, and it is not known whose. */
static inline bool request_has_unknown_owner(const struct request *request)
{
	return request->client && request->client->is_unowned && !request_owner(request);
}

/* Whether an event can still be its, or a request what it was sent on as. */
static inline bool request_is_free(const struct request *request)
{
	return !request->is_decided && !request->is_passed_on && !request->is_reached;
}

static inline bool handover_is_settled(const struct handover *handover)
{
	return handover->invocation ? handover->is_settled : handover->forward->is_over;
}

/* It ended before @due_ns: what is not known by now is not waited for. */
static inline bool handover_is_due(const struct handover *handover, uint64_t due_ns)
{
	return (handover->invocation ? handover->invocation->end_ns : handover->forward->end_ns) <
	       due_ns;
}

/*
 * Assigns rows to columns by what is known now; fills the members from `request` on of each settled row that is
 * ripe by this or due, and each column's is_wanted and was_wanted.
 * Of groups too big for an exact answer, the parts that can be solved by themselves are; the rest is paired best
 * first, and called ambiguous.
 * @scratch: cleared before and left as it is.
 * 0 or -ENOMEM.
 */
int dispatcher_assign(struct dispatcher *dispatcher, uint64_t due_ns, struct arena *scratch);

#endif
