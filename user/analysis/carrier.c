// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * carrier.c - see carrier.h. Questions are asked in order of time, so each thread is a candidate with the
 * next of its runs, from its birth on (candidates.c). They are gathered when they are asked for: many
 * invocations stand still in calls only.
 */
#include "analysis/carrier.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/wait.h"
#include "base/array.h"
#include "base/units.h"

#define DEATH_MAX_NS 100000000ull /* from the signal to the end of the process */

static int compare_ids(const void *left, const void *right)
{
	uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;

	return (a > b) - (a < b);
}

/* The thread that runs first; ties: lower id, then earlier in the timeline. */
static bool runs_before(const void *left, const void *right, const void *unused)
{
	const struct candidate *a = left, *b = right;

	if (a->until_ns != b->until_ns)
		return a->until_ns < b->until_ns;
	if (a->tid != b->tid)
		return a->tid < b->tid;
	return a->thread < b->thread;
}

/* The thread that comes first in the timeline. */
static bool stands_before(const void *left, const void *right, const void *unused)
{
	const struct candidate *a = left, *b = right;

	return a->thread < b->thread;
}

static const struct heap_order run_order = { sizeof(struct candidate), runs_before };
static const struct heap_order sleep_order = { sizeof(struct candidate), stands_before };

static bool is_of_environment(const struct carrier_index *index, uint32_t tgid)
{
	return bsearch(&tgid, index->tgids, index->tgid_count, sizeof(tgid), compare_ids) != NULL;
}

static bool is_woken_from_outside(const struct carrier_index *index, const struct run *run)
{
	return run->waker == WAKER_UNKNOWN ||
	       (run->waker == WAKER_TASK && !is_of_environment(index, run->waker_tgid));
}

static bool is_off_by_itself(const struct run *run)
{
	return run->off_reason != OFF_PREEMPTED && run->off_reason != OFF_CUT;
}

/*
 * How many runs of @thread count: those that begin before the end. A thread that is killed gets a CPU once more,
 * to die, perhaps in pieces: what it slept in is not explained by that, so those since the signal woke it do not.
 */
static size_t count_telling(const struct carrier_index *index, const struct thread_timeline *thread)
{
	size_t count = thread->run_count, first;

	while (count > 0 && thread->runs[count - 1].on_ns >= index->end_ns)
		count--;
	if (!index->is_killed || count == 0)
		return count;
	first = count - 1;
	if (thread->runs[first].off_ns < index->end_ns && is_off_by_itself(&thread->runs[first]) &&
	    thread->runs[first].off_reason != OFF_DEAD)
		return count; /* asleep until after the end */
	while (first > 0 && !is_off_by_itself(&thread->runs[first - 1]))
		first--;
	if (thread->runs[first].ready_ns + DEATH_MAX_NS < index->end_ns ||
	    !is_woken_from_outside(index, &thread->runs[first]))
		return count; /* it was at work */
	return first;
}

/* The first run from @from on that counts and begins after @time_ns; false: there is none. */
static bool find_run(const struct thread_timeline *thread, struct candidate *candidate,
		     uint32_t from, uint64_t time_ns)
{
	size_t run = from;

	if (from < candidate->run_end)
		run += array_count_up_to(thread->runs + from, candidate->run_end - from,
					 sizeof(*thread->runs), offsetof(struct run, on_ns),
					 time_ns);
	while (run < candidate->run_end && thread->runs[run].scope == SCOPE_OTHERS)
		run++;
	if (run >= candidate->run_end)
		return false;
	candidate->run = (uint32_t)run;
	candidate->until_ns = thread->runs[run].on_ns;
	return true;
}

static bool is_in_question(const struct carrier_index *index, const struct carrier_group *group,
			   size_t thread)
{
	return group == &index->all || index->is_carrier[thread];
}

/* Each thread from its birth on, with the run that it has next after @time_ns. */
static int collect_runs(const struct carrier_index *index, struct carrier_group *group,
			uint64_t time_ns)
{
	int error = 0;

	for (size_t i = 0; i < index->timeline->thread_count && !error; i++) {
		const struct thread_timeline *thread = &index->timeline->threads[i];
		struct candidate candidate = { .from_ns = thread->start_ns,
					       .tid = thread->tid,
					       .thread = (uint32_t)i };

		if (!is_in_question(index, group, i))
			continue;
		candidate.run_end = (uint32_t)count_telling(index, thread);
		if (find_run(thread, &candidate, 0, time_ns))
			error = candidates_add(&group->next_runs, &candidate);
	}
	group->has_runs = true;
	candidates_start(&group->next_runs);
	return error;
}

/* NULL: none of @group that is born runs again. */
static const struct candidate *find_next(const struct carrier_index *index,
					 struct carrier_group *group, uint64_t time_ns)
{
	struct candidate *next;

	candidates_advance(&group->next_runs, time_ns);
	while ((next = candidates_first(&group->next_runs)) && next->until_ns <= time_ns) {
		if (find_run(&index->timeline->threads[next->thread], next, next->run + 1, time_ns))
			candidates_settle_first(&group->next_runs);
		else
			candidates_drop_first(&group->next_runs);
	}
	return next;
}

