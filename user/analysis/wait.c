// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * wait.c - see wait.h. A sweep: everything that begins or ends inside the billed interval is a mark (those of threads
 * come from thread_marks.c); between two marks nothing changes, so one look at the counters gives the state of that
 * stretch.
 * Order of the looks: on a CPU, waiting for a CPU, stopped or throttled, an outstanding attempt, one that can be
 * another invocation's, a carrier (carrier.c). All arithmetic is on integers, and each stretch is given
 * away exactly once.
 */
#include "analysis/wait.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/carrier.h"
#include "base/array.h"
#include "base/heap.h"
#include "base/units.h"

struct sweep {
	struct invocation *invocation;
	const struct wait_context *context;
	struct carrier_index carriers;
	bool is_estimated;
	struct wait_scratch *scratch;
	struct wait_marks *marks; /* but those of the threads */
	struct thread_marks *threads;
	size_t counters[MARK_KINDS]; /* those from MARK_COUNTERS on are of no use */
	size_t heap_count; /* outstanding attempts, in scratch->heap: the one that ends first on top */
	size_t segment_count;		 /* of scratch->segments */
	struct explanation *explanation; /* NULL: not asked for */
	int error;
};

void wait_scratch_init(struct wait_scratch *scratch)
{
	memset(scratch, 0, sizeof(*scratch));
}

void wait_scratch_release(struct wait_scratch *scratch)
{
	wait_marks_release(&scratch->marks);
	thread_marks_release(&scratch->threads);
	free(scratch->segments);
	free(scratch->heap);
	wait_scratch_init(scratch);
}

/* ---- marks ---- */

static inline void add_mark(struct sweep *sweep, uint64_t time_ns, uint32_t index,
			    unsigned int ends, unsigned int begins)
{
	struct mark *mark = wait_marks_add(sweep->marks);

	if (mark)
		*mark = (struct mark){ time_ns, index, (uint8_t)ends, (uint8_t)begins };
	else
		sweep->error = -ENOMEM;
}

static void add_break(struct sweep *sweep, uint64_t time_ns)
{
	const struct invocation *invocation = sweep->invocation;

	if (time_ns > invocation->start_ns && time_ns < invocation->end_ns)
		add_mark(sweep, time_ns, 0, MARK_NOTHING, MARK_NOTHING);
}

/* Cuts [@*from_ns, @*to_ns) to the billed interval; false: nothing is left. */
static bool cut(const struct sweep *sweep, uint64_t *from_ns, uint64_t *to_ns)
{
	const struct invocation *invocation = sweep->invocation;

	if (*from_ns < invocation->start_ns)
		*from_ns = invocation->start_ns;
	if (*to_ns > invocation->end_ns)
		*to_ns = invocation->end_ns;
	return *from_ns < *to_ns;
}

static void add_interval(struct sweep *sweep, unsigned int kind, uint64_t from_ns, uint64_t to_ns)
{
	if (!cut(sweep, &from_ns, &to_ns))
		return;
	add_mark(sweep, from_ns, 0, MARK_NOTHING, kind);
	add_mark(sweep, to_ns, 0, kind, MARK_NOTHING);
}

/* Of a thread, beside what it does. */
static void add_life(struct sweep *sweep, uint32_t index)
{
	const struct thread_timeline *thread = &sweep->carriers.timeline->threads[index];

	add_break(sweep, thread->start_ns);
	if (sweep->carriers.is_carrier[index])
		add_interval(sweep, MARK_CARRIER, thread->start_ns, carrier_thread_end(thread));
}

static uint64_t attempt_end_ns(const struct invocation *invocation, const struct exchange *attempt)
{
	if (!attempt->is_over || attempt->end_ns > invocation->end_ns)
		return invocation->end_ns;
	return attempt->end_ns;
}

