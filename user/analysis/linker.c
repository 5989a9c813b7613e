// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * linker.c - see linker.h. Keeps the requests and events that are not decided yet, finds the client at
 * the other end of a request's socket, and tells decisions. Nothing is decided twice.
 */
#include "analysis/linker.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/dispatcher.h"
#include "analysis/relay.h"
#include "base/array.h"
#include "base/units.h"

/* A request that nobody took: facts of an event for it cannot be told this late any more. */
#define REQUEST_PATIENCE_NS (50 * NS_PER_MS)
/* An Event request stops holding its caller's chain back after this, and is given up after that. */
#define EVENT_PATIENCE_NS (5 * NS_PER_S)
#define EVENT_LIFETIME_NS (60 * NS_PER_S)
/* How long a row waits for requests that could still be its own, and what is served for its caller. */
#define ROW_PATIENCE_NS (10 * NS_PER_S)
/* A client side outlives its end by this, for its server side can be told later. */
#define CLIENT_LIFETIME_NS NS_PER_S
#define RELAYS_MAX 8 /* in a row */

struct client {
	struct exchange *exchange; /* counted */
	struct client *newer;
};

static uint64_t pair_key(uint64_t connection, uint64_t sequence)
{
	return hash_mix(connection) ^ hash_mix(sequence + 0x9e3779b97f4a7c15u);
}

void linker_init(struct linker *linker, const struct linker_sink *sink)
{
	memset(linker, 0, sizeof(*linker));
	linker->sink = *sink;
}

static void request_free(struct request *request)
{
	exchange_unref(request->server);
	exchange_unref(request->client);
	invocation_unref(request->owner);
	invocation_unref(request->served);
	free(request);
}

static void handover_free(struct handover *handover)
{
	invocation_unref(handover->invocation);
	free(handover);
}

static void dispatcher_free(struct dispatcher *dispatcher)
{
	for (size_t i = 0; i < dispatcher->row_count; i++)
		handover_free(dispatcher->rows[i]);
	for (size_t i = 0; i < dispatcher->column_count; i++)
		request_free(dispatcher->columns[i]);
	free(dispatcher->rows);
	free(dispatcher->columns);
	free(dispatcher);
}

static void client_free(struct client *client)
{
	exchange_unref(client->exchange);
	free(client);
}

void linker_release(struct linker *linker)
{
	size_t position = 0;
	void *value;

	while ((value = hash_map_next(&linker->clients, &position, NULL)))
		client_free(value);
	position = 0;
	while ((value = hash_map_next(&linker->dispatchers, &position, NULL)))
		dispatcher_free(value);
	hash_map_release(&linker->clients);
	hash_map_release(&linker->requests);
	hash_map_release(&linker->by_peer);
	hash_map_release(&linker->dispatchers);
}

static struct dispatcher *load_dispatcher(struct linker *linker, uint32_t tgid)
{
	struct dispatcher *dispatcher = hash_map_find(&linker->dispatchers, tgid);

	if (dispatcher)
		return dispatcher;
	dispatcher = calloc(1, sizeof(*dispatcher));
	if (!dispatcher)
		return NULL;
	dispatcher->tgid = tgid;
	if (hash_map_put(&linker->dispatchers, tgid, dispatcher)) {
		free(dispatcher);
		return NULL;
	}
	return dispatcher;
}

static void unlist_over(struct linker *linker, struct dispatcher *dispatcher)
{
	struct dispatcher **at = &linker->over;

	while (*at && *at != dispatcher)
		at = &(*at)->next_over;
	if (*at)
		*at = dispatcher->next_over;
	dispatcher->is_over = false;
}

/* That of a process which is alive: where its id came back, what was known of the one before goes. */
static struct dispatcher *load_live_dispatcher(struct linker *linker, uint32_t tgid)
{
	struct dispatcher *dispatcher = load_dispatcher(linker, tgid);

	if (dispatcher && dispatcher->is_over) {
		unlist_over(linker, dispatcher);
		dispatcher->function = NULL;
		dispatcher->evidence.knows_several_functions = false;
	}
	return dispatcher;
}

