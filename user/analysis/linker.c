// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * linker.c - see linker.h. Keeps the requests and events that are not decided yet and tells decisions;
 * hops.c finds where a request came from. Nothing is decided twice.
 */
#include "analysis/linker.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/dispatcher.h"
#include "analysis/hops.h"
#include "analysis/label.h"
#include "analysis/rerun.h"
#include "base/array.h"
#include "base/units.h"

/* A request that nobody took: facts of an event for it cannot be told this late any more. */
#define REQUEST_PATIENCE_NS (50 * NS_PER_MS)
/* An Event request stops holding its caller's chain back after this, and is given up after that. */
#define EVENT_PATIENCE_NS (5 * NS_PER_S)
#define EVENT_LIFETIME_NS (60 * NS_PER_S)
/* How long a row waits for requests that could still be its own, and what is served for its caller. */
#define ROW_PATIENCE_NS (10 * NS_PER_S)
/* One that is answered before its event is handed over (evidence_is_named). */
#define NAMED_PATIENCE_NS (5 * NS_PER_S)
/* Links are decided when so much ended, beside half of what is undecided, or after this. */
#define NEWS_MIN 64
#define INTERVAL_NS (500 * NS_PER_MS)
#define INTERVAL_EACH_NS NS_PER_MS /* more for each that is undecided */
/* A client side outlives its end by this, for its server side can be told later. */
#define CLIENT_LIFETIME_NS NS_PER_S

void linker_init(struct linker *linker, const struct linker_sink *sink)
{
	memset(linker, 0, sizeof(*linker));
	linker->sink = *sink;
	linker->network.is_network = true;
	arena_init(&linker->scratch);
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
	exchange_unref(handover->forward);
	free(handover);
}

static void dispatcher_release(struct dispatcher *dispatcher)
{
	for (size_t i = 0; i < dispatcher->row_count; i++)
		handover_free(dispatcher->rows[i]);
	for (size_t i = 0; i < dispatcher->column_count; i++)
		request_free(dispatcher->columns[i]);
	free(dispatcher->rows);
	free(dispatcher->columns);
}

static void dispatcher_free(struct dispatcher *dispatcher)
{
	dispatcher_release(dispatcher);
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
	dispatcher_release(&linker->network);
	hash_map_release(&linker->forwards);
	hash_map_release(&linker->events);
	hash_map_release(&linker->clients);
	hash_map_release(&linker->requests);
	hash_map_release(&linker->by_peer);
	hash_map_release(&linker->dispatchers);
	if (linker->reruns)
		reruns_release(linker->reruns);
	free(linker->reruns);
	arena_release(&linker->scratch);
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

static int add_client(struct linker *linker, struct exchange *exchange)
{
	uint64_t key = hops_key(exchange->connection, exchange->sequence);
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
	if (!exchange->peer_connection && evidence_is_request(exchange)) {
		client->is_unreached = true;
		client->after = linker->unreached;
		if (client->after)
			client->after->before = client;
		linker->unreached = client;
	}
	return hops_add_forward(linker, exchange);
}

static int add_request(struct linker *linker, struct exchange *exchange)
{
	struct dispatcher *dispatcher = load_live_dispatcher(linker, exchange->tgid);
	struct request *request = calloc(1, sizeof(*request));

	if (!dispatcher || !request ||
	    array_make_room(&dispatcher->columns, dispatcher->column_count,
			    &dispatcher->column_capacity, sizeof(*dispatcher->columns)) ||
	    hash_map_put(&linker->requests, hops_key(exchange->connection, exchange->sequence),
			 request)) {
		free(request);
		return -ENOMEM;
	}
	request->server = exchange_ref(exchange);
	dispatcher->columns[dispatcher->column_count++] = request;
	dispatcher->is_dirty = true;
	return hops_bind(linker, request);
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
	uint64_t key = hops_key(exchange->connection, exchange->sequence);
	struct dispatcher *dispatcher;
	struct request *request;
	struct client *client;

	linker->news++;
	if (exchange->is_client) {
		hops_note_end(linker, exchange);
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
	return request ? hops_bind(linker, request) : 0;
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
				hops_key(exchange->connection, exchange->sequence));
		hops_forget_client(linker, client);
		client_free(client);
	}
}

/* The undecided request at the other end of @attempt; NULL: none, or not traced. */
static struct request *find_request(struct linker *linker, const struct exchange *attempt)
{
	uint64_t own = hops_key(attempt->connection, attempt->sequence);
	uint64_t peer = hops_key(attempt->peer_connection, attempt->sequence);
	struct request *request = hash_map_find(&linker->by_peer, own);

