/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * invocation.h - one event handled by one environment (SEMANTICS 1), with its borders (2), the eight
 * states of its billed interval (3) and its double billing (4).
 */
#ifndef IDLETAX_MODEL_INVOCATION_H
#define IDLETAX_MODEL_INVOCATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/trace_context.h"
#include "model/environment.h"
#include "model/exchange.h"
#include "model/explanation.h"
#include "model/waste.h"

enum state { /* in the order in which they are printed */
	STATE_ACTIVE = 0,
	STATE_RUNNABLE = 1,
	STATE_WAIT_LAMBDA = 2,
	STATE_WAIT_SERVICE = 3,
	STATE_WAIT_TIMER = 4,
	STATE_WAIT_IO = 5,
	STATE_WAIT_LOCK = 6,
	STATE_UNKNOWN = 7,
	STATE_COUNT = 8,
};

enum unknown_reason {
	UNKNOWN_NONE = 0,
	UNKNOWN_UNEXPLAINED = 1,  /* blocked, and nothing says in what */
	UNKNOWN_LOSS = 2,	  /* facts were lost here */
	UNKNOWN_STOPPED = 3,	  /* stopped by a signal */
	UNKNOWN_SHARED = 4,	  /* several invocations were open and the owner is not known */
	UNKNOWN_NO_SCHEDULER = 5, /* the recording has no scheduler facts */
	UNKNOWN_THROTTLED = 6,	  /* its cgroup had used up its CPU quota */
};

enum invocation_status {
	STATUS_OK = 1,
	STATUS_ERROR = 2,
	STATUS_TIMEOUT = 3,
	STATUS_KILLED = 4,
	STATUS_CUT = 5,
};

enum invocation_flag {
	INVOCATION_INCOMPLETE = 1 << 0, /* touched by loss: its figures are bounds */
	INVOCATION_ESTIMATED = 1 << 1,	/* no scheduler facts: active is what no attempt covers */
	INVOCATION_SHARED = 1 << 2,	/* several at once, owner not known */
	INVOCATION_OVER_DEADLINE = 1 << 3,
	INVOCATION_RECURSIVE = 1 << 4,
	INVOCATION_START_INFERRED = 1 << 5, /* it had begun before the recording */
	INVOCATION_CONCURRENT = 1 << 6,	    /* others were open in its environment */
	INVOCATION_NO_INIT = 1 << 7,	    /* cold, but the start of its INIT was not seen */
	INVOCATION_UNKNOWN_MEMORY = 1 << 8, /* so it has no price: its costs are 0 */
	INVOCATION_TRACE_CONFLICT = 1 << 9, /* a header of it has another trace id than its chain */
	INVOCATION_TRACE_MALFORMED = 1 << 10, /* a trace header of it was malformed, and ignored */
	INVOCATION_MEMORY_GIVEN = 1 << 11,    /* its memory is what the user said (--memory) */
};

enum start_border {	     /* what its start is (SEMANTICS 2); append only */
	START_EVENT = 0,     /* its boundary's own: the event arrived */
	START_RECORDING = 1, /* it had begun before the recording */
	START_DISPATCH = 2,  /* its dispatcher wrote the event: that it was read was not seen */
	START_UNSEEN = 3,    /* its response began: its event was lost */
};

enum end_border {	   /* what its end is; append only */
	END_NONE = 0,	   /* it is open */
	END_NEXT = 1,	   /* the runtime asked for the next event */
	END_EXTENSION = 2, /* so did the last of its extensions, later */
	END_RESPONSE = 3,  /* its response was complete */
	END_RETURN = 4,	   /* the handler returned */
	END_DEATH = 5,	   /* its environment, or thread, died */
	END_RECORDING = 6, /* the recording ended */
	END_GIVEN_UP = 7,  /* the runtime asked for the next event without answering this one */
	/* its response: the next event came, that it was asked for was not seen */
	END_NEXT_UNSEEN = 8,
	END_RESULT_UNSEEN = 9, /* the next event came, or its thread ended: no result was seen */
	END_TAKEN = 10,	 /* its dispatcher received the result: that it was sent was not seen */
	END_CLOSED = 11, /* the connection ended without a response */
};

/* A stretch of the billed interval in one state; segments are adjacent and cover it exactly. */
struct segment {
	uint64_t start_ns;
	uint64_t end_ns;
	uint8_t state;	  /* enum state */
	uint8_t reason;	  /* enum unknown_reason, with STATE_UNKNOWN */
	uint32_t attempt; /* index into attempts, with STATE_WAIT_LAMBDA and STATE_WAIT_SERVICE */
};

struct invocation {
	uint32_t references;
	uint64_t id; /* counts from 0 in the order in which invocations began to be known */
	struct environment *environment; /* counted */
	const char *function;		 /* interned; bare name */
	const char *arn, *qualifier;	 /* or NULL */
	const char *request_id;		 /* or NULL */
	uint32_t occurrence; /* 0; 1, 2, ... where the request id came back in the environment */
	uint32_t memory_mb;  /* 0 unknown */
	uint32_t flags;	     /* enum invocation_flag */
	enum invocation_status status;
	bool is_cold;
	bool is_over;
	uint8_t start_border; /* enum start_border */
	uint8_t end_border;   /* enum end_border */

	/* borders; all CLOCK_MONOTONIC */
	uint64_t start_ns;
	uint64_t response_ns; /* last byte of its response; 0 none */
	uint64_t end_ns;
	uint64_t init_start_ns, init_end_ns; /* of a cold start; equal: none */
	uint64_t deadline_ns; /* from Deadline-Ms by the recorded clock pair; 0 unknown */
	/* its environment's, as far as known when the next event came, or it was settled */
	uint64_t peak_rss_bytes;
	uint32_t peak_processes;
	uint64_t peak_process_bytes;

