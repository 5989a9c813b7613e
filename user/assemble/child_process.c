// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * child_process.c - the borders of invocations that come as JSON lines to a child process, as
 * serverless-offline runs Python: from the first byte of the event's line read to the last byte of the
 * result's line written. The two lines can travel over different sockets (stdin, stdout), so a result
 * belongs to the oldest open invocation of its environment.
 */
#include "assemble/boundaries.h"

#include <errno.h>

#include "assemble/environments.h"
#include "assemble/invocations.h"

static struct environment_state *environment_get(struct assembler *assembler,
						 struct process *process,
						 const struct process *dispatcher)
{
	struct environment_state *state = process->environment;
	struct process *root;

	if (state && !state->is_over && state->environment->boundary == BOUNDARY_CHILD_PROCESS)
		return state;
	root = environment_find_below(process, dispatcher);
	return environment_make_tree(assembler, BOUNDARY_CHILD_PROCESS, root);
}

/* The environment that @process, which received or sent a line, is part of; or NULL. */
static struct environment_state *environment_find(const struct process *process)
{
	struct environment_state *state = process ? process->environment : NULL;

	return state && state->environment->boundary == BOUNDARY_CHILD_PROCESS ? state : NULL;
}

static bool is_known(const struct environment_state *environment,
		     const struct fact_message *message)
{
	for (list_each(&environment->invocations, at)) {
		const struct invocation_state *state = list_item(at, struct invocation_state, link);

		if (state->invocation->start_ns == message->first_ns &&
		    state->sequence == message->sequence)
			return true;
	}
	return false;
}

static void name_environment(struct assembler *assembler, struct environment_state *state,
			     const struct fact_message *message)
{
	struct environment *environment = state->environment;
	const char *function = message->function;

	if (!function)
		function = state->root->identity.function;
	if (function)
		environment->function = string_pool_intern(&assembler->strings, function);
	if (message->memory_mb)
		environment->memory_mb = message->memory_mb;
}

/* The result of the one before was not told. */
static void close_forgotten(struct assembler *assembler, struct environment_state *environment,
			    uint64_t time_ns)
{
	struct invocation_state *state;

	while ((state = invocation_oldest_open(environment))) {
		state->invocation->flags |= INVOCATION_INCOMPLETE;
		state->invocation->status = STATUS_OK;
		invocation_close(assembler, state, time_ns, END_RESULT_UNSEEN);
	}
}

static void push_event_received(struct assembler *assembler, const struct fact *fact,
				struct connection *connection)
{
	const struct fact_message *message = &fact->message;
	struct process *process = process_get(&assembler->processes, fact->tgid);
	const struct process *dispatcher =
		connection->peer ? process_find(&assembler->processes, connection->peer->tgid)
				 : NULL;
	struct environment_state *environment;
	struct dispatch *dispatch = &connection->dispatch;
	struct invocation_start start = {
		.start_ns = message->first_ns,
		.request_id = message->request_id,
		.arn = message->arn,
		.function = message->function,
		.trace_header = message->trace_header,
		.memory_mb = message->memory_mb,
		.body = message->body,
		.json = message->json,
	};
	struct invocation_state *state;

	if (!process)
		return;
	environment = environment_get(assembler, process, dispatcher);
	if (!environment || is_known(environment, message))
		return;
	close_forgotten(assembler, environment, message->first_ns);
	name_environment(assembler, environment, message);
	if (dispatcher)
		environment->environment->dispatcher_tgid = dispatcher->tgid;
	if (!environment->environment->ready_ns)
		environment->environment->ready_ns = message->first_ns;
	state = invocation_open(assembler, environment, &start);
	if (!state)
		return;
	state->connection = connection->id;
	state->sequence = message->sequence;
	invocation_add_carriers(assembler, state, fact->tid, message->last_tid);
	if (dispatch->is_set && dispatch->sequence == message->sequence) {
		state->invocation->dispatcher_tgid = dispatch->tgid;
		state->invocation->dispatcher_tid = dispatch->tid;
		state->invocation->dispatched_ns = dispatch->first_ns;
		state->invocation->dispatch_connection = dispatch->connection;
		dispatch->is_set = false;
		invocation_tell_begin(assembler, state);
	} else if (connection->peer) {
		invocation_await_handover(assembler, state, HANDOVER_NS);
	} else {
		invocation_tell_begin(assembler, state);
	}
}

