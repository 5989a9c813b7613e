// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * connection_table.c - see connection_table.h. A closed connection stays for a while: the other end's
 * facts can come later, and ports are not reused that fast.
 */
#include "assemble/connection_table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void connection_table_init(struct connection_table *table)
{
	hash_map_init(&table->by_id);
	hash_map_init(&table->by_address);
	hash_map_init(&table->by_far_address);
	list_init(&table->closed);
}

void connection_table_release(struct connection_table *table)
{
	struct connection *connection;

	for (size_t position = 0; (connection = hash_map_next(&table->by_id, &position, NULL));) {
		list_remove(&connection->link);
		free(connection);
	}
	hash_map_release(&table->by_id);
	hash_map_release(&table->by_address);
	hash_map_release(&table->by_far_address);
}

/* The kernel shows an IPv4 connection of an IPv6 socket as ::ffff:a.b.c.d. */
static void address_set(struct connection_address *address, const uint8_t *bytes, uint16_t port,
			bool is_inet6)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

	memset(address, 0, sizeof(*address));
	if (is_inet6 && memcmp(bytes, mapped, sizeof(mapped)) == 0)
		memcpy(address->bytes, bytes + sizeof(mapped), 4);
	else
		memcpy(address->bytes, bytes, is_inet6 ? FACT_ADDRESS_BYTES : 4);
	address->port = port;
}

static uint64_t address_hash(const struct connection_address *address)
{
	return hash_bytes(address->bytes, sizeof(address->bytes)) + address->port;
}

static uint64_t address_pair_key(uint32_t netns, const struct connection_address *local,
				 const struct connection_address *remote)
{
	return hash_mix(netns ^ hash_mix(address_hash(local) ^ hash_mix(address_hash(remote))));
}

static bool address_is_same(const struct connection_address *left,
			    const struct connection_address *right)
{
	return left->port == right->port &&
	       memcmp(left->bytes, right->bytes, sizeof(left->bytes)) == 0;
}

uint64_t connection_target(const struct connection *connection)
{
	if (!connection->family || connection->family == CONNECTION_UNIX)
		return 0;
	return hash_mix(connection->netns ^ address_hash(&connection->remote)) | 1;
}

uint64_t connection_target_address(const struct connection *connection)
{
	if (!connection->family || connection->family == CONNECTION_UNIX)
		return 0;
	return hash_mix(address_hash(&connection->remote)) | 1;
}

struct connection *connection_find(const struct connection_table *table, uint64_t id)
{
	return id ? hash_map_find(&table->by_id, id) : NULL;
}

struct connection *connection_get(struct connection_table *table, uint64_t id)
{
	struct connection *connection = hash_map_find(&table->by_id, id);

	if (connection)
		return connection;
	connection = calloc(1, sizeof(*connection));
	if (!connection)
		return NULL;
	connection->id = id;
	if (hash_map_put(&table->by_id, id, connection)) {
		free(connection);
		return NULL;
	}
	list_init(&connection->link);
	list_init(&connection->closed);
	list_init(&connection->exchanges);
	list_init(&connection->questions);
	return connection;
}

static void pair(struct connection *one, struct connection *other)
{
	if (!other || one == other || one->peer == other)
		return;
	if (one->peer)
		one->peer->peer = NULL;
	if (other->peer)
		other->peer->peer = NULL;
	one->peer = other;
	one->peer_id = other->id;
	other->peer = one;
	other->peer_id = one->id;
}

static bool address_is_loopback(const struct connection_address *address)
{
	static const uint8_t inet6[FACT_ADDRESS_BYTES] = { [FACT_ADDRESS_BYTES - 1] = 1 };

	return address->bytes[0] == 127 || !memcmp(address->bytes, inet6, sizeof(inet6));
}

/* A closed one of the same ports is from an earlier life of them, unless it closed just now. */
static bool is_other_end(const struct connection *other, const struct connection *connection)
{
	return address_is_same(&other->local, &connection->remote) &&
	       address_is_same(&other->remote, &connection->local) &&
	       (!other->closed_ns || other->closed_ns >= connection->opened_ns);
}

