// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * replay_program.c - a recorded invocation as a list of operations: its segments, cut where its calls
 * begin and end and where it responded.
 *
 * A wait that was given to a call ended for one of two reasons. If the callee had responded by then, it
 * was the reply: the wait ends as long after the response as it did. If it had not, something of the
 * invocation's own interrupted it (a timer, a helper thread): it ends as long after the call's start as
 * it did, or with the reply.
 */
#include <errno.h>
#include <stdlib.h>

#include "analysis/replay_state.h"
#include "base/array.h"

enum point_kind {	 /* in the order in which they take effect at one moment */
	POINT_READ = 0,	 /* a call ends */
	POINT_BEGIN = 1, /* a call begins: perhaps because another has ended */
	POINT_EMPTY = 2, /* the end of one that began at that moment */
	POINT_RESPOND = 3,
};

struct point {
	uint64_t time_ns;
	uint32_t call;
	uint8_t kind;
};

struct compiler {
	struct replay *replay;
	struct replay_strand *strand;
	struct point *points;
	size_t point_count, point_capacity;
	uint64_t *blocked_ns; /* by segment: until when it was blocked last, that one included */
	size_t blocked_capacity;
	int error;
};

static void add_op(struct compiler *compiler, struct replay_op op)
{
	struct replay *replay = compiler->replay;

	if (!compiler->error)
		compiler->error = array_make_room(&replay->ops, replay->op_count,
						  &replay->op_capacity, sizeof(*replay->ops));
	if (!compiler->error)
		replay->ops[replay->op_count++] = op;
}

static void add_point(struct compiler *compiler, uint64_t time_ns, enum point_kind kind,
		      uint32_t call)
{
	if (!compiler->error)
		compiler->error = array_make_room(&compiler->points, compiler->point_count,
						  &compiler->point_capacity,
						  sizeof(*compiler->points));
	if (!compiler->error)
		compiler->points[compiler->point_count++] = (struct point){ time_ns, call, kind };
}

static int compare_points(const void *left, const void *right)
{
	const struct point *a = left, *b = right;

	if (a->time_ns != b->time_ns)
		return a->time_ns < b->time_ns ? -1 : 1;
	if (a->kind != b->kind)
		return (int)a->kind - (int)b->kind;
	return (a->call > b->call) - (a->call < b->call);
}

static void collect_points(struct compiler *compiler)
{
	const struct replay_strand *strand = compiler->strand;
	const struct invocation *invocation = strand->invocation;

	compiler->point_count = 0;
	for (size_t i = 0; i < invocation->attempt_count; i++) {
		const struct exchange *attempt = invocation->attempts[i];
		uint32_t call = strand->first_call + (uint32_t)i;
		uint64_t end_ns = replay_attempt_end_ns(invocation, attempt);
		uint64_t start_ns = attempt->start_ns;

		if (start_ns < invocation->start_ns)
			start_ns = invocation->start_ns;
		if (start_ns > invocation->end_ns)
			start_ns = invocation->end_ns;
		if (end_ns < start_ns)
			end_ns = start_ns;
		add_point(compiler, start_ns, POINT_BEGIN, call);
		add_point(compiler, end_ns, end_ns > start_ns ? POINT_READ : POINT_EMPTY, call);
	}
	add_point(compiler, replay_answered_ns(invocation), POINT_RESPOND, REPLAY_NONE);
	if (!compiler->error)
		qsort(compiler->points, compiler->point_count, sizeof(*compiler->points),
		      compare_points);
}

static bool is_blocked(const struct segment *segment)
{
	return segment->state != STATE_ACTIVE && segment->state != STATE_RUNNABLE &&
	       segment->reason != UNKNOWN_THROTTLED;
}

static void note_blocked(struct compiler *compiler)
{
	const struct invocation *invocation = compiler->strand->invocation;
	uint64_t blocked_ns = 0;

	if (compiler->blocked_capacity < invocation->segment_count) {
		free(compiler->blocked_ns);
		compiler->blocked_capacity = invocation->segment_count;
		compiler->blocked_ns =
			malloc(compiler->blocked_capacity * sizeof(*compiler->blocked_ns));
		if (!compiler->blocked_ns) {
			compiler->blocked_capacity = 0;
			compiler->error = -ENOMEM;
			return;
		}
	}
	for (size_t i = 0; i < invocation->segment_count; i++) {
		if (is_blocked(&invocation->segments[i]))
			blocked_ns = invocation->segments[i].end_ns;
		compiler->blocked_ns[i] = blocked_ns;
	}
}

/* ---- replies nobody here gave ---- */

/*
 * A reply was there at the latest when it was read. What its reader did on a CPU until then may have been
 * the reading, or something else: it was there when the reader was last blocked.
 */
static uint64_t find_reply_ns(const struct compiler *compiler, const struct exchange *attempt,
			      uint64_t end_ns)
{
	const struct invocation *invocation = compiler->strand->invocation;
	size_t segment = invocation_find_segment_until(invocation, end_ns);
	uint64_t reply_ns = attempt->start_ns;

	if (segment < invocation->segment_count && compiler->blocked_ns[segment] > reply_ns)
		reply_ns = compiler->blocked_ns[segment];
	return reply_ns < end_ns ? reply_ns : end_ns;
}

