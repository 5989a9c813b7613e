/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * dispatcher.h - one process that received requests or handed events over: its undecided requests
 * (columns) and events (rows). Used by linker.c and assignment.c only.
 */
#ifndef IDLETAX_ANALYSIS_DISPATCHER_H
#define IDLETAX_ANALYSIS_DISPATCHER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "analysis/evidence.h"
#include "model/invocation.h"

struct request {
	struct exchange *server;   /* counted */
	struct exchange *client;   /* counted; NULL not found (yet) */
	struct invocation *owner;  /* counted, once watched: whose attempt the client side is */
	struct invocation *served; /* counted; the settled one that serves it itself, or NULL */
	bool is_watched;	   /* the owner's chain waits for it */
	bool is_released;
	bool is_decided;
	bool is_wanted;	   /* in the last assignment some row could be its */
	bool was_wanted;   /* in some assignment */
	bool is_passed_on; /* its process is a relay: another request has taken its client */
	bool is_doubtful;  /* and could as well have taken another's */
	enum link_kind
		relayed; /* how surely `client` is at the far end of relays; 0: there are none */
	uint32_t relay_alternatives;
	uint32_t client_evidence; /* enum link_evidence: how `client` was found */
	uint8_t relays;		  /* between it and `server` */
	uint8_t trace_id[16];	  /* once released */
};

struct handover {
	struct invocation *invocation; /* counted */
	bool is_settled;
	bool is_decided;
	/* --- the last assignment --- */
	struct request *request;
	enum link_kind link;
	uint32_t alternatives;
	uint32_t choice;      /* enum link_evidence: how it was chosen */
	uint32_t requests;    /* that it can be for, beside `request` */
	uint32_t events;      /* that `request` can be for, beside this one */
	bool is_ripe;	      /* nothing that can still come would change it */
	bool can_have_caller; /* one of its possible requests is an invocation's */
};

struct dispatcher {
	uint32_t tgid;
	bool is_dirty;
	bool is_over; /* the process is dead: forgotten once all is decided */
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

/*
 * Assigns rows to columns by what is known now; fills each settled row's members from `request` on, and each
 * column's is_wanted and was_wanted.
 * Groups too big for an exact answer are paired best first, and called ambiguous.
 * 0 or -ENOMEM.
 */
int dispatcher_assign(struct dispatcher *dispatcher);

#endif
