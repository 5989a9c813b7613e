// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * exchanges.c - see exchanges.h. A request and its response share connection and sequence. Runs of an
 * unrecognised protocol make an exchange from a send to the end of the next receive.
 *
 * What makes a connection (a TLS handshake, a login) begins an exchange that goes on with the request that
 * needed it. Where none follows at once it is an attempt of its own, "connect".
 *
 * Never calls: sockets whose both ends are in one environment, DNS, trace daemons, log services, and
 * Unix sockets that nobody was seen connecting to (socket pairs: pipes between processes).
 */
#include "assemble/exchanges.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "assemble/boundaries.h"
#include "assemble/daemons.h"
#include "assemble/environments.h"
#include "assemble/failed_connects.h"
#include "assemble/invocations.h"
#include "assemble/lookups.h"
#include "assemble/opened.h"
#include "assemble/ownership.h"
#include "assemble/retries.h"

#define PORT_DNS 53
#define PORT_MDNS 5353
/* What a thread waits for at most, but for a CPU, ... */
#define CONNECT_GAP_NS 50000000ull /* from a connection made to the request that needed it */
#define FAREWELL_NS 10000000ull	   /* from a farewell to the close */
#define FAREWELL_BYTES_MAX 64	   /* it says little, also encrypted */

/* One message on its connection. */
struct arrival {
	struct assembler *assembler;
	const struct fact *fact;
	const struct fact_message *message;
	struct connection *connection;
	bool is_client;
};

static bool is_same_text(const char *left, const char *right)
{
	return left && strcmp(left, right) == 0;
}

static bool is_never_told(const struct connection *connection)
{
	if (connection->family == CONNECTION_UNIX)
		return !connection->is_client && !(connection->peer && connection->peer->is_client);
	return connection->remote.port == PORT_DNS || connection->remote.port == PORT_MDNS ||
	       connection->local.port == PORT_DNS || connection->local.port == PORT_MDNS;
}

/*
 * What cannot be read on its way to the Runtime API. What can be is a call: emulators serve Invoke and
 * function URLs on the same port (cargo-lambda).
 */
static bool is_unreadable_api(const struct exchange_state *state, uint64_t api)
{
	const struct exchange *exchange = state->exchange;
	bool is_unreadable =
		exchange->service_class == SERVICE_OTHER ||
		(exchange->service_class == SERVICE_HTTP && exchange->flags & MESSAGE_HAS_GAP);

	return is_unreadable && api && connection_target(state->connection) == api;
}

/* Sent in @environment. */
static bool is_never_call(const struct exchange_state *state,
			  const struct environment_state *environment)
{
	uint64_t api = environment ? environment->api : 0;

	return is_unreadable_api(state, api) || daemon_is_asked(state->connection, state->exchange);
}

static enum service_class classify(const struct fact_message *message)
{
	switch (message->kind) {
	case MESSAGE_INVOKE:
		return message->invocation_type == INVOCATION_EVENT ||
				       message->invocation_type == INVOCATION_DRY_RUN
			       ? SERVICE_LAMBDA_EVENT
			       : SERVICE_LAMBDA_SYNC;
	case MESSAGE_INVOKE_STREAM:
		return SERVICE_LAMBDA_SYNC;
	case MESSAGE_INVOKE_ASYNC:
		return SERVICE_LAMBDA_EVENT;
	case MESSAGE_AWS:
		return SERVICE_AWS;
	case MESSAGE_HTTP: /* a function URL is a call of its function */
		return is_same_text(message->service, "lambda") ? SERVICE_LAMBDA_SYNC
								: SERVICE_HTTP;
	default:
		return SERVICE_OTHER;
	}
}

/* ---- telling ---- */

static void tell_begin(struct assembler *assembler, struct exchange_state *state)
{
	if (state->owner)
		invocation_tell_begin(assembler, state->owner);
	if (assembler->sink.exchange_begin)
		assembler_fail(assembler, assembler->sink.exchange_begin(assembler->sink.context,
									 state->exchange));
}