static void add_attempts(struct sweep *sweep)
{
	const struct invocation *invocation = sweep->invocation;

	for (size_t i = 0; i < invocation->attempt_count; i++) {
		const struct exchange *attempt = invocation->attempts[i];
		uint64_t from_ns = attempt->start_ns, to_ns = attempt_end_ns(invocation, attempt);

		if (from_ns < invocation->start_ns)
			from_ns = invocation->start_ns;
		if (!attempt->is_client || from_ns >= to_ns)
			continue;
		add_mark(sweep, from_ns, (uint32_t)i, MARK_NOTHING, MARK_ATTEMPT);
		add_break(sweep, to_ns);
	}
}

static void add_doubtful(struct sweep *sweep)
{
	const struct invocation *invocation = sweep->invocation;

	for (size_t i = 0; i < invocation->doubtful_count; i++)
		add_interval(sweep, MARK_DOUBTFUL, invocation->doubtful[i]->start_ns,
			     attempt_end_ns(invocation, invocation->doubtful[i]));
}

static void add_other(struct sweep *sweep, const struct open_interval *other)
{
	unsigned int side = other->id < sweep->invocation->id ? MARK_LOWER : MARK_HIGHER;

	add_interval(sweep, side + other->nearby, other->start_ns, other->end_ns);
}

static void add_context(struct sweep *sweep)
{
	const struct invocation *invocation = sweep->invocation;
	const struct wait_context *context = sweep->context;
	const struct loss_ranges *losses = context->losses ? &context->losses->scheduler : NULL;

	for (size_t i = losses ? loss_ranges_find(losses, invocation->start_ns) : 0;
	     losses && i < losses->count && losses->ranges[i].from_ns < invocation->end_ns; i++)
		add_interval(sweep, MARK_LOSS, losses->ranges[i].from_ns, losses->ranges[i].to_ns);
	for (size_t i = 0; i < context->other_count; i++)
		add_other(sweep, &context->others[i]);
}

/* ---- outstanding attempts ---- */

/* The one that ends first; ties: earlier start, then lower id. */
static bool is_before(const void *left, const void *right, const void *context)
{
	const struct invocation *invocation = context;
	const struct exchange *a = invocation->attempts[*(const uint32_t *)left];
	const struct exchange *b = invocation->attempts[*(const uint32_t *)right];
	uint64_t a_end_ns = attempt_end_ns(invocation, a), b_end_ns = attempt_end_ns(invocation, b);

	if (a_end_ns != b_end_ns)
		return a_end_ns < b_end_ns;
	if (a->start_ns != b->start_ns)
		return a->start_ns < b->start_ns;
	return a->id < b->id;
}

static const struct heap_order attempt_order = { sizeof(uint32_t), is_before };

static void push_attempt(struct sweep *sweep, uint32_t attempt)
{
	uint32_t *heap = sweep->scratch->heap;

	heap[sweep->heap_count++] = attempt;
	heap_rise_last(&attempt_order, heap, sweep->heap_count, sweep->invocation);
}

static bool has_outstanding(struct sweep *sweep, uint64_t time_ns)
{
	const struct invocation *invocation = sweep->invocation;

	while (sweep->heap_count &&
	       attempt_end_ns(invocation, invocation->attempts[sweep->scratch->heap[0]]) <= time_ns)
		heap_drop_first(&attempt_order, sweep->scratch->heap, sweep->heap_count--,
				invocation);
	return sweep->heap_count > 0;
}

/* ---- segments ---- */

static bool is_same(const struct segment *a, const struct segment *b)
{
	return a->state == b->state && a->reason == b->reason && a->attempt == b->attempt &&
	       a->end_ns == b->start_ns;
}

static inline void add_segment(struct sweep *sweep, struct segment segment)
{
	struct wait_scratch *scratch = sweep->scratch;
	struct segment *last = sweep->segment_count ? &scratch->segments[sweep->segment_count - 1]
						    : NULL;

	if (segment.start_ns >= segment.end_ns)
		return;
	if (last && is_same(last, &segment))
		last->end_ns = segment.end_ns;
	else if (array_make_room(&scratch->segments, sweep->segment_count,
				 &scratch->segment_capacity, sizeof(segment)))
		sweep->error = -ENOMEM;
	else
		scratch->segments[sweep->segment_count++] = segment;
}