static void find_replies(struct compiler *compiler)
{
	const struct replay_strand *strand = compiler->strand;

	for (size_t i = 0; i < strand->invocation->attempt_count; i++) {
		struct replay_call *call = &compiler->replay->calls[strand->first_call + i];
		const struct exchange *attempt = call->attempt;
		uint64_t end_ns = replay_attempt_end_ns(strand->invocation, attempt);
		uint64_t reply_ns = find_reply_ns(compiler, attempt, end_ns);

		if (call->mode == CALL_KEPT && call->answer != REPLAY_NONE)
			reply_ns = call->answered_ns;
		else if (call->mode == CALL_KEPT && reply_ns > attempt->start_ns)
			call->reply_after_ns = reply_ns - attempt->start_ns;
		call->read_after_ns = end_ns - reply_ns;
	}
}

/* ---- operations ---- */

static uint64_t scale(const struct replay_strand *strand, uint64_t span_ns)
{
	unsigned __int128 product = (unsigned __int128)span_ns * strand->cpu_before;

	return (uint64_t)((product + strand->cpu_after / 2) / strand->cpu_after);
}

static void add_wait(struct compiler *compiler, const struct segment *segment, uint64_t to_ns)
{
	uint32_t index = compiler->strand->first_call + segment->attempt;
	const struct replay_call *call = &compiler->replay->calls[index];
	struct replay_op op = { .call = index,
				.kind = OP_WAIT_FROM,
				.span_ns = to_ns - call->attempt->start_ns };

	if (call->answer != REPLAY_NONE && to_ns >= call->answered_ns) {
		op.kind = OP_WAIT_REPLY;
		op.span_ns = call->mode == CALL_KEPT ? to_ns - call->answered_ns : 0;
	}
	add_op(compiler, op);
}

static void add_piece(struct compiler *compiler, const struct segment *segment, uint64_t from_ns,
		      uint64_t to_ns)
{
	struct replay_op op = { .kind = OP_WORK,
				.call = REPLAY_NONE,
				.state = segment->state,
				.reason = segment->reason,
				.span_ns = to_ns - from_ns };

	if (from_ns == to_ns)
		return;
	if (segment->state == STATE_WAIT_LAMBDA || segment->state == STATE_WAIT_SERVICE) {
		add_wait(compiler, segment, to_ns);
		return;
	}
	if (segment->state == STATE_ACTIVE || segment->reason == UNKNOWN_THROTTLED)
		op.span_ns = scale(compiler->strand, op.span_ns);
	add_op(compiler, op);
}

static void pass_point(struct compiler *compiler, const struct point *point)
{
	const struct replay_call *call =
		point->call == REPLAY_NONE ? NULL : &compiler->replay->calls[point->call];
	struct replay_op op = { .call = point->call };

	switch (point->kind) {
	case POINT_BEGIN:
		if (call->is_follower)
			return;
		op.kind = OP_BEGIN;
		break;
	case POINT_READ:
	case POINT_EMPTY:
		op.kind = call->attempt->is_client && call->attempt->is_over &&
					  !call->attempt->is_dangling &&
					  call->attempt->end_ns <=
						  compiler->strand->invocation->end_ns
				  ? OP_READ
				  : OP_CUT;
		break;
	case POINT_RESPOND:
		op.kind = OP_RESPOND;
		break;
	}
	add_op(compiler, op);
}

static void compile_strand(struct compiler *compiler)
{
	const struct invocation *invocation = compiler->strand->invocation;
	size_t next = 0;

	compiler->strand->op = compiler->replay->op_count;
	collect_points(compiler);
	note_blocked(compiler);
	if (compiler->error)
		return;
	find_replies(compiler);
	for (size_t i = 0; i < invocation->segment_count; i++) {
		const struct segment *segment = &invocation->segments[i];
		uint64_t from_ns = segment->start_ns;

		for (; next < compiler->point_count &&
		       compiler->points[next].time_ns < segment->end_ns;
		     next++) {
			add_piece(compiler, segment, from_ns, compiler->points[next].time_ns);
			from_ns = compiler->points[next].time_ns;
			pass_point(compiler, &compiler->points[next]);
		}
		add_piece(compiler, segment, from_ns, segment->end_ns);
	}
	for (; next < compiler->point_count; next++)
		pass_point(compiler, &compiler->points[next]);
	compiler->strand->op_end = compiler->replay->op_count;
}

int replay_compile(struct replay *replay)
{
	struct compiler compiler = { .replay = replay };

	for (uint32_t i = 0; i < replay->strand_count && !compiler.error; i++) {
		compiler.strand = &replay->strands[i];
		compile_strand(&compiler);
	}
	free(compiler.points);
	free(compiler.blocked_ns);
	return compiler.error;
}
