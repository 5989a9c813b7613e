// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * wait.c - see wait.h. A sweep: everything that begins or ends inside the billed interval is a mark;
 * between two marks nothing changes, so one look at the counters gives the state of that stretch.
 * Order of the looks: on a CPU, waiting for a CPU, stopped, an outstanding attempt, one that can be
 * another invocation's, a carrier (carrier.c). All arithmetic is on integers, and each stretch is given
 * away exactly once.
 */
#include "analysis/wait.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/carrier.h"

enum mark_kind {
	MARK_CPU = 0,			     /* threads on a CPU, by the scope of what they do */
	MARK_OTHER = MARK_CPU + SCOPE_COUNT, /* other invocations whose work a scope's run can be */
	MARK_LOWER = MARK_OTHER + SCOPE_COUNT, /* those of them with a lower id */
	MARK_READY = MARK_LOWER + SCOPE_COUNT, /* threads waiting for a CPU */
	MARK_STOPPED,
	MARK_LOSS,
	MARK_DOUBTFUL, /* attempts that can be another's */
	MARK_CARRIER,  /* carriers alive */
	MARK_COUNTERS,
	MARK_ATTEMPT = MARK_COUNTERS, /* an attempt begins */
	MARK_BREAK,		      /* nothing is counted, but the answer can change */
};

struct mark {
	uint64_t time_ns;
	uint32_t attempt; /* index, with MARK_ATTEMPT */
	uint8_t kind;	  /* enum mark_kind */
	int8_t change;
};

struct sweep {
	struct invocation *invocation;
	const struct wait_context *context;
	struct carrier_index carriers;
	bool is_estimated;
	struct mark *marks;
	size_t mark_count, mark_capacity;
	size_t counters[MARK_COUNTERS];
	uint32_t *heap; /* outstanding attempts, the one that ends first on top */
	size_t heap_count;
	size_t segment_capacity;
	int error;
};

/* ---- marks ---- */

static void add_mark(struct sweep *sweep, struct mark mark)
{
	if (sweep->error)
		return;
	if (sweep->mark_count == sweep->mark_capacity) {
		size_t capacity = sweep->mark_capacity ? 2 * sweep->mark_capacity : 64;
		struct mark *grown = realloc(sweep->marks, capacity * sizeof(*grown));

		if (!grown) {
			sweep->error = -ENOMEM;
			return;
		}
		sweep->marks = grown;
		sweep->mark_capacity = capacity;
	}
	sweep->marks[sweep->mark_count++] = mark;
}

static void add_break(struct sweep *sweep, uint64_t time_ns)
{
	const struct invocation *invocation = sweep->invocation;

	if (time_ns > invocation->start_ns && time_ns < invocation->end_ns)
		add_mark(sweep, (struct mark){ .time_ns = time_ns, .kind = MARK_BREAK });
}

/* [@from_ns, @to_ns) cut to the billed interval. */
static void add_interval(struct sweep *sweep, unsigned int kind, uint64_t from_ns, uint64_t to_ns)
{
	const struct invocation *invocation = sweep->invocation;

	if (from_ns < invocation->start_ns)
		from_ns = invocation->start_ns;
	if (to_ns > invocation->end_ns)
		to_ns = invocation->end_ns;
	if (from_ns >= to_ns)
		return;
	add_mark(sweep, (struct mark){ .time_ns = from_ns, .kind = (uint8_t)kind, .change = 1 });
	add_mark(sweep, (struct mark){ .time_ns = to_ns, .kind = (uint8_t)kind, .change = -1 });
}

