// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * timelines.c - see timelines.h. A helper thread works for the worker thread that woke it in task
 * context until it blocks again (SEMANTICS 1). The main thread and other workers are nobody's helpers.
 */
#include "assemble/timelines.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "assemble/environments.h"

/* ---- slices in ---- */

/* A slice that ended with the thread comes after its exit. NULL: it is of no thread that we keep. */
static struct thread *thread_of_slice(struct assembler *assembler, const struct fact *fact)
{
	struct process_table *table = &assembler->processes;
	struct thread *thread = thread_find(table, fact->tid);
	bool is_last = fact->slice.off_reason == OFF_DEAD;

	if (thread && thread->process->tgid == fact->tgid &&
	    (!thread->end_ns || is_last || fact->slice.on_ns <= thread->end_ns))
		return thread;
	if (is_last || !fact->tgid || !fact->tid)
		return NULL;
	thread = thread_get(table, fact->tgid, fact->tid);
	if (!thread)
		assembler_fail(assembler, -ENOMEM);
	return thread;
}

static uint32_t owner_of_slice(const struct assembler *assembler, const struct thread *thread,
			       const struct fact_slice *slice)
{
	const struct thread *waker;

	if (list_is_empty(&thread->process->workers) || thread->worker ||
	    thread->tid == thread->process->tgid)
		return 0;
	if (!slice->woken_ns)
		return thread->run_owner;
	if (slice->waker != WAKER_TASK || slice->waker_tgid != thread->process->tgid)
		return 0;
	waker = thread_find(&assembler->processes, slice->waker_tid);
	if (!waker || !waker->worker || waker->process != thread->process)
		return 0;
	return waker->worker->environment->id + 1;
}

static struct environment_state *worker_by_owner(const struct process *process, uint32_t owner)
{
	for (list_each(&process->workers, at)) {
		struct environment_state *state =
			list_item(at, struct environment_state, worker_link);

		if (state->environment->id + 1 == owner)
			return state;
	}
	return NULL;
}

/* CPU time is outside every invocation until one that covers it is settled. */
static void count_run(struct thread *thread, const struct run *run)
{
	struct process *process = thread->process;
	struct environment_state *state = thread->worker;

	if (!state && thread->run_owner)
		state = worker_by_owner(process, thread->run_owner);
	if (!state)
		state = process->environment;
	if (state) {
		state->environment->outside_active_ns += run->off_ns - run->on_ns;
		state->has_slices = true;
	}
	if (!process->environment)
		process->cpu_ns += run->off_ns - run->on_ns;
	process->has_slices = true;
}

void timelines_push_slice(struct assembler *assembler, const struct fact *fact)
{
	const struct fact_slice *slice = &fact->slice;
	struct thread *thread = thread_of_slice(assembler, fact);
	const struct run *last;
	struct run run = {
		.ready_ns = slice->woken_ns,
		.on_ns = slice->on_ns,
		.off_ns = fact->time_ns,
		.deadline_ns = slice->deadline_ns,
		.waker_tgid = slice->waker_tgid,
		.waker_tid = slice->waker_tid,
		.waker = slice->waker,
		.off_reason = slice->off_reason,
		.blocked_in = slice->blocked_in,
	};
	uint64_t retain_ns = fact->time_ns > RETAIN_NS ? fact->time_ns - RETAIN_NS : 0;
	int error;

	if (!thread)
		return;
	last = run_list_last(&thread->runs);
	if (!run.ready_ns) { /* it was not blocked: it waited since its last run, or since it began */
		if (last)
			run.ready_ns = last->off_reason == OFF_PREEMPTED ||
						       last->off_reason == OFF_CUT
					       ? last->off_ns
					       : run.on_ns;
		else
			run.ready_ns = thread->start_ns ? thread->start_ns : run.on_ns;
	}
	if (thread->touched && thread->touched_ns >= run.on_ns && thread->touched_ns <= run.off_ns)
		run.touched = thread->touched;
	thread->touched = 0;
	thread->run_owner = owner_of_slice(assembler, thread, slice);
	/* Bounded by how long the oldest open invocation runs: its timeline is made of them all. */
	if (run_list_is_full(&thread->runs))
		run_list_trim(&thread->runs, process_horizon(thread->process, retain_ns));
	error = run_list_push(&thread->runs, &run, thread->run_owner);
	if (error == 0)
		count_run(thread, run_list_last(&thread->runs));
	else if (error != -EALREADY)
		assembler_fail(assembler, error);
}

