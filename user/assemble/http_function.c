// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * http_function.c - the borders of invocations that are HTTP requests to a function's own server, on a
 * port that HTTP_FUNCTION names: from the first byte of the request read to the last byte of the response
 * written. The environment is the process that reads the request, so each worker of a server that forks
 * is one; its INIT is from its start until it listens. Each such exchange is an invocation, and a call to
 * such a port is a call of that function.
 * So is an Invoke of a function that an emulator runs in its own process (in_process.c).
 *
 * A response that breaks off ends its invocation where the connection is closed: before that nobody can
 * tell it from one that the recording's end has cut.
 */
#include "assemble/boundaries.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "assemble/environments.h"
#include "assemble/invocations.h"
#include "assemble/ownership.h"

#define STATUS_SERVER_ERROR 500 /* and above: RFC 9110, 15.6 */

struct http_function {
	const char *name; /* interned */
	uint32_t memory_mb;
};

/* ---- the ports ---- */

void http_function_declare(struct assembler *assembler, const struct fact *fact)
{
	struct hash_map *functions = &assembler->http_functions;
	struct http_function *function = hash_map_find(functions, fact->http_function.port);

	if (!function) {
		function = calloc(1, sizeof(*function));
		if (!function || hash_map_put(functions, fact->http_function.port, function)) {
			free(function);
			assembler_fail(assembler, -ENOMEM);
			return;
		}
	}
	function->name = string_pool_intern(&assembler->strings, fact->http_function.function);
	function->memory_mb = fact->http_function.memory_mb;
}

void http_functions_release(struct assembler *assembler)
{
	struct http_function *function;

	for (size_t position = 0;
	     (function = hash_map_next(&assembler->http_functions, &position, NULL));)
		free(function);
	hash_map_release(&assembler->http_functions);
}

static const struct http_function *find(const struct assembler *assembler,
					const struct connection *connection, uint16_t port)
{
	bool has_port = connection->family == CONNECTION_INET ||
			connection->family == CONNECTION_INET6;

	return has_port ? hash_map_find(&assembler->http_functions, port) : NULL;
}

/* Whether the other end is on this host for sure: an IPv4 address is in the first four bytes. */
static bool is_local(const struct connection *connection)
{
	static const uint8_t zeros[FACT_ADDRESS_BYTES];
	const uint8_t *remote = connection->remote.bytes;

	if (connection->peer ||
	    !memcmp(remote, connection->local.bytes, sizeof(connection->local.bytes)))
		return true;
	if (!memcmp(remote, zeros, FACT_ADDRESS_BYTES - 1))
		return remote[FACT_ADDRESS_BYTES - 1] == 1;
	return remote[0] == 127 && !memcmp(remote + 4, zeros, FACT_ADDRESS_BYTES - 4);
}

static void mark_call(struct exchange *exchange, const struct http_function *function)
{
	if (exchange->kind != MESSAGE_HTTP && exchange->kind != MESSAGE_AWS)
		return;
	exchange->service_class = SERVICE_LAMBDA_SYNC;
	exchange->function = function->name;
}

static const struct http_function *find_called(const struct assembler *assembler,
					       const struct connection *connection)
{
	return is_local(connection) ? find(assembler, connection, connection->remote.port) : NULL;
}

bool http_function_is_called(const struct assembler *assembler, const struct connection *connection)
{
	return find_called(assembler, connection) || in_process_is_called(assembler, connection);
}

void http_function_mark_call(const struct assembler *assembler, const struct connection *connection,
			     struct exchange *exchange)
{
	const struct http_function *function = find_called(assembler, connection);

	if (function)
		mark_call(exchange, function);
}

/* The client's side may have been told before it was known that the other end is on this host. */
static void mark_caller(const struct connection *server, uint64_t sequence,
			const struct http_function *function)
{
	if (!server->peer)
		return;
	for (list_each(&server->peer->exchanges, at)) {
		const struct exchange_state *state = list_item(at, struct exchange_state, link);

		if (state->exchange->is_client && state->exchange->sequence == sequence)
			mark_call(state->exchange, function);
	}
}

/* ---- the environment ---- */

void http_function_listen(struct assembler *assembler, const struct fact *fact)
{
	struct process *process;

	if (!hash_map_find(&assembler->http_functions, fact->connection.local_port))
		return;
	process = process_get(&assembler->processes, fact->tgid);
	if (process && !process->listens_ns)
		process->listens_ns = fact->time_ns;
}

/* An emulator that runs functions itself is the environment of all of them: @function is NULL. */
static struct environment_state *environment_get(struct assembler *assembler,
						 struct process *process,
						 const struct http_function *function)
{
	struct environment_state *state =
		environment_get_own(assembler, BOUNDARY_HTTP_FUNCTION, process);
	struct environment *environment = state ? state->environment : NULL;

	if (!state || environment->invocations)
		return state;
	if (!function) {
		state->has_no_init = true;
		environment->start_ns = 0; /* the emulator's */
		return state;
	}
	environment->function = function->name;
	environment->ready_ns = process->listens_ns;
	if (function->memory_mb)
		environment->memory_mb = function->memory_mb;
	return state;
}

