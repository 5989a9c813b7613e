// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * timelines.c - see timelines.h. A helper thread works for the worker thread that woke it in task
 * context until it blocks again (SEMANTICS 1). The main thread and other workers are nobody's helpers.
 */
#include "assemble/timelines.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"

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

static struct help *load_help(struct assembler *assembler, struct thread *thread,
			      struct environment_state *worker)
{
	struct list *position = &worker->helpers;
	struct help *help = thread->helping;

	if (!help || help->worker != worker)
		help = help_find(&assembler->processes, thread, worker);
	if (help)
		return help;
	help = help_new(&assembler->processes, thread, worker);
	if (!help) {
		assembler_fail(assembler, -ENOMEM);
		return NULL;
	}
	while (position->previous != &worker->helpers &&
	       list_item(position->previous, struct help, of_worker)->thread->number >
		       thread->number)
		position = position->previous;
	list_insert(position, &help->of_worker);
	return help;
}

/* The worker thread that the slice belongs to; NULL: nobody's helper ran. */
static struct help *help_of_slice(struct assembler *assembler, struct thread *thread,
				  const struct fact_slice *slice)
{
	const struct thread *waker;

	if (list_is_empty(&thread->process->workers) || thread->worker ||
	    thread->tid == thread->process->tgid)
		return NULL;
	if (!slice->woken_ns)
		return thread->helping;
	if (slice->waker != WAKER_TASK || slice->waker_tgid != thread->process->tgid)
		return NULL;
	waker = thread_find(&assembler->processes, slice->waker_tid);
	if (!waker || !waker->worker || waker->process != thread->process)
		return NULL;
	return load_help(assembler, thread, waker->worker);
}

/* CPU time is outside every invocation until one that covers it is settled. */
static void count_run(struct thread *thread, const struct run *run)
{
	struct process *process = thread->process;
	struct environment_state *state = thread->worker;

	if (!state && thread->helping)
		state = thread->helping->worker;
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

/* Bounded by how long the oldest open invocation runs: its timeline is made of them all. */
static void make_room(struct thread *thread, uint64_t retain_ns)
{
	struct help *help = thread->helping;

	if (run_list_is_full(&thread->runs))
		run_list_trim(&thread->runs,
			      thread->worker ? environment_horizon(thread->worker, retain_ns)
					     : process_horizon(thread->process, retain_ns));
	if (help && run_list_is_full(&help->runs))
		run_list_trim(&help->runs, environment_horizon(help->worker, retain_ns));
}

static int keep_run(struct thread *thread, const struct run *run)
{
	int error = run_list_push(&thread->runs, run);

	if (error)
		return error == -EALREADY ? 0 : error;
	count_run(thread, run_list_last(&thread->runs));
	if (!thread->helping)
		return 0;
	error = run_list_push(&thread->helping->runs, run_list_last(&thread->runs));
	return error == -EALREADY ? 0 : error;
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
	thread->helping = help_of_slice(assembler, thread, slice);
	make_room(thread, retain_ns);
	assembler_fail(assembler, keep_run(thread, &run));
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
	struct timeline *timeline = &builder->timeline;

	if (array_make_room(&builder->threads, timeline->thread_count, &builder->thread_capacity,
			    sizeof(*builder->threads)))
		return -ENOMEM;
	builder->threads[timeline->thread_count++] = (struct thread_timeline){
		.tgid = thread->process->tgid,
		.tid = thread->tid,
		.start_ns = thread->start_ns,
		.end_ns = thread->end_ns,
		.runs = runs,
		.run_count = run_count,
	};
	timeline->threads = builder->threads;
	return 0;
}

int timeline_builder_add(struct timeline_builder *builder, const struct thread *thread,
			 struct run *runs, size_t run_count)
{
	if (array_make_room(&builder->copies, builder->copy_count, &builder->copy_capacity,
			    sizeof(*builder->copies))) {
		free(runs);
		return -ENOMEM;
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
	const struct run *runs = thread->runs.runs; /* NULL: there is none */

	return add_thread(builder, thread, runs ? runs + window.first : NULL,
			  window.end - window.first);
}

/* Only the runs that belong to the worker; nothing where none of them touches the window. */
static int add_helper(struct timeline_builder *builder, const struct help *help, uint64_t start_ns,
		      uint64_t end_ns)
{
	struct run_window window = run_list_window(&help->runs, start_ns, end_ns);
	const struct run *runs = help->runs.runs;
	bool touches = false;

	for (size_t i = window.first; i < window.end && !touches; i++)
		touches = runs[i].off_ns > start_ns && runs[i].ready_ns < end_ns;
	if (!touches)
		return 0;
	return add_thread(builder, help->thread, runs + window.first, window.end - window.first);
}

static int fill_worker(struct timeline_builder *builder, const struct environment_state *state,
		       uint64_t start_ns, uint64_t end_ns)
{
	int error = add_whole_thread(builder, state->worker, start_ns, end_ns);

	for (list_each(&state->helpers, at)) {
		const struct help *help = list_item(at, struct help, of_worker);

		if (error)
			break;
		if (help->thread != state->worker && is_alive_in(help->thread, start_ns, end_ns))
			error = add_helper(builder, help, start_ns, end_ns);
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