/* The invocation gets a copy that has just the room that it needs. */
static void keep_segments(struct sweep *sweep)
{
	struct invocation *invocation = sweep->invocation;
	size_t bytes = sweep->segment_count * sizeof(*invocation->segments);

	free(invocation->segments);
	invocation->segments = bytes ? malloc(bytes) : NULL;
	invocation->segment_count = invocation->segments ? sweep->segment_count : 0;
	if (invocation->segments)
		memcpy(invocation->segments, sweep->scratch->segments, bytes);
	else if (bytes)
		sweep->error = -ENOMEM;
}

static void add_cause(struct sweep *sweep, const struct wait_cause *cause)
{
	add_segment(sweep, (struct segment){ .start_ns = cause->start_ns,
					     .end_ns = cause->end_ns,
					     .state = cause->state,
					     .reason = cause->reason,
					     .attempt = cause->attempt });
	if (sweep->explanation && !sweep->error)
		sweep->error = explanation_add(sweep->explanation, cause);
}

/*
 * A thread ran for one of several open invocations, and nobody knows for which: an equal integer share
 * each, the remainder to the lowest id; the rest is unknown. [start_ns, end_ns) of @cause is a stretch in
 * which the same invocations were open, cut at the same places for each of them.
 */
static void add_shared(struct sweep *sweep, const struct wait_cause *cause, bool is_lowest)
{
	struct invocation *invocation = sweep->invocation;
	uint64_t length_ns = cause->end_ns - cause->start_ns;
	uint64_t share_ns = length_ns / (cause->others + 1);
	struct wait_cause share = *cause, rest = *cause;

	if (is_lowest)
		share_ns += length_ns % (cause->others + 1);
	share.is_share = rest.is_share = true;
	share.end_ns = rest.start_ns = cause->start_ns + share_ns;
	rest.state = STATE_UNKNOWN;
	rest.reason = UNKNOWN_SHARED;
	invocation->flags |= INVOCATION_SHARED;
	invocation->shared_ns += length_ns;
	add_cause(sweep, &share);
	add_cause(sweep, &rest);
}

/* The smallest scope of what is on a CPU; SCOPE_COUNT where nothing is. */
static unsigned int scope_on_cpu(const struct sweep *sweep)
{
	unsigned int scope = SCOPE_HOME;

	while (scope < SCOPE_COUNT && !sweep->counters[MARK_CPU + scope])
		scope++;
	return scope;
}

/* How many others on one @side, MARK_HIGHER or MARK_LOWER, a run of @scope can be of. */
static inline size_t count_side(const struct sweep *sweep, unsigned int side, unsigned int scope)
{
	size_t count = 0;

	for (unsigned int nearby = SCOPE_HOME; nearby <= scope; nearby++)
		count += sweep->counters[side + nearby];
	return count;
}

static inline size_t count_others(const struct sweep *sweep, unsigned int scope)
{
	return count_side(sweep, MARK_HIGHER, scope) + count_side(sweep, MARK_LOWER, scope);
}