static void group_init(struct carrier_group *group)
{
	candidates_init(&group->next_runs, &run_order);
	candidates_init(&group->sleeps, &sleep_order);
}

static void group_release(struct carrier_group *group)
{
	candidates_release(&group->next_runs);
	candidates_release(&group->sleeps);
}

int carrier_index_init(struct carrier_index *index, const struct invocation *invocation,
		       const struct timeline *timeline)
{
	memset(index, 0, sizeof(*index));
	index->timeline = timeline;
	index->end_ns = invocation->end_ns;
	index->is_killed = invocation->status == STATUS_KILLED ||
			   invocation->status == STATUS_TIMEOUT;
	group_init(&index->own);
	group_init(&index->all);
	index->is_carrier = calloc(timeline->thread_count + 1, sizeof(*index->is_carrier));
	if (!index->is_carrier)
		return -ENOMEM;
	for (size_t i = 0; i < timeline->thread_count; i++)
		index->is_carrier[i] = invocation_has_carrier(invocation, timeline->threads[i].tid);
	return 0;
}

/* The threads of one process mostly come one after the other. */
static int list_tgids(struct carrier_index *index)
{
	const struct timeline *timeline = index->timeline;
	uint32_t *tgids = malloc((timeline->thread_count + 1) * sizeof(*tgids));
	size_t count = 0;

	if (!tgids)
		return -ENOMEM;
	for (size_t i = 0; i < timeline->thread_count; i++)
		if (!count || tgids[count - 1] != timeline->threads[i].tgid)
			tgids[count++] = timeline->threads[i].tgid;
	if (count > 1)
		qsort(tgids, count, sizeof(*tgids), compare_ids);
	index->tgids = tgids;
	index->tgid_count = count;
	return 0;
}

void carrier_index_release(struct carrier_index *index)
{
	free(index->is_carrier);
	free(index->tgids);
	group_release(&index->own);
	group_release(&index->all);
	memset(index, 0, sizeof(*index));
}

uint64_t carrier_thread_end(const struct thread_timeline *thread)
{
	if (thread->end_ns)
		return thread->end_ns;
	if (thread->run_count && thread->runs[thread->run_count - 1].off_reason == OFF_DEAD)
		return thread->runs[thread->run_count - 1].off_ns;
	return UINT64_MAX;
}

static bool is_timer(const struct run *before)
{
	return before->deadline_ns || before->blocked_in == BLOCKED_SLEEP;
}

static enum wait_rule find_waker_rule(const struct carrier_index *index, const struct run *before,
				      const struct run *next)
{
	if (next->waker == WAKER_UNKNOWN)
		return RULE_WAKER_UNSEEN;
	if (next->waker != WAKER_TASK)
		return RULE_INTERRUPT;
	if (!is_of_environment(index, next->waker_tgid))
		return RULE_WOKEN_OUTSIDE;
	switch (before->blocked_in) {
	case BLOCKED_FUTEX:
	case BLOCKED_POLL: /* an eventfd or a pipe: sockets wake from an interrupt */
	case BLOCKED_READ:
	case BLOCKED_WRITE:
		return RULE_WOKEN_INSIDE;
	default:
		return RULE_WOKEN_OTHERWISE;
	}
}

/* The blocking between two runs of one thread. */
static enum wait_rule find_rule(const struct carrier_index *index, const struct run *before,
				const struct run *next)
{
	bool is_storage =
		before->blocked_in == BLOCKED_NONE || before->blocked_in == BLOCKED_READ ||
		before->blocked_in == BLOCKED_WRITE || before->blocked_in == BLOCKED_FSYNC;

	switch (before->off_reason) {
	case OFF_IO:
		return RULE_DISK;
	case OFF_UNINTERRUPTIBLE:
		if (is_storage)
			return RULE_DISK;
		break;
	case OFF_SLEEP:
		break;
	default:
		return RULE_NOT_ASLEEP;
	}
	if (is_timer(before) && next->ready_ns + WAIT_DEADLINE_SLACK_NS >= before->deadline_ns)
		return before->deadline_ns ? RULE_DEADLINE : RULE_SLEEP;
	return find_waker_rule(index, before, next);
}

static enum state state_of(enum wait_rule rule)
{
	switch (rule) {
	case RULE_DISK:
		return STATE_WAIT_IO;
	case RULE_DEADLINE:
	case RULE_SLEEP:
	case RULE_LAST_DEADLINE:
		return STATE_WAIT_TIMER;
	case RULE_WOKEN_INSIDE:
		return STATE_WAIT_LOCK;
	case RULE_AT_OTHERS_WORK:
		return STATE_RUNNABLE;
	default:
		return STATE_UNKNOWN;
	}
}

