// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * failed_connects.c - see failed_connects.h. Another address of the same host (::1 before 127.0.0.1) is
 * another server: clients go from one to the next by themselves, and do not call that an attempt.
 */
#include "assemble/failed_connects.h"

#include <errno.h>
#include <stdlib.h>

#include "assemble/environments.h"
#include "assemble/invocations.h"
#include "base/array.h"

#define FAILED_CONNECTS_MAX 256 /* of one invocation */

struct failed_connect {
	uint64_t server; /* connection_target */
	uint64_t connection;
	uint64_t start_ns, end_ns;
	uint32_t tgid, tid;
};

void failed_connects_release(struct invocation_state *state)
{
	free(state->failed_connects);
	state->failed_connects = NULL;
	state->failed_connect_count = state->failed_connect_capacity = 0;
}

static bool has_failed(const struct connection *connection)
{
	return connection->is_client && connection->opened_ns && !connection->is_established &&
	       !connection->has_requests && !connection->peer && connection_target(connection) &&
	       list_is_empty(&connection->exchanges);
}

void failed_connects_note(struct assembler *assembler, const struct connection *connection,
			  uint64_t time_ns)
{
	struct environment_state *environment =
		environment_of_thread(assembler, connection->tgid, connection->tid);
	struct invocation_state *owner;

	if (!environment || !has_failed(connection) ||
	    invocation_find_at(environment, connection->opened_ns, &owner) != 1 ||
	    owner->failed_connect_count == FAILED_CONNECTS_MAX)
		return;
	if (array_make_room(&owner->failed_connects, owner->failed_connect_count,
			    &owner->failed_connect_capacity, sizeof(*owner->failed_connects))) {
		assembler_fail(assembler, -ENOMEM);
		return;
	}
	owner->failed_connects[owner->failed_connect_count++] = (struct failed_connect){
		.server = connection_target(connection),
		.connection = connection->id,
		.start_ns = connection->opened_ns,
		.end_ns = later_of(time_ns, connection->opened_ns),
		.tgid = connection->tgid,
		.tid = connection->tid,
	};
}

/* The first attempt that the client made at @failed's address afterwards, unless it was a call's first. */
static const struct exchange *find_next(const struct invocation *invocation,
					const struct failed_connect *failed)
{
	for (size_t i = 0; i < invocation->attempt_count; i++) {
		const struct exchange *attempt = invocation->attempts[i];

		if (attempt->server == failed->server && attempt->has_request &&
		    attempt->start_ns >= failed->end_ns)
			return attempt->sdk_attempt == 1 ? NULL : attempt;
	}
	return NULL;
}

/* What @next asked for, and did not get to say. */
static struct exchange *make_attempt(struct assembler *assembler,
				     const struct failed_connect *failed,
				     const struct exchange *next)
{
	struct exchange *attempt = exchange_new();

	if (!attempt)
		return NULL;
	attempt->id = assembler->exchange_count++;
	attempt->connection = failed->connection;
	attempt->server = failed->server;
	attempt->tgid = failed->tgid;
	attempt->tid = failed->tid;
	attempt->is_client = attempt->is_over = attempt->is_cut = true;
	attempt->is_refused = true;
	attempt->closed_by = CLOSED_BY_RESET;
	attempt->service_class = next->service_class;
	attempt->kind = next->kind;
	attempt->method = next->method;
	attempt->invocation_type = next->invocation_type;
	attempt->start_ns = failed->start_ns;
	attempt->request_end_ns = attempt->end_ns = failed->end_ns;
	attempt->connect_ns = failed->end_ns - failed->start_ns;
	attempt->request_body = next->request_body;
	attempt->function = next->function;
	attempt->service = next->service;
	attempt->operation = next->operation;
	attempt->host = assembler_own(assembler, &attempt->texts, next->host);
	attempt->path = assembler_own(assembler, &attempt->texts, next->path);
	attempt->target = assembler_own(assembler, &attempt->texts, next->target);
	return attempt;
}

void failed_connects_add_attempts(struct assembler *assembler, struct invocation_state *state)
{
	struct invocation *invocation = state->invocation;

	for (size_t i = 0; i < state->failed_connect_count; i++) {
		const struct failed_connect *failed = &state->failed_connects[i];
		const struct exchange *next = find_next(invocation, failed);
		struct exchange *attempt;

		if (!next || failed->start_ns < invocation->start_ns ||
		    failed->end_ns >= invocation->end_ns)
			continue;
		attempt = make_attempt(assembler, failed, next);
		if (!attempt || invocation_add_attempt(invocation, attempt)) {
			exchange_unref(attempt);
			assembler_fail(assembler, -ENOMEM);
			return;
		}
	}
	failed_connects_release(state);
}