/* ---- a timeline out ---- */

void timeline_builder_init(struct timeline_builder *builder)
{
	memset(builder, 0, sizeof(*builder));
}

static void forget_copies(struct timeline_builder *builder)
{
	for (size_t i = 0; i < builder->copy_count; i++)
		free(builder->copies[i]);
	builder->copy_count = 0;
}

void timeline_builder_release(struct timeline_builder *builder)
{
	forget_copies(builder);
	free(builder->threads);
	free(builder->copies);
	timeline_builder_init(builder);
}

static int add_thread(struct timeline_builder *builder, const struct thread *thread,
		      const struct run *runs, size_t run_count)
{
	size_t capacity = builder->thread_capacity ? 2 * builder->thread_capacity : 16;
	struct thread_timeline *threads = builder->threads;

	if (builder->timeline.thread_count == builder->thread_capacity) {
		threads = realloc(threads, capacity * sizeof(*threads));
		if (!threads)
			return -ENOMEM;
		builder->threads = threads;
		builder->thread_capacity = capacity;
	}
	threads[builder->timeline.thread_count++] = (struct thread_timeline){
		.tgid = thread->process->tgid,
		.tid = thread->tid,
		.start_ns = thread->start_ns,
		.end_ns = thread->end_ns,
		.runs = runs,
		.run_count = run_count,
	};
	builder->timeline.threads = threads;
	return 0;
}

int timeline_builder_add(struct timeline_builder *builder, const struct thread *thread,
			 struct run *runs, size_t run_count)
{
	size_t capacity = builder->copy_capacity ? 2 * builder->copy_capacity : 8;
	struct run **copies;

	if (builder->copy_count == builder->copy_capacity) {
		copies = realloc(builder->copies, capacity * sizeof(*copies));
		if (!copies) {
			free(runs);
			return -ENOMEM;
		}
		builder->copies = copies;
		builder->copy_capacity = capacity;
	}
	builder->copies[builder->copy_count++] = runs;
	return add_thread(builder, thread, runs, run_count);
}

static bool is_alive_in(const struct thread *thread, uint64_t start_ns, uint64_t end_ns)
{
	return thread->start_ns < end_ns && (!thread->end_ns || thread->end_ns > start_ns);
}

static int add_whole_thread(struct timeline_builder *builder, const struct thread *thread,
			    uint64_t start_ns, uint64_t end_ns)
{
	struct run_window window = run_list_window(&thread->runs, start_ns, end_ns);

	return add_thread(builder, thread, thread->runs.runs + window.first,
			  window.end - window.first);
}

/* Only the runs that belong to @owner; nothing where none of them touches the window. */
static int add_helper_thread(struct timeline_builder *builder, const struct thread *thread,
			     uint32_t owner, uint64_t start_ns, uint64_t end_ns)
{
	const struct run_list *list = &thread->runs;
	struct run *copy = NULL;
	size_t count = 0;
	bool touches = false;

	for (size_t i = list->first; i < list->end; i++) {
		const struct run *run = &list->runs[i];

		if (list->owners[i] != owner)
			continue;
		if (run->on_ns <= start_ns)
			count = 0; /* only the last of those before */
		if (!copy)
			copy = malloc((list->end - i) * sizeof(*copy));
		if (!copy)
			return -ENOMEM;
		copy[count++] = *run;
		touches |= run->off_ns > start_ns && run->ready_ns < end_ns;
		if (run->on_ns > end_ns)
			break;
	}
	if (!touches) {
		free(copy);
		return 0;
	}
	return timeline_builder_add(builder, thread, copy, count);
}

static int fill_worker(struct timeline_builder *builder, const struct environment_state *state,
		       uint64_t start_ns, uint64_t end_ns)
{
	int error = add_whole_thread(builder, state->worker, start_ns, end_ns);

	for (list_each(&state->worker->process->threads, at)) {
		const struct thread *thread = list_item(at, struct thread, link);

		if (error)
			break;
		if (thread != state->worker && is_alive_in(thread, start_ns, end_ns))
			error = add_helper_thread(builder, thread, state->environment->id + 1,
						  start_ns, end_ns);
	}
	return error;
}