static void add_thread(struct sweep *sweep, const struct thread_timeline *thread, bool is_carrier)
{
	uint64_t end_ns = carrier_thread_end(thread);

	add_break(sweep, thread->start_ns);
	add_break(sweep, end_ns);
	if (is_carrier)
		add_interval(sweep, MARK_CARRIER, thread->start_ns, end_ns);
	for (size_t i = 0; i < thread->run_count; i++) {
		const struct run *run = &thread->runs[i];

		add_interval(sweep, MARK_CPU + run->scope, run->on_ns, run->off_ns);
		add_interval(sweep, MARK_READY, run->ready_ns, run->on_ns);
		if (run->on_ns == run->off_ns)
			add_break(sweep, run->on_ns);
		if (run->off_reason == OFF_STOPPED)
			add_interval(sweep, MARK_STOPPED, run->off_ns,
				     i + 1 < thread->run_count ? thread->runs[i + 1].ready_ns
							       : end_ns);
	}
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
		add_mark(sweep, (struct mark){ .time_ns = from_ns,
					       .kind = MARK_ATTEMPT,
					       .attempt = (uint32_t)i });
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
	bool is_lower = other->id < sweep->invocation->id;

	for (unsigned int scope = other->nearby; scope < SCOPE_COUNT; scope++) {
		add_interval(sweep, MARK_OTHER + scope, other->start_ns, other->end_ns);
		if (is_lower)
			add_interval(sweep, MARK_LOWER + scope, other->start_ns, other->end_ns);
	}
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

static int compare_marks(const void *left, const void *right)
{
	const struct mark *a = left, *b = right;

	return (a->time_ns > b->time_ns) - (a->time_ns < b->time_ns);
}

/* ---- outstanding attempts ---- */

/* The one that ends first; ties: earlier start, then lower id. */
static bool is_before(const struct invocation *invocation, uint32_t left, uint32_t right)
{
	const struct exchange *a = invocation->attempts[left], *b = invocation->attempts[right];
	uint64_t a_end_ns = attempt_end_ns(invocation, a), b_end_ns = attempt_end_ns(invocation, b);

	if (a_end_ns != b_end_ns)
		return a_end_ns < b_end_ns;
	if (a->start_ns != b->start_ns)
		return a->start_ns < b->start_ns;
	return a->id < b->id;
}

static void heap_push(struct sweep *sweep, uint32_t attempt)
{
	size_t i = sweep->heap_count++;

	for (; i > 0; i = (i - 1) / 2) {
		if (!is_before(sweep->invocation, attempt, sweep->heap[(i - 1) / 2]))
			break;
		sweep->heap[i] = sweep->heap[(i - 1) / 2];
	}
	sweep->heap[i] = attempt;
}

static void heap_pop(struct sweep *sweep)
{
	uint32_t last = sweep->heap[--sweep->heap_count];
	size_t i = 0, child;

	for (; (child = 2 * i + 1) < sweep->heap_count; i = child) {
		if (child + 1 < sweep->heap_count &&
		    is_before(sweep->invocation, sweep->heap[child + 1], sweep->heap[child]))
			child++;
		if (!is_before(sweep->invocation, sweep->heap[child], last))
			break;
		sweep->heap[i] = sweep->heap[child];
	}
	sweep->heap[i] = last;
}

static bool has_outstanding(struct sweep *sweep, uint64_t time_ns)
{
	const struct invocation *invocation = sweep->invocation;

	while (sweep->heap_count &&
	       attempt_end_ns(invocation, invocation->attempts[sweep->heap[0]]) <= time_ns)
		heap_pop(sweep);
	return sweep->heap_count > 0;
}

/* ---- segments ---- */

static bool is_same(const struct segment *a, const struct segment *b)
{
	return a->state == b->state && a->reason == b->reason && a->attempt == b->attempt &&
	       a->end_ns == b->start_ns;
}

static void add_segment(struct sweep *sweep, struct segment segment)
{
	struct invocation *invocation = sweep->invocation;
	struct segment *last = invocation->segment_count
				       ? &invocation->segments[invocation->segment_count - 1]
				       : NULL;

	if (sweep->error || segment.start_ns >= segment.end_ns)
		return;
	if (last && is_same(last, &segment)) {
		last->end_ns = segment.end_ns;
		return;
	}
	if (invocation->segment_count == sweep->segment_capacity) {
		size_t capacity = sweep->segment_capacity ? 2 * sweep->segment_capacity : 16;
		struct segment *grown = realloc(invocation->segments, capacity * sizeof(*grown));

		if (!grown) {
			sweep->error = -ENOMEM;
			return;
		}
		invocation->segments = grown;
		sweep->segment_capacity = capacity;
	}
	invocation->segments[invocation->segment_count++] = segment;
}

/*
 * A thread ran for one of several open invocations, and nobody knows for which: an equal integer share
 * each, the remainder to the lowest id; the rest is unknown. [@from_ns, @to_ns) is a stretch in which
 * the same invocations were open, cut at the same places for each of them.
 */
static void add_shared(struct sweep *sweep, struct segment segment, size_t others, bool is_lowest)
{
	struct invocation *invocation = sweep->invocation;
	uint64_t length_ns = segment.end_ns - segment.start_ns;
	uint64_t share_ns = length_ns / (others + 1);
	struct segment rest = segment;

	if (is_lowest)
		share_ns += length_ns % (others + 1);
	segment.end_ns = segment.start_ns + share_ns;
	rest.start_ns = segment.end_ns;
	rest.state = STATE_UNKNOWN;
	rest.reason = UNKNOWN_SHARED;
	invocation->flags |= INVOCATION_SHARED;
	invocation->shared_ns += length_ns;
	add_segment(sweep, segment);
	add_segment(sweep, rest);
}

/* The smallest scope of what is on a CPU; SCOPE_COUNT where nothing is. */
static unsigned int scope_on_cpu(const struct sweep *sweep)
{
	unsigned int scope = SCOPE_HOME;

	while (scope < SCOPE_COUNT && !sweep->counters[MARK_CPU + scope])
		scope++;
	return scope;
}

/* What the instants of [@segment->start_ns, end_ns) are, between two marks. */
static void decide(struct sweep *sweep, struct segment *segment)
{
	const struct invocation *invocation = sweep->invocation;
	const size_t *counters = sweep->counters;

	segment->state = STATE_UNKNOWN;
	segment->reason = UNKNOWN_NONE;
	if (scope_on_cpu(sweep) < SCOPE_COUNT) {
		segment->state = STATE_ACTIVE;
	} else if (counters[MARK_READY]) {
		segment->state = STATE_RUNNABLE;
	} else if (counters[MARK_STOPPED]) {
		segment->reason = UNKNOWN_STOPPED;
	} else if (has_outstanding(sweep, segment->start_ns)) {
		segment->attempt = sweep->heap[0];
		segment->state = invocation->attempts[segment->attempt]->service_class ==
						 SERVICE_LAMBDA_SYNC
					 ? STATE_WAIT_LAMBDA
					 : STATE_WAIT_SERVICE;
	} else if (counters[MARK_DOUBTFUL]) {
		segment->reason = UNKNOWN_SHARED;
	} else if (sweep->is_estimated) {
		segment->state = STATE_ACTIVE;
	} else if (counters[MARK_LOSS]) {
		segment->reason = UNKNOWN_LOSS;
	} else {
		segment->state = carrier_explain(&sweep->carriers, segment->start_ns,
						 counters[MARK_CARRIER]);
		if (segment->state == STATE_UNKNOWN)
			segment->reason = UNKNOWN_UNEXPLAINED;
	}
}

/* Stretches on a CPU are gathered while the same invocations are open, so that shares come out equal. */
struct gathered {
	struct segment segment;
	unsigned int scope;
	size_t others;
	bool is_lowest;
	bool has_segment;
};

static bool is_shared_alike(const struct gathered *left, const struct gathered *right)
{
	return left->scope == right->scope && left->others == right->others &&
	       left->is_lowest == right->is_lowest;
}

static void flush(struct sweep *sweep, struct gathered *gathered)
{
	if (!gathered->has_segment)
		return;
	if (gathered->others)
		add_shared(sweep, gathered->segment, gathered->others, gathered->is_lowest);
	else
		add_segment(sweep, gathered->segment);
	gathered->has_segment = false;
}

static void add_piece(struct sweep *sweep, struct gathered *gathered, uint64_t from_ns,
		      uint64_t to_ns)
{
	struct gathered piece = { .segment = { .start_ns = from_ns, .end_ns = to_ns } };

	if (from_ns == to_ns)
		return;
	decide(sweep, &piece.segment);
	piece.scope = scope_on_cpu(sweep);
	if (piece.scope == SCOPE_COUNT) {
		flush(sweep, gathered);
		if (piece.segment.reason == UNKNOWN_SHARED) {
			sweep->invocation->flags |= INVOCATION_SHARED;
			sweep->invocation->shared_ns += to_ns - from_ns;
		}
		add_segment(sweep, piece.segment);
		return;
	}
	piece.others = sweep->counters[MARK_OTHER + piece.scope];
	piece.is_lowest = sweep->counters[MARK_LOWER + piece.scope] == 0;
	piece.has_segment = true;
	if (gathered->has_segment && !is_shared_alike(gathered, &piece))
		flush(sweep, gathered);
	if (!gathered->has_segment)
		*gathered = piece;
	gathered->segment.end_ns = to_ns;
}

static void run_sweep(struct sweep *sweep)
{
	const struct invocation *invocation = sweep->invocation;
	struct gathered gathered = { .has_segment = false };
	uint64_t time_ns = invocation->start_ns;
	size_t i = 0;

	while (time_ns < invocation->end_ns && !sweep->error) {
		bool has_changed_others = false;
		uint64_t next_ns;

		for (; i < sweep->mark_count && sweep->marks[i].time_ns <= time_ns; i++) {
			const struct mark *mark = &sweep->marks[i];

			if (mark->kind == MARK_ATTEMPT)
				heap_push(sweep, mark->attempt);
			else if (mark->kind < MARK_COUNTERS)
				sweep->counters[mark->kind] += (size_t)mark->change;
			has_changed_others |= mark->kind == MARK_OTHER + SCOPE_ENVIRONMENT;
		}
		if (has_changed_others)
			flush(sweep, &gathered);
		next_ns = i < sweep->mark_count ? sweep->marks[i].time_ns : invocation->end_ns;
		if (next_ns > invocation->end_ns)
			next_ns = invocation->end_ns;
		add_piece(sweep, &gathered, time_ns, next_ns);
		time_ns = next_ns;
	}
	flush(sweep, &gathered);
}

/* ---- sums ---- */

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

	invocation->segment_count = 0;
	invocation->shared_ns = 0;
	add_segment(sweep, (struct segment){ .start_ns = invocation->start_ns,
					     .end_ns = invocation->end_ns,
					     .state = STATE_UNKNOWN,
					     .reason = UNKNOWN_UNEXPLAINED });
	invocation->flags |= INVOCATION_INCOMPLETE;
	sum_up(invocation);
}

