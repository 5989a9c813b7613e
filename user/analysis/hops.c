// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * hops.c - see hops.h. A request that a process sent on is a row of that process like an event that it
 * handed over; once it is decided, the request at its far end knows the one that it came from.
 */
#include "analysis/hops.h"

#include <errno.h>
#include <stdlib.h>

#include "analysis/relay.h"
#include "base/array.h"
#include "base/units.h"

/* ---- the other end of a socket ---- */

/* Both ends count from when they were first seen: on a connection that was open before, maybe not as one. */
static bool is_time_possible(const struct exchange *client, const struct exchange *server)
{
	/* one that was cut can be read later than its sender lived */
	return !(client->has_response && !client->is_cut && client->end_ns < server->start_ns) &&
	       !(server->has_response && !server->is_cut && server->end_ns < client->start_ns);
}

static bool is_other_end(const struct exchange *client, const struct exchange *server)
{
	return client->connection == server->peer_connection &&
	       client->sequence == server->sequence && is_time_possible(client, server);
}

/* It needs no translating network any more. */
static void note_reached(struct linker *linker, struct client *client)
{
	const struct exchange *exchange = client->exchange;
	struct request *request = hash_map_find(&linker->requests,
						hops_key(exchange->connection, exchange->sequence));

	hops_forget_client(linker, client);
	if (request && request->server == exchange)
		request->is_reached = true;
}

static int bind_peer(struct linker *linker, struct request *request)
{
	const struct exchange *server = request->server;
	struct client *client;
	uint64_t key;

	if (request->client || !server->peer_connection)
		return 0;
	key = hops_key(server->peer_connection, server->sequence);
	client = hash_map_find(&linker->clients, key);
	if (client && is_other_end(client->exchange, server)) {
		request->client = exchange_ref(client->exchange);
		request->evidence |= LINK_BY_SOCKET_PAIR;
		note_reached(linker, client);
	}
	return hash_map_put(&linker->by_peer, key, request);
}

/* ---- rows ---- */

static struct handover *add_row(struct linker *linker, struct dispatcher *dispatcher,
				struct exchange *forward)
{
	struct handover *row = calloc(1, sizeof(*row));

	if (!row ||
	    array_make_room(&dispatcher->rows, dispatcher->row_count, &dispatcher->row_capacity,
			    sizeof(*dispatcher->rows)) ||
	    hash_map_put(&linker->forwards, hops_key(forward->connection, forward->sequence),
			 row)) {
		free(row);
		return NULL;
	}
	row->forward = exchange_ref(forward);
	dispatcher->rows[dispatcher->row_count++] = row;
	dispatcher->is_dirty = true;
	return row;
}

static struct handover *find_row(const struct linker *linker, const struct exchange *forward)
{
	struct handover *row =
		hash_map_find(&linker->forwards, hops_key(forward->connection, forward->sequence));

	return row && row->forward == forward ? row : NULL;
}

/* @dispatcher sent @forward, which arrived as @request: on whose behalf is decided with its other rows. */
static int ask_way(struct linker *linker, struct dispatcher *dispatcher, struct exchange *forward,
		   struct request *request)
{
	struct handover *row = find_row(linker, forward);

	if (!row)
		row = add_row(linker, dispatcher, forward);
	if (!row)
		return -ENOMEM;
	request->is_way_known = true;
	if (row->far && !row->far->is_reached)
		return 0; /* told twice */
	if (row->far)
		row->far->way = NULL; /* no translation: its other end was told late */
	row->far = request;
	request->way = row;
	return 0;
}

/* Whether there is, or was just now, a client that could be at the other end of a translation. */
static bool has_translated(const struct linker *linker)
{
	return linker->unreached || linker->network.column_count;
}

int hops_bind(struct linker *linker, struct request *request)
{
	struct exchange *server = request->server, *client;
	struct dispatcher *relay;
	int error;

	if (request->is_decided) /* and will be gone: nothing may point to it any more */
		return 0;
	error = bind_peer(linker, request);
	client = request->client;
	if (error || request->is_way_known)
		return error;
	if (!client && server->is_over && !server->peer_connection && has_translated(linker))
		return ask_way(linker, &linker->network, server, request);
	if (!client || client->owner || client->is_unowned)
		return 0;
	relay = hash_map_find(&linker->dispatchers, client->tgid);
	return relay ? ask_way(linker, relay, client, request) : 0;
}

int hops_add_forward(struct linker *linker, struct exchange *exchange)
{
	struct dispatcher *relay = hash_map_find(&linker->dispatchers, exchange->tgid);

	if (!relay || exchange->owner || exchange->is_unowned || !evidence_is_request(exchange))
		return 0;
	return find_row(linker, exchange) || add_row(linker, relay, exchange) ? 0 : -ENOMEM;
}

