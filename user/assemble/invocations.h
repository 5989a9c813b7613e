/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * invocations.h - the life of an invocation, whatever its boundary: open, settling (over, its last runs
 * may come), settled (told with its timeline), forgotten.
 */
#ifndef IDLETAX_ASSEMBLE_INVOCATIONS_H
#define IDLETAX_ASSEMBLE_INVOCATIONS_H

#include "assemble/state.h"

/* What a boundary knows when an event arrives. Strings are copied. */
struct invocation_start {
	uint64_t start_ns;
	const char *request_id;
	const char *arn;
	const char *function; /* NULL: the environment's */
	const char *trace_header;
	uint32_t memory_mb; /* 0: the environment's */
	uint64_t deadline_ns;
	struct digest body, json;
	uint32_t flags; /* enum invocation_flag */
	enum start_border border;
};

/*
 * Opens one. The sink is not told until invocation_tell_begin, which the boundary calls at once, or
 * after @patience_ns at the latest when it waits for the dispatcher's view (invocation_await_handover).
 */
struct invocation_state *invocation_open(struct assembler *assembler,
					 struct environment_state *environment,
					 const struct invocation_start *start);
void invocation_await_handover(struct assembler *assembler, struct invocation_state *state,
			       uint64_t patience_ns);
void invocation_tell_begin(struct assembler *assembler, struct invocation_state *state);

/* Its environment's peak of memory has risen. */
void invocation_note_memory(struct invocation_state *state);

/* It is over at @end_ns, which is @border. Nothing the second time. */
void invocation_close(struct assembler *assembler, struct invocation_state *state, uint64_t end_ns,
		      enum end_border border);
/* Over because its environment died, or was killed. */
void invocation_close_dead(struct assembler *assembler, struct invocation_state *state,
			   uint64_t end_ns, uint32_t exit_code);
/* Its result reached the dispatcher. Nothing the second time. */
void invocation_take(struct assembler *assembler, struct invocation_state *state, uint64_t taken_ns,
		     uint32_t taker_tid);

/* Time has passed: begins, settlings and forgettings that are due. */
void invocations_advance(struct assembler *assembler);
/* All that is settling, in order, at the end of the recording. */
void invocations_settle_all(struct assembler *assembler);
void invocation_free(struct assembler *assembler, struct invocation_state *state);

/* The newest with this id in @environment (NULL: in any), or NULL. */
struct invocation_state *invocation_find(const struct assembler *assembler,
					 const struct environment_state *environment,
					 const char *request_id);
/* The one of @environment that was going on at @time_ns; how many did: 2 is several. */
size_t invocation_find_at(const struct environment_state *environment, uint64_t time_ns,
			  struct invocation_state **ret_first);
/* The oldest open one, or NULL. */
struct invocation_state *invocation_oldest_open(const struct environment_state *environment);

/* A loss was told: flags what it touches. */
void invocations_note_loss(struct assembler *assembler, const struct fact_loss *loss);

/* A deadline by the wall clock as time of the recording's clock, by its clock pair; 0 for none. */
uint64_t deadline_to_monotonic(const struct assembler *assembler, uint64_t deadline_ms);
/* The thread of @fact moved bytes of it. */
void invocation_add_message(struct assembler *assembler, struct invocation_state *state,
			    const struct fact *fact);
void invocation_add_carriers(struct assembler *assembler, struct invocation_state *state,
			     uint32_t tid, uint32_t last_tid);

#endif