void timeline_builder_start(struct timeline_builder *builder, const struct environment_state *state)
{
	forget_copies(builder);
	builder->timeline = (struct timeline){ .has_scheduler_facts = state->has_slices };
}

int timeline_builder_fill(struct timeline_builder *builder, const struct environment_state *state,
			  uint64_t start_ns, uint64_t end_ns)
{
	int error = 0;

	timeline_builder_start(builder, state);
	if (state->worker)
		return fill_worker(builder, state, start_ns, end_ns);
	for (list_each(&state->processes, at)) {
		const struct process *process = list_item(at, struct process, member);

		for (list_each(&process->threads, inner)) {
			const struct thread *thread = list_item(inner, struct thread, link);

			if (!thread->worker && is_alive_in(thread, start_ns, end_ns))
				error = add_whole_thread(builder, thread, start_ns, end_ns);
			if (error)
				return error;
		}
	}
	return 0;
}

/* ---- CPU time outside invocations ---- */

static uint64_t cpu_within(const struct timeline *timeline, uint64_t start_ns, uint64_t end_ns)
{
	uint64_t sum_ns = 0;

	for (size_t i = 0; i < timeline->thread_count; i++) {
		const struct thread_timeline *thread = &timeline->threads[i];

		for (size_t j = 0; j < thread->run_count; j++) {
			uint64_t from_ns = later_of(thread->runs[j].on_ns, start_ns);
			uint64_t to_ns = earlier_of(thread->runs[j].off_ns, end_ns);

			if (from_ns < to_ns)
				sum_ns += to_ns - from_ns;
		}
	}
	return sum_ns;
}

static void count_billed(struct assembler *assembler, struct environment_state *state,
			 const struct timeline *timeline, uint64_t start_ns, uint64_t end_ns)
{
	uint64_t *outside_ns = &state->environment->outside_active_ns;
	uint64_t from_ns = start_ns, inside_ns = 0;

	for (size_t i = 0; i < state->counted.count && from_ns < end_ns; i++) {
		const struct interval *counted = &state->counted.spans[i];

		if (counted->end_ns <= from_ns)
			continue;
		if (counted->start_ns > from_ns)
			inside_ns += cpu_within(timeline, from_ns,
						earlier_of(counted->start_ns, end_ns));
		from_ns = counted->end_ns;
	}
	if (from_ns < end_ns)
		inside_ns += cpu_within(timeline, from_ns, end_ns);
	*outside_ns -= earlier_of(*outside_ns, inside_ns);
	state->environment->busy_ns += intervals_uncovered(&state->counted, start_ns, end_ns);
	assembler_fail(assembler, intervals_add(&state->counted, start_ns, end_ns,
						environment_horizon(state, UINT64_MAX)));
}

/*
 * Room for one more, beside one that is open for very long: what lies between the two oldest is inside
 * that one, so it is counted before its end.
 */
static void count_oldest_gap(struct assembler *assembler, struct environment_state *state)
{
	const struct invocation_state *oldest =
		list_item(state->invocations.next, struct invocation_state, link);
	uint64_t start_ns = state->counted.spans[0].end_ns;
	uint64_t end_ns = state->counted.spans[1].start_ns;
	struct timeline_builder builder;
	int error;

	if (list_is_empty(&state->invocations) || oldest->invocation->start_ns > start_ns ||
	    (oldest->phase != PHASE_OPEN && oldest->invocation->end_ns < end_ns))
		return;
	timeline_builder_init(&builder);
	error = timeline_builder_fill(&builder, state, start_ns, end_ns);
	if (!error)
		count_billed(assembler, state, &builder.timeline, start_ns, end_ns);
	timeline_builder_release(&builder);
	assembler_fail(assembler, error);
}

void timelines_count(struct assembler *assembler, struct environment_state *state,
		     const struct timeline *timeline, uint64_t start_ns, uint64_t end_ns)
{
	if (state->counted.count == INTERVALS_MAX)
		count_oldest_gap(assembler, state);
	count_billed(assembler, state, timeline, start_ns, end_ns);
}
