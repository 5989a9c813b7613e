// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * critical_path.c - see critical_path.h. Walks backwards from the root's response. The last piece of a
 * wait belongs to the attempt that ended when its caller went on: the walk descends into that attempt's
 * callee, and comes back to the caller at the attempt's beginning. An explicit stack holds the callers.
 */
#include "analysis/critical_path.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/units.h"

/* What is still to be walked: [from_ns, to_ns) of one invocation, or of a hand-over. */
struct path_frame {
	const struct invocation *invocation; /* NULL: transit ... */
	const struct exchange *attempt;	     /* ... of this */
	uint64_t from_ns, to_ns;
	size_t segment; /* one past the segment that holds the nanosecond before to_ns */
};

void path_walk_init(struct path_walk *walk)
{
	memset(walk, 0, sizeof(*walk));
}

void path_walk_release(struct path_walk *walk)
{
	free(walk->segments);
	free(walk->frames);
	path_walk_init(walk);
}

static void emit(struct path_walk *walk, struct path_segment segment)
{
	struct path_segment *last = walk->count ? &walk->segments[walk->count - 1] : NULL;

	if (segment.from_ns >= segment.to_ns)
		return;
	if (last && last->from_ns == segment.to_ns && last->invocation == segment.invocation &&
	    last->attempt == segment.attempt && last->is_transit == segment.is_transit &&
	    last->state == segment.state)
		last->from_ns = segment.from_ns;
	else if (array_make_room(&walk->segments, walk->count, &walk->capacity, sizeof(segment)))
		walk->error = -ENOMEM;
	else
		walk->segments[walk->count++] = segment;
}

static void emit_transit(struct path_walk *walk, const struct exchange *attempt, uint64_t from_ns,
			 uint64_t to_ns)
{
	emit(walk,
	     (struct path_segment){
		     .attempt = attempt, .from_ns = from_ns, .to_ns = to_ns, .is_transit = true });
}

static void push(struct path_walk *walk, struct path_frame frame)
{
	if (frame.from_ns >= frame.to_ns)
		return;
	if (array_make_room(&walk->frames, walk->depth, &walk->depth_capacity, sizeof(frame)))
		walk->error = -ENOMEM;
	else
		walk->frames[walk->depth++] = frame;
}

static uint64_t answered_ns(const struct invocation *invocation)
{
	uint64_t response_ns = invocation->response_ns;

	if (!response_ns || response_ns > invocation->end_ns || response_ns < invocation->start_ns)
		return invocation->end_ns;
	return response_ns;
}

/* The first segment that ends at or after @time_ns, plus one. */
static size_t find_segment(const struct invocation *invocation, uint64_t time_ns)
{
	size_t segment = invocation_find_segment_until(invocation, time_ns);

	return segment < invocation->segment_count ? segment + 1 : segment;
}

static void push_invocation(struct path_walk *walk, const struct invocation *invocation,
			    uint64_t from_ns, uint64_t to_ns)
{
	push(walk, (struct path_frame){ .invocation = invocation,
					.from_ns = from_ns,
					.to_ns = to_ns,
					.segment = find_segment(invocation, to_ns) });
}

/* The attempt that @invocation waited for; NULL: none. */
static const struct exchange *find_attempt(const struct invocation *invocation,
					   const struct segment *segment)
{
	if (segment->state != STATE_WAIT_LAMBDA && segment->state != STATE_WAIT_SERVICE)
		return NULL;
	return invocation->attempts[segment->attempt];
}

static bool can_descend(const struct invocation *invocation, const struct exchange *attempt)
{
	return attempt && attempt->callee && attempt->callee->parent == invocation;
}

/*
 * [@from_ns, @to_ns) is of @attempt, which its callee answered: transit, the callee, transit. What comes
 * first in time is pushed first, for the stack is walked from its top.
 */
static void descend(struct path_walk *walk, const struct exchange *attempt, uint64_t from_ns,
		    uint64_t to_ns)
{
	const struct invocation *callee = attempt->callee;
	uint64_t callee_from_ns = callee->start_ns, callee_to_ns = answered_ns(callee);

	if (callee_from_ns < from_ns)
		callee_from_ns = from_ns;
	if (callee_to_ns > to_ns)
		callee_to_ns = to_ns;
	if (callee_from_ns >= callee_to_ns) {
		emit_transit(walk, attempt, from_ns, to_ns);
		return;
	}
	emit_transit(walk, attempt, callee_to_ns, to_ns);
	push(walk, (struct path_frame){
			   .attempt = attempt, .from_ns = from_ns, .to_ns = callee_from_ns });
	push_invocation(walk, callee, callee_from_ns, callee_to_ns);
}

/* Back to where it waited for a call that was answered, or to the frame's beginning. */
static void walk_invocation(struct path_walk *walk, const struct path_frame *frame)
{
	const struct invocation *invocation = frame->invocation;
	struct path_segment piece = { .invocation = invocation, .to_ns = frame->to_ns };

	for (size_t next = frame->segment; piece.to_ns > frame->from_ns; next--) {
		const struct segment *segment = next ? &invocation->segments[next - 1] : NULL;
		uint64_t start_ns = segment ? segment->start_ns : frame->from_ns;
		bool descends;

		piece.attempt = segment ? find_attempt(invocation, segment) : NULL;
		piece.state = segment ? segment->state : STATE_UNKNOWN; /* it has no segments */
		descends = can_descend(invocation, piece.attempt);
		if (descends)
			start_ns = earlier_of(start_ns, piece.attempt->start_ns);
		piece.from_ns = later_of(start_ns, frame->from_ns);
		if (descends) {
			push_invocation(walk, invocation, frame->from_ns, piece.from_ns);
			descend(walk, piece.attempt, piece.from_ns, piece.to_ns);
			return;
		}
		emit(walk, piece);
		piece.to_ns = piece.from_ns;
	}
}

/* The segments of @walk, which lie backwards, in order of time. */
static int keep_path(const struct path_walk *walk, struct chain *chain)
{
	struct path_segment *path = walk->count ? malloc(walk->count * sizeof(*path)) : NULL;

	if (walk->count && !path)
		return -ENOMEM;
	for (size_t i = 0; i < walk->count; i++)
		path[i] = walk->segments[walk->count - 1 - i];
	free(chain->critical_path);
	chain->critical_path = path;
	chain->critical_path_count = walk->count;
	return 0;
}

int critical_path_compute(struct chain *chain, struct path_walk *walk)
{
	const struct invocation *root = chain->root;

	walk->count = walk->depth = 0;
	walk->error = 0;
	chain->latency_ns = answered_ns(root) - root->start_ns;
	push_invocation(walk, root, root->start_ns, answered_ns(root));
	while (walk->depth && !walk->error) {
		struct path_frame frame = walk->frames[--walk->depth];

		if (frame.invocation)
			walk_invocation(walk, &frame);
		else
			emit_transit(walk, frame.attempt, frame.from_ns, frame.to_ns);
	}
	return walk->error ? walk->error : keep_path(walk, chain);
}
