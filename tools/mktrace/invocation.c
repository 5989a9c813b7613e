/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * invocation.c - what a function does from its event to its result: work and, in between, what its role
 * says. It goes on when all that it asked for has been answered.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/units.h"
#include "simulation.h"

#define SLEEP_NS (20 * NS_PER_MS)
#define SERVICE_NS (3 * NS_PER_MS)
#define BACK_OFF_NS (100 * NS_PER_MS)
#define TIMER_LATE_NS (60 * NS_PER_US)
#define ATTEMPTS_MAX 3
#define REQUEST_BYTES 800
#define RESPONSE_BYTES 280

static void next_step(struct simulation *simulation, struct invocation *invocation);

static struct thread *thread_of(struct invocation *invocation)
{
	return &invocation->worker->thread;
}

/* ---- work, sleep and the end ---- */

static void end_piece(struct simulation *simulation, void *subject)
{
	struct invocation *invocation = subject;

	if (!--invocation->pieces) {
		next_step(simulation, invocation);
		return;
	}
	thread_piece(simulation, thread_of(invocation));
	simulation_schedule(simulation, thread_of(invocation)->on_ns + thread_piece_ns(simulation),
			    end_piece, invocation);
}

static void work(struct simulation *simulation, struct invocation *invocation, uint32_t parts)
{
	invocation->pieces = thread_pieces(simulation, parts);
	simulation_schedule(simulation, simulation->now_ns + thread_piece_ns(simulation), end_piece,
			    invocation);
}

static void wake_up(struct simulation *simulation, void *subject)
{
	thread_wake(simulation, thread_of(subject), WAKER_INTERRUPT, 0);
	next_step(simulation, subject);
}

static void sleep_for(struct simulation *simulation, struct invocation *invocation, uint64_t ns)
{
	uint64_t deadline_ns = simulation->now_ns + ns;

	tell_slice(simulation, thread_of(invocation), OFF_SLEEP, BLOCKED_POLL, deadline_ns);
	simulation_schedule(simulation, deadline_ns + TIMER_LATE_NS, wake_up, invocation);
}

static void give_result(struct simulation *simulation, struct invocation *invocation)
{
	invocation->result_message = simulation->next_message++;
	invocation->result_ns = simulation->now_ns;
	tell_worker(simulation, FACT_WORKER_RESULT, invocation);
	tell_slice(simulation, thread_of(invocation), OFF_SLEEP, BLOCKED_POLL, 0);
	emulator_result(simulation, invocation);
}

/* Blocked for good: the emulator ends it. */
static void hang(struct simulation *simulation, struct invocation *invocation)
{
	uint64_t late_ns = invocation->worker->sent_ns + TIMEOUT_NS;

	tell_slice(simulation, thread_of(invocation), OFF_SLEEP, BLOCKED_POLL, 0);
	simulation_schedule(simulation, late_ns > simulation->now_ns ? late_ns : simulation->now_ns,
			    emulator_timeout, invocation);
}

/* ---- services: what answers is not traced ---- */

static void take_service_reply(struct simulation *simulation, void *subject)
{
	struct invocation *invocation = subject;
	struct fact_message response = { .kind = invocation->asked_kind,
					 .flags = MESSAGE_IS_RESPONSE,
					 .wire_bytes = RESPONSE_BYTES };

	if (response.kind == MESSAGE_AWS)
		response.status = 200;
	thread_wake(simulation, thread_of(invocation), WAKER_INTERRUPT, 0);
	tell_message(simulation, invocation->asked, END_CLIENT, &response);
	next_step(simulation, invocation);
}

static void ask(struct simulation *simulation, struct invocation *invocation,
		struct connection *connection, const struct fact_message *request)
{
	connection->sequence++;
	tell_message(simulation, connection, END_CLIENT, request);
	tell_slice(simulation, thread_of(invocation), OFF_SLEEP, BLOCKED_POLL, 0);
	invocation->asked = connection;
	invocation->asked_kind = request->kind;
	simulation_schedule(simulation,
			    simulation->now_ns + simulation_about(simulation, SERVICE_NS),
			    take_service_reply, invocation);
}

static void ask_database(struct simulation *simulation, struct invocation *invocation)
{
	struct connection *connection = &invocation->worker->database;
	struct fact_message request = { .kind = MESSAGE_POSTGRES,
					.service = "postgresql",
					.operation = "SELECT",
					.target = "orders",
					.body = simulation_digest(simulation),
					.wire_bytes = PAYLOAD_BYTES,
					.body_bytes = PAYLOAD_BYTES };

	if (!connection->id)
		tell_connection(simulation, connection, PORT_DATABASE);
	ask(simulation, invocation, connection, &request);
}

static void ask_dynamodb(struct simulation *simulation, struct invocation *invocation)
{
	struct connection *connection = &invocation->worker->dynamodb;
	struct fact_message request = { .kind = MESSAGE_AWS,
					.method = HTTP_METHOD_POST,
					.service = "dynamodb",
					.operation = "GetItem",
					.target = "items",
					.host = "127.0.0.1:8000",
					.path = "/",
					.json = simulation_digest(simulation),
					.wire_bytes = REQUEST_BYTES + PAYLOAD_BYTES,
					.body_bytes = PAYLOAD_BYTES };

	if (!connection->id)
		tell_connection(simulation, connection, PORT_DYNAMODB);
	ask(simulation, invocation, connection, &request);
}

/* ---- calls of functions, with the SDK's retries ---- */

void call_request(const struct simulation *simulation, const struct call *call, char *path,
		  struct fact_message *ret)
{
	const char *name = simulation->functions[call->function].name;

