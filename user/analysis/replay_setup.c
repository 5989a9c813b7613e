// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * replay_setup.c - a chain's invocations and attempts as strands and calls that know each other: who is
 * called by which, and whose response is a call's reply.
 */
#include <errno.h>
#include <stdlib.h>

#include "analysis/replay_state.h"
#include "base/hash_map.h"

/* Values of the maps are indices plus one: 0 is none. */
static int put_index(struct hash_map *map, const void *key, uint32_t index)
{
	return hash_map_put(map, (uint64_t)(uintptr_t)key, (void *)((uintptr_t)index + 1));
}

static uint32_t find_index(const struct hash_map *map, const void *key)
{
	uintptr_t value = (uintptr_t)hash_map_find(map, (uint64_t)(uintptr_t)key);

	return value ? (uint32_t)(value - 1) : REPLAY_NONE;
}

static int allocate(struct replay *replay)
{
	const struct chain *chain = replay->chain;
	size_t calls = 0;

	for (size_t i = 0; i < chain->invocation_count; i++)
		calls += chain->invocations[i]->attempt_count;
	if (calls >= REPLAY_NONE || chain->invocation_count >= REPLAY_NONE)
		return -ENOMEM;
	replay->strands = calloc(chain->invocation_count + 1, sizeof(*replay->strands));
	replay->calls = calloc(calls + 1, sizeof(*replay->calls));
	return replay->strands && replay->calls ? 0 : -ENOMEM;
}

static int add_strand(struct replay *replay, const struct invocation *invocation,
		      struct hash_map *strands, struct hash_map *calls)
{
	uint32_t index = replay->strand_count++;
	struct replay_strand *strand = &replay->strands[index];
	int error = put_index(strands, invocation, index);

	*strand = (struct replay_strand){
		.invocation = invocation,
		.parent = REPLAY_NONE,
		.call = REPLAY_NONE,
		.next_sibling = REPLAY_NONE,
		.first_loose = REPLAY_NONE,
		.host = index,
		.first_call = replay->call_count,
		.memory_mb = invocation->memory_mb,
		.cpu_before = 1,
		.cpu_after = 1,
		.waits_for = REPLAY_NONE,
	};
	for (size_t i = 0; i < invocation->attempt_count && !error; i++) {
		const struct exchange *attempt = invocation->attempts[i];
		uint32_t call = replay->call_count++;

		replay->calls[call] = (struct replay_call){
			.attempt = attempt,
			.owner = index,
			.callee = REPLAY_NONE,
			.answer = REPLAY_NONE,
			.first_child = REPLAY_NONE,
			.next_follower = REPLAY_NONE,
			.lead_ns = attempt->start_ns < invocation->start_ns
					   ? invocation->start_ns - attempt->start_ns
					   : 0,
		};
		error = put_index(calls, attempt, call);
	}
	return error;
}

static void join(struct replay *replay, uint32_t index, const struct hash_map *strands,
		 const struct hash_map *calls)
{
	struct replay_strand *strand = &replay->strands[index];
	const struct invocation *invocation = strand->invocation;
	struct replay_call *call;
	uint32_t found;

	if (!invocation->parent || invocation == replay->chain->root)
		return;
	strand->parent = find_index(strands, invocation->parent);
	if (strand->parent == REPLAY_NONE)
		return;
	found = find_index(calls, invocation->caller);
	if (found == REPLAY_NONE || replay->calls[found].owner != strand->parent) {
		strand->next_sibling = replay->strands[strand->parent].first_loose;
		replay->strands[strand->parent].first_loose = index;
		return;
	}
	strand->call = found;
	call = &replay->calls[found];
	strand->next_sibling = call->first_child;
	call->first_child = index;
	call->child_count++;
}

/* The last that responded before the call's end; an event can be run again. */
static uint32_t find_answer(const struct replay *replay, const struct replay_call *call,
			    uint64_t end_ns)
{
	const struct exchange *attempt = call->attempt;
	uint32_t answer = REPLAY_NONE;
	uint64_t answered_ns = 0;

	for (uint32_t i = call->first_child; i != REPLAY_NONE;
	     i = replay->strands[i].next_sibling) {
		uint64_t time_ns = replay_answered_ns(replay->strands[i].invocation);

		if (time_ns > end_ns || (answer != REPLAY_NONE && time_ns < answered_ns))
			continue;
		answer = i;
		answered_ns = time_ns;
	}
	/* Two processes' clocks are one, but what is noted last is not what happened last. */
	if (answer == REPLAY_NONE && call->callee != REPLAY_NONE &&
	    replay->strands[call->callee].call == (uint32_t)(call - replay->calls) &&
	    attempt->is_over && attempt->has_response && !attempt->is_cut && !attempt->is_dangling)
		answer = call->callee;
	return answer;
}

static void settle_call(struct replay *replay, struct replay_call *call,
			const struct hash_map *strands)
{
	const struct exchange *attempt = call->attempt;
	const struct invocation *owner = replay->strands[call->owner].invocation;
	uint64_t end_ns = replay_attempt_end_ns(owner, attempt);

	if (attempt->callee)
		call->callee = find_index(strands, attempt->callee);
	if (!attempt->is_client || attempt->service_class == SERVICE_LAMBDA_EVENT)
		return;
	call->answer = find_answer(replay, call, end_ns);
	if (call->answer == REPLAY_NONE)
		return;
	call->answered_ns = replay_answered_ns(replay->strands[call->answer].invocation);
	if (call->answered_ns > end_ns)
		call->answered_ns = end_ns;
}

int replay_setup(struct replay *replay)
{
	const struct chain *chain = replay->chain;
	struct hash_map strands, calls;
	int error = allocate(replay);

	hash_map_init(&strands);
	hash_map_init(&calls);
	for (size_t i = 0; i < chain->invocation_count && !error; i++)
		error = add_strand(replay, chain->invocations[i], &strands, &calls);
	for (uint32_t i = replay->strand_count; i-- > 0 && !error;) /* siblings in order */
		join(replay, i, &strands, &calls);
	for (uint32_t i = 0; i < replay->call_count && !error; i++)
		settle_call(replay, &replay->calls[i], &strands);
	hash_map_release(&strands);
	hash_map_release(&calls);
	return error;
}