void linker_end_process(struct linker *linker, uint32_t tgid)
{
	struct dispatcher *dispatcher = hash_map_find(&linker->dispatchers, tgid);

	if (!dispatcher || dispatcher->is_over)
		return;
	dispatcher->is_over = true;
	dispatcher->next_over = linker->over;
	linker->over = dispatcher;
}

static void forget_over(struct linker *linker)
{
	struct dispatcher **at = &linker->over;

	while (*at) {
		struct dispatcher *dispatcher = *at;

		if (dispatcher->row_count || dispatcher->column_count) {
			at = &dispatcher->next_over;
			continue;
		}
		*at = dispatcher->next_over;
		hash_map_remove(&linker->dispatchers, dispatcher->tgid);
		dispatcher_free(dispatcher);
	}
}

/* ---- exchanges ---- */

static void forget_peer(struct linker *linker, uint64_t key, const struct request *request)
{
	if (hash_map_find(&linker->by_peer, key) == request)
		hash_map_remove(&linker->by_peer, key);
}

/* Both ends count from when they were first seen: on a connection that was open before, maybe not as one. */
static bool is_time_possible(const struct exchange *client, const struct exchange *server)
{
	/* one that was cut can be read later than its sender lived */
	return !(client->has_response && !client->is_cut && client->end_ns < server->start_ns) &&
	       !(server->has_response && !server->is_cut && server->end_ns < client->start_ns);
}

/* The client at the other end of its socket. Called again as long as that is not known. */
static int bind_peer(struct linker *linker, struct request *request)
{
	const struct exchange *server = request->server;
	struct client *client;

	if (request->client || !server->peer_connection)
		return 0;
	client = hash_map_find(&linker->clients,
			       pair_key(server->peer_connection, server->sequence));
	if (client && client->exchange->connection == server->peer_connection &&
	    client->exchange->sequence == server->sequence &&
	    is_time_possible(client->exchange, server)) {
		request->client = exchange_ref(client->exchange);
		request->client_evidence |= LINK_BY_SOCKET_PAIR;
	}
	return hash_map_put(&linker->by_peer, pair_key(server->peer_connection, server->sequence),
			    request);
}

static uint64_t client_key(const struct request *request)
{
	return pair_key(request->client->connection, request->client->sequence);
}

static void note_relay(struct request *request, enum link_kind link, uint32_t alternatives)
{
	if (link > request->relayed)
		request->relayed = link;
	request->relay_alternatives += alternatives;
}

/* @request gets what the relay's own request had: its client, and who waits for it. */
static int take_over(struct linker *linker, struct request *request,
		     const struct relay_match *match)
{
	struct request *passed = match->request;

	forget_peer(linker, client_key(request), request);
	exchange_unref(request->client);
	request->client = exchange_ref(passed->client);
	note_relay(request, match->link, match->alternatives);
	note_relay(request, passed->relayed, passed->relay_alternatives);
	request->client_evidence |= passed->client_evidence | LINK_BY_RELAY;
	request->relays += 1 + passed->relays;
	passed->is_passed_on = true;
	passed->is_doubtful = match->link == LINK_AMBIGUOUS;
	if (passed->is_watched && !request->is_watched) {
		request->owner = passed->owner;
		request->is_watched = true;
		passed->owner = NULL;
		passed->is_watched = false;
	}
	return hash_map_put(&linker->by_peer, client_key(request), request);
}

/* Called again as long as one of the ends is not known. Past relays the client is the one before them. */
static int bind_client(struct linker *linker, struct request *request)
{
	int error = request->is_passed_on ? 0 : bind_peer(linker, request);

	for (unsigned int hops = 0; !error && hops < RELAYS_MAX; hops++) {
		const struct exchange *client = request->client;
		struct dispatcher *relay;
		struct relay_match match;

		if (!client || client->owner || client->is_unowned || request->is_passed_on)
			return 0;
		relay = hash_map_find(&linker->dispatchers, client->tgid);
		if (!relay || !relay_find(relay, client, &match) || match.request == request)
			return 0;
		error = bind_peer(linker, match.request);
		if (error || !match.request->client)
			return error; /* not told yet, or not traced */
		error = take_over(linker, request, &match);
	}
	return error;
}