static int prepare(struct sweep *sweep, const struct timeline *timeline)
{
	size_t attempts = sweep->invocation->attempt_count;

	sweep->heap = calloc(attempts + 1, sizeof(*sweep->heap));
	if (!sweep->heap || carrier_index_init(&sweep->carriers, sweep->invocation, timeline))
		return -ENOMEM;
	for (size_t i = 0; i < timeline->thread_count; i++)
		add_thread(sweep, &timeline->threads[i], sweep->carriers.is_carrier[i]);
	add_attempts(sweep);
	add_doubtful(sweep);
	add_context(sweep);
	if (sweep->mark_count)
		qsort(sweep->marks, sweep->mark_count, sizeof(*sweep->marks), compare_marks);
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

int wait_attribute(struct invocation *invocation, const struct timeline *timeline,
		   const struct wait_context *context)
{
	struct sweep sweep = { .invocation = invocation, .context = context };
	int error;

	if (invocation->end_ns < invocation->start_ns)
		invocation->end_ns = invocation->start_ns;
	free(invocation->segments);
	invocation->segments = NULL;
	invocation->segment_count = 0;
	invocation->shared_ns = 0;
	sweep.is_estimated = !timeline->has_scheduler_facts;
	error = prepare(&sweep, timeline);
	if (!error) {
		run_sweep(&sweep);
		sum_up(invocation);
		if (!sweep.error && !wait_is_exact(invocation))
			give_up(&sweep);
		flag(invocation, timeline, context);
		error = sweep.error;
	}
	carrier_index_release(&sweep.carriers);
	free(sweep.marks);
	free(sweep.heap);
	return error;
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
}