void hops_note_end(struct linker *linker, const struct exchange *exchange)
{
	uint64_t key = hops_key(exchange->connection, exchange->sequence);
	struct dispatcher *relay = hash_map_find(&linker->dispatchers, exchange->tgid);

	if (relay && find_row(linker, exchange))
		relay->is_dirty = true;
	if (hash_map_find(&linker->requests, key))
		linker->network.is_dirty = true;
}

/* ---- a network that translates addresses ---- */

void hops_forget_client(struct linker *linker, struct client *client)
{
	if (!client->is_unreached)
		return;
	client->is_unreached = false;
	if (client->before)
		client->before->after = client->after;
	else
		linker->unreached = client->after;
	if (client->after)
		client->after->before = client->before;
	client->before = client->after = NULL;
}

/* What @exchange sent is a request to the network, whose answer is its own. */
static int add_column(struct linker *linker, struct exchange *exchange)
{
	struct dispatcher *network = &linker->network;
	struct request *request = calloc(1, sizeof(*request));

	if (!request ||
	    array_make_room(&network->columns, network->column_count, &network->column_capacity,
			    sizeof(*network->columns)) ||
	    hash_map_put(&linker->requests, hops_key(exchange->connection, exchange->sequence),
			 request)) {
		free(request);
		return -ENOMEM;
	}
	request->server = exchange_ref(exchange);
	request->client = exchange_ref(exchange);
	network->columns[network->column_count++] = request;
	network->is_dirty = true;
	return hops_bind(linker, request);
}

int hops_find_translated(struct linker *linker)
{
	int error = 0;

	while (linker->unreached && !error) {
		struct client *client = linker->unreached;
		struct exchange *exchange = client->exchange;

		hops_forget_client(linker, client);
		if (!exchange->peer_connection)
			error = add_column(linker, exchange);
	}
	return error;
}

/* ---- decisions ---- */

void hops_name_rows(const struct linker *linker, struct dispatcher *dispatcher)
{
	for (size_t i = 0; i < dispatcher->row_count; i++) {
		const struct request *far = dispatcher->rows[i]->far;
		const struct dispatcher *last;

		if (!far)
			continue;
		for (int hops = 0; far->downstream && hops < RELAYS_MAX; hops++)
			far = far->downstream;
		last = hash_map_find(&linker->dispatchers, far->server->tgid);
		if (last && !last->evidence.knows_several_functions)
			dispatcher->rows[i]->function = last->function;
	}
}

static void forget_row(struct linker *linker, struct handover *row)
{
	uint64_t key = hops_key(row->forward->connection, row->forward->sequence);

	if (hash_map_find(&linker->forwards, key) == row)
		hash_map_remove(&linker->forwards, key);
	if (row->far)
		row->far->way = NULL;
}

/* It turned out to be an invocation's own call. */
static bool is_none(const struct handover *row)
{
	return row->forward->is_client && (row->forward->owner || row->forward->is_unowned);
}

/* Whether an invocation may have made it: one is left that did, or another got, by a guess, its true one. */
static bool can_be_called(const struct handover *row)
{
	return !is_none(row) && (row->can_have_caller || row->doubt);
}

static void decide_row(struct linker *linker, struct handover *row)
{
	struct request *request = row->request, *far = row->far;
	struct dispatcher *dispatcher;

	row->is_decided = true;
	if (!request && far && !far->is_decided && can_be_called(row)) {
		far->is_way_lost = true;
		far->evidence |= LINK_IN_DOUBT;
	}
	if (!request)
		return;
	request->is_passed_on = true;
	if (!far || far->is_decided)
		return; /* where it went is not traced */
	request->downstream = far;
	far->upstream = request;
	far->evidence |= relay_evidence(row);
	far->relayed = row->link;
	far->relay_alternatives = row->link == LINK_AMBIGUOUS ? row->alternatives : 0;
	far->could_be_called = can_be_called(row);
	dispatcher = hash_map_find(&linker->dispatchers, far->server->tgid);
	if (dispatcher)
		dispatcher->is_dirty = true; /* who can have a caller changes */
}

static bool can_decide(const struct linker *linker, const struct handover *row, bool is_final)
{
	if (is_final || is_none(row))
		return true;
	return row->forward->is_over && (row->is_ripe || handover_is_due(row, linker->due_ns));
}

void hops_decide(struct linker *linker, struct dispatcher *dispatcher, bool is_final)
{
	size_t kept = 0;

	for (size_t i = 0; i < dispatcher->row_count; i++) {
		struct handover *row = dispatcher->rows[i];

		if (!row->forward || !can_decide(linker, row, is_final)) {
			dispatcher->rows[kept++] = row;
			continue;
		}
		if (is_none(row))
			row->request = NULL;
		decide_row(linker, row);
		forget_row(linker, row);
		exchange_unref(row->forward);
		free(row);
	}
	dispatcher->is_dirty |= kept != dispatcher->row_count;
	dispatcher->row_count = kept;
}
