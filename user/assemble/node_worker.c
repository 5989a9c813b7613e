// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * node_worker.c - the borders of invocations that come as messages to a Node worker thread, as
 * serverless-offline does it: from the worker's Deserialize of the event to its first message to the
 * invocation's own port. One worker thread is one environment and handles one event at a time.
 *
 * A worker that ends with an event just after its function's time-out was ended by the emulator for that.
 *
 * INIT of a cold worker is from its thread's start, or from the sending of its first event where that
 * came first, to its first Deserialize.
 */
#include "assemble/boundaries.h"

#include <errno.h>

#include "assemble/environments.h"
#include "assemble/invocations.h"
#include "base/units.h"

static struct environment_state *worker_get(struct assembler *assembler, const struct fact *fact)
{
	struct thread *thread = thread_get(&assembler->processes, fact->tgid, fact->tid);

	if (!thread) {
		if (fact->tgid && fact->tid)
			assembler_fail(assembler, -ENOMEM);
		return NULL;
	}
	return thread->worker ? thread->worker : environment_make_worker(assembler, thread);
}

static void name_environment(struct assembler *assembler, struct environment_state *state,
			     const struct fact_worker *event)
{
	struct environment *environment = state->environment;

	if (event->function)
		environment->function = string_pool_intern(&assembler->strings, event->function);
	if (event->memory_mb)
		environment->memory_mb = event->memory_mb;
}

/* The result of the one before was not told: it was over when this event came, at the latest. */
static void close_forgotten(struct assembler *assembler, struct environment_state *environment,
			    uint64_t time_ns)
{
	struct invocation_state *state;

	while ((state = invocation_oldest_open(environment))) {
		state->invocation->flags |= INVOCATION_INCOMPLETE;
		if (!state->has_response)
			state->invocation->status = STATUS_OK;
		invocation_close(assembler, state, time_ns, END_RESULT_UNSEEN);
	}
}

static bool is_known(const struct environment_state *environment, const struct fact *fact)
{
	for (list_each(&environment->invocations, at)) {
		const struct invocation_state *state = list_item(at, struct invocation_state, link);

		if (state->invocation->start_ns == fact->time_ns &&
		    state->sequence == fact->worker.message)
			return true;
	}
	return false;
}

/* The emulator counts from when it sent the event. */
static uint64_t deadline_of(const struct fact *fact)
{
	uint64_t sent_ns = fact->worker.sent_ns ? fact->worker.sent_ns : fact->time_ns;

	return fact->worker.timeout_ms ? sent_ns + fact->worker.timeout_ms * NS_PER_MS : 0;
}

static void push_event(struct assembler *assembler, const struct fact *fact)
{
	const struct fact_worker *event = &fact->worker;
	struct environment_state *environment = worker_get(assembler, fact);
	struct invocation_start start = {
		.start_ns = fact->time_ns,
		.request_id = event->request_id,
		.arn = event->arn,
		.function = event->function,
		.memory_mb = event->memory_mb,
		.deadline_ns = deadline_of(fact),
		.json = event->json,
	};
	struct invocation_state *state;
	struct environment *model;

	if (!environment || is_known(environment, fact))
		return;
	close_forgotten(assembler, environment, fact->time_ns);
	name_environment(assembler, environment, event);
	model = environment->environment;
	if (!model->ready_ns) {
		model->ready_ns = fact->time_ns;
		if (event->sent_ns && model->start_ns)
			model->start_ns = earlier_of(model->start_ns, event->sent_ns);
	}
	state = invocation_open(assembler, environment, &start);
	if (!state)
		return;
	state->sequence = event->message;
	state->port = event->port;
	state->invocation->dispatched_ns = event->sent_ns;
	state->invocation->dispatcher_tid = event->sender_tid;
	invocation_add_carriers(assembler, state, fact->tid, 0);
	invocation_tell_begin(assembler, state);
}

