// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * replay_bill.c - what was played as states, waits and money, by the rules of a recorded invocation (wait.c,
 * double_billing.c, billing.c): every instant of a host's bill belongs to what it did then, else to the
 * outstanding call that ends first, else to what it was blocked in.
 */
#include <errno.h>
#include <stdlib.h>

#include "analysis/billing.h"
#include "analysis/replay_state.h"
#include "analysis/sums.h"
#include "base/heap.h"

enum level { /* of what happens at one instant the lowest decides */
	LEVEL_ACTIVE = 0,
	LEVEL_RUNNABLE,
	LEVEL_UNDECIDED, /* unknown, whatever is outstanding */
	LEVEL_CALL,
	LEVEL_TIMER,
	LEVEL_IO,
	LEVEL_LOCK,
	LEVEL_UNKNOWN,
	LEVEL_COUNT,
};

static const enum state level_state[LEVEL_COUNT] = {
	[LEVEL_ACTIVE] = STATE_ACTIVE,	   [LEVEL_RUNNABLE] = STATE_RUNNABLE,
	[LEVEL_UNDECIDED] = STATE_UNKNOWN, [LEVEL_CALL] = STATE_WAIT_SERVICE,
	[LEVEL_TIMER] = STATE_WAIT_TIMER,  [LEVEL_IO] = STATE_WAIT_IO,
	[LEVEL_LOCK] = STATE_WAIT_LOCK,	   [LEVEL_UNKNOWN] = STATE_UNKNOWN,
};

struct mark {
	uint64_t time_ns;
	uint32_t host;
	uint32_t call; /* with LEVEL_CALL, which is marked at its beginning only */
	uint8_t level;
	int8_t change;
};

struct ledger {
	struct replay *replay;
	struct mark *marks;
	size_t mark_count, next;
	uint32_t *outstanding; /* a heap of calls, the one that ends first on top */
	size_t outstanding_count;
	size_t levels[LEVEL_COUNT];
};

static enum level find_level(const struct replay_piece *piece)
{
	switch (piece->state) {
	case STATE_ACTIVE:
		return LEVEL_ACTIVE;
	case STATE_RUNNABLE:
		return LEVEL_RUNNABLE;
	case STATE_WAIT_TIMER:
		return LEVEL_TIMER;
	case STATE_WAIT_IO:
		return LEVEL_IO;
	case STATE_WAIT_LOCK:
		return LEVEL_LOCK;
	default:
		return piece->reason == UNKNOWN_STOPPED || piece->reason == UNKNOWN_SHARED ||
				       piece->reason == UNKNOWN_THROTTLED
			       ? LEVEL_UNDECIDED
			       : LEVEL_UNKNOWN;
	}
}

/* ---- outstanding calls ---- */

static uint32_t host_of(const struct replay *replay, const struct replay_call *call)
{
	return replay->strands[call->owner].host;
}

static uint64_t end_of(const struct replay *replay, const struct replay_call *call)
{
	uint64_t host_end_ns = replay->strands[host_of(replay, call)].end_ns;

	return call->end_ns < host_end_ns ? call->end_ns : host_end_ns;
}

/* Of the definitions: ties go to the earlier start, then to the lower id. */
static bool is_before(const void *left, const void *right, const void *context)
{
	const struct replay *replay = context;
	const struct replay_call *a = &replay->calls[*(const uint32_t *)left];
	const struct replay_call *b = &replay->calls[*(const uint32_t *)right];
	uint64_t a_end_ns = end_of(replay, a), b_end_ns = end_of(replay, b);

	if (a_end_ns != b_end_ns)
		return a_end_ns < b_end_ns;
	if (a->start_ns != b->start_ns)
		return a->start_ns < b->start_ns;
	return a->attempt->id < b->attempt->id;
}

static const struct heap_order call_order = { sizeof(uint32_t), is_before };

static void add_outstanding(struct ledger *ledger, uint32_t call)
{
	ledger->outstanding[ledger->outstanding_count++] = call;
	heap_rise_last(&call_order, ledger->outstanding, ledger->outstanding_count, ledger->replay);
}

static void remove_first(struct ledger *ledger)
{
	heap_drop_first(&call_order, ledger->outstanding, ledger->outstanding_count--,
			ledger->replay);
}

/* The call to which an instant without work belongs; NULL where none is outstanding. */
static struct replay_call *find_outstanding(struct ledger *ledger, uint64_t time_ns)
{
	struct replay *replay = ledger->replay;

	while (ledger->outstanding_count &&
	       end_of(replay, &replay->calls[ledger->outstanding[0]]) <= time_ns)
		remove_first(ledger);
	return ledger->outstanding_count ? &replay->calls[ledger->outstanding[0]] : NULL;
}