/* The connection forgets it; an attempt stays with its invocation. */
static void release(struct exchange_state *state)
{
	list_remove(&state->link);
	list_remove(&state->open);
	exchange_unref(state->exchange);
	free(state);
}

static void detach_attempt(struct exchange_state *state)
{
	struct invocation *invocation = state->owner->invocation;
	struct exchange *exchange = state->exchange;

	for (size_t i = 0; i < invocation->attempt_count; i++) {
		if (invocation->attempts[i] != exchange)
			continue;
		invocation->attempt_count--;
		memmove(&invocation->attempts[i], &invocation->attempts[i + 1],
			(invocation->attempt_count - i) * sizeof(*invocation->attempts));
		exchange->owner = NULL;
		exchange_unref(exchange);
		break;
	}
	list_remove(&state->open);
	state->owner = NULL;
}

/*
 * Whether the other end of @connection is in @environment, too. A function that calls another one, or
 * itself, in its own process does call it.
 */
static bool is_inside(const struct assembler *assembler, const struct connection *connection,
		      const struct environment_state *environment)
{
	const struct connection *peer = connection->peer;
	const struct process *process = peer ? process_find(&assembler->processes, peer->tgid)
					     : NULL;

	return process && !environment->worker && process->environment == environment &&
	       !http_function_is_called(assembler, connection);
}

/* Ends at the answer that it has, if it has one, whatever made that known. */
static void settle_answer(struct assembler *assembler, struct exchange_state *state,
			  uint64_t *end_ns, bool *is_cut)
{
	struct exchange *exchange = state->exchange;

	if (state->answered_ns) {
		*end_ns = earlier_of(*end_ns, state->answered_ns);
		*is_cut = false;
	}
	if (state->is_connecting) {
		exchange->operation = string_pool_intern(&assembler->strings, "connect");
		exchange->connect_ns = later_of(*end_ns, exchange->start_ns) - exchange->start_ns;
		exchange->has_response = !*is_cut;
	}
}

static void finish(struct assembler *assembler, struct exchange_state *state, uint64_t end_ns,
		   bool is_cut)
{
	struct exchange *exchange = state->exchange;
	struct environment_state *environment =
		environment_of_thread(assembler, exchange->tgid, exchange->tid);

	if (state->owner && is_inside(assembler, state->connection, state->owner->environment))
		detach_attempt(state);
	if (state->exchange->is_unowned && environment &&
	    is_inside(assembler, state->connection, environment))
		ownership_drop_doubtful(environment, exchange);
	if (!exchange->is_over) { /* else it was cut at its invocation's end */
		settle_answer(assembler, state, &end_ns, &is_cut);
		exchange->is_over = true;
		exchange->is_cut = is_cut;
		if (!is_cut)
			exchange->closed_by = CLOSED_BY_UNKNOWN;
		exchange->end_ns =
			later_of(end_ns, later_of(exchange->start_ns, exchange->request_end_ns));
		if (state->connection->peer_id)
			exchange->peer_connection = state->connection->peer_id;
		if (exchange->is_client && !exchange->owner && !exchange->is_unowned &&
		    !is_never_call(state, environment) &&
		    !(environment && is_inside(assembler, state->connection, environment)))
			environment_note_call(assembler, exchange);
		if (assembler->sink.exchange_end)
			assembler_fail(assembler, assembler->sink.exchange_end(
							  assembler->sink.context, exchange));
		if (exchange->is_served)
			http_function_end(assembler, exchange);
	}
	state->connection->has_done = true;
	state->connection->done_sequence = exchange->sequence;
	state->connection->done_first_ns = exchange->has_request
						   ? exchange->start_ns + exchange->connect_ns
						   : exchange->response_start_ns;
	release(state);
}

/* ---- whose attempt it is ---- */

/* Of a call that can be that of several: NULL, and *ret_doubtful_in is their environment. */
static struct invocation_state *find_owner(const struct arrival *arrival,
					   struct environment_state **ret_doubtful_in)
{
	uint64_t time_ns = arrival->message->first_ns;
	struct environment_state *environment =
		environment_of_thread(arrival->assembler, arrival->fact->tgid, arrival->fact->tid);
	struct invocation_state *owner = NULL;
	bool is_doubtful;
	size_t count;

