/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * connection.c - the socket table. A connection is announced when its owner and its addresses are known:
 * a client's when its connect has got a local port, any other with the first bytes that it moves.
 */
#include "facts/connection.h"

#include <stdlib.h>
#include <string.h>

#include "facts/flow.h"

#define CLOSED_KEPT_NS 2000000000ull /* what the peer sent before may still be read */

/* include/net/tcp_states.h */
enum tcp_state {
	TCP_STATE_ESTABLISHED = 1,
	TCP_STATE_SYN_SENT = 2,
	TCP_STATE_FIN_WAIT1 = 4,
	TCP_STATE_CLOSE = 7,
	TCP_STATE_CLOSE_WAIT = 8,
	TCP_STATE_LAST_ACK = 9,
	TCP_STATE_LISTEN = 10,
};

/* ---- lists ---- */

static void list_add(struct connection_list *list, struct connection *connection)
{
	connection->previous = list->last;
	connection->next = NULL;
	if (list->last)
		list->last->next = connection;
	else
		list->first = connection;
	list->last = connection;
	list->count++;
}

static void list_remove(struct connection_list *list, struct connection *connection)
{
	if (connection->previous)
		connection->previous->next = connection->next;
	else
		list->first = connection->next;
	if (connection->next)
		connection->next->previous = connection->previous;
	else
		list->last = connection->previous;
	list->count--;
}

static struct connection_list *list_of(struct connection *connection)
{
	struct connection_table *table = &connection->facts->connections;

	return connection->closed_ns ? &table->closed : &table->live;
}

/* ---- life ---- */

void connections_init(struct connection_table *table, uint32_t max)
{
	memset(table, 0, sizeof(*table));
	hash_map_init(&table->by_cookie);
	hash_map_init(&table->by_self);
	table->max = max;
}

static void connection_free(struct connection *connection)
{
	struct connection_table *table = &connection->facts->connections;

	list_remove(list_of(connection), connection);
	if (hash_map_find(&table->by_cookie, connection->cookie) == connection)
		hash_map_remove(&table->by_cookie, connection->cookie);
	if (connection->self && hash_map_find(&table->by_self, connection->self) == connection)
		hash_map_remove(&table->by_self, connection->self);
	flows_release(connection);
	free(connection);
}

void connections_release(struct facts *facts)
{
	struct connection_table *table = &facts->connections;

	while (table->live.first)
		connection_free(table->live.first);
	while (table->closed.first)
		connection_free(table->closed.first);
	hash_map_release(&table->by_cookie);
	hash_map_release(&table->by_self);
}

static void emit_state(struct connection *connection, enum connection_state state);

/* Forgets closed connections, and where the table is full the one used longest ago. */
static void make_room(struct facts *facts)
{
	struct connection_table *table = &facts->connections;

	while (table->closed.first &&
	       (table->closed.first->closed_ns + CLOSED_KEPT_NS < facts->now_ns ||
		table->closed.count + table->live.count >= table->max)) {
		emit_state(table->closed.first, CONNECTION_CLOSED);
		connection_free(table->closed.first);
	}
	while (table->live.first && table->live.count >= table->max) {
		flows_cut(table->live.first);
		connection_free(table->live.first);
		facts->stats.connections_evicted++;
		facts_emit_loss(facts, 1);
	}
}

static struct connection *connection_new(struct facts *facts, uint64_t cookie)
{
	struct connection_table *table = &facts->connections;
	struct connection *connection;

	make_room(facts);
	connection = calloc(1, sizeof(*connection));
	if (!connection || hash_map_put(&table->by_cookie, cookie, connection)) {
		free(connection);
		facts_out_of_memory(facts);
		return NULL;
	}
	connection->facts = facts;
	connection->cookie = cookie;
	connection->id = ++table->last_id;
	connection->opened_ns = facts->now_ns;
	list_add(&table->live, connection);
	flows_init(connection);
	return connection;
}

