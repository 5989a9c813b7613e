// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * opened.c - see opened.h. Names are no end in themselves, and neither are the Runtime API, logs, traces and
 * what is in the same environment.
 */
#include "assemble/opened.h"

#include <errno.h>
#include <stdlib.h>

#include "assemble/daemons.h"
#include "assemble/environments.h"
#include "assemble/invocations.h"
#include "base/array.h"

#define OPENED_MAX 256 /* of one invocation */
#define PORT_DNS 53
#define PORT_MDNS 5353

void opened_release(struct invocation_state *state)
{
	free(state->opened);
	state->opened = NULL;
	state->opened_count = state->opened_capacity = 0;
}

void opened_note(struct assembler *assembler, const struct fact *fact)
{
	const struct fact_connection *told = &fact->connection;
	const struct environment_state *environment =
		environment_of_thread(assembler, fact->tgid, fact->tid);
	struct invocation_state *owner;

	if (!told->is_client || !told->is_from_start || told->family == CONNECTION_UNIX ||
	    told->remote_port == PORT_DNS || told->remote_port == PORT_MDNS || !environment ||
	    !invocation_find_at(environment, told->opened_ns, &owner) ||
	    owner->opened_count == OPENED_MAX)
		return;
	if (array_make_room(&owner->opened, owner->opened_count, &owner->opened_capacity,
			    sizeof(*owner->opened))) {
		assembler_fail(assembler, -ENOMEM);
		return;
	}
	owner->opened[owner->opened_count++] = told->id;
}

/* Whether its other end is one that does not count. */
static bool is_nobody(const struct assembler *assembler, const struct connection *connection,
		      const struct environment_state *environment)
{
	const struct process *peer =
		connection->peer ? process_find(&assembler->processes, connection->peer->tgid)
				 : NULL;

	return (environment->api && connection_target(connection) == environment->api) ||
	       connection->is_daemons || daemon_is_at(connection) ||
	       (peer && peer->environment == environment);
}

static bool has_attempt(const struct invocation *invocation, uint64_t connection)
{
	for (size_t i = 0; i < invocation->attempt_count; i++)
		if (invocation->attempts[i]->connection == connection)
			return true;
	return false;
}

void opened_count(struct assembler *assembler, struct invocation_state *state)
{
	for (size_t i = 0; i < state->opened_count; i++) {
		const struct connection *connection =
			connection_find(&assembler->connections, state->opened[i]);

		/* One that is forgotten was closed: long before the end. */
		if (!has_attempt(state->invocation, state->opened[i]) &&
		    !(connection && is_nobody(assembler, connection, state->environment)))
			state->invocation->connections_unused++;
	}
	opened_release(state);
}