/* What the instants of [@cause->start_ns, end_ns) are, between two marks. @scope: scope_on_cpu. */
static void decide(struct sweep *sweep, unsigned int scope, struct wait_cause *cause)
{
	const struct invocation *invocation = sweep->invocation;
	const size_t *counters = sweep->counters;

	cause->state = STATE_UNKNOWN;
	if (scope < SCOPE_COUNT) {
		cause->rule = RULE_ON_CPU;
		cause->state = STATE_ACTIVE;
	} else if (counters[MARK_READY]) {
		cause->rule = RULE_READY;
		cause->state = STATE_RUNNABLE;
	} else if (counters[MARK_STOPPED]) {
		cause->rule = RULE_STOPPED;
		cause->reason = UNKNOWN_STOPPED;
	} else if (counters[MARK_THROTTLED]) {
		cause->rule = RULE_THROTTLED;
		cause->reason = UNKNOWN_THROTTLED;
	} else if (has_outstanding(sweep, cause->start_ns)) {
		cause->rule = RULE_ATTEMPT;
		cause->attempt = sweep->scratch->heap[0];
		cause->state = invocation->attempts[cause->attempt]->service_class ==
					       SERVICE_LAMBDA_SYNC
				       ? STATE_WAIT_LAMBDA
				       : STATE_WAIT_SERVICE;
	} else if (counters[MARK_DOUBTFUL]) {
		cause->rule = RULE_DOUBTFUL;
		cause->reason = UNKNOWN_SHARED;
	} else if (sweep->is_estimated) {
		cause->rule = RULE_ESTIMATED;
		cause->state = STATE_ACTIVE;
	} else if (counters[MARK_LOSS]) {
		cause->rule = RULE_LOSS;
		cause->reason = UNKNOWN_LOSS;
	} else {
		sweep->error = carrier_explain(&sweep->carriers, cause->start_ns,
					       counters[MARK_CARRIER], cause);
		if (cause->state == STATE_UNKNOWN)
			cause->reason = UNKNOWN_UNEXPLAINED;
	}
}

/* ---- what an explanation tells beside that ---- */

/* Names a thread that is in what @kind counts, a carrier before others, and tells how many are. */
static void name_thread(const struct sweep *sweep, unsigned int kind, struct wait_cause *cause)
{
	const struct timeline *timeline = sweep->carriers.timeline;

	for (uint32_t i = 0; i < timeline->thread_count; i++) {
		bool is_carrier = sweep->carriers.is_carrier[i];

		if (thread_marks_kind(sweep->threads, i) != kind)
			continue;
		cause->threads++;
		if (cause->tid && (cause->is_carrier || !is_carrier))
			continue;
		cause->tid = timeline->threads[i].tid;
		cause->is_carrier = is_carrier;
	}
}

static void complete(const struct sweep *sweep, struct wait_cause *cause)
{
	switch (cause->rule) {
	case RULE_ON_CPU:
		name_thread(sweep, MARK_CPU + scope_on_cpu(sweep), cause);
		break;
	case RULE_READY:
		name_thread(sweep, MARK_READY, cause);
		break;
	case RULE_STOPPED:
		name_thread(sweep, MARK_STOPPED, cause);
		break;
	case RULE_THROTTLED:
		name_thread(sweep, MARK_THROTTLED, cause);
		break;
	case RULE_ATTEMPT:
		cause->outstanding = (uint32_t)sweep->heap_count;
		break;
	case RULE_DOUBTFUL:
		cause->outstanding = (uint32_t)sweep->counters[MARK_DOUBTFUL];
		break;
	default:
		break;
	}
}

/* ---- the sweep ---- */

/*
 * Shared stretches on a CPU are gathered while the same invocations are open, so that shares come out
 * equal.
 */
struct gathered {
	struct wait_cause cause;
	bool is_lowest;
	bool is_some;
};

static bool is_shared_alike(const struct gathered *left, const struct gathered *right)
{
	return left->cause.scope == right->cause.scope &&
	       left->cause.others == right->cause.others && left->is_lowest == right->is_lowest;
}

static inline void flush(struct sweep *sweep, struct gathered *gathered)
{
	if (!gathered->is_some)
		return;
	add_shared(sweep, &gathered->cause, gathered->is_lowest);
	gathered->is_some = false;
}

static void gather(struct sweep *sweep, struct gathered *gathered, const struct gathered *piece)
{
	if (gathered->is_some && !is_shared_alike(gathered, piece))
		flush(sweep, gathered);
	if (!gathered->is_some)
		*gathered = *piece;
	if (gathered->cause.tid != piece->cause.tid)
		gathered->cause.tid = 0; /* several, one after the other */
	gathered->cause.end_ns = piece->cause.end_ns;
}