static int add_client(struct linker *linker, struct exchange *exchange)
{
	uint64_t key = pair_key(exchange->connection, exchange->sequence);
	struct client *client;

	if (hash_map_find(&linker->clients, key))
		return 0; /* told again */
	client = calloc(1, sizeof(*client));
	if (!client)
		return -ENOMEM;
	client->exchange = exchange_ref(exchange);
	if (hash_map_put(&linker->clients, key, client)) {
		client_free(client);
		return -ENOMEM;
	}
	return 0;
}

static int add_request(struct linker *linker, struct exchange *exchange)
{
	struct dispatcher *dispatcher = load_live_dispatcher(linker, exchange->tgid);
	struct request *request = calloc(1, sizeof(*request));

	if (!dispatcher || !request ||
	    array_make_room(&dispatcher->columns, dispatcher->column_count,
			    &dispatcher->column_capacity, sizeof(*dispatcher->columns)) ||
	    hash_map_put(&linker->requests, pair_key(exchange->connection, exchange->sequence),
			 request)) {
		free(request);
		return -ENOMEM;
	}
	request->server = exchange_ref(exchange);
	dispatcher->columns[dispatcher->column_count++] = request;
	dispatcher->is_dirty = true;
	return bind_client(linker, request);
}

int linker_add_exchange(struct linker *linker, struct exchange *exchange)
{
	if (exchange->is_client)
		return add_client(linker, exchange);
	return exchange->is_served || evidence_is_request(exchange) ? add_request(linker, exchange)
								    : 0;
}

int linker_end_exchange(struct linker *linker, struct exchange *exchange)
{
	uint64_t key = pair_key(exchange->connection, exchange->sequence);
	struct dispatcher *dispatcher;
	struct request *request;
	struct client *client;

	if (exchange->is_client) {
		client = hash_map_find(&linker->clients, key);
		if (!client || client->exchange != exchange || client->newer ||
		    client == linker->newest)
			return 0;
		if (linker->newest)
			linker->newest->newer = client;
		else
			linker->oldest = client;
		linker->newest = client;
		return 0;
	}
	request = hash_map_find(&linker->requests, key);
	dispatcher = hash_map_find(&linker->dispatchers, exchange->tgid);
	if (dispatcher)
		dispatcher->is_dirty = true;
	return request ? bind_client(linker, request) : 0;
}

static void expire_clients(struct linker *linker)
{
	while (linker->oldest) {
		struct client *client = linker->oldest;
		const struct exchange *exchange = client->exchange;

		if (exchange->end_ns + CLIENT_LIFETIME_NS > linker->now_ns)
			return;
		linker->oldest = client->newer;
		if (!linker->oldest)
			linker->newest = NULL;
		hash_map_remove(&linker->clients,
				pair_key(exchange->connection, exchange->sequence));
		client_free(client);
	}
}

/* The undecided request at the other end of @attempt; NULL: none, or not traced. */
static struct request *find_request(struct linker *linker, const struct exchange *attempt)
{
	uint64_t own = pair_key(attempt->connection, attempt->sequence);
	uint64_t peer = pair_key(attempt->peer_connection, attempt->sequence);
	struct request *request = hash_map_find(&linker->by_peer, own);

	if (!request && attempt->peer_connection)
		request = hash_map_find(&linker->requests, peer);
	if (!request || bind_client(linker, request) || request->client != attempt)
		return NULL;
	return request;
}

bool linker_watch(struct linker *linker, const struct exchange *attempt, struct invocation *owner)
{
	struct request *request = find_request(linker, attempt);

	if (!request || request->is_watched)
		return false;
	request->owner = invocation_ref(owner);
	request->is_watched = true;
	return true;
}

/* ---- invocations ---- */

static void note_function(struct dispatcher *dispatcher, const char *function)
{
	if (!function)
		return;
	if (!dispatcher->function)
		dispatcher->function = function;
	else if (strcmp(dispatcher->function, function) != 0)
		dispatcher->evidence.knows_several_functions = true;
}

