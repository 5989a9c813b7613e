// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * replay_change.c - which calls and invocations a change is made to, and why it is not made to the others.
 * What is not known for sure is left as it was.
 */
#include <string.h>

#include "analysis/edge.h"
#include "analysis/replay_state.h"

#define GAP_PART_MAX 4 /* of either call's length */

static bool is_named(const char *name, const char *wanted)
{
	return !strcmp(name ? name : "?", wanted);
}

static bool is_function_call(const struct exchange *attempt)
{
	return attempt->service_class == SERVICE_LAMBDA_SYNC ||
	       attempt->service_class == SERVICE_LAMBDA_EVENT;
}

static bool is_tried_again(const struct exchange *attempt)
{
	return attempt->retry || attempt->is_repeated;
}

static bool is_answered(const struct exchange *attempt)
{
	return attempt->is_client && attempt->is_over && !attempt->is_cut && !attempt->is_dangling;
}

/* REPLAY_LEFT_COUNT: nothing speaks against it. */
static enum replay_left judge_invocation(const struct invocation *invocation)
{
	const uint32_t doubt = INVOCATION_INCOMPLETE | INVOCATION_SHARED |
			       INVOCATION_START_INFERRED;

	if (invocation->flags & doubt || invocation->status == STATUS_CUT || !invocation->is_over)
		return REPLAY_LEFT_INCOMPLETE;
	if (invocation->status == STATUS_KILLED || invocation->status == STATUS_TIMEOUT)
		return REPLAY_LEFT_ENDED;
	return REPLAY_LEFT_COUNT;
}

static enum replay_left judge_call(const struct replay *replay, const struct replay_call *call,
				   enum replay_kind kind)
{
	const struct exchange *attempt = call->attempt;
	const struct replay_strand *callee;
	enum replay_left reason;

	if (attempt->service_class == SERVICE_LAMBDA_EVENT)
		return REPLAY_LEFT_EVENT;
	if (kind == REPLAY_ASYNC && is_tried_again(attempt))
		return REPLAY_LEFT_RETRIED;
	if (call->callee == REPLAY_NONE || call->child_count != 1)
		return REPLAY_LEFT_UNLINKED;
	callee = &replay->strands[call->callee];
	if (attempt->link == LINK_AMBIGUOUS || callee->invocation->link == LINK_AMBIGUOUS)
		return REPLAY_LEFT_AMBIGUOUS;
	reason = judge_invocation(replay->strands[call->owner].invocation);
	if (reason == REPLAY_LEFT_COUNT)
		reason = judge_invocation(callee->invocation);
	if (reason == REPLAY_LEFT_COUNT && (call->answer != call->callee || !is_answered(attempt)))
		reason = REPLAY_LEFT_ENDED;
	return reason;
}

static void change_call(struct replay *replay, struct replay_call *call,
			const struct replay_change *change, struct replay_tally *tally)
{
	const char *caller = replay->strands[call->owner].invocation->function;
	enum replay_left reason;

	if (call->mode != CALL_KEPT || !is_named(caller, change->caller) ||
	    !is_function_call(call->attempt) ||
	    !is_named(attempt_callee_name(call->attempt), change->callee))
		return;
	reason = judge_call(replay, call, change->kind);
	if (reason != REPLAY_LEFT_COUNT) {
		tally->left[reason]++;
		return;
	}
	tally->taken++;
	if (change->kind == REPLAY_INLINE) {
		call->mode = CALL_INLINED;
		return;
	}
	call->mode = CALL_ASYNC;
	call->reply_after_ns = change->accept_ns;
	if (!change->accept_ns) {
		const struct invocation *callee = replay->strands[call->callee].invocation;
		uint64_t length_ns = call->attempt->end_ns - call->attempt->start_ns;
		uint64_t there_ns = replay_answered_ns(callee) - callee->start_ns;
		uint64_t init_ns = invocation_init_ns(callee);

		/* The way there and back; a queue does not wait for a cold start. */
		call->reply_after_ns = length_ns > there_ns ? length_ns - there_ns : 0;
		if (callee->init_start_ns >= call->attempt->start_ns)
			call->reply_after_ns -=
				init_ns < call->reply_after_ns ? init_ns : call->reply_after_ns;
	}
}

/* ---- calls at once ---- */

/* Calls of a strand that begin with the first of them, or with those beside it. */
struct group {
	uint32_t leader, last_follower;
	uint64_t end_ns; /* recorded, of the last of them */
	uint64_t shortest_ns;
	bool is_open; /* others may join */
};

static bool can_join(const struct replay_call *call)
{
	return call->mode == CALL_KEPT && is_answered(call->attempt) &&
	       call->attempt->service_class != SERVICE_OTHER && !is_tried_again(call->attempt);
}

/* Whether nothing worth the name lies between @group and the call that began at @start_ns. */
static bool is_next(const struct invocation *invocation, const struct group *group,
		    uint64_t start_ns, uint64_t length_ns)
{
	uint64_t gap_ns = start_ns - group->end_ns;

	if (gap_ns > REPLAY_GAP_MAX_NS || gap_ns > group->shortest_ns / GAP_PART_MAX ||
	    gap_ns > length_ns / GAP_PART_MAX)
		return false;
	for (size_t i = invocation_find_segment(invocation, group->end_ns);
	     i < invocation->segment_count && invocation->segments[i].start_ns < start_ns; i++) {
		uint8_t state = invocation->segments[i].state;

		if (state == STATE_WAIT_LAMBDA || state == STATE_WAIT_SERVICE ||
		    state == STATE_WAIT_TIMER)
			return false;
	}
	return true;
}

