/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * replay_state.h - what the parts of a replay share: a recorded invocation becomes a strand, a list of
 * operations without times; strands and calls get their new times when the operations are played.
 *
 *   replay_setup.c    chain -> strands and calls       replay_change.c   which of them a change is made to
 *   replay_program.c  segments -> operations           replay.c          plays them
 *   replay_bill.c     new times -> states, waits and money
 */
#ifndef IDLETAX_ANALYSIS_REPLAY_STATE_H
#define IDLETAX_ANALYSIS_REPLAY_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "analysis/replay.h"

#define REPLAY_NONE UINT32_MAX

enum replay_op_kind {
	OP_WORK = 0,	   /* @span_ns in @state, wherever that comes to lie */
	OP_BEGIN = 1,	   /* the call begins, and those that follow it */
	OP_WAIT_FROM = 2,  /* blocked until @span_ns after the call's start, or its reply */
	OP_WAIT_REPLY = 3, /* blocked until @span_ns after the call's reply */
	OP_READ = 4,	   /* the call ends: once its reply is there */
	OP_CUT = 5,	   /* the call ends, whether or not there is a reply */
	OP_RESPOND = 6,
};

struct replay_op {
	uint64_t span_ns;
	uint32_t call;
	uint8_t kind;	/* enum replay_op_kind */
	uint8_t state;	/* enum state */
	uint8_t reason; /* enum unknown_reason */
};

enum replay_mode {
	CALL_KEPT = 0,
	CALL_INLINED = 1,
	CALL_ASYNC = 2,
};

/* An attempt. Its reply is there when its callee responded, or as long after its start as it was. */
struct replay_call {
	const struct exchange *attempt;
	uint32_t owner;	      /* the strand that made it */
	uint32_t callee;      /* the strand of attempt->callee; REPLAY_NONE: not in this chain */
	uint32_t answer;      /* the strand whose response is its reply; REPLAY_NONE */
	uint32_t first_child; /* strands that begin with it */
	uint32_t child_count;
	uint32_t next_follower; /* a call that begins with it */
	bool is_follower;
	uint8_t mode;		 /* enum replay_mode */
	uint64_t lead_ns;	 /* so much of it lies before its owner's start */
	uint64_t answered_ns;	 /* recorded: when its answer came; with one */
	uint64_t reply_after_ns; /* without: from its start to its reply */
	uint64_t read_after_ns;	 /* from its reply to its end */
	/* played */
	bool is_replied;
	uint64_t start_ns, reply_ns, end_ns;
	/* billed */
	uint64_t wait_ns, double_billed_ns, double_init_ns;
};

struct replay_strand {
	const struct invocation *invocation;
	uint32_t parent; /* strand; REPLAY_NONE: it begins when it began */
	uint32_t call;	 /* that it answers; REPLAY_NONE: it begins with its parent */
	uint32_t next_sibling, first_loose;
	uint32_t host; /* the strand on whose bill it is */
	uint32_t first_call;
	size_t op, op_end;
	bool is_parallel;		/* its calls were looked at */
	uint32_t memory_mb;		/* it is billed at */
	uint32_t cpu_before, cpu_after; /* shares of a CPU, in megabytes */
	/* played */
	bool has_begun, is_over;
	uint32_t waits_for; /* call */
	uint32_t stamp;	    /* of its valid entry in the queue */
	uint64_t time_ns;   /* it goes on; with waits_for: if no reply comes before */
	uint64_t since_ns;  /* it waits */
	uint64_t start_ns, response_ns;
	/* as a host, of all strands on its bill */
	uint32_t strand_count;
	uint64_t cpu_free_ns, end_ns;
};

/* What a host did, or was blocked in beside its calls. */
struct replay_piece {
	uint64_t start_ns, end_ns;
	uint32_t host;
	uint8_t state, reason;
};

struct replay {
	const struct chain *chain;
	const struct replay_change *changes;
	size_t change_count;
	const struct price_plan *plan;
	struct replay_strand *strands; /* by index in the chain's invocations */
	uint32_t strand_count;
	struct replay_call *calls; /* strand by strand, in order of the attempts */
	uint32_t call_count;
	struct replay_op *ops;
	size_t op_count, op_capacity;
	struct replay_piece *pieces;
	size_t piece_count, piece_capacity;
	struct replay_figures *figures;
};

/* Each returns 0 or -ENOMEM. */
int replay_setup(struct replay *replay);
void replay_change(struct replay *replay); /* modes, followers, shares and memory; tallies */
int replay_compile(struct replay *replay);
int replay_bill(struct replay *replay);

/* When @invocation had responded; its end where that is not known. */
static inline uint64_t replay_answered_ns(const struct invocation *invocation)
{
	uint64_t response_ns = invocation->response_ns;

	return !response_ns || response_ns < invocation->start_ns ||
			       response_ns > invocation->end_ns
		       ? invocation->end_ns
		       : response_ns;
}

/* An attempt's end inside the bill of @invocation, its owner, as the attribution of waits takes it. */
static inline uint64_t replay_attempt_end_ns(const struct invocation *invocation,
					     const struct exchange *attempt)
{
	return !attempt->is_over || attempt->end_ns > invocation->end_ns ? invocation->end_ns
									 : attempt->end_ns;
}

#endif