static int add_row(struct dispatcher *dispatcher, struct invocation *invocation)
{
	struct handover *handover = calloc(1, sizeof(*handover));

	if (!dispatcher || !handover ||
	    array_make_room(&dispatcher->rows, dispatcher->row_count, &dispatcher->row_capacity,
			    sizeof(*dispatcher->rows))) {
		free(handover);
		return -ENOMEM;
	}
	handover->invocation = invocation_ref(invocation);
	dispatcher->rows[dispatcher->row_count++] = handover;
	dispatcher->is_dirty = true;
	note_function(dispatcher, invocation->function);
	return 0;
}

int linker_add_invocation(struct linker *linker, struct invocation *invocation)
{
	return add_row(load_live_dispatcher(linker, invocation->dispatcher_tgid), invocation);
}

static struct handover *find_handover(const struct dispatcher *dispatcher,
				      const struct invocation *invocation)
{
	for (size_t i = 0; dispatcher && i < dispatcher->row_count; i++)
		if (dispatcher->rows[i]->invocation == invocation)
			return dispatcher->rows[i];
	return NULL;
}

int linker_settle_invocation(struct linker *linker, struct invocation *invocation)
{
	struct dispatcher *dispatcher =
		hash_map_find(&linker->dispatchers, invocation->dispatcher_tgid);
	struct handover *handover = find_handover(dispatcher, invocation);
	int error;

	if (!handover) { /* who handed it over was not known when it began */
		dispatcher = load_dispatcher(linker, invocation->dispatcher_tgid);
		error = add_row(dispatcher, invocation);
		if (error)
			return error;
		handover = dispatcher->rows[dispatcher->row_count - 1];
	}
	handover->is_settled = true;
	dispatcher->is_dirty = true;
	return 0;
}

/* ---- decisions ---- */

static bool is_zero(const uint8_t id[16])
{
	static const uint8_t zero[16];

	return !memcmp(id, zero, sizeof(zero));
}

static int decide_request(struct linker *linker, struct request *request)
{
	const struct exchange *server = request->server;

	request->is_decided = true;
	hash_map_remove(&linker->requests, pair_key(server->connection, server->sequence));
	forget_peer(linker, pair_key(server->peer_connection, server->sequence), request);
	if (request->client) /* another one where there are relays */
		forget_peer(linker, client_key(request), request);
	if (!request->is_watched || request->is_released)
		return 0;
	return linker->sink.attempt_decided(linker->sink.context, request->owner);
}

static bool has_unknown_owner(const struct request *request)
{
	return request->client && request->client->is_unowned && !request_owner(request);
}

/* Who made it is decided when one of those whose call it can be is settled. */
static bool is_undecided(const struct request *request)
{
	return request && has_unknown_owner(request) && request->client->is_undecided;
}

/* No link is surer than the relays on the way of its request. */
static enum link_kind surest_of(enum link_kind link, const struct request *request)
{
	return request->relayed > link ? request->relayed : link;
}

/*
 * A row whose requests all come from outside is a root whichever of them it answers; and one that got
 * none although a caller could have been it has lost its caller.
 */
static enum link_kind find_label(const struct handover *handover)
{
	if (handover->request && request_owner(handover->request))
		return surest_of(handover->link, handover->request);
	if (handover->request && has_unknown_owner(handover->request))
		return LINK_NONE;
	if (!handover->can_have_caller)
		return LINK_ROOT;
	if (!handover->request)
		return LINK_NONE;
	return handover->link == LINK_AMBIGUOUS ? LINK_AMBIGUOUS : LINK_ROOT;
}

/* Why @request leads to no caller; LINK_REASON_NONE: it does. */
static enum link_reason find_root_reason(const struct request *request)
{
	if (request_owner(request))
		return LINK_REASON_NONE;
	if (!request->client)
		return ROOT_CLIENT_UNSEEN;
	return has_unknown_owner(request) ? CALLER_OWNER_UNKNOWN : ROOT_CLIENT_OUTSIDE;
}

/* The same for an event that got no request. */
static enum link_reason find_alone_reason(const struct handover *handover)
{
	if (handover->can_have_caller)
		return CALLER_TAKEN;
	return handover->requests ? ROOT_TAKEN : ROOT_NO_REQUEST;
}