	if (!request)
		request = hash_map_find(&linker->requests, attempt->peer_connection ? peer : own);
	if (!request || hops_bind(linker, request) || request->client != attempt)
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

static struct failed_run *find_failed_run(const struct linker *linker,
					  const struct invocation *invocation)
{
	return linker->reruns ? reruns_find(linker->reruns, invocation) : NULL;
}

/* Whether a run is not decided yet that @invocation repeats, if an Event call caused that. */
static bool has_failed_before(const struct dispatcher *dispatcher,
			      const struct invocation *invocation)
{
	if (!invocation->occurrence)
		return false;
	for (size_t i = 0; i < dispatcher->row_count; i++)
		if (dispatcher->rows[i]->invocation && !dispatcher->rows[i]->is_decided &&
		    rerun_is_of(invocation, dispatcher->rows[i]->invocation))
			return true;
	return false;
}

/* Who handed it over can turn out to be another: then it is a row of both. */
static uint64_t event_key(uint32_t tgid, const struct invocation *invocation)
{
	return hash_mix(tgid) ^ (uint64_t)(uintptr_t)invocation;
}

static int add_row(struct linker *linker, struct dispatcher *dispatcher,
		   struct invocation *invocation)
{
	struct handover *handover = calloc(1, sizeof(*handover));

	if (!dispatcher || !handover ||
	    array_make_room(&dispatcher->rows, dispatcher->row_count, &dispatcher->row_capacity,
			    sizeof(*dispatcher->rows))) {
		free(handover);
		return -ENOMEM;
	}
	if (hash_map_put(&linker->events, event_key(dispatcher->tgid, invocation), handover)) {
		free(handover);
		return -ENOMEM;
	}
	handover->invocation = invocation_ref(invocation);
	handover->is_rerun = find_failed_run(linker, invocation) ||
			     has_failed_before(dispatcher, invocation);
	dispatcher->rows[dispatcher->row_count++] = handover;
	dispatcher->is_dirty = true;
	note_function(dispatcher, invocation->function);
	return 0;
}

int linker_add_invocation(struct linker *linker, struct invocation *invocation)
{
	return add_row(linker, load_live_dispatcher(linker, invocation->dispatcher_tgid),
		       invocation);
}

int linker_settle_invocation(struct linker *linker, struct invocation *invocation)
{
	struct dispatcher *dispatcher =
		hash_map_find(&linker->dispatchers, invocation->dispatcher_tgid);
	struct handover *handover =
		hash_map_find(&linker->events, event_key(invocation->dispatcher_tgid, invocation));
	int error;

	if (!handover) { /* who handed it over was not known when it began */
		dispatcher = load_dispatcher(linker, invocation->dispatcher_tgid);
		error = add_row(linker, dispatcher, invocation);
		if (error)
			return error;
		handover = dispatcher->rows[dispatcher->row_count - 1];
	}
	handover->is_settled = true;
	dispatcher->is_dirty = true;
	linker->news++;
	return 0;
}

/* ---- decisions ---- */

static int decide_one(struct linker *linker, struct request *request)
{
	const struct exchange *server = request->server;

	request->is_decided = true;
	if (request->downstream) /* given up: that one's way ends here */
		request->downstream->upstream = NULL;
	request->downstream = NULL;
	if (request->way)
		request->way->far = NULL;
	request->way = NULL;
	hash_map_remove(&linker->requests, hops_key(server->connection, server->sequence));
	forget_peer(linker, hops_key(server->peer_connection, server->sequence), request);
	if (!request->is_watched || request->is_released)
		return 0;
	return linker->sink.attempt_decided(linker->sink.context, request->owner);
}

/* With those that it was sent on from. */
static int decide_request(struct linker *linker, struct request *request)
{
	int error = 0;

	while (request && !request->is_decided && !error) {
		struct request *upstream = request->upstream;

		request->upstream = NULL;
		if (upstream)
			upstream->downstream = NULL;
		error = decide_one(linker, request);
		request = upstream;
	}
	return error;
}

/* Who made it is decided when all on its way is, and one of those whose call it can be is settled. */
static bool is_undecided(const struct request *request)
{
	const struct request *origin = request ? request_origin(request) : NULL;

	return origin &&
	       (origin->way || (request_has_unknown_owner(origin) && origin->client->is_undecided));
}

static void fill_request(struct link_decision *decision, const struct request *request)
{
	const struct request *origin = request_origin(request);

	decision->request = request->server;
	decision->origin = origin->server;
	decision->attempt = origin->client;
	decision->caller = request_owner(origin);
	decision->is_event = label_is_event(request);
}

/* A run that failed can be followed by another one of the same event. */
static int note_failed_run(struct linker *linker, const struct link_decision *decision)
{
	if (!rerun_may_follow(decision))
		return 0;
	if (!linker->reruns)
		linker->reruns = calloc(1, sizeof(*linker->reruns));
	if (!linker->reruns)
		return -ENOMEM;
	reruns_note(linker->reruns, decision);
	return 0;
}

static int decide_row(struct linker *linker, struct handover *handover)
{
	struct request *request = handover->request;
	struct link_decision decision = { .invocation = handover->invocation };
	int error;

	decision.link = label_event(handover, &decision.alternatives);
	decision.basis = label_basis(handover);
	if (request)
		fill_request(&decision, request);
	handover->is_decided = true;
	error = linker->sink.linked(linker->sink.context, &decision);
	if (!error)
		error = note_failed_run(linker, &decision);
	if (!error && request)
		error = decide_request(linker, request);
	return error;
}

/* Whether a request came since @run that @invocation can be for. */
static bool is_asked_anew(const struct dispatcher *dispatcher, const struct invocation *invocation,
			  const struct failed_run *run)
{
	for (size_t i = 0; i < dispatcher->column_count; i++) {
		const struct request *request = dispatcher->columns[i];

		if (!request->is_decided &&
		    evidence_received_ns(request->server) > run->run->start_ns &&
		    evidence_weigh(request->server, invocation, &dispatcher->evidence) !=
			    EVIDENCE_IMPOSSIBLE)
			return true;
	}
	return false;
}

/* One that turns out to be an event of its own is assigned as others are. */
static int decide_rerun(struct linker *linker, struct dispatcher *dispatcher,
			struct handover *handover)
{
	struct invocation *invocation = handover->invocation;
	struct failed_run *run = find_failed_run(linker, invocation);
	struct link_decision decision;
	int error;

