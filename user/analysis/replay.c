// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * replay.c - see replay.h. Plays the strands in order of time: a queue holds those that can go on, each at
 * the moment at which it can. A strand that waits for a reply leaves the queue until the reply is known.
 * Strands on one bill take turns on its CPU, in the order in which they come to need it.
 */
#include "analysis/replay.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/replay_state.h"
#include "base/array.h"
#include "base/heap.h"

struct entry {
	uint64_t time_ns;
	uint32_t strand;
	uint32_t stamp; /* another than the strand's: it goes on at another time */
};

struct player {
	struct replay *replay;
	struct entry *heap; /* the earliest on top; ties: the lower strand */
	size_t count, capacity;
	uint32_t over;
	int error;
};

/* ---- the queue ---- */

static bool is_earlier(const void *left, const void *right, const void *unused)
{
	const struct entry *a = left, *b = right;

	return a->time_ns != b->time_ns ? a->time_ns < b->time_ns : a->strand < b->strand;
}

static const struct heap_order entry_order = { sizeof(struct entry), is_earlier };

static void push(struct player *player, uint32_t index)
{
	struct replay_strand *strand = &player->replay->strands[index];
	struct entry entry = { strand->time_ns, index, ++strand->stamp };

	if (!player->error)
		player->error = array_make_room(&player->heap, player->count, &player->capacity,
						sizeof(*player->heap));
	if (player->error)
		return;
	player->heap[player->count++] = entry;
	heap_rise_last(&entry_order, player->heap, player->count, NULL);
}

static struct entry pop(struct player *player)
{
	struct entry first = player->heap[0];

	heap_drop_first(&entry_order, player->heap, player->count--, NULL);
	return first;
}

/* ---- calls ---- */

static void set_reply(struct player *player, uint32_t index, uint64_t time_ns)
{
	struct replay_call *call = &player->replay->calls[index];
	struct replay_strand *owner = &player->replay->strands[call->owner];

	call->is_replied = true;
	call->reply_ns = time_ns;
	if (owner->waits_for != index || owner->time_ns <= time_ns)
		return; /* it goes on earlier by itself */
	owner->time_ns = time_ns > owner->since_ns ? time_ns : owner->since_ns;
	push(player, call->owner);
}

static void begin_strand(struct player *player, uint32_t index, uint64_t time_ns)
{
	struct replay_strand *strand = &player->replay->strands[index];

	strand->start_ns = strand->time_ns = time_ns;
	push(player, index);
}

/* As long after @before, which is now @after, as it was; earlier where the difference is negative. */
static uint64_t shift(uint64_t time_ns, uint64_t before, uint64_t after)
{
	return time_ns - before + after;
}

static void begin_call(struct player *player, uint32_t index, uint64_t time_ns)
{
	struct replay *replay = player->replay;
	struct replay_call *call = &replay->calls[index];

	call->start_ns = time_ns - call->lead_ns;
	if (call->mode == CALL_ASYNC || call->answer == REPLAY_NONE)
		set_reply(player, index, call->start_ns + call->reply_after_ns);
	for (uint32_t i = call->first_child; i != REPLAY_NONE; i = replay->strands[i].next_sibling)
		begin_strand(player, i,
			     call->mode == CALL_INLINED
				     ? time_ns
				     : shift(replay->strands[i].invocation->start_ns,
					     call->attempt->start_ns, call->start_ns));
}

/* ---- operations ---- */

static void wait_for(struct replay_strand *strand, uint32_t call, uint64_t until_ns)
{
	strand->waits_for = call;
	strand->since_ns = strand->time_ns;
	strand->time_ns = until_ns;
}

/* Whether @strand can go on now; else it waits. */
static bool wait_from(struct player *player, uint32_t index, const struct replay_op *op)
{
	struct replay_strand *strand = &player->replay->strands[index];
	const struct replay_call *call = &player->replay->calls[op->call];
	uint64_t until_ns = call->start_ns + op->span_ns;

	if (call->is_replied && call->reply_ns < until_ns)
		until_ns = call->reply_ns;
	if (until_ns > strand->time_ns && !call->is_replied) {
		wait_for(strand, op->call, until_ns);
		push(player, index);
		return false;
	}
	if (until_ns > strand->time_ns)
		strand->time_ns = until_ns;
	return true;
}

static bool wait_reply(struct player *player, uint32_t index, const struct replay_op *op)
{
	struct replay_strand *strand = &player->replay->strands[index];
	const struct replay_call *call = &player->replay->calls[op->call];

	if (!call->is_replied) {
		wait_for(strand, op->call, UINT64_MAX);
		return false;
	}
	if (call->reply_ns + op->span_ns > strand->time_ns)
		strand->time_ns = call->reply_ns + op->span_ns;
	return true;
}

/*
 * What waited for a CPU (runnable) was kept from it by others than those on its bill; what was throttled
 * by the quota of that bill.
 */
static bool needs_cpu(const struct replay_op *op)
{
	return op->state == STATE_ACTIVE || op->reason == UNKNOWN_SHARED ||
	       op->reason == UNKNOWN_THROTTLED;
}

/* False: others on the same bill may be next. */
static bool work(struct player *player, uint32_t index, const struct replay_op *op)
{
	struct replay *replay = player->replay;
	struct replay_strand *strand = &replay->strands[index];
	struct replay_strand *host = &replay->strands[strand->host];
	bool is_in_turn = host->strand_count > 1 && needs_cpu(op);
	struct replay_piece piece = { .host = strand->host,
				      .state = op->state,
				      .reason = op->reason };

	if (is_in_turn && host->cpu_free_ns > strand->time_ns)
		strand->time_ns = host->cpu_free_ns;
	piece.start_ns = strand->time_ns;
	piece.end_ns = strand->time_ns += op->span_ns;
	if (is_in_turn)
		host->cpu_free_ns = piece.end_ns;
	if (!player->error)
		player->error = array_make_room(&replay->pieces, replay->piece_count,
						&replay->piece_capacity, sizeof(*replay->pieces));
	if (!player->error)
		replay->pieces[replay->piece_count++] = piece;
	return host->strand_count == 1;
}

