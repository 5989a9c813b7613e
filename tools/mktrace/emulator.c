/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * emulator.c - the main thread of the emulator: takes requests, hands events to workers, answers. It does
 * one thing after the other, each for HANDLE_NS; what comes meanwhile waits.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/units.h"
#include "simulation.h"

#define WAKE_NS (5 * NS_PER_US)
#define HANDLE_NS (20 * NS_PER_US)
#define DELIVER_NS (20 * NS_PER_US) /* from the writing of an answer to its reading */
#define RUN_MAX_NS (4 * NS_PER_MS)  /* then it is preempted */
#define HEAD_BYTES 250

/* ---- the thread ---- */

static void do_next(struct simulation *simulation, event_function job, void *subject)
{
	struct thread *thread = &simulation->main;

	if (!simulation->main_jobs++) {
		thread->woken_ns = simulation->now_ns;
		thread->on_ns = simulation->main_free_ns = simulation->now_ns + WAKE_NS;
		thread->waker = WAKER_INTERRUPT;
	}
	simulation->main_free_ns += HANDLE_NS;
	simulation_schedule(simulation, simulation->main_free_ns, job, subject);
}

static void done(struct simulation *simulation)
{
	struct thread *thread = &simulation->main;

	if (!--simulation->main_jobs) {
		tell_slice(simulation, thread, OFF_SLEEP, BLOCKED_POLL,
			   simulation->now_ns + NS_PER_S);
	} else if (simulation->now_ns - thread->on_ns > RUN_MAX_NS) {
		tell_slice(simulation, thread, OFF_PREEMPTED, BLOCKED_NONE, 0);
		thread->on_ns = simulation->now_ns;
	}
}

/* ---- invocations begin and end ---- */

static struct invocation *new_invocation(struct simulation *simulation, uint32_t function,
					 struct chain *chain)
{
	const struct load_plan *plan = simulation->plan;
	struct invocation *invocation = simulation_alloc(simulation, sizeof(*invocation));

	if (!invocation)
		return NULL;
	invocation->function = function;
	invocation->chain = chain;
	invocation->number = ++simulation->invocations;
	invocation->hangs = simulation->functions[function].role == ROLE_LEAF &&
			    simulation_chance(simulation, plan->timeouts);
	invocation->fails = !invocation->hangs && simulation_chance(simulation, plan->errors);
	invocation->event = simulation_digest(simulation);
	invocation->result = simulation_digest(simulation);
	simulation_id(simulation, invocation->request_id);
	chain->open++;
	return invocation;
}

static void answer_outside(struct simulation *simulation, struct invocation *invocation)
{
	struct fact_message response = { .kind = MESSAGE_HTTP,
					 .flags = MESSAGE_IS_RESPONSE,
					 .status = invocation->fails ? 502 : 200,
					 .json = invocation->result,
					 .wire_bytes = HEAD_BYTES + PAYLOAD_BYTES,
					 .body_bytes = PAYLOAD_BYTES };

	tell_message(simulation, &invocation->outside, END_SERVER, &response);
	tell_close(simulation, &invocation->outside);
}

static void answer_call(struct simulation *simulation, struct call *call)
{
	struct fact_message response;

	call_response(call, &response);
	tell_message(simulation, call->connection, END_SERVER, &response);
	simulation_schedule(simulation, simulation->now_ns + DELIVER_NS, invocation_reply, call);
}

static void answer(struct simulation *simulation, struct invocation *invocation)
{
	if (invocation->outside.id) {
		answer_outside(simulation, invocation);
	} else if (invocation->call) {
		invocation->call->result = invocation->result;
		invocation->call->is_failed = invocation->fails || invocation->hangs;
		answer_call(simulation, invocation->call);
	}
}

static void end_invocation(struct simulation *simulation, struct invocation *invocation)
{
	struct chain *chain = invocation->chain;

	free(invocation);
	if (!--chain->open)
		simulation_chain_ended(simulation, chain);
}

/* ---- requests from outside ---- */

static void take_request(struct simulation *simulation, void *subject)
{
	struct invocation *invocation = subject;
	struct connection *connection = &invocation->outside;
	char path[NAME_MAX_BYTES + 1];
	struct fact_message request = { .kind = MESSAGE_HTTP,
					.method = HTTP_METHOD_GET,
					.wire_bytes = HEAD_BYTES,
					.host = "127.0.0.1:3000",
					.path = path };

	snprintf(path, sizeof(path), "/%s", simulation->functions[invocation->function].name);
	connection->has_server = true;
	connection->sequence = 1;
	tell_connection(simulation, connection, PORT_HTTP);
	tell_message(simulation, connection, END_SERVER, &request);
	if (!worker_take(simulation, invocation))
		done(simulation);
}

void emulator_request(struct simulation *simulation, uint32_t function)
{
	struct chain *chain = simulation_alloc(simulation, sizeof(*chain));
	struct invocation *invocation;

	if (!chain)
		return;
	chain->weight = simulation->functions[function].weight;
	invocation = new_invocation(simulation, function, chain);
	if (invocation)
		do_next(simulation, take_request, invocation);
}

/* ---- calls of invocations ---- */

static void take_call(struct simulation *simulation, void *subject)
{
	struct call *call = subject;
	struct invocation *invocation;
	struct fact_message request;
	char path[CALL_PATH_BYTES];

	call_request(simulation, call, path, &request);
	tell_message(simulation, call->connection, END_SERVER, &request);
	if (!call->is_refused) {
		invocation = new_invocation(simulation, call->function, call->owner->chain);
		if (!invocation)
			return;
		invocation->event = call->event;
		invocation->call = call->is_event ? NULL : call;
		if (worker_take(simulation, invocation))
			return;
	}
	if (call->is_refused || call->is_event)
		answer_call(simulation, call);
	done(simulation);
}

void emulator_call(struct simulation *simulation, struct call *call)
{
	do_next(simulation, take_call, call);
}

/* ---- results ---- */

static void take_result(struct simulation *simulation, void *subject)
{
	struct invocation *invocation = subject;

	tell_worker(simulation, FACT_WORKER_TAKEN, invocation);
	answer(simulation, invocation);
	worker_give_back(simulation, invocation->worker);
	end_invocation(simulation, invocation);
	done(simulation);
}

void emulator_result(struct simulation *simulation, struct invocation *invocation)
{
	do_next(simulation, take_result, invocation);
}

static void end_late(struct simulation *simulation, void *subject)
{
	struct invocation *invocation = subject;

	answer(simulation, invocation);
	worker_end(simulation, invocation->worker);
	end_invocation(simulation, invocation);
	done(simulation);
}

void emulator_timeout(struct simulation *simulation, void *subject)
{
	do_next(simulation, end_late, subject);
}
