// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * extensions.c - see extensions.h. An extension belongs to the environment that asks the same Runtime
 * API; where one of their connections was not told, to the only one that was started with the same variables.
 */
#include "assemble/extensions.h"

#include <errno.h>
#include <stdlib.h>

#include "assemble/environments.h"
#include "assemble/invocations.h"

struct extension {
	struct list link; /* assembler.extensions */
	uint32_t tgid;	  /* its topmost process */
	uint64_t api;	  /* connection_target of its Runtime API, 0 unknown */
	struct process_identity identity;
	bool is_waiting; /* for an event: it is done with the one before */
};

static bool may_be_of(const struct extension *extension,
		      const struct environment_state *environment)
{
	if (environment->is_over || environment->environment->boundary != BOUNDARY_RUNTIME_API)
		return false;
	if (extension->api && environment->api)
		return extension->api == environment->api;
	return environment->root && extension->identity.runtime_api &&
	       process_holds_the_same(&extension->identity, &environment->root->identity);
}

static bool is_of(const struct assembler *assembler, const struct extension *extension,
		  const struct environment_state *environment)
{
	if (!may_be_of(extension, environment))
		return false;
	if (extension->api && environment->api)
		return true;
	for (list_each(&assembler->environments, at)) {
		const struct environment_state *other =
			list_item(at, struct environment_state, link);

		if (other != environment && may_be_of(extension, other))
			return false;
	}
	return true;
}

bool extensions_are_busy(const struct assembler *assembler,
			 const struct environment_state *environment)
{
	for (list_each(&assembler->extensions, at)) {
		const struct extension *extension = list_item(at, struct extension, link);

		if (!extension->is_waiting && is_of(assembler, extension, environment))
			return true;
	}
	return false;
}

/* Not busy any more at @time_ns: what waited for that is over. */
static void close_pending(struct assembler *assembler, struct environment_state *environment,
			  uint64_t time_ns)
{
	for (list_each(&environment->invocations, at)) {
		struct invocation_state *state = list_item(at, struct invocation_state, link);

		if (state->phase == PHASE_OPEN && state->pending_end_ns)
			invocation_close(assembler, state, later_of(state->pending_end_ns, time_ns),
					 time_ns > state->pending_end_ns ? END_EXTENSION
									 : END_NEXT);
	}
}

static void note_done(struct assembler *assembler, const struct extension *extension,
		      uint64_t time_ns)
{
	for (list_each(&assembler->environments, at)) {
		struct environment_state *environment =
			list_item(at, struct environment_state, link);

		if (is_of(assembler, extension, environment) &&
		    !extensions_are_busy(assembler, environment))
			close_pending(assembler, environment, time_ns);
	}
}

static struct extension *extension_find(const struct assembler *assembler, uint32_t tgid)
{
	for (list_each(&assembler->extensions, at)) {
		struct extension *extension = list_item(at, struct extension, link);

		if (extension->tgid == tgid)
			return extension;
	}
	return NULL;
}

static struct process *topmost(struct process *process)
{
	while (process->parent && process->parent->is_extension)
		process = process->parent;
	return process;
}

void extensions_push_next(struct assembler *assembler, struct process *process,
			  const struct connection *connection, const struct fact_message *message)
{
	const struct process *root = topmost(process);
	struct extension *extension = extension_find(assembler, root->tgid);

	if (!extension) {
		extension = calloc(1, sizeof(*extension));
		if (!extension) {
			assembler_fail(assembler, -ENOMEM);
			return;
		}
		extension->tgid = root->tgid;
		list_insert(&assembler->extensions, &extension->link);
	}
	extension->api = connection_target(connection);
	extension->identity = root->identity;
	extension->is_waiting = !(message->flags & MESSAGE_IS_RESPONSE);
	if (extension->is_waiting)
		note_done(assembler, extension, message->first_ns);
}

void extensions_process_end(struct assembler *assembler, const struct process *process)
{
	struct extension *extension = extension_find(assembler, process->tgid);

	if (!extension)
		return;
	extension->is_waiting = true;
	note_done(assembler, extension, process->end_ns);
	list_remove(&extension->link);
	free(extension);
}

void extensions_release(struct assembler *assembler)
{
	for (list_each(&assembler->extensions, at))
		free(list_item(at, struct extension, link));
}
