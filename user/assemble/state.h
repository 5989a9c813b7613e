/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * state.h - what the assembler remembers beside the model's objects: one state per environment,
 * invocation and exchange that is in flight, and the queues that wait for time to pass. Private to
 * user/assemble.
 */
#ifndef IDLETAX_ASSEMBLE_STATE_H
#define IDLETAX_ASSEMBLE_STATE_H

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>

#include "assemble/assembler.h"
#include "assemble/connection_table.h"
#include "assemble/intervals.h"
#include "assemble/list.h"
#include "assemble/process_table.h"
#include "base/hash_map.h"
#include "base/string_pool.h"
#include "base/units.h"
#include "model/owned_text.h"

/* Running slices are cut every 100 ms, and the ring's delay. */
#define SETTLE_NS_DEFAULT 150000000ull
#define HANDOVER_NS 20000000ull		 /* how long the other side's view of a hand-over may lag */
#define RETAIN_NS 500000000ull		 /* runs of threads that no invocation needs yet */
#define LINGER_NS 2000000000ull		 /* a settled invocation waits so long for TAKEN */
#define CLOSED_NS 1000000000ull		 /* closed connections are remembered so long */
#define WORKER_END_EARLY_NS 5000000ull	 /* a timer may fire a little early ... */
#define WORKER_END_LATE_NS 1000000000ull /* ... and the thread may end after it as late as this */
#define KILL_EARLY_NS 100000000ull /* an emulator's clock may end it so much before its deadline */
#define HOME_NS 2000000000ull	  /* a settled one waits so long to know where others are at home */
#define HOME_AGAIN_NS 20000000ull /* and looks so often */
#define RUN_NS_MAX 900000000000ull    /* Lambda lets no function run longer */
#define TIMEOUT_LATE_NS 1000000000ull /* and an emulator may end one so much after its deadline */
#define RECENT_IDS 64 /* request ids per environment among which a repeated one is known */
#define RECENT_LOSSES 64

/* A GET /next, GET /restore/next or POST /init/error that was written and not answered. */
struct question {
	struct list link;	 /* connection.questions */
	struct list outstanding; /* environment_state.questions, where that is known */
	struct list asking;	 /* assembler.asking, while it is not */
	struct connection *connection;
	uint64_t sequence;
	uint64_t first_ns;
	uint32_t tgid;
	uint8_t kind;	   /* enum message_kind */
	bool is_failure;   /* /init/error, /restore/error */
	const char *error; /* and its kind, interned; or NULL */
};

struct environment_state {
	struct environment *environment; /* counted */
	struct list link;		 /* assembler.environments */
	struct process *root;		 /* of a process tree; NULL: see the next two */
	struct thread *worker;		 /* the worker thread, or NULL */
	bool is_remote;	     /* its processes are not traced: known from the emulator's side */
	bool is_concurrent;  /* says that it takes several events at once */
	bool is_preexisting; /* was there when the recording began */
	bool has_no_init;    /* what it runs is loaded within invocations */
	bool is_over;
	bool is_begin_told;
	bool is_end_told;
	bool has_slices;
	uint64_t api;		 /* connection_target of its Runtime API, 0 unknown */
	uint64_t remote;	 /* remote ones: identity of the other end */
	struct list processes;	 /* struct process.member */
	struct list worker_link; /* process.workers */
	struct list helpers;	 /* struct help.of_worker */
	struct list invocations; /* struct invocation_state, not settled, in order of start */
	struct list open;	 /* those of them that are not over, in any order */
	struct list settled;	 /* those that only wait for TAKEN */
	size_t untold_count;	 /* of its invocations: the sink does not know of them yet */
	struct list questions;
	struct list doubtful;		     /* struct doubtful_call, in order of first_ns */
	struct hash_map doubtful_by_touched; /* the same, by struct run.touched */
	size_t doubtful_count;
	uint64_t rss_bytes; /* the sum of its processes', of which so many have some */
	uint32_t resident_count;
	uint64_t timeout_ns;		 /* the longest that an event was given; 0 not known */
	uint64_t recent_ids[RECENT_IDS]; /* hashes */
	uint32_t recent_counts[RECENT_IDS];
	uint32_t recent_next;
	struct hash_map native_flows; /* of a preexisting one: those a call was seen of */
	struct intervals counted;     /* billed intervals taken out of outside_active_ns */
	struct intervals calls;	      /* of its worker thread: made outside every invocation */
};

enum invocation_phase {
	PHASE_OPEN = 0,
	PHASE_SETTLING = 1, /* over; its last runs may still come */
	PHASE_SETTLED = 2,  /* only TAKEN can still come */
};