/* ---- marks ---- */

static void add_marks(struct ledger *ledger, struct mark mark, uint64_t from_ns, uint64_t to_ns)
{
	const struct replay_strand *host = &ledger->replay->strands[mark.host];

	if (from_ns < host->start_ns)
		from_ns = host->start_ns;
	if (to_ns > host->end_ns)
		to_ns = host->end_ns;
	if (from_ns >= to_ns)
		return;
	mark.time_ns = from_ns;
	mark.change = 1;
	ledger->marks[ledger->mark_count++] = mark;
	mark.time_ns = to_ns;
	mark.change = -1;
	ledger->marks[ledger->mark_count++] = mark;
}

static int compare_marks(const void *left, const void *right)
{
	const struct mark *a = left, *b = right;

	if (a->host != b->host)
		return a->host < b->host ? -1 : 1;
	return (a->time_ns > b->time_ns) - (a->time_ns < b->time_ns);
}

static int prepare(struct ledger *ledger)
{
	const struct replay *replay = ledger->replay;

	ledger->marks =
		calloc(2 * (replay->piece_count + replay->call_count) + 1, sizeof(*ledger->marks));
	ledger->outstanding = calloc(replay->call_count + 1, sizeof(*ledger->outstanding));
	if (!ledger->marks || !ledger->outstanding)
		return -ENOMEM;
	for (size_t i = 0; i < replay->piece_count; i++) {
		const struct replay_piece *piece = &replay->pieces[i];

		add_marks(ledger,
			  (struct mark){ .host = piece->host, .level = (uint8_t)find_level(piece) },
			  piece->start_ns, piece->end_ns);
	}
	for (uint32_t i = 0; i < replay->call_count; i++) {
		const struct replay_call *call = &replay->calls[i];

		if (call->attempt->is_client && call->mode != CALL_INLINED)
			add_marks(ledger,
				  (struct mark){ .host = host_of(replay, call),
						 .level = LEVEL_CALL,
						 .call = i },
				  call->start_ns, call->end_ns);
	}
	qsort(ledger->marks, ledger->mark_count, sizeof(*ledger->marks), compare_marks);
	return 0;
}

/* ---- one stretch ---- */

static uint64_t overlap(uint64_t from_ns, uint64_t to_ns, uint64_t other_from_ns,
			uint64_t other_to_ns)
{
	if (from_ns < other_from_ns)
		from_ns = other_from_ns;
	if (to_ns > other_to_ns)
		to_ns = other_to_ns;
	return from_ns < to_ns ? to_ns - from_ns : 0;
}

static bool is_sync(const struct replay_call *call)
{
	return call->mode == CALL_KEPT && call->attempt->service_class == SERVICE_LAMBDA_SYNC;
}

/* [@from_ns, @to_ns) was given to @call: what of it was its callee on the bill too, or in its INIT? */
static void add_double(const struct replay *replay, struct replay_call *call, uint64_t from_ns,
		       uint64_t to_ns)
{
	const struct invocation *callee = call->attempt->callee;
	uint64_t start_ns, end_ns, init_start_ns, init_end_ns, moved_ns;

	if (!callee || call->mode != CALL_KEPT ||
	    call->attempt->service_class == SERVICE_LAMBDA_EVENT)
		return;
	if (call->callee != REPLAY_NONE) {
		const struct replay_strand *strand = &replay->strands[call->callee];

		start_ns = strand->start_ns;
		end_ns = strand->end_ns;
		moved_ns = start_ns - callee->start_ns;
	} else { /* in another chain: as it was beside the call */
		moved_ns = call->start_ns - call->attempt->start_ns;
		start_ns = callee->start_ns + moved_ns;
		end_ns = callee->end_ns + moved_ns;
	}
	if (!callee->is_over)
		end_ns = UINT64_MAX;
	init_start_ns = callee->init_start_ns + moved_ns;
	init_end_ns = callee->init_end_ns + moved_ns;
	call->double_billed_ns += overlap(from_ns, to_ns, start_ns, end_ns);
	call->double_init_ns += overlap(from_ns, to_ns, init_start_ns,
					init_end_ns < start_ns ? init_end_ns : start_ns);
}

static void add_stretch(struct ledger *ledger, uint64_t from_ns, uint64_t to_ns,
			struct invocation *after)
{
	unsigned int level = LEVEL_ACTIVE;
	struct replay_call *call;

	while (level < LEVEL_CALL && !ledger->levels[level])
		level++;
	if (level == LEVEL_CALL) {
		call = find_outstanding(ledger, from_ns);
		if (call) {
			after->state_ns[is_sync(call) ? STATE_WAIT_LAMBDA : STATE_WAIT_SERVICE] +=
				to_ns - from_ns;
			call->wait_ns += to_ns - from_ns;
			add_double(ledger->replay, call, from_ns, to_ns);
			return;
		}
		for (level++; level < LEVEL_UNKNOWN && !ledger->levels[level];)
			level++;
	}
	after->state_ns[level_state[level]] += to_ns - from_ns;
}