	*ret_doubtful_in = NULL;
	if (!environment || !arrival->is_client)
		return NULL;
	count = invocation_find_at(environment, time_ns, &owner);
	if (count < 2 &&
	    !(count && (ownership_matters(owner) || in_process_has_unseen(environment, time_ns))))
		return owner;
	owner = ownership_of_call(arrival->assembler, environment, arrival->fact, &is_doubtful);
	if (is_doubtful)
		*ret_doubtful_in = environment;
	return owner;
}

static int add_attempt(struct assembler *assembler, struct invocation_state *owner,
		       struct exchange *exchange)
{
	int error = invocation_add_attempt(owner->invocation, exchange_ref(exchange));

	if (error) {
		exchange_unref(exchange);
		assembler_fail(assembler, error);
	}
	return error;
}

static void attach(struct assembler *assembler, struct exchange_state *state,
		   struct invocation_state *owner)
{
	if (add_attempt(assembler, owner, state->exchange))
		return;
	state->owner = owner;
	list_insert(&owner->open_attempts, &state->open);
}

void exchanges_adopt(struct assembler *assembler, struct invocation_state *owner,
		     struct exchange *exchange)
{
	const struct connection *connection =
		connection_find(&assembler->connections, exchange->connection);

	assembler_fail(assembler, invocation_add_carrier(owner->invocation, exchange->tid));
	if (add_attempt(assembler, owner, exchange) || !connection)
		return;
	for (list_each(&connection->exchanges, at)) {
		struct exchange_state *state = list_item(at, struct exchange_state, link);

		if (state->exchange != exchange)
			continue;
		state->owner = owner;
		list_insert(&owner->open_attempts, &state->open);
	}
}

/* ---- requests ---- */

static const char *intern(const struct arrival *arrival, const char *text)
{
	return string_pool_intern(&arrival->assembler->strings, text);
}

static const char *own(const struct arrival *arrival, struct exchange *exchange, const char *text)
{
	return assembler_own(arrival->assembler, &exchange->texts, text);
}

static void fill_names(const struct arrival *arrival, struct exchange *exchange)
{
	const struct fact_message *message = arrival->message;

	exchange->function = intern(arrival, message->function);
	exchange->service = intern(arrival, message->service);
	exchange->operation = intern(arrival, message->operation);
	exchange->qualifier = own(arrival, exchange, message->qualifier);
	exchange->arn = own(arrival, exchange, message->arn);
	exchange->host = own(arrival, exchange, message->host);
	exchange->target = own(arrival, exchange, message->target);
	exchange->request_id = own(arrival, exchange, message->request_id);
	exchange->path = own(arrival, exchange, message->path);
	exchange->trace_header = own(arrival, exchange, message->trace_header);
	exchange->traceparent = own(arrival, exchange, message->traceparent);
	exchange->sdk_invocation_id = own(arrival, exchange, message->sdk_invocation_id);
}

/* What runs in no environment is no function: what it is tells where events from outside come from. */
static void fill_program(const struct arrival *arrival, struct exchange *exchange)
{
	struct process *process = process_find(&arrival->assembler->processes, arrival->fact->tgid);
	const struct process *parent = process ? process->parent : NULL;

	if (!process)
		return;
	if (!arrival->is_client) {
		process->has_served = true;
		return;
	}
	if (environment_of_thread(arrival->assembler, arrival->fact->tgid, arrival->fact->tid))
		return;
	exchange->program = process->identity.script ? process->identity.script
						     : process->identity.program;
	exchange->is_of_server = process->has_served;
	if (!parent)
		return;
	exchange->parent_tgid = parent->tgid;
	exchange->parent_program = parent->identity.script ? parent->identity.script
							   : parent->identity.program;
	exchange->is_of_server |= parent->has_served;
}