/* ---- an invocation ---- */

bool http_function_serves(struct assembler *assembler, const struct fact *fact,
			  const struct connection *connection, const struct exchange *exchange)
{
	const struct http_function *declared =
		connection->is_client ? NULL : find(assembler, connection, connection->local.port);
	const struct http_function invoked = { .name = exchange->function };
	struct process *process;

	if (!declared && !in_process_is_event(assembler, exchange))
		return false;
	mark_caller(connection, exchange->sequence, declared ? declared : &invoked);
	process = process_get(&assembler->processes, fact->tgid);
	return process && environment_get(assembler, process, declared);
}

/* A response whose request was not told: it came before the recording, or was lost. */
static void infer_start(const struct assembler *assembler, const struct connection *connection,
			const struct environment_state *environment, struct invocation_start *start)
{
	if (connection->is_from_start || !environment->is_preexisting || connection->has_requests) {
		start->flags |= INVOCATION_INCOMPLETE;
		start->border = START_UNSEEN;
		return;
	}
	start->flags |= INVOCATION_START_INFERRED;
	start->start_ns = earlier_of(assembler->options.start_monotonic_ns, start->start_ns);
}

void http_function_begin(struct assembler *assembler, const struct fact *fact,
			 struct connection *connection, struct exchange *exchange)
{
	const struct fact_message *message = &fact->message;
	const struct http_function *declared = find(assembler, connection, connection->local.port);
	const struct http_function invoked = { .name = exchange->function };
	const struct http_function *function = declared ? declared : &invoked;
	struct process *process = process_get(&assembler->processes, fact->tgid);
	struct environment_state *environment =
		process ? environment_get(assembler, process, declared) : NULL;
	struct invocation_start start = {
		.start_ns = message->first_ns,
		.function = function->name,
		.memory_mb = function->memory_mb,
	};
	struct invocation_state *state;

	if (!environment)
		return;
	if (exchange->has_request) {
		start.trace_header = message->trace_header;
		start.body = message->body;
		start.json = message->json;
	} else {
		infer_start(assembler, connection, environment, &start);
	}
	/* A worker that was forked listens by its parent's socket: when it was ready nobody saw. */
	if (!environment->is_preexisting && !environment->has_no_init &&
	    !environment->environment->invocations && !environment->environment->ready_ns)
		start.flags |= INVOCATION_NO_INIT;
	state = invocation_open(assembler, environment, &start);
	if (!state)
		return;
	state->connection = connection->id;
	state->sequence = exchange->sequence;
	state->invocation->request = exchange_ref(exchange);
	invocation_add_message(assembler, state, fact);
	ownership_note_event(assembler, state, fact);
	if (declared)
		invocation_tell_begin(assembler, state);
	else
		in_process_begin(assembler, state);
}

static struct invocation_state *find_open(const struct assembler *assembler,
					  const struct exchange *exchange)
{
	const struct process *process = process_find(&assembler->processes, exchange->tgid);

	if (!process || !process->environment)
		return NULL;
	for (list_each(&process->environment->invocations, at)) {
		struct invocation_state *state = list_item(at, struct invocation_state, link);

		if (state->invocation->request == exchange && state->phase == PHASE_OPEN)
			return state;
	}
	return NULL;
}

void http_function_respond(struct assembler *assembler, const struct fact *fact,
			   const struct exchange *exchange)
{
	struct invocation_state *state = find_open(assembler, exchange);
	struct invocation *invocation;

	if (!state)
		return;
	invocation = state->invocation;
	invocation_add_message(assembler, state, fact);
	ownership_note_response(assembler, state, fact);
	invocation->result_body = exchange->response_body;
	invocation->result_json = exchange->response_json;
	invocation->function_error =
		assembler_own(assembler, &invocation->texts, exchange->function_error);
	if (!invocation->request_id)
		invocation->request_id =
			assembler_own(assembler, &invocation->texts, exchange->response_request_id);
}

void http_function_end(struct assembler *assembler, const struct exchange *exchange)
{
	struct invocation_state *state = find_open(assembler, exchange);
	struct invocation *invocation;
	bool is_error = !exchange->has_response || exchange->function_error ||
			exchange->status >= STATUS_SERVER_ERROR;

	if (!state || in_process_refuse(assembler, state))
		return;
	invocation = state->invocation;
	state->has_response = exchange->has_response;
	invocation->status = is_error ? STATUS_ERROR : STATUS_OK;
	if (state->has_response)
		invocation->response_ns = later_of(exchange->end_ns, invocation->start_ns);
	invocation_close(assembler, state, exchange->end_ns,
			 state->has_response ? END_RESPONSE : END_CLOSED);
}

void http_function_process_end(struct assembler *assembler, const struct process *process,
			       uint64_t time_ns, uint32_t exit_code)
{
	struct environment_state *state = process->environment;

	if (state && state->root == process &&
	    state->environment->boundary == BOUNDARY_HTTP_FUNCTION)
		environment_die(assembler, state, time_ns, exit_code);
}
