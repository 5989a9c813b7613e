// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * carrier.c - see carrier.h. All runs of the threads in question lie in one array sorted by their
 * start, so "the carrier that runs next after t" is one binary search. It is made when it is asked for:
 * many invocations stand still in calls only.
 */
#include "analysis/carrier.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/wait.h"
#include "base/array.h"

#define DEATH_MAX_NS 100000000ull /* from the signal to the end of the process */

static int compare_entries(const void *left, const void *right)
{
	const struct carrier_entry *a = left, *b = right;

	if (a->on_ns != b->on_ns)
		return a->on_ns < b->on_ns ? -1 : 1;
	if (a->tid != b->tid)
		return a->tid < b->tid ? -1 : 1;
	if (a->thread != b->thread)
		return a->thread < b->thread ? -1 : 1;
	return (a->run > b->run) - (a->run < b->run);
}

static int compare_tgids(const void *left, const void *right)
{
	uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;

	return (a > b) - (a < b);
}

static bool is_of_environment(const struct carrier_index *index, uint32_t tgid)
{
	return bsearch(&tgid, index->tgids, index->tgid_count, sizeof(tgid), compare_tgids) != NULL;
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
 * A thread that is killed gets a CPU once more, to die, perhaps in pieces: what it slept in is not
 * explained by that. The first of its runs since the signal woke it; run_count where there are none.
 */
static size_t first_death_run(const struct carrier_index *index,
			      const struct thread_timeline *thread)
{
	size_t first = thread->run_count;

	while (first > 0 && thread->runs[first - 1].on_ns >= index->end_ns)
		first--;
	if (!index->is_killed || first == 0)
		return thread->run_count;
	first--;
	if (thread->runs[first].off_ns < index->end_ns && is_off_by_itself(&thread->runs[first]) &&
	    thread->runs[first].off_reason != OFF_DEAD)
		return thread->run_count; /* asleep until after the end */
	while (first > 0 && !is_off_by_itself(&thread->runs[first - 1]))
		first--;
	if (thread->runs[first].ready_ns + DEATH_MAX_NS < index->end_ns ||
	    !is_woken_from_outside(index, &thread->runs[first]))
		return thread->run_count; /* it was at work */
	return first;
}

/* Of one thread they are. */
static bool is_in_order(const struct carrier_runs *runs)
{
	for (size_t i = 1; i < runs->count; i++)
		if (compare_entries(&runs->entries[i - 1], &runs->entries[i]) > 0)
			return false;
	return true;
}

static int collect(struct carrier_runs *runs, const struct carrier_index *index, bool only_carriers)
{
	const struct timeline *timeline = index->timeline;
	size_t total = 0;

	for (size_t i = 0; i < timeline->thread_count; i++)
		total += timeline->threads[i].run_count;
	runs->entries = malloc((total + 1) * sizeof(*runs->entries));
	if (!runs->entries)
		return -ENOMEM;
	for (size_t i = 0; i < timeline->thread_count; i++) {
		const struct thread_timeline *thread = &timeline->threads[i];
		size_t count = first_death_run(index, thread);

		if (only_carriers && !index->is_carrier[i])
			continue;
		for (size_t j = 0; j < count; j++) {
			struct carrier_entry entry = { thread->runs[j].on_ns, thread->tid,
						       (uint32_t)i, (uint32_t)j };

			if (entry.on_ns < index->end_ns && thread->runs[j].scope != SCOPE_OTHERS)
				runs->entries[runs->count++] = entry;
		}
	}
	if (!is_in_order(runs))
		qsort(runs->entries, runs->count, sizeof(*runs->entries), compare_entries);
	return 0;
}

static bool is_listed(const struct invocation *invocation, uint32_t tid)
{
	for (size_t i = 0; i < invocation->carrier_count; i++)
		if (invocation->carriers[i] == tid)
			return true;
	return false;
}

int carrier_index_init(struct carrier_index *index, const struct invocation *invocation,
		       const struct timeline *timeline)
{
	size_t count = timeline->thread_count;

	memset(index, 0, sizeof(*index));
	index->timeline = timeline;
	index->end_ns = invocation->end_ns;
	index->is_killed = invocation->status == STATUS_KILLED ||
			   invocation->status == STATUS_TIMEOUT;
	index->is_carrier = calloc(count + 1, sizeof(*index->is_carrier));
	if (!index->is_carrier)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++)
		index->is_carrier[i] = is_listed(invocation, timeline->threads[i].tid);
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
		qsort(tgids, count, sizeof(*tgids), compare_tgids);
	index->tgids = tgids;
	index->tgid_count = count;
	return 0;
}

void carrier_index_release(struct carrier_index *index)
{
	free(index->is_carrier);
	free(index->tgids);
	free(index->own.entries);
	free(index->all.entries);
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

/* The first entry that begins after @time_ns. */
static size_t find_next(const struct carrier_runs *runs, uint64_t time_ns)
{
	return array_count_up_to(runs->entries, runs->count, sizeof(*runs->entries),
				 offsetof(struct carrier_entry, on_ns), time_ns);
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

/* Nobody in question runs again: one that went to sleep with a deadline explains it. */
static enum wait_rule explain_last(const struct carrier_index *index, uint64_t time_ns,
				   bool only_carriers, struct wait_cause *cause)
{
	for (size_t i = 0; i < index->timeline->thread_count; i++) {
		const struct thread_timeline *thread = &index->timeline->threads[i];
		size_t begun = count_begun(thread, time_ns);
		const struct run *last = begun ? &thread->runs[begun - 1] : NULL;

		if ((only_carriers && !index->is_carrier[i]) || thread->start_ns > time_ns ||
		    carrier_thread_end(thread) <= time_ns)
			continue;
		if (last && last->off_ns <= time_ns && last->off_reason == OFF_SLEEP &&
		    is_timer(last)) {
			fill_cause(cause, thread, last, NULL);
			return RULE_LAST_DEADLINE;
		}
	}
	return RULE_LAST_UNTIMED;
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
static enum wait_rule explain(const struct carrier_index *index, uint64_t time_ns,
			      bool only_carriers, struct wait_cause *cause)
{
	const struct carrier_runs *runs = only_carriers ? &index->own : &index->all;

	for (size_t i = find_next(runs, time_ns); i < runs->count; i++) {
		const struct carrier_entry *entry = &runs->entries[i];
		const struct thread_timeline *thread = &index->timeline->threads[entry->thread];

		if (thread->start_ns > time_ns)
			continue; /* not born */
		return explain_by(index, thread, time_ns, cause);
	}
	return explain_last(index, time_ns, only_carriers, cause);
}

int carrier_explain(struct carrier_index *index, uint64_t time_ns, size_t alive_carriers,
		    struct wait_cause *cause)
{
	struct carrier_runs *runs = alive_carriers ? &index->own : &index->all;

	if (!index->tgids && list_tgids(index))
		return -ENOMEM;
	if (!runs->entries && collect(runs, index, alive_carriers > 0))
		return -ENOMEM;
	cause->is_carrier = alive_carriers > 0;
	cause->rule = (uint8_t)explain(index, time_ns, alive_carriers > 0, cause);
	cause->state = (uint8_t)state_of(cause->rule);
	return 0;
}