/* What is known of @request alone. */
static struct link_basis request_basis(const struct request *request)
{
	return (struct link_basis){
		.evidence = request->client_evidence,
		.reason = find_root_reason(request),
		.relays = request->relays,
		.relayed = (uint8_t)request->relayed,
		.receiver_tgid = request->server->tgid,
	};
}

static struct link_basis handover_basis(const struct handover *handover)
{
	const struct request *request = handover->request;
	struct link_basis basis;

	if (!request)
		return (struct link_basis){ .reason = find_alone_reason(handover),
					    .requests = handover->requests };
	basis = request_basis(request);
	basis.evidence |= handover->choice |
			  evidence_agreement(request->server, handover->invocation);
	basis.requests = handover->requests;
	basis.events = handover->events;
	return basis;
}

/* Tells the call at the other end of @request, which led to no event, why. */
static void note_unanswered(const struct request *request)
{
	struct exchange *client = request->client;

	if (!client || client->callee || request->is_passed_on)
		return;
	client->basis = request_basis(request);
	if (evidence_is_refused(request->server))
		client->basis.reason = CALLEE_REFUSED;
	else
		client->basis.reason = request->was_wanted ? CALLEE_TAKEN : CALLEE_NOT_HANDED_OVER;
}

static uint32_t request_alternatives(const struct request *request)
{
	return request ? request->relay_alternatives : 0;
}

static int decide_row(struct linker *linker, struct handover *handover)
{
	struct request *request = handover->request;
	struct link_decision decision = { .invocation = handover->invocation };
	int error;

	decision.link = find_label(handover);
	decision.basis = handover_basis(handover);
	if (decision.link == LINK_AMBIGUOUS)
		decision.alternatives = handover->alternatives + request_alternatives(request);
	if (request) {
		decision.request = request->server;
		decision.attempt = request->client;
		decision.caller = request_owner(request);
		decision.is_event = evidence_is_event(request->server);
		decision.trace_id = is_zero(request->trace_id) ? NULL : request->trace_id;
	}
	handover->is_decided = true;
	error = linker->sink.linked(linker->sink.context, &decision);
	if (!error && request)
		error = decide_request(linker, request);
	return error;
}

static bool is_overdue(const struct linker *linker, const struct dispatcher *dispatcher, size_t row)
{
	return dispatcher->rows[row]->invocation->end_ns + ROW_PATIENCE_NS < linker->now_ns;
}

static int decide_rows(struct linker *linker, struct dispatcher *dispatcher, bool is_final)
{
	size_t kept = 0;
	int error = 0;

	for (size_t i = 0; i < dispatcher->row_count && !error; i++) {
		struct handover *handover = dispatcher->rows[i];

		if (handover->is_settled &&
		    ((handover->is_ripe && !is_undecided(handover->request)) || is_final ||
		     is_overdue(linker, dispatcher, i)))
			error = decide_row(linker, handover);
	}
	for (size_t i = 0; i < dispatcher->row_count; i++) {
		if (dispatcher->rows[i]->is_decided)
			handover_free(dispatcher->rows[i]);
		else
			dispatcher->rows[kept++] = dispatcher->rows[i];
	}
	dispatcher->is_dirty |= kept != dispatcher->row_count; /* who is wanted changes */
	dispatcher->row_count = kept;
	return error;
}

static int decide_served(struct linker *linker, struct request *request)
{
	struct link_decision decision = {
		.invocation = request->served,
		.request = request->server,
		.attempt = request->client,
		.caller = request_owner(request),
		.trace_id = is_zero(request->trace_id) ? NULL : request->trace_id,
		.link = LINK_ROOT,
		.basis = request_basis(request),
		.is_event = evidence_is_event(request->server),
	};
	int error;

	decision.basis.evidence |= LINK_BY_SERVED;
	if (decision.caller) {
		decision.link = surest_of(LINK_EXACT, request);
		if (decision.link == LINK_AMBIGUOUS)
			decision.alternatives = request_alternatives(request);
	} else if (has_unknown_owner(request)) {
		decision.link = LINK_NONE;
	}
	error = linker->sink.linked(linker->sink.context, &decision);
	return error ? error : decide_request(linker, request);
}