/*
 * Both ends are in one network namespace, or, as with containers, in two that a network joins: then
 * neither address is a loopback's, which every namespace has for itself.
 */
static int pair_by_address(struct connection_table *table, struct connection *connection)
{
	const struct connection_address *local = &connection->local, *remote = &connection->remote;
	struct connection *other = hash_map_find(
		&table->by_address, address_pair_key(connection->netns, remote, local));
	int error;

	if (other && other->netns == connection->netns && is_other_end(other, connection))
		pair(connection, other);
	error = hash_map_put(&table->by_address, address_pair_key(connection->netns, local, remote),
			     connection);
	if (error || address_is_loopback(remote))
		return error;
	other = hash_map_find(&table->by_far_address, address_pair_key(0, remote, local));
	if (!connection->peer && other && !other->peer && is_other_end(other, connection))
		pair(connection, other);
	return hash_map_put(&table->by_far_address, address_pair_key(0, local, remote), connection);
}

int connection_table_open(struct connection_table *table, const struct fact *fact)
{
	const struct fact_connection *told = &fact->connection;
	struct connection *connection = connection_get(table, told->id);
	bool is_inet6 = told->family == CONNECTION_INET6;

	if (!connection)
		return -ENOMEM;
	if (connection->family)
		return 0; /* told twice */
	connection->family = told->family;
	connection->tid = fact->tid;
	connection->opened_ns = told->opened_ns;
	connection->netns = told->netns;
	connection->is_client = told->is_client;
	connection->is_from_start = told->is_from_start;
	if (!connection->tgid)
		connection->tgid = fact->tgid;
	if (told->family == CONNECTION_UNIX) {
		connection->peer_id = told->peer_id;
		pair(connection, connection_find(table, told->peer_id));
		return 0;
	}
	address_set(&connection->local, told->local_address, told->local_port, is_inet6);
	address_set(&connection->remote, told->remote_address, told->remote_port, is_inet6);
	return pair_by_address(table, connection);
}

void connection_touch(struct connection *connection, struct process *process)
{
	if (process && list_is_empty(&connection->link) && !process->is_dead &&
	    (!connection->tgid || connection->tgid == process->tgid)) {
		connection->tgid = process->tgid;
		list_insert(&process->connections, &connection->link);
	}
	if (connection->is_abandoned && process && !process->is_dead) {
		connection->is_abandoned = false;
		connection->closed_ns = 0;
		list_remove(&connection->closed);
	}
}

void connection_close(struct connection_table *table, struct connection *connection,
		      uint64_t time_ns)
{
	if (connection->closed_ns)
		return;
	connection->closed_ns = time_ns ? time_ns : 1;
	list_insert(&table->closed, &connection->closed);
	if (connection->family == CONNECTION_UNIX && connection->peer &&
	    !connection->peer->closed_ns) {
		connection->peer->closed_ns = connection->closed_ns;
		list_insert(&table->closed, &connection->peer->closed);
	}
}

struct connection *connection_next_closed(struct connection_table *table, uint64_t horizon_ns)
{
	struct connection *connection;

	if (list_is_empty(&table->closed))
		return NULL;
	connection = list_item(table->closed.next, struct connection, closed);
	return connection->closed_ns < horizon_ns ? connection : NULL;
}

void connection_free(struct connection_table *table, struct connection *connection)
{
	uint64_t key = address_pair_key(connection->netns, &connection->local, &connection->remote);

	if (connection->peer)
		connection->peer->peer = NULL;
	if (hash_map_find(&table->by_address, key) == connection)
		hash_map_remove(&table->by_address, key);
	key = address_pair_key(0, &connection->local, &connection->remote);
	if (hash_map_find(&table->by_far_address, key) == connection)
		hash_map_remove(&table->by_far_address, key);
	hash_map_remove(&table->by_id, connection->id);
	list_remove(&connection->link);
	list_remove(&connection->closed);
	list_remove(&connection->exchanges);
	list_remove(&connection->questions);
	free(connection);
}
