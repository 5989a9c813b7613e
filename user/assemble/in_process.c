// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * in_process.c - functions that an emulator runs in its own process (serverless-offline --useInProcess).
 * No message hands an event over: only an Invoke that is answered with the result names the function, and its
 * exchange is the invocation. What else starts functions there is not seen: an HTTP API's request does not
 * name one, and the answer to an Event comes before the function ends. While one of those may run, whose a
 * call is cannot be known, and whatever is open is flagged.
 *
 * Functions of some languages run in child processes all the same. That is known when their event is handed
 * over; until then their invocation is not told, so that it can be withdrawn.
 */
#include "assemble/boundaries.h"

#include <string.h>

#include "assemble/environments.h"
#include "assemble/invocations.h"

#define DOUBT_NS 2000000000ull /* the event loop may be busy before it hands an event over */
#define STATUS_REFUSED 400     /* up to 499: no function ran */
#define STATUS_REFUSED_END 500

static const struct process *find_emulator(const struct assembler *assembler, uint32_t tgid)
{
	const struct process *process = process_find(&assembler->processes, tgid);

	return process && process->identity.is_in_process ? process : NULL;
}

static bool is_same_function(const char *left, const char *right)
{
	return left && right && strcmp(left, right) == 0;
}

/* Whether one of its child processes runs @function. */
static bool runs_in_child(const struct process *emulator, const char *function)
{
	for (list_each(&emulator->children, at)) {
		const struct process *child = list_item(at, struct process, sibling);
		const struct environment_state *state = child->environment;

		if (state && state->root == child &&
		    state->environment->boundary == BOUNDARY_CHILD_PROCESS &&
		    is_same_function(state->environment->function, function))
			return true;
	}
	return false;
}

bool in_process_is_event(const struct assembler *assembler, const struct exchange *exchange)
{
	const struct process *emulator = find_emulator(assembler, exchange->tgid);

	return emulator && !exchange->is_client && exchange->has_request && exchange->function &&
	       exchange->service_class == SERVICE_LAMBDA_SYNC &&
	       !runs_in_child(emulator, exchange->function);
}

bool in_process_is_called(const struct assembler *assembler, const struct connection *connection)
{
	return connection->peer && find_emulator(assembler, connection->peer->tgid);
}

static bool has_ended_in(const struct list *invocations, const char *function)
{
	for (list_each(invocations, at)) {
		const struct invocation_state *state = list_item(at, struct invocation_state, link);

		if (state->phase != PHASE_OPEN &&
		    is_same_function(state->invocation->function, function))
			return true;
	}
	return false;
}

void in_process_begin(struct assembler *assembler, struct invocation_state *state)
{
	const struct environment_state *environment = state->environment;
	struct invocation *invocation = state->invocation;

	if (in_process_has_unseen(environment, invocation->start_ns))
		invocation->flags |= INVOCATION_SHARED;
	if (has_ended_in(&environment->invocations, invocation->function) ||
	    has_ended_in(&environment->settled, invocation->function))
		invocation_tell_begin(assembler, state);
	else
		invocation_await_handover(assembler, state, DOUBT_NS);
}

/* ---- what turned out to be none ---- */

static bool withdraw(struct assembler *assembler, struct invocation_state *state)
{
	const struct connection *connection =
		connection_find(&assembler->connections, state->connection);

	if (state->is_begin_told || !connection)
		return false;
	for (list_each(&connection->exchanges, at)) {
		struct exchange *exchange = list_item(at, struct exchange_state, link)->exchange;

		if (exchange == state->invocation->request)
			exchange->is_served = false;
	}
	state->environment->environment->invocations--;
	invocation_free(assembler, state);
	return true;
}

bool in_process_refuse(struct assembler *assembler, struct invocation_state *state)
{
	const struct exchange *request = state->invocation->request;

	return find_emulator(assembler, request->tgid) && request->status >= STATUS_REFUSED &&
	       request->status < STATUS_REFUSED_END && withdraw(assembler, state);
}

void in_process_hand_over(struct assembler *assembler, const struct process *emulator,
			  const char *function)
{
	if (!emulator || !emulator->identity.is_in_process || !emulator->environment)
		return;
	for (list_each(&emulator->environment->invocations, at)) {
		struct invocation_state *state = list_item(at, struct invocation_state, link);

		if (state->phase == PHASE_OPEN &&
		    is_same_function(state->invocation->function, function))
			withdraw(assembler, state);
	}
}

/* ---- what is not seen ---- */

static bool starts_unseen(const struct process *emulator, const struct exchange *exchange)
{
	if (exchange->is_client || exchange->is_served || !exchange->has_request)
		return false;
	return exchange->service_class == SERVICE_HTTP ||
	       (exchange->service_class == SERVICE_LAMBDA_EVENT &&
		exchange->invocation_type != INVOCATION_DRY_RUN &&
		!runs_in_child(emulator, exchange->function));
}

void in_process_note_event(struct assembler *assembler, const struct exchange *exchange)
{
	struct process *process = process_find(&assembler->processes, exchange->tgid);

	if (!process || !process->identity.is_in_process || !starts_unseen(process, exchange))
		return;
	if (exchange->service_class == SERVICE_LAMBDA_EVENT)
		process->unseen_until_ns = exchange->start_ns + RUN_NS_MAX;
	if (!process->environment || process->environment->root != process)
		return;
	for (list_each(&process->environment->invocations, at)) {
		struct invocation_state *state = list_item(at, struct invocation_state, link);

		if (state->phase == PHASE_OPEN)
			state->invocation->flags |= INVOCATION_SHARED;
	}
}

bool in_process_has_unseen(const struct environment_state *environment, uint64_t time_ns)
{
	const struct process *process = environment->root;

	if (!process || !process->identity.is_in_process)
		return false;
	if (process->unseen_until_ns > time_ns)
		return true;
	for (list_each(&process->connections, at)) {
		const struct connection *connection = list_item(at, struct connection, link);

		for (list_each(&connection->exchanges, inner)) {
			const struct exchange *exchange =
				list_item(inner, struct exchange_state, link)->exchange;

			if (!exchange->is_over && starts_unseen(process, exchange))
				return true;
		}
	}
	return false;
}