/* Most pieces are that simple, and most often nobody has to be told why they are what they are. */
static bool is_plain(const struct sweep *sweep, unsigned int scope, size_t others)
{
	if (sweep->explanation)
		return false;
	return scope < SCOPE_COUNT ? !others : sweep->counters[MARK_READY] > 0;
}

static void add_piece(struct sweep *sweep, struct gathered *gathered, uint64_t from_ns,
		      uint64_t to_ns)
{
	unsigned int scope = scope_on_cpu(sweep);
	size_t others = scope < SCOPE_COUNT ? count_others(sweep, scope) : 0;
	struct wait_cause cause;

	if (is_plain(sweep, scope, others)) {
		flush(sweep, gathered);
		add_segment(sweep,
			    (struct segment){ .start_ns = from_ns,
					      .end_ns = to_ns,
					      .state = scope < SCOPE_COUNT ? STATE_ACTIVE
									   : STATE_RUNNABLE });
		return;
	}
	cause = (struct wait_cause){ .start_ns = from_ns, .end_ns = to_ns };
	decide(sweep, scope, &cause);
	if (sweep->explanation)
		complete(sweep, &cause);
	if (others) {
		cause.others = (uint32_t)others;
		cause.scope = (uint8_t)scope;
		gather(sweep, gathered,
		       &(struct gathered){ .cause = cause,
					   .is_lowest = !count_side(sweep, MARK_LOWER, scope),
					   .is_some = true });
		return;
	}
	flush(sweep, gathered);
	if (cause.reason == UNKNOWN_SHARED) {
		sweep->invocation->flags |= INVOCATION_SHARED;
		sweep->invocation->shared_ns += to_ns - from_ns;
	}
	add_cause(sweep, &cause);
}

static bool is_of_others(unsigned int kind)
{
	return kind >= MARK_HIGHER && kind < MARK_LOWER + SCOPE_COUNT;
}

static void pass_mark(struct sweep *sweep, struct gathered *gathered, const struct mark *mark)
{
	sweep->counters[mark->ends]--;
	sweep->counters[mark->begins]++;
	if (mark->begins == MARK_ATTEMPT)
		push_attempt(sweep, mark->index);
	if (is_of_others(mark->begins) ||
	    is_of_others(mark->ends)) /* others are open from here on */
		flush(sweep, gathered);
}

static void run_sweep(struct sweep *sweep)
{
	const struct invocation *invocation = sweep->invocation;
	const struct mark *next = sweep->marks->marks, *end = next + sweep->marks->count;
	struct gathered gathered = { .is_some = false };
	uint64_t from_ns = invocation->start_ns;

	while (!sweep->error && from_ns < invocation->end_ns) {
		uint64_t to_ns = invocation->end_ns;

		for (; next < end && next->time_ns <= from_ns; next++)
			pass_mark(sweep, &gathered, next);
		thread_marks_pass(sweep->threads, from_ns, sweep->counters);
		if (next < end)
			to_ns = earlier_of(to_ns, next->time_ns);
		to_ns = earlier_of(to_ns, thread_marks_next_ns(sweep->threads));
		add_piece(sweep, &gathered, from_ns, to_ns);
		from_ns = to_ns;
	}
	flush(sweep, &gathered);
}

/* ---- sums ---- */

/* Causes are adjacent, cover all, and give each state as long as the segments do. */
static bool is_explanation_exact(const struct invocation *invocation)
{
	const struct explanation *explanation = invocation->explanation;
	uint64_t time_ns = invocation->start_ns, state_ns[STATE_COUNT] = { 0 };

	for (size_t i = 0; i < explanation->cause_count; i++) {
		const struct wait_cause *cause = &explanation->causes[i];

		if (cause->start_ns != time_ns || cause->end_ns <= time_ns)
			return false;
		time_ns = cause->end_ns;
		state_ns[cause->state] += cause->end_ns - cause->start_ns;
	}
	return time_ns == invocation->end_ns &&
	       !memcmp(state_ns, invocation->state_ns, sizeof(state_ns));
}

