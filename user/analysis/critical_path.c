// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * critical_path.c - see critical_path.h. Walks backwards from the root's response. The last piece of a
 * wait belongs to the attempt that ended when its caller went on: the walk descends into that attempt's
 * callee, and comes back to the caller at the attempt's beginning. An explicit stack holds the callers.
 */
#include "analysis/critical_path.h"

#include <errno.h>
#include <stdlib.h>

/* What is still to be walked: [from_ns, to_ns) of one invocation, or of a hand-over. */
struct frame {
	const struct invocation *invocation; /* NULL: transit ... */
	const struct exchange *attempt;	     /* ... of this */
	uint64_t from_ns, to_ns;
	size_t segment; /* one past the segment that holds the nanosecond before to_ns */
};

struct walk {
	struct path_segment *segments; /* backwards */
	size_t count, capacity;
	struct frame *frames;
	size_t depth, depth_capacity;
	int error;
};

static void emit(struct walk *walk, struct path_segment segment)
{
	struct path_segment *last = walk->count ? &walk->segments[walk->count - 1] : NULL;

	if (walk->error || segment.from_ns >= segment.to_ns)
		return;
	if (last && last->from_ns == segment.to_ns && last->invocation == segment.invocation &&
	    last->attempt == segment.attempt && last->is_transit == segment.is_transit &&
	    last->state == segment.state) {
		last->from_ns = segment.from_ns;
		return;
	}
	if (walk->count == walk->capacity) {
		size_t capacity = walk->capacity ? 2 * walk->capacity : 16;
		struct path_segment *grown = realloc(walk->segments, capacity * sizeof(*grown));

		if (!grown) {
			walk->error = -ENOMEM;
			return;
		}
		walk->segments = grown;
		walk->capacity = capacity;
	}
	walk->segments[walk->count++] = segment;
}

static void emit_transit(struct walk *walk, const struct exchange *attempt, uint64_t from_ns,
			 uint64_t to_ns)
{
	emit(walk,
	     (struct path_segment){
		     .attempt = attempt, .from_ns = from_ns, .to_ns = to_ns, .is_transit = true });
}

static void push(struct walk *walk, struct frame frame)
{
	if (walk->error || frame.from_ns >= frame.to_ns)
		return;
	if (walk->depth == walk->depth_capacity) {
		size_t capacity = walk->depth_capacity ? 2 * walk->depth_capacity : 16;
		struct frame *grown = realloc(walk->frames, capacity * sizeof(*grown));

		if (!grown) {
			walk->error = -ENOMEM;
			return;
		}
		walk->frames = grown;
		walk->depth_capacity = capacity;
	}
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
	size_t low = 0, high = invocation->segment_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (invocation->segments[middle].end_ns >= time_ns)
			high = middle;
		else
			low = middle + 1;
	}
	return low < invocation->segment_count ? low + 1 : low;
}

static void push_invocation(struct walk *walk, const struct invocation *invocation,
			    uint64_t from_ns, uint64_t to_ns)
{
	push(walk, (struct frame){ .invocation = invocation,
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
static void descend(struct walk *walk, const struct exchange *attempt, uint64_t from_ns,
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
	push(walk,
	     (struct frame){ .attempt = attempt, .from_ns = from_ns, .to_ns = callee_from_ns });
	push_invocation(walk, callee, callee_from_ns, callee_to_ns);
}

/* Takes the last piece of the frame on top. */
static void step(struct walk *walk)
{
	struct frame frame = walk->frames[--walk->depth];
	const struct invocation *invocation = frame.invocation;
	const struct segment *segment;
	const struct exchange *attempt;
	uint64_t from_ns;
	bool descends;

	if (!invocation) {
		emit_transit(walk, frame.attempt, frame.from_ns, frame.to_ns);
		return;
	}
	if (!frame.segment) { /* it has no segments */
		emit(walk, (struct path_segment){ .invocation = invocation,
						  .from_ns = frame.from_ns,
						  .to_ns = frame.to_ns,
						  .state = STATE_UNKNOWN });
		return;
	}
	segment = &invocation->segments[frame.segment - 1];
	attempt = find_attempt(invocation, segment);
	descends = can_descend(invocation, attempt);
	from_ns = descends ? attempt->start_ns : segment->start_ns;
	if (from_ns > segment->start_ns)
		from_ns = segment->start_ns;
	if (from_ns < frame.from_ns)
		from_ns = frame.from_ns;
	if (descends)
		push_invocation(walk, invocation, frame.from_ns, from_ns);
	else
		push(walk, (struct frame){ .invocation = invocation,
					   .from_ns = frame.from_ns,
					   .to_ns = from_ns,
					   .segment = frame.segment - 1 });
	if (descends)
		descend(walk, attempt, from_ns, frame.to_ns);
	else
		emit(walk, (struct path_segment){ .invocation = invocation,
						  .attempt = attempt,
						  .from_ns = from_ns,
						  .to_ns = frame.to_ns,
						  .state = segment->state });
}

int critical_path_compute(struct chain *chain)
{
	const struct invocation *root = chain->root;
	struct walk walk = { .count = 0 };

	chain->latency_ns = answered_ns(root) - root->start_ns;
	push_invocation(&walk, root, root->start_ns, answered_ns(root));
	while (walk.depth && !walk.error)
		step(&walk);
	free(walk.frames);
	if (walk.error) {
		free(walk.segments);
		return walk.error;
	}
	for (size_t i = 0; i < walk.count / 2; i++) {
		struct path_segment swapped = walk.segments[i];

		walk.segments[i] = walk.segments[walk.count - 1 - i];
		walk.segments[walk.count - 1 - i] = swapped;
	}
	free(chain->critical_path);
	chain->critical_path = walk.segments;
	chain->critical_path_count = walk.count;
	return 0;
}