struct connection *connection_use(struct facts *facts, uint64_t cookie)
{
	struct connection *connection = hash_map_find(&facts->connections.by_cookie, cookie);

	if (!connection) {
		connection = connection_new(facts, cookie);
		if (connection) {
			connection->mode = CONNECTION_BYTES;
			connection->is_watching = true;
			connection->is_quiet = true;
		}
		return connection;
	}
	if (!connection->closed_ns && connection != facts->connections.live.last) {
		list_remove(&facts->connections.live, connection);
		list_add(&facts->connections.live, connection);
	}
	return connection;
}

void connection_retire(struct connection *connection)
{
	struct facts *facts = connection->facts;

	list_remove(list_of(connection), connection);
	connection->closed_ns = facts->now_ns ? facts->now_ns : 1;
	list_add(&facts->connections.closed, connection);
}

/* ---- identity ---- */

static uint8_t family_of(const struct record_socket_open *record)
{
	switch (record->family) {
	case RECORD_FAMILY_INET:
		return CONNECTION_INET;
	case RECORD_FAMILY_INET6:
		return CONNECTION_INET6;
	case RECORD_FAMILY_UNIX:
		return CONNECTION_UNIX;
	default:
		return 0;
	}
}

static void set_identity(struct connection *connection, const struct record_socket_open *record)
{
	size_t address_bytes = record->family == RECORD_FAMILY_INET    ? 4
			       : record->family == RECORD_FAMILY_INET6 ? FACT_ADDRESS_BYTES
								       : 0;

	connection->family = family_of(record);
	connection->netns = record->netns;
	connection->local_port = record->local_port;
	connection->remote_port = record->remote_port;
	memcpy(connection->local_address, record->local_address, address_bytes);
	memcpy(connection->remote_address, record->remote_address, address_bytes);
	if (record->state == TCP_STATE_SYN_SENT)
		connection->is_client = true;
	if (record->state == TCP_STATE_LISTEN)
		connection->is_listening = true;
	if (connection->is_client || connection->is_listening)
		connection->tgid = record->header.tgid;
	if (connection->family != CONNECTION_UNIX)
		return;
	connection->self = record->self;
	connection->peer = record->peer;
	if (connection->self &&
	    hash_map_put(&connection->facts->connections.by_self, connection->self, connection))
		facts_out_of_memory(connection->facts);
}

/*
 * One that was open before is told at once: it may be long until a byte moves here, and what the other end
 * does until then has to be known as this one's. Whose it is says the first byte: several can hold it.
 */
static bool is_open_between_ports(const struct connection *connection,
				  const struct record_socket_open *record)
{
	return connection->is_old && record->state == TCP_STATE_ESTABLISHED &&
	       connection->local_port && connection->remote_port;
}

void connection_open(struct facts *facts, const struct record_socket_open *record)
{
	struct connection *connection =
		hash_map_find(&facts->connections.by_cookie, record->cookie);

	if (connection && connection->closed_ns) { /* its cookie came back */
		connection_free(connection);
		connection = NULL;
	}
	if (!connection) {
		connection = connection_new(facts, record->cookie);
		if (!connection)
			return;
		connection->is_old = record->flags & RECORD_SOCKET_EXISTED;
	} else if (connection->is_announced) {
		return;
	}
	set_identity(connection, record);
	if (connection->family == CONNECTION_UNIX && connection->mode != CONNECTION_LINES) {
		flows_release(connection);
		connection->mode = CONNECTION_LINES;
		flows_init(connection);
	}
	if ((connection->is_client || connection->is_listening) && connection->local_port)
		connection_announce(connection, true);
	else if (is_open_between_ports(connection, record))
		connection_announce(connection, false);
}

/* The other end of a Unix socket: each names the other, or an address has been reused. */
static uint64_t find_peer_id(const struct connection *connection)
{
	const struct connection *peer =
		connection->peer
			? hash_map_find(&connection->facts->connections.by_self, connection->peer)
			: NULL;

	return peer && peer->peer == connection->self ? peer->id : 0;
}