static void add_to_group(struct replay *replay, uint32_t index, struct group *group,
			 struct replay_tally *tally)
{
	struct replay_call *call = &replay->calls[index];
	const struct exchange *attempt = call->attempt;
	const struct invocation *owner = replay->strands[call->owner].invocation;
	uint64_t end_ns = replay_attempt_end_ns(owner, attempt);
	uint64_t length_ns = end_ns > attempt->start_ns ? end_ns - attempt->start_ns : 0;

	if (group->leader != REPLAY_NONE && attempt->start_ns < group->end_ns) {
		group->is_open = group->is_open && can_join(call); /* they overlap as it is */
	} else if (group->leader != REPLAY_NONE && group->is_open && can_join(call) &&
		   is_next(owner, group, attempt->start_ns, length_ns)) {
		replay->calls[group->last_follower].next_follower = index;
		group->last_follower = index;
		call->is_follower = true;
		tally->taken++;
	} else {
		tally->left[REPLAY_LEFT_BUSY] += group->leader != REPLAY_NONE && can_join(call);
		*group = (struct group){ .leader = index,
					 .last_follower = index,
					 .shortest_ns = length_ns,
					 .is_open = can_join(call) };
	}
	if (end_ns > group->end_ns)
		group->end_ns = end_ns;
	if (length_ns < group->shortest_ns)
		group->shortest_ns = length_ns;
}

static void change_strand_calls(struct replay *replay, struct replay_strand *strand,
				struct replay_tally *tally)
{
	struct group group = { .leader = REPLAY_NONE };
	uint32_t end = strand->first_call + (uint32_t)strand->invocation->attempt_count;
	enum replay_left reason = judge_invocation(strand->invocation);

	if (strand->is_parallel)
		return;
	strand->is_parallel = true;
	for (uint32_t i = strand->first_call; i < end; i++) {
		if (!replay->calls[i].attempt->is_client)
			continue;
		if (reason == REPLAY_LEFT_COUNT)
			add_to_group(replay, i, &group, tally);
		else
			tally->left[reason] += i > strand->first_call;
	}
}

/* ---- memory ---- */

static uint32_t cpu_share(uint32_t memory_mb)
{
	return memory_mb < REPLAY_MB_PER_CPU ? memory_mb : REPLAY_MB_PER_CPU;
}

static void change_memory(struct replay_strand *strand, uint32_t memory_mb,
			  struct replay_tally *tally)
{
	uint32_t before_mb = strand->invocation->memory_mb;

	strand->memory_mb = memory_mb;
	if (!before_mb) {
		tally->left[REPLAY_LEFT_NO_MEMORY]++;
		return;
	}
	tally->taken++;
	strand->cpu_before = cpu_share(before_mb);
	strand->cpu_after = cpu_share(memory_mb);
}

/* ---- all of them ---- */

static bool is_inlined(const struct replay *replay, const struct replay_strand *strand)
{
	return strand->call != REPLAY_NONE && replay->calls[strand->call].mode == CALL_INLINED;
}

static uint32_t find_host(const struct replay *replay, uint32_t strand)
{
	while (replay->strands[strand].host == strand &&
	       is_inlined(replay, &replay->strands[strand]))
		strand = replay->strands[strand].parent;
	return replay->strands[strand].host;
}

/* Nearly always a parent comes before its callees: then one step up finds the host. */
static void set_hosts(struct replay *replay)
{
	for (uint32_t i = 0; i < replay->strand_count; i++) {
		uint32_t host = find_host(replay, i);

		replay->strands[i].host = host;
		replay->strands[host].strand_count++;
	}
}

static void change_strands(struct replay *replay, const struct replay_change *change,
			   struct replay_tally *tally)
{
	for (uint32_t i = 0; i < replay->strand_count; i++) {
		struct replay_strand *strand = &replay->strands[i];

		if (!is_named(strand->invocation->function, change->caller))
			continue;
		if (change->kind == REPLAY_PARALLEL)
			change_strand_calls(replay, strand, tally);
		else if (!is_inlined(replay, strand))
			change_memory(strand, change->memory_mb, tally);
	}
}

static void make_change(struct replay *replay, const struct replay_change *change,
			struct replay_tally *tally)
{
	switch (change->kind) {
	case REPLAY_INLINE:
	case REPLAY_ASYNC:
		for (uint32_t i = 0; i < replay->call_count; i++)
			change_call(replay, &replay->calls[i], change, tally);
		break;
	case REPLAY_PARALLEL:
	case REPLAY_MEMORY:
		change_strands(replay, change, tally);
		break;
	case REPLAY_PRICE_PLAN:
		replay->plan = change->plan;
		break;
	}
}

/* Inlining and 202s first: they decide which calls are still waited for, and whose memory counts. */
void replay_change(struct replay *replay)
{
	for (int round = 0; round < 2; round++) {
		for (size_t i = 0; i < replay->change_count; i++) {
			const struct replay_change *change = &replay->changes[i];
			bool is_of_calls = change->kind == REPLAY_INLINE ||
					   change->kind == REPLAY_ASYNC;

			if (is_of_calls == !round)
				make_change(replay, change, &replay->figures->tallies[i]);
		}
	}
	set_hosts(replay);
}