static int decide_unanswered(struct linker *linker, struct request *request)
{
	note_unanswered(request);
	return decide_request(linker, request);
}

/* Decides one whose invocation settled: mostly before its caller did, whose call it can turn out to be. */
static int age_served(struct linker *linker, struct request *request, bool is_final)
{
	const struct invocation *served = request->served;
	int error;

	if (!served && !is_final)
		return 0;
	if (!served)
		return decide_unanswered(linker, request);
	error = bind_client(linker, request);
	if (error)
		return error;
	if (is_final || !is_undecided(request) || served->end_ns + ROW_PATIENCE_NS < linker->now_ns)
		return decide_served(linker, request);
	return 0;
}

/* Decides a request that nobody can take any more; releases an Event's chain before that. */
static int age_request(struct linker *linker, struct request *request, bool is_final)
{
	const struct exchange *server = request->server;
	bool is_event = evidence_is_event(server);
	uint64_t lifetime_ns = is_event ? EVENT_LIFETIME_NS : REQUEST_PATIENCE_NS;

	if (server->is_served)
		return age_served(linker, request, is_final);
	if (!server->is_over && !is_final)
		return 0;
	if (is_final || (server->end_ns + lifetime_ns < linker->now_ns && !request->is_wanted))
		return decide_unanswered(linker, request);
	if (is_event && request->is_watched && !request->is_released &&
	    server->end_ns + EVENT_PATIENCE_NS < linker->now_ns &&
	    linker->sink.release(linker->sink.context, request->owner, request->trace_id)) {
		request->is_released = true;
		return linker->sink.attempt_decided(linker->sink.context, request->owner);
	}
	return 0;
}

static int decide_requests(struct linker *linker, struct dispatcher *dispatcher, bool is_final)
{
	size_t kept = 0;
	int error = 0;

	for (size_t i = 0; i < dispatcher->column_count && !error; i++)
		if (!dispatcher->columns[i]->is_decided)
			error = age_request(linker, dispatcher->columns[i], is_final);
	for (size_t i = 0; i < dispatcher->column_count; i++) {
		if (dispatcher->columns[i]->is_decided)
			request_free(dispatcher->columns[i]);
		else
			dispatcher->columns[kept++] = dispatcher->columns[i];
	}
	dispatcher->is_dirty |= kept != dispatcher->column_count; /* rows point to requests */
	dispatcher->column_count = kept;
	return error;
}

static int assign(struct linker *linker, struct dispatcher *dispatcher)
{
	int error = 0;

	for (size_t i = 0; i < dispatcher->column_count && !error; i++)
		error = bind_client(linker, dispatcher->columns[i]);
	if (!error)
		error = dispatcher_assign(dispatcher);
	dispatcher->is_dirty = false;
	return error;
}

int linker_settle_served(struct linker *linker, struct invocation *invocation)
{
	const struct exchange *server = invocation->request;
	struct request *request =
		hash_map_find(&linker->requests, pair_key(server->connection, server->sequence));
	struct link_decision root = { .invocation = invocation,
				      .link = LINK_ROOT,
				      .basis = { .evidence = LINK_BY_SERVED,
						 .reason = ROOT_CLIENT_UNSEEN,
						 .receiver_tgid = server->tgid } };

	if (!request || request->server != server)
		return linker->sink.linked(linker->sink.context, &root);
	request->served = invocation_ref(invocation);
	return age_served(linker, request, false);
}

int linker_resolve(struct linker *linker, uint64_t now_ns, bool is_final)
{
	struct dispatcher *dispatcher;
	size_t position = 0;
	int error = 0;

	linker->now_ns = now_ns;
	while (!error && (dispatcher = hash_map_next(&linker->dispatchers, &position, NULL))) {
		if (dispatcher->is_dirty || is_final)
			error = assign(linker, dispatcher);
		if (!error)
			error = decide_rows(linker, dispatcher, is_final);
		if (!error)
			error = decide_requests(linker, dispatcher, is_final);
	}
	expire_clients(linker);
	forget_over(linker);
	return error;
}