static void fill_source(const struct arrival *arrival, struct exchange *exchange)
{
	const struct connection *connection = arrival->connection;
	const struct connection_address *source = arrival->is_client ? &connection->local
								     : &connection->remote;

	if (!connection->family || connection->family == CONNECTION_UNIX)
		return;
	exchange->source_address = hash_bytes(source->bytes, sizeof(source->bytes)) | 1;
	exchange->source_port = source->port;
}

static struct exchange_state *make(const struct arrival *arrival)
{
	const struct fact_message *message = arrival->message;
	struct exchange_state *state = calloc(1, sizeof(*state));
	struct exchange *exchange = state ? exchange_new() : NULL;

	if (!exchange) {
		free(state);
		assembler_fail(arrival->assembler, -ENOMEM);
		return NULL;
	}
	state->exchange = exchange;
	state->connection = arrival->connection;
	list_init(&state->open);
	list_insert(&arrival->connection->exchanges, &state->link);
	exchange->id = arrival->assembler->exchange_count++;
	exchange->connection = arrival->connection->id;
	exchange->peer_connection = arrival->connection->peer_id;
	exchange->server = connection_target(arrival->connection);
	exchange->server_address = connection_target_address(arrival->connection);
	exchange->sequence = message->sequence;
	exchange->tgid = arrival->fact->tgid;
	exchange->tid = arrival->fact->tid;
	exchange->is_client = arrival->is_client;
	exchange->kind = message->kind;
	exchange->service_class = classify(message);
	exchange->start_ns = message->first_ns;
	fill_source(arrival, exchange);
	fill_program(arrival, exchange);
	return state;
}

/* The connect before the first request is part of it, when it was made in the same invocation. */
static void add_connect(const struct arrival *arrival, struct exchange_state *state,
			const struct invocation_state *owner)
{
	struct connection *connection = arrival->connection;
	struct exchange *exchange = state->exchange;
	uint64_t opened_ns = connection->opened_ns, asked_ns;

	if (arrival->is_client && connection->is_client && !connection->has_requests && opened_ns &&
	    opened_ns < exchange->start_ns &&
	    (!owner || opened_ns >= owner->invocation->start_ns)) {
		asked_ns = lookups_take(arrival->assembler, arrival->fact, opened_ns);
		if (!owner || asked_ns >= owner->invocation->start_ns)
			opened_ns = asked_ns;
		exchange->connect_ns = exchange->start_ns - opened_ns;
		exchange->start_ns = opened_ns;
	}
}

static void fill_request(const struct arrival *arrival, struct exchange_state *state)
{
	const struct fact_message *message = arrival->message;
	struct exchange *exchange = state->exchange;

	exchange->has_request = true;
	exchange->flags |= message->flags;
	exchange->request_end_ns = message->last_ns;
	exchange->method = message->method;
	exchange->invocation_type = message->invocation_type;
	exchange->sdk_attempt = message->sdk_attempt;
	exchange->sdk_max = message->sdk_max;
	exchange->deadline_ms = message->deadline_ms;
	state->request_bytes = message->body_bytes;
	exchange->request_body = message->body;
	exchange->request_json = message->json;
	fill_names(arrival, exchange);
}

static void note_bytes(const struct arrival *arrival, const struct exchange_state *state)
{
	if (state->owner)
		invocation_add_message(arrival->assembler, state->owner, arrival->fact);
	else if (state->exchange->is_unowned)
		ownership_note_call_bytes(arrival->assembler, state->exchange, arrival->fact);
}

static struct exchange_state *open_exchange(const struct arrival *arrival, bool is_request)
{
	struct exchange_state *state = make(arrival);
	struct environment_state *doubtful_in;
	struct invocation_state *owner = find_owner(arrival, &doubtful_in);