bool wait_is_exact(const struct invocation *invocation)
{
	uint64_t time_ns = invocation->start_ns, sum_ns = 0, wait_ns = 0;

	for (size_t i = 0; i < invocation->segment_count; i++) {
		const struct segment *segment = &invocation->segments[i];

		if (segment->start_ns != time_ns || segment->end_ns <= time_ns)
			return false;
		time_ns = segment->end_ns;
	}
	for (size_t i = 0; i < STATE_COUNT; i++)
		sum_ns += invocation->state_ns[i];
	for (size_t i = 0; i < invocation->attempt_count; i++)
		wait_ns += invocation->attempts[i]->wait_ns;
	if (invocation->explanation && !is_explanation_exact(invocation))
		return false;
	return time_ns == invocation->end_ns && sum_ns == invocation_billed_ns(invocation) &&
	       wait_ns == invocation->state_ns[STATE_WAIT_LAMBDA] +
				  invocation->state_ns[STATE_WAIT_SERVICE];
}

static void sum_up(struct invocation *invocation)
{
	memset(invocation->state_ns, 0, sizeof(invocation->state_ns));
	for (size_t i = 0; i < invocation->attempt_count; i++)
		invocation->attempts[i]->wait_ns = 0;
	for (size_t i = 0; i < invocation->segment_count; i++) {
		const struct segment *segment = &invocation->segments[i];
		uint64_t length_ns = segment->end_ns - segment->start_ns;

		invocation->state_ns[segment->state] += length_ns;
		if (segment->state == STATE_WAIT_LAMBDA || segment->state == STATE_WAIT_SERVICE)
			invocation->attempts[segment->attempt]->wait_ns += length_ns;
	}
}

/* What should never happen: the bill stays right, and nothing is claimed about it. */
static void give_up(struct sweep *sweep)
{
	struct invocation *invocation = sweep->invocation;

	sweep->segment_count = 0;
	invocation->shared_ns = 0;
	if (sweep->explanation)
		sweep->explanation->cause_count = 0;
	add_cause(sweep, &(struct wait_cause){ .start_ns = invocation->start_ns,
					       .end_ns = invocation->end_ns,
					       .state = STATE_UNKNOWN,
					       .reason = UNKNOWN_UNEXPLAINED });
	invocation->flags |= INVOCATION_INCOMPLETE;
	keep_segments(sweep);
	sum_up(invocation);
}

static int make_room_for_attempts(struct wait_scratch *scratch, size_t attempts)
{
	uint32_t *heap;

	if (attempts <= scratch->heap_capacity)
		return 0;
	heap = realloc(scratch->heap, attempts * sizeof(*heap));
	if (!heap)
		return -ENOMEM;
	scratch->heap = heap;
	scratch->heap_capacity = attempts;
	return 0;
}

static int prepare(struct sweep *sweep, const struct timeline *timeline)
{
	const struct invocation *invocation = sweep->invocation;

	if (make_room_for_attempts(sweep->scratch, invocation->attempt_count) ||
	    carrier_index_init(&sweep->carriers, invocation, timeline) ||
	    thread_marks_start(sweep->threads, timeline, invocation->start_ns, invocation->end_ns))
		return -ENOMEM;
	for (uint32_t i = 0; i < timeline->thread_count; i++) {
		sweep->counters[thread_marks_kind(sweep->threads, i)]++;
		add_life(sweep, i);
	}
	add_attempts(sweep);
	add_doubtful(sweep);
	add_context(sweep);
	wait_marks_sort(sweep->marks);
	return sweep->error;
}