void connection_announce(struct connection *connection, bool is_from_start)
{
	struct facts *facts = connection->facts;
	struct fact fact = {
		.kind = FACT_CONNECTION,
		.time_ns = facts->now_ns,
		.tgid = connection->tgid,
		.tid = connection->tgid ? facts->tid : 0,
		.connection = {
			.id = connection->id,
			.opened_ns = connection->opened_ns,
			.netns = connection->netns,
			.local_port = connection->local_port,
			.remote_port = connection->remote_port,
			.family = connection->family,
			.is_client = connection->is_client,
			.is_from_start = is_from_start,
			.is_listening = connection->is_listening,
		},
	};

	if (connection->is_announced)
		return;
	connection->is_announced = true;
	for (unsigned int i = 0; i < 2; i++)
		connection->flows[i].is_start_unsure = !is_from_start;
	if (!connection->family)
		fact.connection.family = CONNECTION_INET;
	if (fact.connection.opened_ns > fact.time_ns)
		fact.connection.opened_ns = fact.time_ns;
	if (connection->family == CONNECTION_UNIX)
		fact.connection.peer_id = find_peer_id(connection);
	memcpy(fact.connection.local_address, connection->local_address, FACT_ADDRESS_BYTES);
	memcpy(fact.connection.remote_address, connection->remote_address, FACT_ADDRESS_BYTES);
	facts_emit(facts, &fact);
}

/* ---- states ---- */

static void tell_state(struct connection *connection, enum connection_state state)
{
	struct fact fact = {
		.kind = FACT_CONNECTION_STATE,
		.time_ns = connection->facts->now_ns,
		.tgid = connection->tgid,
		.connection_state = { .id = connection->id, .state = (uint8_t)state },
	};

	facts_emit(connection->facts, &fact);
}

static void emit_state(struct connection *connection, enum connection_state state)
{
	if (!connection->is_announced || connection->last_state >= state)
		return;
	connection->last_state = (uint8_t)state;
	tell_state(connection, state);
}

static void close_connection(struct connection *connection)
{
	if (connection->closed_ns)
		return;
	/* A connect that failed is worth knowing; a server's socket that moved nothing is not. */
	if (connection->is_client)
		connection_announce(connection, true);
	flows_close(connection);
	emit_state(connection, CONNECTION_CLOSED);
	connection_retire(connection);
}

void connection_set_state(struct facts *facts, const struct record_socket_state *record)
{
	struct connection *connection =
		hash_map_find(&facts->connections.by_cookie, record->cookie);

	if (!connection)
		return;
	switch (record->new_state) {
	case TCP_STATE_SYN_SENT:
		connection->is_client = true;
		break;
	case TCP_STATE_ESTABLISHED:
		emit_state(connection, CONNECTION_ESTABLISHED);
		break;
	case TCP_STATE_FIN_WAIT1: /* TCP_STATE_CLOSE takes as long as the peer likes */
		if (connection->is_announced && connection->last_state < CONNECTION_PEER_CLOSED)
			tell_state(connection, CONNECTION_OWN_CLOSED);
		if (record->shutdown == RECORD_SHUTDOWN_BOTH)
			close_connection(connection);
		break;
	case TCP_STATE_CLOSE_WAIT:
		emit_state(connection, CONNECTION_PEER_CLOSED);
		break;
	case TCP_STATE_CLOSE:
	case TCP_STATE_LAST_ACK:
		close_connection(connection);
		break;
	default:
		break;
	}
}

void connections_finish(struct facts *facts)
{
	struct connection_list *lists[] = { &facts->connections.live, &facts->connections.closed };

	for (unsigned int i = 0; i < 2; i++) {
		for (struct connection *connection = lists[i]->first; connection;
		     connection = connection->next) {
			if (connection->is_client)
				connection_announce(connection, true);
			flows_cut(connection);
		}
	}
}
