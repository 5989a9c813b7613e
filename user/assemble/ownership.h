/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * ownership.h - whose work is done where several invocations are open in one environment (SEMANTICS 3,
 * last paragraph). An invocation is at home in the process that received its event, and on one thread
 * of it where the language keeps code on the thread that it began on. What is done at home by nobody
 * else is its own; a helper thread works for whom it was woken by, or whose bytes it moved, until it
 * blocks; a call is of whom its place, its trace id, or an SDK's id that another attempt of it has, leaves
 * no doubt. All else is not known.
 */
#ifndef IDLETAX_ASSEMBLE_OWNERSHIP_H
#define IDLETAX_ASSEMBLE_OWNERSHIP_H

#include "assemble/state.h"
#include "assemble/timelines.h"

/* A call that can be that of several invocations: decided when one of them is settled. */
struct doubtful_call {
	struct list link;	   /* environment_state.doubtful */
	struct exchange *exchange; /* counted */
	uint64_t first_ns;	   /* of its request */
	uint32_t owner;		   /* as in struct run.touched, once that is known; 0 not yet */
	bool is_shared;		   /* some invocation was settled without knowing */
};

/* The code of @state runs on the thread of @fact, from its begin to its end. */
void ownership_note_thread(struct assembler *assembler, struct invocation_state *state,
			   const struct fact *fact);
/* The thread of @fact received the event of @state; sent its response; moved other bytes of it. */
void ownership_note_event(struct assembler *assembler, struct invocation_state *state,
			  const struct fact *fact);
void ownership_note_response(struct assembler *assembler, struct invocation_state *state,
			     const struct fact *fact);
void ownership_note_bytes(struct assembler *assembler, const struct invocation_state *state,
			  const struct fact *fact);
/* The same of a doubtful call. */
void ownership_note_call_bytes(struct assembler *assembler, const struct exchange *exchange,
			       const struct fact *fact);
/* Something was lost: any thread may have helped an invocation since, so none is nobody's any more. */
void ownership_note_loss(struct environment_state *environment);
/* @process is about to end: what was at home in it is so in its parent. */
void ownership_note_end(struct process *process);

/*
 * Of those open at @time_ns, the one whose call @fact is. NULL: of none, or *ret_is_doubtful: it can be
 * that of several.
 */
struct invocation_state *ownership_of_call(const struct assembler *assembler,
					   const struct environment_state *environment,
					   const struct fact *fact, bool *ret_is_doubtful);
/* Keeps it until it is known whose it is; where that are too many, the oldest stay unowned. */
void ownership_add_doubtful(struct assembler *assembler, struct environment_state *environment,
			    struct exchange *exchange, uint64_t first_ns);
void ownership_drop_doubtful(struct environment_state *environment, struct exchange *exchange);

/* Whether it may only be settled later: where another one that was open beside it is at home is not
 * known yet. */
bool ownership_is_awaited(const struct invocation_state *state, uint64_t now_ns);
/* At the settling of @state: decides what doubtful calls began in it, or has it know of them. */
void ownership_settle_calls(struct assembler *assembler, struct invocation_state *state);
/* Forgets doubtful calls that began before all that is not settled. */
void ownership_trim(struct environment_state *environment);
/* Fills @builder with the runs that are the work of @state, or may be; 0 or -ENOMEM. */
int ownership_fill(const struct assembler *assembler, const struct invocation_state *state,
		   struct timeline_builder *builder);
/* Whether others were open beside it, or could have been. */
bool ownership_matters(const struct invocation_state *state);

#endif