static void respond(struct player *player, uint32_t index)
{
	struct replay *replay = player->replay;
	struct replay_strand *strand = &replay->strands[index];
	const struct replay_call *call;

	strand->response_ns = strand->time_ns;
	if (strand->call == REPLAY_NONE)
		return;
	call = &replay->calls[strand->call];
	if (call->answer == index && call->mode != CALL_ASYNC)
		set_reply(player, strand->call,
			  shift(call->answered_ns, replay_answered_ns(strand->invocation),
				strand->time_ns));
}

/* Its reader may have waited for another meanwhile, that ended before it when it was recorded. */
static void end_call(struct replay_call *call, uint64_t time_ns)
{
	uint64_t read_ns = call->reply_ns + call->read_after_ns;

	call->end_ns = read_ns < time_ns ? read_ns : time_ns;
}

/* Whether @strand goes on with the operation after it. */
static bool play_op(struct player *player, uint32_t index, const struct replay_op *op)
{
	struct replay *replay = player->replay;
	struct replay_strand *strand = &replay->strands[index];

	switch (op->kind) {
	case OP_WORK:
		strand->op++; /* it is done when the strand goes on */
		if (work(player, index, op))
			break;
		push(player, index);
		return false;
	case OP_BEGIN:
		strand->op++;
		for (uint32_t i = op->call; i != REPLAY_NONE; i = replay->calls[i].next_follower)
			begin_call(player, i, strand->time_ns);
		break;
	case OP_WAIT_FROM:
		strand->op += wait_from(player, index, op);
		return strand->waits_for == REPLAY_NONE;
	case OP_WAIT_REPLY:
		strand->op += wait_reply(player, index, op);
		return strand->waits_for == REPLAY_NONE;
	case OP_READ:
		if (!wait_reply(player, index, op))
			return false;
		strand->op++;
		end_call(&replay->calls[op->call], strand->time_ns);
		break;
	case OP_CUT:
		strand->op++;
		replay->calls[op->call].end_ns = strand->time_ns;
		break;
	case OP_RESPOND:
		strand->op++;
		respond(player, index);
		break;
	}
	return true;
}

static void begin_loose(struct player *player, const struct replay_strand *parent)
{
	const struct replay *replay = player->replay;

	for (uint32_t i = parent->first_loose; i != REPLAY_NONE;
	     i = replay->strands[i].next_sibling)
		begin_strand(player, i,
			     shift(replay->strands[i].invocation->start_ns,
				   parent->invocation->start_ns, parent->start_ns));
}

static void play_strand(struct player *player, uint32_t index)
{
	struct replay *replay = player->replay;
	struct replay_strand *strand = &replay->strands[index];

	strand->waits_for = REPLAY_NONE;
	if (!strand->has_begun) {
		strand->has_begun = true;
		begin_loose(player, strand);
	}
	while (strand->op < strand->op_end && !player->error)
		if (!play_op(player, index, &replay->ops[strand->op]))
			return;
	strand->is_over = true;
	player->over++;
	if (strand->time_ns > replay->strands[strand->host].end_ns)
		replay->strands[strand->host].end_ns = strand->time_ns;
}

static int play(struct replay *replay)
{
	struct player player = { .replay = replay };

	for (uint32_t i = 0; i < replay->strand_count; i++)
		if (replay->strands[i].parent == REPLAY_NONE)
			begin_strand(&player, i, replay->strands[i].invocation->start_ns);
	while (player.count && !player.error) {
		struct entry entry = pop(&player);

		if (entry.stamp == replay->strands[entry.strand].stamp)
			play_strand(&player, entry.strand);
	}
	/* Who waits waits for what it called, which waits for none but what it called: a tree has leaves. */
	assert(player.error || player.over == replay->strand_count);
	free(player.heap);
	return player.error;
}

static uint64_t find_latency(const struct replay *replay)
{
	for (uint32_t i = 0; i < replay->strand_count; i++)
		if (replay->strands[i].invocation == replay->chain->root)
			return replay->strands[i].response_ns - replay->strands[i].start_ns;
	return 0;
}

static uint64_t count_chains(const struct replay *replay)
{
	uint64_t count = 1;

	for (uint32_t i = 0; i < replay->call_count; i++)
		count += replay->calls[i].mode == CALL_ASYNC;
	return count;
}

int replay_chain(const struct chain *chain, const struct replay_change *changes, size_t count,
		 const struct price_plan *plan, struct replay_figures *ret_after)
{
	struct replay_figures figures = { 0 };
	struct replay replay = { .chain = chain,
				 .changes = changes,
				 .change_count = count,
				 .plan = plan,
				 .figures = &figures };
	int error = count > REPLAY_CHANGES_MAX ? -EINVAL : replay_setup(&replay);

	if (!error) {
		replay_change(&replay);
		error = replay_compile(&replay);
	}
	if (!error)
		error = play(&replay);
	if (!error)
		error = replay_bill(&replay);
	if (!error) {
		figures.latency_ns = find_latency(&replay);
		figures.chains = count_chains(&replay);
		*ret_after = figures;
	}
	free(replay.pieces);
	free(replay.ops);
	free(replay.calls);
	free(replay.strands);
	return error;
}
