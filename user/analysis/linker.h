/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * linker.h - which request each invocation answers. Per process that hands events over ("dispatcher")
 * the requests it received and the events it gave away are matched one to one (evidence.h,
 * matching.h); a request belongs to the attempt at the other end of its socket, or of its way through
 * relays (hops.h). A pair is decided as soon as nothing that can still happen would change it.
 */
#ifndef IDLETAX_ANALYSIS_LINKER_H
#define IDLETAX_ANALYSIS_LINKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "analysis/dispatcher.h"
#include "base/hash_map.h"
#include "model/invocation.h"

/* Where an invocation came from. Pointers are borrowed for the call. */
struct link_decision {
	struct invocation *invocation;
	struct exchange *request;  /* what its dispatcher received; NULL none */
	struct exchange *origin;   /* and what that was before it was sent on; else the same */
	struct exchange *attempt;  /* the other end of that; NULL not traced */
	struct invocation *caller; /* whose attempt it is; NULL: no invocation's */
	enum link_kind link;
	uint32_t alternatives;
	struct link_basis basis;
	bool is_event;
	bool is_rerun; /* the attempt has led to another run of the event before */
};

struct linker_sink {
	void *context;
	/* Once per invocation that was added, after it settled. */
	int (*linked)(void *context, const struct link_decision *decision);
	/* An attempt of @owner that linker_watch counted waits for nothing any more. */
	int (*attempt_decided)(void *context, struct invocation *owner);
};

struct client {			   /* the client's side of an exchange */
	struct exchange *exchange; /* counted */
	struct client *newer;
	bool is_unreached; /* in linker.unreached: its other end was not found yet */
	struct client *before, *after;
};

struct reruns;

struct linker {
	struct linker_sink sink;
	struct hash_map dispatchers; /* by tgid */
	struct hash_map requests;    /* undecided, by connection and sequence */
	struct hash_map by_peer;     /* the same by the client's connection, where it is known */
	struct hash_map clients;     /* client sides, by connection and sequence */
	struct hash_map forwards;    /* rows that are requests sent on, by the same */
	struct hash_map events;	     /* rows that are events, by dispatcher and invocation */
	struct dispatcher network;   /* what addresses are translated in */
	struct client *unreached;
	struct client *oldest, *newest; /* clients that are over, in order */
	struct dispatcher *over;	/* dispatchers whose process died */
	struct reruns *reruns;		/* Event calls' runs that failed; NULL: none so far */
	struct arena scratch;
	/* --- decisions --- */
	uint64_t now_ns;  /* of the last linker_resolve */
	uint64_t due_ns;  /* what ended before is decided then, whatever is not known */
	size_t undecided; /* rows and columns that it left */
	size_t news;	  /* of these and newer ones, what ended since */
};

void linker_init(struct linker *linker, const struct linker_sink *sink);
void linker_release(struct linker *linker);

/* All return 0 or negative errno. */
int linker_add_exchange(struct linker *linker, struct exchange *exchange);
int linker_end_exchange(struct linker *linker, struct exchange *exchange);
int linker_add_invocation(struct linker *linker, struct invocation *invocation);
int linker_settle_invocation(struct linker *linker, struct invocation *invocation);
/*
 * One that serves a request itself (invocation->request): decided by the socket alone, at once unless
 * whose call that is depends on invocations that go on.
 */
int linker_settle_served(struct linker *linker, struct invocation *invocation);

/* The process ended; its id may come back for another one, of which nothing is known. */
void linker_end_process(struct linker *linker, uint32_t tgid);

/* True where @attempt reached a request that is not decided: sink.attempt_decided will tell. */
bool linker_watch(struct linker *linker, const struct exchange *attempt, struct invocation *owner);

/* Decides what can be decided. */
int linker_resolve(struct linker *linker, uint64_t now_ns);
/* Decides everything, for nothing more will come: what has no answer gets none. */
int linker_finish(struct linker *linker, uint64_t now_ns);

/*
 * Whether it is worth its while: each time compares all that is undecided, so a good part of that should have
 * ended.
 */
bool linker_has_enough(const struct linker *linker, uint64_t now_ns);

#endif