static void flag(struct invocation *invocation, const struct timeline *timeline,
		 const struct wait_context *context)
{
	if (!timeline->has_scheduler_facts)
		invocation->flags |= INVOCATION_ESTIMATED;
	if (context->losses &&
	    loss_log_bears_on(context->losses, invocation->start_ns, invocation->end_ns))
		invocation->flags |= INVOCATION_INCOMPLETE;
	for (size_t i = 0; i < context->other_count; i++)
		if (context->others[i].is_incomplete) /* perhaps it was not open at all */
			invocation->flags |= INVOCATION_INCOMPLETE;
}

/* Replaces what an earlier attribution left. */
static int begin_explanation(struct sweep *sweep)
{
	struct invocation *invocation = sweep->invocation;
	const struct wait_context *context = sweep->context;
	struct explanation *explanation;

	explanation_free(invocation->explanation);
	invocation->explanation = NULL;
	if (!context->is_explained)
		return 0;
	explanation = invocation->explanation = explanation_new();
	if (!explanation)
		return -ENOMEM;
	explanation->others = calloc(context->other_count + 1, sizeof(*explanation->others));
	if (!explanation->others)
		return -ENOMEM;
	for (size_t i = 0; i < context->other_count; i++)
		explanation->others[i] =
			(struct open_beside){ .id = context->others[i].id,
					      .start_ns = context->others[i].start_ns,
					      .end_ns = context->others[i].end_ns,
					      .nearby = (uint8_t)context->others[i].nearby };
	explanation->other_count = context->other_count;
	sweep->explanation = explanation;
	return 0;
}

int wait_attribute(struct invocation *invocation, const struct timeline *timeline,
		   const struct wait_context *context)
{
	struct wait_scratch own = { .heap = NULL };
	struct sweep sweep = { .invocation = invocation,
			       .context = context,
			       .scratch = context->scratch ? context->scratch : &own };
	int error;

	if (invocation->end_ns < invocation->start_ns)
		invocation->end_ns = invocation->start_ns;
	invocation->shared_ns = 0;
	sweep.marks = &sweep.scratch->marks;
	sweep.marks->count = 0;
	sweep.threads = &sweep.scratch->threads;
	sweep.is_estimated = !timeline->has_scheduler_facts;
	error = begin_explanation(&sweep);
	if (!error)
		error = prepare(&sweep, timeline);
	if (!error) {
		run_sweep(&sweep);
		keep_segments(&sweep);
		sum_up(invocation);
		if (!sweep.error && !wait_is_exact(invocation))
			give_up(&sweep);
		flag(invocation, timeline, context);
		error = sweep.error;
	}
	carrier_index_release(&sweep.carriers);
	wait_scratch_release(&own);
	return error;
}

static void note_explained_calls(struct invocation *invocation)
{
	struct explanation *explanation = invocation->explanation;

	for (size_t i = 0; explanation && i < explanation->cause_count; i++) {
		struct wait_cause *cause = &explanation->causes[i];

		if (cause->state == STATE_WAIT_SERVICE &&
		    invocation->attempts[cause->attempt]->service_class == SERVICE_LAMBDA_SYNC)
			cause->state = STATE_WAIT_LAMBDA;
	}
}

void wait_note_calls(struct invocation *invocation)
{
	for (size_t i = 0; i < invocation->attempt_count; i++) {
		struct exchange *attempt = invocation->attempts[i];

		if (attempt->callee && attempt->service_class == SERVICE_HTTP)
			attempt->service_class = SERVICE_LAMBDA_SYNC;
	}
	for (size_t i = 0; i < invocation->segment_count; i++) {
		struct segment *segment = &invocation->segments[i];
		uint64_t span_ns = segment->end_ns - segment->start_ns;

		if (segment->state != STATE_WAIT_SERVICE ||
		    invocation->attempts[segment->attempt]->service_class != SERVICE_LAMBDA_SYNC)
			continue;
		segment->state = STATE_WAIT_LAMBDA;
		invocation->state_ns[STATE_WAIT_SERVICE] -= span_ns;
		invocation->state_ns[STATE_WAIT_LAMBDA] += span_ns;
	}
	note_explained_calls(invocation);
}