/* Where the call of a native handler is. */
struct native_frame {
	uint64_t flow;	  /* its thread or goroutine; 0: another kind of border */
	uint64_t stack;	  /* stack pointer at its entry */
	uint64_t seen_ns; /* its last entry or return, with those of inner calls */
	uint32_t depth;	  /* of inner calls of handlers */
};

struct invocation_state {
	struct invocation *invocation; /* counted */
	struct environment_state *environment;
	struct list link;	   /* environment_state.invocations, or settled */
	struct list open;	   /* environment_state.open */
	struct list of_process;	   /* process.invocations, of a worker thread */
	struct list queue;	   /* assembler.handover, settling, lingering or finished */
	struct list by_id;	   /* ring of those with the same id_hash, newest first */
	struct list open_attempts; /* struct exchange_state */
	struct failed_connect *failed_connects;
	size_t failed_connect_count, failed_connect_capacity;
	uint64_t *opened; /* connections, by id */
	size_t opened_count, opened_capacity;
	enum invocation_phase phase;
	uint64_t due_ns; /* in its queue */
	uint64_t id_hash;
	uint64_t serial;	       /* counts from 0; invocation->id becomes the analysis' */
	uint64_t connection, sequence; /* the runtime's end over which its event came */
	uint64_t next_ns;	       /* the first GET /next written since its start; 0 none */
	uint64_t pending_end_ns;       /* the runtime was done here; extensions are not; 0 */
	uint64_t port, result_message; /* worker: its port, its result's message */
	struct native_frame native;
	uint32_t receiver_tid;		     /* that received the event */
	enum invocation_status taken_status; /* with is_taken: what the dispatcher saw */
	bool is_begin_told;
	bool is_begun_late; /* at its response: its event had not been told */
	bool is_taken;
	bool has_response;
	bool has_cut_response; /* the runtime hung up while it wrote it */
	bool has_lost_calls;   /* some that may be its own were given up */
	bool ends_at_response; /* /next was written before, or others are open */
};

struct exchange_state {
	struct exchange *exchange; /* counted */
	struct connection *connection;
	struct invocation_state *owner; /* or NULL */
	struct list link;		/* connection.exchanges */
	struct list open;		/* invocation_state.open_attempts */
	uint64_t answered_ns;		/* it is over here unless more comes; 0: no answer yet */
	uint64_t request_bytes;		/* of the request's body */
	bool is_connecting;		/* so far it only makes its connection */
	bool may_go_on;			/* what answers it can be more than one run */
};

struct assembler {
	struct assembler_options options;
	struct model_sink sink;
	int error; /* the first failure: of the sink, or -ENOMEM */
	uint64_t now_ns;
	uint64_t advanced_ns;
	uint64_t swept_ns;
	uint64_t unswept_facts; /* since processes were swept */
	struct string_pool strings;
	struct process_table processes;
	struct connection_table connections;
	struct hash_map by_request_id;	/* id_hash -> the newest struct invocation_state */
	struct hash_map http_functions; /* by port */
	struct list environments;
	struct hash_map remotes; /* the remote ones, by environment_state.remote */
	struct list extensions;	 /* struct extension (extensions.c) */
	struct list asking;	 /* struct question of an unknown environment, in order of time */
	struct list handover;	 /* begun, waiting for the dispatcher's view; in order of due_ns */
	struct list settling;	 /* in order of due_ns */
	struct list lingering;	 /* in order of due_ns */
	struct list finished;	 /* settled and taken: they are freed with the next fact */
	struct fact_loss losses[RECENT_LOSSES];
	size_t loss_count, loss_next;
	uint32_t environment_count;
	uint64_t invocation_count;
	uint64_t exchange_count;
};

/* Remembers the first failure. */
static inline void assembler_fail(struct assembler *assembler, int error)
{
	if (error && !assembler->error)
		assembler->error = error;
}

/* An object's own copy of @text, which may be NULL. */
static inline const char *assembler_own(struct assembler *assembler, struct owned_text **texts,
					const char *text)
{
	const char *copy = owned_text_add(texts, text);

	if (text && !copy)
		assembler_fail(assembler, -ENOMEM);
	return copy;
}

/* Whether a message is from the side that asks (client) or the one that answers. */
static inline bool message_is_client_side(const struct fact_message *message)
{
	bool is_response = message->flags & MESSAGE_IS_RESPONSE;

	return (message->direction == MESSAGE_SENT) != is_response;
}

#endif