	if (!state)
		return NULL;
	if (is_request) {
		add_connect(arrival, state, owner);
		fill_request(arrival, state);
	} else {
		state->exchange->flags |= MESSAGE_START_INFERRED;
	}
	if (owner && !is_never_call(state, owner->environment) &&
	    !is_inside(arrival->assembler, arrival->connection, owner->environment))
		attach(arrival->assembler, state, owner);
	if (doubtful_in && !is_never_call(state, doubtful_in) &&
	    !is_inside(arrival->assembler, arrival->connection, doubtful_in)) {
		ownership_add_doubtful(arrival->assembler, doubtful_in, state->exchange,
				       arrival->message->first_ns);
	}
	note_bytes(arrival, state);
	if (arrival->is_client)
		http_function_mark_call(arrival->assembler, arrival->connection, state->exchange);
	else if (state->exchange->service_class != SERVICE_OTHER)
		state->exchange->is_served = http_function_serves(
			arrival->assembler, arrival->fact, arrival->connection, state->exchange);
	in_process_note_event(arrival->assembler, state->exchange);
	tell_begin(arrival->assembler, state);
	if (state->exchange->is_served)
		http_function_begin(arrival->assembler, arrival->fact, arrival->connection,
				    state->exchange);
	if (is_request) {
		arrival->connection->has_requests = true;
		arrival->connection->is_daemons |=
			daemon_is_asked(arrival->connection, state->exchange);
		state->is_connecting = arrival->message->flags & MESSAGE_CONNECTS;
	}
	return state;
}

/* ---- making a connection ---- */

static struct exchange_state *find_connecting(const struct arrival *arrival)
{
	for (list_each(&arrival->connection->exchanges, at)) {
		struct exchange_state *state = list_item(at, struct exchange_state, link);

		if (state->is_connecting && state->exchange->is_client == arrival->is_client)
			return state;
	}
	return NULL;
}

/* Whether the request needed the connection that @state makes: it comes at once, from the same caller. */
static bool needed(const struct arrival *arrival, const struct exchange_state *state)
{
	struct environment_state *doubtful_in;
	const struct invocation_state *owner = find_owner(arrival, &doubtful_in);
	uint64_t made_ns = later_of(state->answered_ns, state->exchange->request_end_ns);

	return !state->exchange->is_over && owner == state->owner &&
	       (owner || !doubtful_in == !state->exchange->is_unowned) &&
	       thread_goes_on(&arrival->assembler->processes, state->exchange->tid, made_ns,
			      arrival->message->first_ns, CONNECT_GAP_NS);
}

static void go_on_connecting(const struct arrival *arrival, struct exchange_state *state)
{
	struct exchange *exchange = state->exchange;

	exchange->request_end_ns = later_of(exchange->request_end_ns, arrival->message->last_ns);
	exchange->flags |= arrival->message->flags;
	fill_names(arrival, exchange);
}

static void become_request(const struct arrival *arrival, struct exchange_state *state)
{
	struct exchange *exchange = state->exchange;
	uint64_t first_ns = later_of(arrival->message->first_ns, exchange->start_ns);

	state->is_connecting = false;
	state->answered_ns = 0;
	/* Tickets for later sessions answer the end of a handshake, after the request was sent. */
	state->may_go_on = arrival->message->kind == MESSAGE_TLS;
	exchange->connect_ns = first_ns - exchange->start_ns;
	exchange->service_class = classify(arrival->message);
	fill_request(arrival, state);
}

/* True where the message was (also) about making its connection, and all is done. */
static bool push_connecting(const struct arrival *arrival, bool is_question)
{
	const struct fact_message *message = arrival->message;
	struct exchange_state *state = find_connecting(arrival);
	bool connects = message->flags & MESSAGE_CONNECTS;

	if (!is_question) {
		if (state && connects) {
			state->answered_ns = later_of(state->answered_ns, message->last_ns);
			note_bytes(arrival, state);
		}
		return connects;
	}
	if (!state)
		return false;
	if (!needed(arrival, state)) {
		finish(arrival->assembler, state, message->first_ns, true);
		return false;
	}
	state->exchange->sequence = message->sequence;
	state->exchange->kind = message->kind;
	note_bytes(arrival, state);
	if (connects)
		go_on_connecting(arrival, state);
	else
		become_request(arrival, state);
	return true;
}