	/* the hand-over: who gave it its event, and when (0 unknown) */
	uint32_t dispatcher_tgid;
	uint32_t dispatcher_tid;
	uint64_t dispatched_ns; /* the dispatcher wrote the event (first byte) */
	uint64_t taken_ns;	/* the dispatcher received the result (last byte) */
	uint32_t taker_tid;
	uint64_t dispatch_connection; /* dispatcher's side of the connection it came over; 0 none */
	struct exchange
		*request; /* counted: with an HTTP server of its own, what it serves; or NULL */
	struct digest event_body, event_json;	/* of the event */
	struct digest result_body, result_json; /* of the result */
	const char *trace_header;		/* that came with the event, or NULL */
	const char *function_error;		/* or NULL */

	struct exchange **attempts; /* counted each, in order of start */
	size_t attempt_count;
	uint32_t call_count;
	struct exchange **doubtful; /* counted each: of this one or of another that was open */
	size_t doubtful_count;
	uint32_t connections_unused; /* opened in it, and nothing was asked over them in it */
	uint32_t home_tgid;	     /* the process that does its work; 0: any of the environment */
	uint32_t home_tid;  /* the thread, where its code stays on one and that is known; or 0 */
	uint32_t *carriers; /* tids that moved bytes of its event, calls or response */
	size_t carrier_count;
	struct hash_map *carrier_table; /* of very many; private to invocation.c */

	/* --- filled by analysis --- */
	struct segment *segments; /* owned */
	size_t segment_count;
	struct explanation *explanation; /* owned; why each segment is; NULL unless asked for */
	uint64_t state_ns[STATE_COUNT];	 /* sums to end_ns - start_ns */
	bool has_doubtful_borders; /* incomplete for what was lost of itself, not of one beside it */
	uint64_t shared_ns;	   /* part of it in which it is not known whose work was done */
	uint64_t double_billed_ns, double_init_ns, transit_ns;
	enum link_kind link;
	uint32_t alternatives;
	struct link_basis basis;      /* why `link` is what it is */
	struct invocation *parent;    /* not counted; called it synchronously */
	struct invocation *caused_by; /* not counted; its Event call caused it */
	struct exchange *caller;  /* not counted; the attempt it answers (parent or caused_by) */
	struct exchange *outside; /* counted; of a root: the request of a traced client that is no
				     function's; or NULL */
	struct chain *chain;	  /* not counted */
	struct exchange *entry;	  /* counted: what it answers, as its dispatcher read it; or NULL */
	uint32_t depth;		  /* callers above it that wait, and itself */
	/* once its chain is told */
	uint8_t trace_id[TRACE_ID_BYTES];
	uint8_t span_id[SPAN_ID_BYTES];
	uint8_t parent_span_id[SPAN_ID_BYTES]; /* of the call it answers; all zero: none is known */
	struct lineage lineage;		       /* that came with it */
	uint64_t billed_ms; /* rounded up to 1 ms, with INIT where it is cold and that is billed */
	int64_t cost_pico, init_cost_pico, double_billed_pico;
	struct waste waste;
	uint64_t limit_ns;   /* when it must have answered (timeout_budget.h); 0 unknown */
	uint64_t gateway_ns; /* when an API in front of its chain would give up; 0 there is none */

	struct owned_text *texts; /* its request_id, trace_header, function_error */
};

struct invocation *invocation_new(void); /* one reference; NULL when out of memory */
struct invocation *invocation_ref(struct invocation *invocation);
void invocation_unref(struct invocation *invocation); /* releases attempts, environment, arrays */

/* Takes over one reference to @attempt. 0 or -ENOMEM. */
int invocation_add_attempt(struct invocation *invocation, struct exchange *attempt);
int invocation_add_doubtful(struct invocation *invocation, struct exchange *attempt); /* likewise */
int invocation_add_carrier(struct invocation *invocation, uint32_t tid); /* once each */
bool invocation_has_carrier(const struct invocation *invocation, uint32_t tid);

static inline uint64_t invocation_billed_ns(const struct invocation *invocation)
{
	return invocation->end_ns - invocation->start_ns;
}

static inline uint64_t invocation_init_ns(const struct invocation *invocation)
{
	return invocation->init_end_ns - invocation->init_start_ns;
}

/* Index of the first segment that ends after @time_ns; segment_count: there is none. */
size_t invocation_find_segment(const struct invocation *invocation, uint64_t time_ns);

/* The same, or at @time_ns itself. */
static inline size_t invocation_find_segment_until(const struct invocation *invocation,
						   uint64_t time_ns)
{
	return invocation_find_segment(invocation, time_ns ? time_ns - 1 : 0);
}

/* For qsort: an array of pointers, in order of start, then of id. */
int invocation_compare_start(const void *left, const void *right);

/* Whether its environment died in it: then how says environment->exit_code. */
static inline bool invocation_died(const struct invocation *invocation)
{
	return (invocation->status == STATUS_KILLED || invocation->status == STATUS_TIMEOUT) &&
	       invocation->environment->end_ns;
}

/* Field names in JSON and the terminal: "active", "wait_lambda", ...; "ok", "error", ...; "exact" ... */
const char *state_name(enum state state);
const char *status_name(enum invocation_status status);
const char *link_name(enum link_kind link);
const char *unknown_reason_name(enum unknown_reason reason);
const char *start_border_name(enum start_border border); /* "event", "recording", ... */
const char *end_border_name(enum end_border border);	 /* "next", "response", ... */
/* Name of one flag bit, e.g. "incomplete"; NULL past the last. */
const char *invocation_flag_name(unsigned int bit);

#endif