	snprintf(path, CALL_PATH_BYTES, "/2015-03-31/functions/%s/invocations", name);
	*ret = (struct fact_message){
		.kind = MESSAGE_INVOKE,
		.method = HTTP_METHOD_POST,
		.invocation_type = call->is_event ? INVOCATION_EVENT : INVOCATION_REQUEST_RESPONSE,
		.wire_bytes = REQUEST_BYTES + PAYLOAD_BYTES,
		.body_bytes = PAYLOAD_BYTES,
		.body = call->event,
		.json = call->event,
		.sdk_attempt = call->attempt,
		.sdk_max = ATTEMPTS_MAX,
		.function = name,
		.host = "127.0.0.1:3002",
		.path = path,
		.service = "lambda",
		.operation = "Invoke",
		.target = name,
		.sdk_invocation_id = call->sdk_id,
	};
}

void call_response(const struct call *call, struct fact_message *ret)
{
	*ret = (struct fact_message){
		.kind = MESSAGE_INVOKE,
		.flags = MESSAGE_IS_RESPONSE,
		.status = call->is_refused ? 429
			  : call->is_event ? 202
					   : 200,
		.wire_bytes = RESPONSE_BYTES,
	};
	if (call->is_refused || call->is_event)
		return;
	ret->wire_bytes += PAYLOAD_BYTES;
	ret->body_bytes = PAYLOAD_BYTES;
	ret->body = ret->json = call->result;
	if (call->is_failed)
		ret->function_error = "Unhandled";
}

static void attempt(struct simulation *simulation, struct call *call)
{
	struct fact_message request;
	char path[CALL_PATH_BYTES];

	call->attempt++;
	call->is_refused = call->attempt < ATTEMPTS_MAX &&
			   simulation_chance(simulation, simulation->plan->retries);
	call->connection->sequence++;
	call_request(simulation, call, path, &request);
	tell_message(simulation, call->connection, END_CLIENT, &request);
	emulator_call(simulation, call);
}

static void call_function(struct simulation *simulation, struct invocation *invocation,
			  uint32_t function, bool is_event)
{
	struct call *call = simulation_alloc(simulation, sizeof(*call));

	if (!call)
		return;
	call->owner = invocation;
	call->function = function;
	call->is_event = is_event;
	call->event = simulation_digest(simulation);
	simulation_id(simulation, call->sdk_id);
	call->connection = worker_connection(simulation, invocation->worker);
	if (!call->connection)
		return;
	invocation->calls++;
	attempt(simulation, call);
}

static void wait_for_calls(struct simulation *simulation, struct invocation *invocation)
{
	tell_slice(simulation, thread_of(invocation), OFF_SLEEP, BLOCKED_POLL, 0);
}

static void attempt_again(struct simulation *simulation, void *subject)
{
	struct call *call = subject;

	thread_wake(simulation, thread_of(call->owner), WAKER_INTERRUPT, 0);
	attempt(simulation, call);
	wait_for_calls(simulation, call->owner);
}

void invocation_reply(struct simulation *simulation, void *subject)
{
	struct call *call = subject;
	struct invocation *invocation = call->owner;
	uint64_t again_ns = simulation->now_ns + BACK_OFF_NS;
	struct fact_message response;

	call_response(call, &response);
	thread_wake(simulation, thread_of(invocation), WAKER_INTERRUPT, 0);
	tell_message(simulation, call->connection, END_CLIENT, &response);
	if (call->is_refused) {
		tell_slice(simulation, thread_of(invocation), OFF_SLEEP, BLOCKED_POLL, again_ns);
		simulation_schedule(simulation, again_ns + TIMER_LATE_NS, attempt_again, call);
		return;
	}
	worker_put_connection(invocation->worker, call->connection);
	free(call);
	if (--invocation->calls)
		wait_for_calls(simulation, invocation);
	else
		next_step(simulation, invocation);
}

/* ---- roles ---- */

static uint32_t action_count(const struct simulation *simulation, enum role role)
{
	if (role == ROLE_LOOP)
		return simulation->plan->width;
	return role == ROLE_SERVICES ? 3 : 1;
}

static void act(struct simulation *simulation, struct invocation *invocation, uint32_t action)
{
	const struct function *function = &simulation->functions[invocation->function];

	switch (function->role) {
	case ROLE_LEAF:
		sleep_for(simulation, invocation, simulation_about(simulation, SLEEP_NS));
		return;
	case ROLE_SERVICES:
		if (action == 0)
			ask_database(simulation, invocation);
		else if (action == 1)
			ask_dynamodb(simulation, invocation);
		if (action < 2)
			return;
		call_function(simulation, invocation, function->callee, true);
		break;
	case ROLE_FAN_OUT:
		for (uint32_t i = 0; i < simulation->plan->width; i++)
			call_function(simulation, invocation, function->callee + i, false);
		break;
	case ROLE_LINK:
	case ROLE_LOOP:
		call_function(simulation, invocation, function->callee, false);
		break;
	}
	wait_for_calls(simulation, invocation);
}

/* Work, an action, work, an action, work, the result. */
static void next_step(struct simulation *simulation, struct invocation *invocation)
{
	uint32_t actions =
		action_count(simulation, simulation->functions[invocation->function].role);
	uint32_t step = invocation->step++;

	if (simulation->error)
		return;
	if (step % 2 == 0)
		work(simulation, invocation, actions + 1);
	else if (step / 2 < actions)
		act(simulation, invocation, step / 2);
	else if (invocation->hangs)
		hang(simulation, invocation);
	else
		give_result(simulation, invocation);
}

void invocation_begin(struct simulation *simulation, struct invocation *invocation)
{
	next_step(simulation, invocation);
}