/* What @thread did after @before, up to @next; each NULL where that was not seen or never came. */
static void fill_cause(struct wait_cause *cause, const struct thread_timeline *thread,
		       const struct run *before, const struct run *next)
{
	cause->tid = thread->tid;
	if (before) {
		cause->blocked_ns = before->off_ns;
		cause->deadline_ns = before->deadline_ns;
		cause->off_reason = before->off_reason;
		cause->blocked_in = before->blocked_in;
	}
	if (next) {
		cause->woken_ns = next->ready_ns;
		cause->waker = next->waker;
		cause->waker_tgid = next->waker == WAKER_TASK ? next->waker_tgid : 0;
		cause->waker_tid = next->waker == WAKER_TASK ? next->waker_tid : 0;
	}
}

/* How many runs began at @time_ns or before. */
static size_t count_begun(const struct thread_timeline *thread, uint64_t time_ns)
{
	return array_count_up_to(thread->runs, thread->run_count, sizeof(*thread->runs),
				 offsetof(struct run, on_ns), time_ns);
}

/* From its @run on: when @thread is off the CPU, alive, after it went to sleep with a deadline. */
static int collect_sleeps_of(struct carrier_group *group, const struct thread_timeline *thread,
			     struct candidate candidate, uint64_t time_ns)
{
	int error = 0;

	for (size_t i = candidate.run; i < thread->run_count && !error; i++) {
		const struct run *run = &thread->runs[i];
		uint64_t end_ns = carrier_thread_end(thread);

		if (i + 1 < thread->run_count)
			end_ns = earlier_of(end_ns, run[1].on_ns);
		candidate.run = (uint32_t)i;
		candidate.from_ns = later_of(run->off_ns, thread->start_ns);
		candidate.until_ns = end_ns;
		if (run->off_reason == OFF_SLEEP && is_timer(run) && end_ns > candidate.from_ns &&
		    end_ns > time_ns)
			error = candidates_add(&group->sleeps, &candidate);
	}
	return error;
}

static int collect_sleeps(const struct carrier_index *index, struct carrier_group *group,
			  uint64_t time_ns)
{
	int error = 0;

	for (size_t i = 0; i < index->timeline->thread_count && !error; i++) {
		const struct thread_timeline *thread = &index->timeline->threads[i];
		size_t begun = count_begun(thread, time_ns);

		if (is_in_question(index, group, i))
			error = collect_sleeps_of(
				group, thread,
				(struct candidate){ .thread = (uint32_t)i,
						    .run = (uint32_t)(begun ? begun - 1 : 0) },
				time_ns);
	}
	group->has_sleeps = true;
	candidates_start(&group->sleeps);
	return error;
}

/* Nobody in question runs again: one that went to sleep with a deadline explains it. */
static int explain_last(const struct carrier_index *index, struct carrier_group *group,
			uint64_t time_ns, struct wait_cause *cause)
{
	const struct candidate *sleep;

	if (!group->has_sleeps && collect_sleeps(index, group, time_ns))
		return -ENOMEM;
	candidates_advance(&group->sleeps, time_ns);
	while ((sleep = candidates_first(&group->sleeps)) && sleep->until_ns <= time_ns)
		candidates_drop_first(&group->sleeps);
	cause->rule = sleep ? RULE_LAST_DEADLINE : RULE_LAST_UNTIMED;
	if (sleep) {
		const struct thread_timeline *thread = &index->timeline->threads[sleep->thread];

		fill_cause(cause, thread, &thread->runs[sleep->run], NULL);
	}
	return 0;
}

/* @thread is the carrier that runs next: what it does at @time_ns. */
static enum wait_rule explain_by(const struct carrier_index *index,
				 const struct thread_timeline *thread, uint64_t time_ns,
				 struct wait_cause *cause)
{
	size_t begun = count_begun(thread, time_ns);
	const struct run *before = begun ? &thread->runs[begun - 1] : NULL;
	const struct run *next = &thread->runs[begun];
	bool is_running = before && before->off_ns > time_ns; /* its own work would be no gap */

	fill_cause(cause, thread, before, next);
	if (is_running || (next->scope == SCOPE_OTHERS && next->ready_ns <= time_ns))
		return RULE_AT_OTHERS_WORK;
	return before ? find_rule(index, before, next) : RULE_BEFORE_UNSEEN;
}

/* The thread that runs next after @time_ns explains it. */
static int explain(const struct carrier_index *index, struct carrier_group *group, uint64_t time_ns,
		   struct wait_cause *cause)
{
	const struct candidate *next = find_next(index, group, time_ns);

	if (!next)
		return explain_last(index, group, time_ns, cause);
	cause->rule =
		(uint8_t)explain_by(index, &index->timeline->threads[next->thread], time_ns, cause);
	return 0;
}

int carrier_explain(struct carrier_index *index, uint64_t time_ns, size_t alive_carriers,
		    struct wait_cause *cause)
{
	struct carrier_group *group = alive_carriers ? &index->own : &index->all;

	assert(time_ns >= index->time_ns);
	index->time_ns = time_ns;
	if (!index->tgids && list_tgids(index))
		return -ENOMEM;
	if (!group->has_runs && collect_runs(index, group, time_ns))
		return -ENOMEM;
	cause->is_carrier = alive_carriers > 0;
	if (explain(index, group, time_ns, cause))
		return -ENOMEM;
	cause->state = (uint8_t)state_of(cause->rule);
	return 0;
}