	if (!run && has_failed_before(dispatcher, invocation))
		return 0; /* until that is decided */
	if (!run || is_asked_anew(dispatcher, invocation, run)) {
		handover->is_rerun = false;
		dispatcher->is_dirty = true;
		return 0;
	}
	decision = rerun_decide(run, invocation);
	handover->is_decided = true;
	error = linker->sink.linked(linker->sink.context, &decision);
	rerun_end(run, invocation);
	return error;
}

static int decide_rows(struct linker *linker, struct dispatcher *dispatcher)
{
	size_t kept = 0;
	int error = 0;

	for (size_t i = 0; i < dispatcher->row_count && !error; i++) {
		struct handover *handover = dispatcher->rows[i];

		if (handover->is_rerun && handover->is_settled)
			error = decide_rerun(linker, dispatcher, handover);
		else if (handover->invocation && handover->is_settled &&
			 ((handover->is_ripe && !is_undecided(handover->request)) ||
			  handover_is_due(handover, linker->due_ns)))
			error = decide_row(linker, handover);
	}
	for (size_t i = 0; i < dispatcher->row_count; i++) {
		struct handover *handover = dispatcher->rows[i];

		if (!handover->is_decided) {
			dispatcher->rows[kept++] = handover;
			continue;
		}
		if (handover->invocation)
			hash_map_remove(&linker->events,
					event_key(dispatcher->tgid, handover->invocation));
		handover_free(handover);
	}
	dispatcher->is_dirty |= kept != dispatcher->row_count; /* who is wanted changes */
	dispatcher->row_count = kept;
	return error;
}

static int decide_served(struct linker *linker, struct request *request)
{
	struct link_decision decision = { .invocation = request->served };
	int error;

	fill_request(&decision, request);
	decision.link = label_served(request, &decision.alternatives);
	decision.basis = label_request(request);
	decision.basis.evidence |= LINK_BY_SERVED;
	error = linker->sink.linked(linker->sink.context, &decision);
	return error ? error : decide_request(linker, request);
}

static int decide_unanswered(struct linker *linker, struct request *request)
{
	label_unanswered(request);
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
	error = hops_bind(linker, request);
	if (error)
		return error;
	if (!is_undecided(request) || served->end_ns < linker->due_ns)
		return decide_served(linker, request);
	return 0;
}

/* How long after its end an event can still be for it, or what it was sent on as. */
static uint64_t lifetime_ns(const struct request *request)
{
	const struct exchange *server = request->server;

	if (server->is_client) /* it went to the network */
		return REQUEST_PATIENCE_NS;
	if (evidence_may_come_later(server))
		return EVENT_LIFETIME_NS;
	return evidence_is_named(server) ? NAMED_PATIENCE_NS : REQUEST_PATIENCE_NS;
}

/* Decides a request that nobody can take any more; releases an Event's chain before that. */
static int age_request(struct linker *linker, struct request *request, bool is_final)
{
	const struct exchange *server = request->server;
	bool is_event = evidence_is_event(server);
	bool is_wanted = request_is_free(request) ? request->is_wanted
						  : request->downstream != NULL;

	if (server->is_served)
		return age_served(linker, request, is_final);
	if (!server->is_over && !is_final)
		return 0;
	if (is_final || (server->end_ns + lifetime_ns(request) < linker->now_ns && !is_wanted))
		return decide_unanswered(linker, request);
	if (is_event && request->is_watched && !request->is_released &&
	    server->end_ns + EVENT_PATIENCE_NS < linker->now_ns) {
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

/* Rows become due though nothing came to them. */
static bool has_come_due(const struct dispatcher *dispatcher, uint64_t due_ns)
{
	for (size_t i = 0; i < dispatcher->row_count; i++)
		if (dispatcher->rows[i]->is_put_off && handover_is_due(dispatcher->rows[i], due_ns))
			return true;
	return false;
}

static int assign(struct linker *linker, struct dispatcher *dispatcher, bool is_final)
{
	int error = 0;

	if (!dispatcher->is_dirty && !is_final && !has_come_due(dispatcher, linker->due_ns))
		return 0;
	for (size_t i = 0; i < dispatcher->column_count && !error; i++)
		error = hops_bind(linker, dispatcher->columns[i]);
	hops_name_rows(linker, dispatcher);
	if (!error)
		error = dispatcher_assign(dispatcher, linker->due_ns, &linker->scratch);
	dispatcher->is_dirty = false;
	return error;
}

int linker_settle_served(struct linker *linker, struct invocation *invocation)
{
	const struct exchange *server = invocation->request;
	struct request *request =
		hash_map_find(&linker->requests, hops_key(server->connection, server->sequence));
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

/* What was sent on comes first: events wait for where their requests came from. */
static int resolve_hops(struct linker *linker, bool is_final)
{
	struct dispatcher *dispatcher;
	size_t position = 0;
	int error = hops_find_translated(linker);

	if (!linker->forwards.count && !linker->network.is_dirty)
		return error;
	if (!error)
		error = assign(linker, &linker->network, is_final);
	if (!error)
		hops_decide(linker, &linker->network, is_final);
	while (!error && (dispatcher = hash_map_next(&linker->dispatchers, &position, NULL))) {
		error = assign(linker, dispatcher, is_final);
		if (!error)
			hops_decide(linker, dispatcher, is_final);
	}
	return error;
}

static int resolve(struct linker *linker, uint64_t now_ns, bool is_final)
{
	struct dispatcher *dispatcher;
	size_t position = 0;
	int error;

	linker->now_ns = now_ns;
	linker->due_ns = now_ns > ROW_PATIENCE_NS ? now_ns - ROW_PATIENCE_NS : 0;
	if (is_final)
		linker->due_ns = UINT64_MAX;
	linker->news = 0;
	error = resolve_hops(linker, is_final);
	while (!error && (dispatcher = hash_map_next(&linker->dispatchers, &position, NULL))) {
		error = assign(linker, dispatcher, is_final);
		if (!error)
			error = decide_rows(linker, dispatcher);
	}
	position = 0;
	linker->undecided = linker->network.row_count;
	while (!error && (dispatcher = hash_map_next(&linker->dispatchers, &position, NULL))) {
		error = decide_requests(linker, dispatcher, is_final);
		linker->undecided += dispatcher->row_count + dispatcher->column_count;
	}
	if (!error)
		error = decide_requests(linker, &linker->network, is_final);
	linker->undecided += linker->network.column_count;
	expire_clients(linker);
	forget_over(linker);
	return error;
}

int linker_resolve(struct linker *linker, uint64_t now_ns)
{
	return resolve(linker, now_ns, false);
}

/*
 * What can be decided comes first, hop by hop: who sent what a relay passed on is known only when the relay's own
 * request is decided.
 */
int linker_finish(struct linker *linker, uint64_t now_ns)
{
	size_t undecided = SIZE_MAX;
	int error = 0;

	for (unsigned int hop = 0; !error && hop < RELAYS_MAX; hop++) {
		error = resolve(linker, now_ns, false);
		if (linker->undecided >= undecided)
			break;
		undecided = linker->undecided;
	}
	return error ? error : resolve(linker, now_ns, true);
}

bool linker_has_enough(const struct linker *linker, uint64_t now_ns)
{
	return linker->news >= NEWS_MIN + linker->undecided / 2 ||
	       now_ns - linker->now_ns >= INTERVAL_NS + linker->undecided * INTERVAL_EACH_NS;
}