/* ---- finding ---- */

static struct exchange_state *find_open(const struct arrival *arrival)
{
	for (list_each(&arrival->connection->exchanges, at)) {
		struct exchange_state *state = list_item(at, struct exchange_state, link);

		if (state->exchange->sequence == arrival->message->sequence &&
		    state->exchange->is_client == arrival->is_client)
			return state;
	}
	return NULL;
}

static bool is_told_twice(const struct arrival *arrival, uint64_t first_ns)
{
	const struct connection *connection = arrival->connection;

	return connection->has_done && connection->done_sequence == arrival->message->sequence &&
	       first_ns <= connection->done_first_ns;
}

static void push_request(const struct arrival *arrival)
{
	struct exchange_state *state = find_open(arrival);
	const struct exchange *exchange = state ? state->exchange : NULL;

	if (is_told_twice(arrival, arrival->message->first_ns))
		return;
	if (push_connecting(arrival, true))
		return;
	if (exchange && exchange->start_ns + exchange->connect_ns == arrival->message->first_ns)
		return;
	if (state)
		finish(arrival->assembler, state, arrival->message->first_ns, true);
	open_exchange(arrival, true);
}

/* ---- responses ---- */

/*
 * Between the request and the response its thread slept in a read and in nothing else. What runs several
 * things on one thread does not: it sleeps in epoll or a futex.
 */
static bool is_awaited(const struct arrival *arrival, const struct exchange *exchange)
{
	const struct thread *thread = thread_find(&arrival->assembler->processes, exchange->tid);
	bool has_slept = false;

	if (!arrival->is_client || !thread || thread->process->tgid != exchange->tgid ||
	    exchange->tid != arrival->fact->tid)
		return false;
	for (size_t i = thread->runs.end; i-- > thread->runs.first;) {
		const struct run *run = &thread->runs.runs[i];

		if (run->off_ns > arrival->message->first_ns)
			continue;
		if (run->off_ns < exchange->request_end_ns)
			break;
		if (run_is_interrupted(run))
			continue;
		if (run->off_reason != OFF_SLEEP || run->blocked_in != BLOCKED_READ)
			return false;
		has_slept = true;
	}
	return has_slept;
}

static void fill_response(const struct arrival *arrival, struct exchange_state *state)
{
	const struct fact_message *message = arrival->message;
	struct exchange *exchange = state->exchange;

	if (exchange->is_over)
		return;
	exchange->flags |= message->flags;
	if (!state->answered_ns)
		exchange->response_start_ns = message->first_ns;
	exchange->response_tid = arrival->fact->tid;
	exchange->is_awaited = is_awaited(arrival, exchange);
	exchange->status = message->status;
	exchange->response_body = message->body;
	exchange->response_json = message->json;
	exchange->response_request_id = own(arrival, exchange, message->request_id);
	exchange->function_error = own(arrival, exchange, message->function_error);
	exchange->has_response = !(message->flags & MESSAGE_CUT);
	note_bytes(arrival, state);
}

static void push_response(const struct arrival *arrival)
{
	const struct fact_message *message = arrival->message;
	struct exchange_state *state = find_open(arrival);
	bool is_cut = message->flags & MESSAGE_CUT;

	if (push_connecting(arrival, false))
		return;
	if (!state && arrival->connection->has_done &&
	    arrival->connection->done_sequence == message->sequence)
		return; /* told twice, or closed before */
	if (!state)
		state = open_exchange(arrival, false);
	if (!state)
		return;
	fill_response(arrival, state);
	if (state->exchange->is_served)
		http_function_respond(arrival->assembler, arrival->fact, state->exchange);
	if (is_cut && state->exchange->is_served)
		return; /* its connection's end is its own */
	finish(arrival->assembler, state, is_cut ? arrival->fact->time_ns : message->last_ns,
	       is_cut);
}

/* ---- runs of an unrecognised protocol ---- */