/* An event that was received before the recording began: its names were in the message. */
static struct invocation_state *begin_late(struct assembler *assembler, const struct fact *fact)
{
	struct environment_state *environment = worker_get(assembler, fact);
	struct invocation_start start = {
		.start_ns = assembler->options.start_monotonic_ns,
		.request_id = fact->worker.request_id,
		.flags = INVOCATION_START_INFERRED,
	};
	struct invocation_state *state;

	if (!environment || !environment->is_preexisting || environment->environment->invocations)
		return NULL;
	state = invocation_open(assembler, environment, &start);
	if (state)
		invocation_tell_begin(assembler, state);
	return state;
}

static struct invocation_state *find_open(const struct assembler *assembler,
					  const struct fact *fact)
{
	const struct thread *thread = thread_find(&assembler->processes, fact->tid);
	uint64_t port = fact->worker.port;

	if (!thread || !thread->worker || thread->process->tgid != fact->tgid)
		return NULL;
	for (list_each(&thread->worker->invocations, at)) {
		struct invocation_state *state = list_item(at, struct invocation_state, link);

		if (state->phase == PHASE_OPEN && (!port || !state->port || state->port == port))
			return state;
	}
	return NULL;
}

static bool is_told_twice(const struct assembler *assembler, const struct fact *fact)
{
	const struct thread *thread = thread_find(&assembler->processes, fact->tid);

	if (!thread || !thread->worker)
		return false;
	for (list_each(&thread->worker->invocations, at)) {
		const struct invocation_state *state = list_item(at, struct invocation_state, link);

		if (state->has_response && state->result_message == fact->worker.message)
			return true;
	}
	return false;
}

static void push_result(struct assembler *assembler, const struct fact *fact)
{
	struct invocation_state *state = find_open(assembler, fact);

	if (is_told_twice(assembler, fact))
		return;
	if (!state)
		state = begin_late(assembler, fact);
	if (!state)
		return;
	state->has_response = true;
	state->result_message = fact->worker.message;
	state->invocation->status = fact->worker.is_error ? STATUS_ERROR : STATUS_OK;
	state->invocation->response_ns = later_of(fact->time_ns, state->invocation->start_ns);
	state->invocation->result_json = fact->worker.json;
	invocation_close(assembler, state, fact->time_ns, END_RESPONSE);
}

static bool take_from_list(struct assembler *assembler, const struct list *invocations,
			   const struct fact *fact)
{
	for (list_each(invocations, at)) {
		struct invocation_state *state = list_item(at, struct invocation_state, link);

		if (!state->has_response || state->is_taken ||
		    state->result_message != fact->worker.message)
			continue;
		invocation_take(assembler, state, fact->time_ns, fact->tid);
		return true;
	}
	return false;
}

static bool take_from(struct assembler *assembler, const struct environment_state *environment,
		      const struct fact *fact)
{
	return take_from_list(assembler, &environment->invocations, fact) ||
	       take_from_list(assembler, &environment->settled, fact);
}

/* The number of a message is its own: where its sender is not known, whoever sent it is found by it. */
static void push_taken(struct assembler *assembler, const struct fact *fact)
{
	const struct process *process = process_find(&assembler->processes, fact->tgid);
	const struct thread *sender = thread_find(&assembler->processes, fact->worker.sender_tid);

	if (!process || (sender && sender->process == process && sender->worker &&
			 take_from(assembler, sender->worker, fact)))
		return;
	for (list_each(&process->workers, at))
		if (take_from(assembler, list_item(at, struct environment_state, worker_link),
			      fact))
			return;
}

void node_worker_push(struct assembler *assembler, const struct fact *fact)
{
	switch (fact->kind) {
	case FACT_WORKER_EVENT:
		push_event(assembler, fact);
		break;
	case FACT_WORKER_RESULT:
		push_result(assembler, fact);
		break;
	case FACT_WORKER_TAKEN:
		push_taken(assembler, fact);
		break;
	default: /* SENT: its EVENT repeats what matters; without one there is no invocation */
		break;
	}
}
