// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * native_probe.c - the borders of invocations that are calls of a function that the user named as a
 * handler: from its entry to its return on one thread or, in Go, in one goroutine. What a handler calls
 * belongs to it, also where it calls itself or another handler. The environment is the process, named by
 * the handler that was called first.
 *
 * A frame can go without a return: an exception, a longjmp or a panic passes it. Where the next entry on the
 * thread or goroutine (Go uses ended ones again) has a stack pointer that is not below the frame's, the frame
 * is gone; so it is when its thread has ended.
 */
#include "assemble/boundaries.h"

#include "assemble/environments.h"
#include "assemble/invocations.h"
#include "assemble/ownership.h"
#include "base/hash_map.h"

#define FLOW_BIT (1ull << 63)

static uint64_t flow_of_thread(uint32_t tid)
{
	return tid | FLOW_BIT;
}

/* The thread or goroutine of @fact; never 0. */
static uint64_t flow_of(const struct fact *fact)
{
	uint64_t goroutine = fact->native_call.goroutine;

	return goroutine ? hash_mix(goroutine) | FLOW_BIT : flow_of_thread(fact->tid);
}

static struct invocation_state *find_open(const struct environment_state *environment,
					  uint64_t flow)
{
	for (list_each(&environment->open, at)) {
		struct invocation_state *state = list_item(at, struct invocation_state, open);

		if (state->native.flow == flow)
			return state;
	}
	return NULL;
}

/* Whether @fact is the first of a thread or goroutine that may have been there before the recording. */
static bool is_first(const struct assembler *assembler, const struct fact *fact,
		     const struct environment_state *environment)
{
	const struct thread *thread = thread_find(&assembler->processes, fact->tid);
	bool is_new = !fact->native_call.goroutine && thread && thread->start_ns;

	return environment->is_preexisting && !is_new &&
	       !hash_map_find(&environment->native_flows, flow_of(fact));
}

static struct invocation_state *begin(struct assembler *assembler, const struct fact *fact,
				      struct environment_state *environment, uint64_t start_ns,
				      uint32_t flags)
{
	struct environment *model = environment->environment;
	struct invocation_start start = {
		.start_ns = start_ns,
		.function = fact->native_call.function,
		.memory_mb = fact->native_call.memory_mb,
		.flags = flags,
	};
	struct invocation_state *state;

	/* When the program was ready for it nobody has seen. */
	if (!environment->is_preexisting && !model->invocations)
		start.flags |= INVOCATION_NO_INIT;
	if (!model->invocations)
		model->function = string_pool_intern(&assembler->strings, start.function);
	state = invocation_open(assembler, environment, &start);
	if (!state)
		return NULL;
	state->native.flow = flow_of(fact);
	if (is_first(assembler, fact, environment))
		assembler_fail(assembler, hash_map_put(&environment->native_flows,
						       state->native.flow, environment));
	state->native.stack = fact->native_call.stack;
	state->native.seen_ns = fact->time_ns;
	invocation_add_carriers(assembler, state, fact->tid, 0);
	if (fact->native_call.goroutine)
		ownership_note_event(assembler, state, fact);
	else
		ownership_note_thread(assembler, state, fact);
	invocation_tell_begin(assembler, state);
	return state;
}

static void end(struct assembler *assembler, struct invocation_state *state, uint64_t time_ns)
{
	state->has_response = true;
	state->invocation->status = STATUS_OK;
	state->invocation->response_ns = later_of(time_ns, state->invocation->start_ns);
	invocation_close(assembler, state, time_ns, END_RETURN);
}

/* It has ended at some time before @time_ns: nobody knows how. */
static void end_passed(struct assembler *assembler, struct invocation_state *state,
		       uint64_t time_ns)
{
	state->invocation->flags |= INVOCATION_INCOMPLETE;
	state->invocation->status = STATUS_ERROR;
	invocation_close(assembler, state, time_ns, END_RESULT_UNSEEN);
}

/* Whether the stack pointers of both are known, and say which call is inside which. */
static bool has_stacks(const struct invocation_state *state, const struct fact_native_call *call)
{
	return call->stack && state->native.stack;
}

static void push_entry(struct assembler *assembler, const struct fact *fact,
		       struct environment_state *environment)
{
	const struct fact_native_call *call = &fact->native_call;
	struct invocation_state *state = find_open(environment, flow_of(fact));

	if (state && state->native.seen_ns == fact->time_ns)
		return; /* told twice */
	if (state && has_stacks(state, call) && call->stack >= state->native.stack) {
		end_passed(assembler, state, fact->time_ns);
		state = NULL;
	}
	if (!state) {
		begin(assembler, fact, environment, fact->time_ns, 0);
		return;
	}
	state->native.depth++;
	state->native.seen_ns = fact->time_ns;
}

/* By the stack pointer, where that says something; else there are as many entries as returns. */
static bool is_inner_return(const struct invocation_state *state,
			    const struct fact_native_call *call)
{
	return has_stacks(state, call) ? call->stack < state->native.stack
				       : state->native.depth > 0;
}

static void push_return(struct assembler *assembler, const struct fact *fact,
			struct environment_state *environment)
{
	const struct fact_native_call *call = &fact->native_call;
	struct invocation_state *state = find_open(environment, flow_of(fact));

	/* Without an entry: it began before the recording, unless its entry was lost. */
	if (!state && is_first(assembler, fact, environment))
		state = begin(assembler, fact, environment, assembler->options.start_monotonic_ns,
			      INVOCATION_START_INFERRED);
	else if (state && state->native.seen_ns == fact->time_ns)
		return; /* told twice */
	if (!state)
		return;
	state->native.seen_ns = fact->time_ns;
	invocation_add_carriers(assembler, state, fact->tid, 0);
	if (is_inner_return(state, call))
		state->native.depth -= state->native.depth > 0;
	else
		end(assembler, state, fact->time_ns);
}

void native_probe_push(struct assembler *assembler, const struct fact *fact)
{
	struct process *process = process_get(&assembler->processes, fact->tgid);
	struct environment_state *environment =
		process ? environment_get_own(assembler, BOUNDARY_NATIVE_PROBE, process) : NULL;

	if (!environment)
		return;
	if (fact->native_call.is_return)
		push_return(assembler, fact, environment);
	else
		push_entry(assembler, fact, environment);
}

void native_probe_thread_end(struct assembler *assembler, const struct thread *thread,
			     uint32_t exit_code)
{
	struct environment_state *environment = thread->process->environment;
	uint64_t flow = flow_of_thread(thread->tid);
	struct invocation_state *state = environment ? find_open(environment, flow) : NULL;

	if (environment)
		hash_map_remove(&environment->native_flows, flow);
	if (state && exit_code)
		invocation_close_dead(assembler, state, thread->end_ns, exit_code);
	else if (state)
		end_passed(assembler, state, thread->end_ns);
}