static enum connection_role role_of(const struct arrival *arrival)
{
	struct connection *connection = arrival->connection;
	bool is_sent = arrival->message->direction == MESSAGE_SENT;

	if (arrival->message->kind != MESSAGE_BYTES) {
		connection->role = message_is_client_side(arrival->message) ? ROLE_CLIENT
									    : ROLE_SERVER;
	} else if (connection->role == ROLE_UNKNOWN) {
		if (connection->is_client || (connection->peer && connection->peer->is_client))
			connection->role = connection->is_client ? ROLE_CLIENT : ROLE_SERVER;
		else
			connection->role = is_sent ? ROLE_CLIENT : ROLE_SERVER;
	}
	return connection->role;
}

/* An answer may be followed by more of it where the protocol is known to send nothing unasked. */
static bool may_go_on(const struct exchange_state *state)
{
	return state->exchange->kind == MESSAGE_MYSQL || (state->may_go_on && !state->answered_ns);
}

static void push_answering_run(const struct arrival *arrival, struct exchange_state *state)
{
	const struct fact_message *message = arrival->message;
	bool is_cut = message->flags & MESSAGE_CUT, goes_on = may_go_on(state) && !is_cut;

	fill_response(arrival, state);
	if (goes_on) {
		state->answered_ns = message->last_ns;
	} else {
		state->answered_ns = 0;
		finish(arrival->assembler, state, message->last_ns, is_cut);
	}
}

static void push_run(struct arrival *arrival)
{
	const struct fact_message *message = arrival->message;
	struct connection *connection = arrival->connection;
	bool is_sent = message->direction == MESSAGE_SENT;
	struct exchange_state *state = NULL;
	bool is_question;

	arrival->is_client = role_of(arrival) == ROLE_CLIENT;
	is_question = is_sent == arrival->is_client;
	if (push_connecting(arrival, is_question))
		return;
	if (!list_is_empty(&connection->exchanges))
		state = list_item(connection->exchanges.previous, struct exchange_state, link);
	if (state && !exchange_is_of_runs(state->exchange->kind))
		state = NULL;
	if (is_question && state && state->answered_ns) {
		finish(arrival->assembler, state, state->answered_ns, false);
		state = NULL;
	}
	if (!is_question) {
		if (state)
			push_answering_run(arrival, state);
	} else if (!state) {
		open_exchange(arrival, true);
	} else if (!state->exchange->is_over) {
		state->exchange->request_end_ns =
			later_of(state->exchange->request_end_ns, message->last_ns);
	}
}

/* ---- the doors ---- */

void exchanges_push_message(struct assembler *assembler, const struct fact *fact,
			    struct connection *connection)
{
	struct arrival arrival = {
		.assembler = assembler,
		.fact = fact,
		.message = &fact->message,
		.connection = connection,
		.is_client = message_is_client_side(&fact->message),
	};

	if (connection->remote.port == PORT_DNS)
		lookups_push_message(assembler, fact);
	if (is_never_told(connection))
		return;
	if (exchange_is_of_runs(fact->message.kind))
		push_run(&arrival);
	else if (fact->message.flags & MESSAGE_IS_RESPONSE)
		push_response(&arrival);
	else
		push_request(&arrival);
}

/* When the first side was done with what is still open; *@end_ns: when the connection was. */
static enum exchange_close find_close(const struct connection *connection,
				      const struct exchange *exchange, uint64_t *end_ns)
{
	uint64_t start_ns = later_of(exchange->start_ns, 1);
	uint64_t own_ns = connection->own_closed_ns, peer_ns = connection->peer_closed_ns;
	bool is_own = own_ns >= start_ns && own_ns <= *end_ns;

	/* A server may answer after its client has said that it will send no more. */
	if (exchange->is_client && peer_ns >= start_ns && peer_ns <= *end_ns &&
	    !(is_own && own_ns < peer_ns)) {
		*end_ns = peer_ns;
		return CLOSED_BY_CALLEE;
	}
	if (is_own)
		*end_ns = own_ns;
	if (!exchange->is_client)
		return CLOSED_BY_UNKNOWN;
	if (is_own)
		return CLOSED_BY_CALLER;
	return connection->is_close_told ? CLOSED_BY_RESET : CLOSED_BY_UNKNOWN;
}