/* The dispatcher's view can come before or after the child's. */
static void push_event_sent(struct assembler *assembler, const struct fact *fact,
			    struct connection *connection)
{
	const struct fact_message *message = &fact->message;
	struct connection *child = connection->peer;

	in_process_hand_over(assembler, process_find(&assembler->processes, fact->tgid),
			     message->function);
	if (!child)
		return;
	for (list_each(&assembler->handover, at)) {
		struct invocation_state *state = list_item(at, struct invocation_state, queue);

		if (state->connection != child->id || state->sequence != message->sequence ||
		    state->is_begin_told)
			continue;
		state->invocation->dispatcher_tgid = fact->tgid;
		state->invocation->dispatcher_tid = fact->tid;
		state->invocation->dispatched_ns = message->first_ns;
		state->invocation->dispatch_connection = connection->id;
		list_remove(&state->queue);
		invocation_tell_begin(assembler, state);
		return;
	}
	child->dispatch = (struct dispatch){
		.is_set = true,
		.sequence = message->sequence,
		.first_ns = message->first_ns,
		.connection = connection->id,
		.tgid = fact->tgid,
		.tid = fact->tid,
	};
}

static void push_result_sent(struct assembler *assembler, const struct fact *fact)
{
	const struct fact_message *message = &fact->message;
	struct environment_state *environment =
		environment_find(process_find(&assembler->processes, fact->tgid));
	struct invocation_state *state = environment ? invocation_oldest_open(environment) : NULL;

	if (!state || message->flags & MESSAGE_CUT)
		return;
	state->has_response = true;
	state->invocation->status = message->function_error ? STATUS_ERROR : STATUS_OK;
	state->invocation->function_error =
		assembler_own(assembler, &state->invocation->texts, message->function_error);
	state->invocation->response_ns = later_of(message->last_ns, state->invocation->start_ns);
	state->invocation->result_body = message->body;
	state->invocation->result_json = message->json;
	invocation_add_carriers(assembler, state, fact->tid, message->last_tid);
	invocation_close(assembler, state, message->last_ns, END_RESPONSE);
}

static bool take_from(struct assembler *assembler, const struct list *invocations,
		      const struct fact_message *message)
{
	for (list_each(invocations, at)) {
		struct invocation_state *state = list_item(at, struct invocation_state, link);

		if (state->is_taken || message->last_ns < state->invocation->start_ns)
			continue;
		invocation_take(assembler, state, message->last_ns, message->last_tid);
		return true;
	}
	return false;
}

/* The oldest that had begun by then: a receipt can be told before its sending (see record.h). */
static void push_result_received(struct assembler *assembler, const struct fact *fact,
				 const struct connection *connection)
{
	const struct process *child =
		connection->peer ? process_find(&assembler->processes, connection->peer->tgid)
				 : NULL;
	struct environment_state *environment = environment_find(child);

	if (!environment)
		return;
	if (!take_from(assembler, &environment->settled, &fact->message))
		take_from(assembler, &environment->invocations, &fact->message);
}

void child_process_push_message(struct assembler *assembler, const struct fact *fact,
				struct connection *connection)
{
	bool is_sent = fact->message.direction == MESSAGE_SENT;

	if (fact->message.kind == MESSAGE_LINE_EVENT) {
		if (is_sent)
			push_event_sent(assembler, fact, connection);
		else
			push_event_received(assembler, fact, connection);
	} else if (is_sent) {
		push_result_sent(assembler, fact);
	} else {
		push_result_received(assembler, fact, connection);
	}
}