/* When what is on top of the outstanding calls ends, another is next. */
static uint64_t next_change(struct ledger *ledger, uint64_t time_ns, uint64_t until_ns)
{
	const struct replay_call *call = find_outstanding(ledger, time_ns);
	uint64_t end_ns = call ? end_of(ledger->replay, call) : until_ns;

	return end_ns < until_ns ? end_ns : until_ns;
}

static void sweep_host(struct ledger *ledger, uint32_t index, struct invocation *after)
{
	const struct replay_strand *host = &ledger->replay->strands[index];
	uint64_t time_ns = host->start_ns;

	ledger->outstanding_count = 0;
	for (unsigned int i = 0; i < LEVEL_COUNT; i++)
		ledger->levels[i] = 0;
	while (time_ns < host->end_ns) {
		uint64_t until_ns = host->end_ns;

		for (; ledger->next < ledger->mark_count &&
		       ledger->marks[ledger->next].host == index &&
		       ledger->marks[ledger->next].time_ns <= time_ns;
		     ledger->next++) {
			const struct mark *mark = &ledger->marks[ledger->next];

			if (mark->level != LEVEL_CALL)
				ledger->levels[mark->level] += (size_t)mark->change;
			else if (mark->change > 0)
				add_outstanding(ledger, mark->call);
		}
		if (ledger->next < ledger->mark_count && ledger->marks[ledger->next].host == index)
			until_ns = ledger->marks[ledger->next].time_ns;
		until_ns = next_change(ledger, time_ns, until_ns);
		add_stretch(ledger, time_ns, until_ns, after);
		time_ns = until_ns;
	}
	while (ledger->next < ledger->mark_count && ledger->marks[ledger->next].host == index)
		ledger->next++;
}

/* ---- one invocation ---- */

/* A copy of the recorded one with what is new; it owns nothing. */
static struct invocation begin_after(const struct replay_strand *host)
{
	struct invocation after = *host->invocation;
	uint64_t moved_ns = host->start_ns - after.start_ns;

	after.start_ns = host->start_ns;
	after.end_ns = host->end_ns;
	if (after.response_ns)
		after.response_ns = host->response_ns;
	after.init_start_ns += moved_ns;
	after.init_end_ns += moved_ns;
	if (after.deadline_ns)
		after.deadline_ns += moved_ns;
	after.memory_mb = host->memory_mb;
	for (unsigned int i = 0; i < STATE_COUNT; i++)
		after.state_ns[i] = 0;
	after.double_billed_ns = after.double_init_ns = after.transit_ns = 0;
	return after;
}

static void add_call(const struct replay_call *call, struct invocation *after)
{
	bool is_here = call->attempt->callee || call->attempt->peer_connection;

	after->double_billed_ns += call->double_billed_ns;
	after->double_init_ns += call->double_init_ns;
	if (is_sync(call) && is_here)
		after->transit_ns += call->wait_ns - call->double_billed_ns;
}

/* What was called and is now an event is charged as one. */
static void add_sums(struct replay *replay, uint32_t index, struct invocation *after)
{
	uint32_t call = replay->strands[index].call;
	struct exchange event;

	if (call != REPLAY_NONE && replay->calls[call].mode == CALL_ASYNC) {
		event = *replay->calls[call].attempt;
		event.service_class = SERVICE_LAMBDA_EVENT;
		after->caller = &event;
	}
	billing_compute(replay->plan, after);
	sums_add_invocation(&replay->figures->sums, after);
	after->caller = NULL;
}

int replay_bill(struct replay *replay)
{
	struct ledger ledger = { .replay = replay };
	struct invocation *after = calloc(replay->strand_count + 1, sizeof(*after));
	int error = after ? prepare(&ledger) : -ENOMEM;

	for (uint32_t i = 0; i < replay->strand_count && !error; i++) {
		if (replay->strands[i].host != i)
			continue;
		after[i] = begin_after(&replay->strands[i]);
		sweep_host(&ledger, i, &after[i]);
	}
	for (uint32_t i = 0; i < replay->call_count && !error; i++)
		add_call(&replay->calls[i], &after[host_of(replay, &replay->calls[i])]);
	for (uint32_t i = 0; i < replay->strand_count && !error; i++) {
		if (replay->strands[i].host != i)
			continue;
		add_sums(replay, i, &after[i]);
	}
	free(ledger.outstanding);
	free(ledger.marks);
	free(after);
	return error;
}