/*
 * Not understood, short, and this side closed right after it: it was no question ("I am leaving"). Who closed first
 * says nothing: a server leaves at that word, perhaps before it has read what follows it (TLS: close_notify),
 * which resets the connection at @close_ns.
 */
static bool is_farewell(struct assembler *assembler, const struct exchange_state *state,
			uint64_t close_ns)
{
	const struct exchange *exchange = state->exchange;
	uint64_t own_ns = state->connection->own_closed_ns;

	if (own_ns >= exchange->request_end_ns)
		close_ns = earlier_of(close_ns, own_ns);
	return exchange_is_of_runs(exchange->kind) && !exchange->operation && exchange->is_client &&
	       !state->answered_ns && !state->is_connecting &&
	       exchange->closed_by != CLOSED_BY_UNKNOWN &&
	       state->request_bytes <= FAREWELL_BYTES_MAX &&
	       thread_goes_on(&assembler->processes, exchange->tid, exchange->request_end_ns,
			      close_ns, FAREWELL_NS);
}

void exchanges_close(struct assembler *assembler, struct connection *connection, uint64_t time_ns,
		     uint32_t tgid)
{
	for (list_each(&connection->exchanges, at)) {
		struct exchange_state *state = list_item(at, struct exchange_state, link);
		struct exchange *exchange = state->exchange;
		uint64_t end_ns = time_ns;

		if (tgid && exchange->tgid != tgid)
			continue;
		if (!exchange->is_over && !state->answered_ns)
			exchange->closed_by = find_close(connection, exchange, &end_ns);
		if (!exchange->is_over && state->owner && is_farewell(assembler, state, time_ns))
			detach_attempt(state);
		finish(assembler, state, end_ns, true);
	}
}

/* At the end of its invocation; what comes later is nobody's. */
static void cut_attempt(struct assembler *assembler, struct exchange_state *attempt,
			uint64_t end_ns)
{
	struct exchange *exchange = attempt->exchange;
	bool is_cut = true;

	list_remove(&attempt->open);
	attempt->owner = NULL;
	settle_answer(assembler, attempt, &end_ns, &is_cut);
	exchange->is_over = true;
	exchange->is_cut = is_cut;
	exchange->is_dangling = is_cut;
	exchange->end_ns = later_of(end_ns, exchange->start_ns);
}

void exchanges_cut_attempts(struct assembler *assembler, struct invocation_state *state)
{
	struct invocation *invocation = state->invocation;
	size_t kept = 0;

	for (list_each(&state->open_attempts, at)) {
		struct exchange_state *attempt = list_item(at, struct exchange_state, open);
		struct exchange *exchange = attempt->exchange;

		cut_attempt(assembler, attempt, invocation->end_ns);
		if (assembler->sink.exchange_end)
			assembler_fail(assembler, assembler->sink.exchange_end(
							  assembler->sink.context, exchange));
	}
	for (size_t i = 0; i < invocation->attempt_count; i++) {
		struct exchange *exchange = invocation->attempts[i];

		if (exchange->start_ns >= invocation->end_ns) { /* after it, as it turned out */
			exchange->owner = NULL;
			exchange_unref(exchange);
			continue;
		}
		if (exchange->end_ns > invocation->end_ns) {
			exchange->end_ns = invocation->end_ns;
			exchange->connect_ns = earlier_of(exchange->connect_ns,
							  exchange->end_ns - exchange->start_ns);
			exchange->is_cut = true;
			exchange->is_dangling = true;
		} else if (exchange->is_cut && exchange->end_ns == invocation->end_ns) {
			exchange->is_dangling = true;
		}
		invocation->attempts[kept++] = exchange;
	}
	invocation->attempt_count = kept;
	failed_connects_add_attempts(assembler, state);
	opened_count(assembler, state);
	assembler_fail(assembler, retries_number(invocation));
}
