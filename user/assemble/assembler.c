// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * assembler.c - the door: each fact goes to the file that knows its kind, then what has become due is
 * done. Also sweeps away what has ended and is no longer of interest.
 */
#include "assemble/assembler.h"

#include <errno.h>
#include <stdlib.h>

#include "assemble/boundaries.h"
#include "assemble/environments.h"
#include "assemble/exchanges.h"
#include "assemble/extensions.h"
#include "assemble/failed_connects.h"
#include "assemble/invocations.h"
#include "assemble/opened.h"
#include "assemble/ownership.h"
#include "assemble/state.h"
#include "assemble/timelines.h"

#define ADVANCE_EVERY_NS 5000000ull
#define SWEEP_EVERY_NS 250000000ull

int assembler_new(struct assembler **ret_assembler, const struct assembler_options *options,
		  const struct model_sink *sink)
{
	struct assembler *assembler = calloc(1, sizeof(*assembler));

	if (!assembler)
		return -ENOMEM;
	assembler->options = *options;
	if (!assembler->options.settle_ns)
		assembler->options.settle_ns = SETTLE_NS_DEFAULT;
	assembler->sink = *sink;
	string_pool_init(&assembler->strings);
	process_table_init(&assembler->processes, &assembler->strings);
	connection_table_init(&assembler->connections);
	hash_map_init(&assembler->by_request_id);
	hash_map_init(&assembler->http_functions);
	hash_map_init(&assembler->remotes);
	list_init(&assembler->environments);
	list_init(&assembler->extensions);
	list_init(&assembler->asking);
	list_init(&assembler->handover);
	list_init(&assembler->settling);
	list_init(&assembler->lingering);
	list_init(&assembler->finished);
	*ret_assembler = assembler;
	return 0;
}

static void forget_exchanges(struct connection *connection)
{
	for (list_each(&connection->exchanges, at)) {
		struct exchange_state *state = list_item(at, struct exchange_state, link);

		list_remove(&state->link);
		list_remove(&state->open);
		exchange_unref(state->exchange);
		free(state);
	}
}

void assembler_free(struct assembler *assembler)
{
	struct connection *connection;

	if (!assembler)
		return;
	for (list_each(&assembler->asking, at)) /* nobody is told any more */
		list_remove(at);
	for (size_t position = 0;
	     (connection = hash_map_next(&assembler->connections.by_id, &position, NULL));) {
		forget_exchanges(connection);
		runtime_api_close(assembler, connection);
	}
	for (list_each(&assembler->environments, at))
		environment_free(assembler, list_item(at, struct environment_state, link));
	extensions_release(assembler);
	http_functions_release(assembler);
	connection_table_release(&assembler->connections);
	process_table_release(&assembler->processes);
	hash_map_release(&assembler->by_request_id);
	hash_map_release(&assembler->remotes);
	string_pool_release(&assembler->strings);
	free(assembler);
}

/* ---- facts ---- */

static void close_connection(struct assembler *assembler, struct connection *connection,
			     uint64_t time_ns, uint32_t tgid)
{
	exchanges_close(assembler, connection, time_ns, tgid);
	runtime_api_close(assembler, connection);
	connection->is_abandoned = tgid != 0 && !connection->closed_ns;
	connection_close(&assembler->connections, connection, time_ns);
}

static void push_state(struct assembler *assembler, const struct fact *fact)
{
	struct connection *connection =
		connection_find(&assembler->connections, fact->connection_state.id);

	if (!connection)
		return;
	if (fact->connection_state.state == CONNECTION_PEER_CLOSED && !connection->peer_closed_ns)
		connection->peer_closed_ns = fact->time_ns;
	if (fact->connection_state.state == CONNECTION_ESTABLISHED)
		connection->is_established = true;
	if (fact->connection_state.state == CONNECTION_OWN_CLOSED && !connection->own_closed_ns)
		connection->own_closed_ns = fact->time_ns;
	if (fact->connection_state.state == CONNECTION_CLOSED) {
		connection->is_close_told = !connection->closed_ns;
		if (connection->is_close_told)
			failed_connects_note(assembler, connection, fact->time_ns);
		close_connection(assembler, connection, fact->time_ns, 0);
	}
}

/* The environments that end with @process; each is forgotten when nothing of it is left to settle. */
static void end_environments(struct assembler *assembler, struct process *process)
{
	for (list_each(&process->workers, at))
		environment_die(assembler, list_item(at, struct environment_state, worker_link),
				process->end_ns, process->exit_code);
	if (process->environment && process->environment->root == process)
		environment_die(assembler, process->environment, process->end_ns,
				process->exit_code);
}

static void end_process(struct assembler *assembler, struct process *process, uint64_t time_ns,
			uint32_t exit_code)
{
	environment_push_memory(process, 0, 0);
	http_function_process_end(assembler, process, time_ns, exit_code);
	for (list_each(&process->connections, at)) {
		struct connection *connection = list_item(at, struct connection, link);

		close_connection(assembler, connection, time_ns, process->tgid);
		list_remove(&connection->link);
	}
	init_phase_process_end(assembler, process);
	ownership_note_end(process);
	process_end(process, time_ns, exit_code);
	extensions_process_end(assembler, process);
	end_environments(assembler, process);
	if (assembler->sink.process_end)
		assembler_fail(assembler,
			       assembler->sink.process_end(assembler->sink.context, process->tgid));
}

/* The id of the child was another's, whose exit was not told. */
static void end_predecessor(struct assembler *assembler, const struct fact *fact)
{
	struct process *process = process_find(&assembler->processes, fact->fork.child_tgid);

	if (process && !process->is_dead && fact->fork.child_tgid != fact->tgid &&
	    process->start_ns != fact->time_ns) /* else this fork is told twice */
		end_process(assembler, process, fact->time_ns, 0);
}

static void push_fork(struct assembler *assembler, const struct fact *fact)
{
	struct process *child;

	end_predecessor(assembler, fact);
	assembler_fail(assembler, process_table_fork(&assembler->processes, fact, &child));
	if (child)
		environment_inherit(child, child->parent);
}

static void push_exec(struct assembler *assembler, const struct fact *fact)
{
	struct process *process = process_find(&assembler->processes, fact->tgid);

	if (process && !process->is_dead)
		environment_begin_image(process);
	assembler_fail(assembler, process_table_exec(&assembler->processes, fact));
}

static void push_exit(struct assembler *assembler, const struct fact *fact)
{
	struct thread *thread = thread_find(&assembler->processes, fact->tid);
	struct process *process = process_find(&assembler->processes, fact->tgid);

	if (thread && thread->process == process && !thread->end_ns) {
		thread_end(thread, fact->time_ns);
		if (thread->worker)
			environment_die(assembler, thread->worker, fact->time_ns,
					fact->task_exit.exit_code);
		else if (!fact->task_exit.is_process)
			native_probe_thread_end(assembler, thread, fact->task_exit.exit_code);
	}
	if (!process || !fact->task_exit.is_process || process->is_dead)
		return;
	if (fact->task_exit.peak_rss_bytes)
		environment_push_memory(process, process->rss_bytes,
					fact->task_exit.peak_rss_bytes);
	end_process(assembler, process, fact->time_ns, fact->task_exit.exit_code);
}

static void push_memory(struct assembler *assembler, const struct fact *fact)
{
	struct process *process = process_find(&assembler->processes, fact->tgid);

	if (process && !process->is_dead)
		environment_push_memory(process, fact->memory.rss_bytes,
					fact->memory.peak_rss_bytes);
}

/* A shell asks through children: what started them for the same function is the extension, too. */
static void note_extension(struct process *process)
{
	const struct process_identity *identity = &process->identity;

	while (process && !process->is_extension &&
	       process_holds_the_same(&process->identity, identity)) {
		process->is_extension = true;
		process = process->parent;
	}
}

/* What @process is, where the message that it sent or received says so. */
static void note_role(struct process *process, const struct fact_message *message)
{
	bool is_client = message_is_client_side(message);

	switch (message->kind) {
	case MESSAGE_RUNTIME_NEXT:
	case MESSAGE_RUNTIME_RESPONSE:
	case MESSAGE_RUNTIME_ERROR:
	case MESSAGE_RUNTIME_INIT_ERROR:
	case MESSAGE_RUNTIME_RESTORE:
	case MESSAGE_INVOKE:
	case MESSAGE_INVOKE_STREAM:
	case MESSAGE_INVOKE_ASYNC:
		process->is_emulator |= !is_client;
		break;
	case MESSAGE_EXTENSION:
	case MESSAGE_EXTENSION_NEXT:
		process->is_emulator |= !is_client;
		if (is_client)
			note_extension(process);
		break;
	default:
		break;
	}
}

static void push_message(struct assembler *assembler, const struct fact *fact)
{
	struct connection *connection =
		connection_get(&assembler->connections, fact->message.connection);
	struct process *process = process_get(&assembler->processes, fact->tgid);

	if (!connection) {
		assembler_fail(assembler, -ENOMEM);
		return;
	}
	connection_touch(connection, process);
	if (process)
		note_role(process, &fact->message);
	if (fact->message.flags & MESSAGE_HAS_GAP && assembler->sink.gap)
		assembler_fail(assembler,
			       assembler->sink.gap(assembler->sink.context, &fact->message));
	switch (fact->message.kind) {
	case MESSAGE_RUNTIME_NEXT:
	case MESSAGE_RUNTIME_RESPONSE:
	case MESSAGE_RUNTIME_ERROR:
	case MESSAGE_RUNTIME_INIT_ERROR:
	case MESSAGE_RUNTIME_RESTORE:
	case MESSAGE_EXTENSION:
	case MESSAGE_EXTENSION_NEXT:
	case MESSAGE_TELEMETRY:
		runtime_api_push_message(assembler, fact, connection);
		break;
	case MESSAGE_LINE_EVENT:
	case MESSAGE_LINE_RESULT:
		child_process_push_message(assembler, fact, connection);
		break;
	default:
		exchanges_push_message(assembler, fact, connection);
		break;
	}
}

static void push_loss(struct assembler *assembler, const struct fact *fact)
{
	invocations_note_loss(assembler, &fact->loss);
	if (assembler->sink.loss)
		assembler_fail(assembler,
			       assembler->sink.loss(assembler->sink.context, &fact->loss));
}

static void push_blind_spot(struct assembler *assembler, const struct fact *fact)
{
	if (assembler->sink.blind_spot)
		assembler_fail(assembler,
			       assembler->sink.blind_spot(assembler->sink.context, fact));
}

static void dispatch(struct assembler *assembler, const struct fact *fact)
{
	switch (fact->kind) {
	case FACT_TASK_SEEN:
		assembler_fail(assembler, process_table_seen(&assembler->processes, fact));
		break;
	case FACT_FORK:
		push_fork(assembler, fact);
		break;
	case FACT_EXEC:
		push_exec(assembler, fact);
		break;
	case FACT_TASK_EXIT:
		push_exit(assembler, fact);
		break;
	case FACT_SLICE:
		timelines_push_slice(assembler, fact);
		break;
	case FACT_MEMORY:
		push_memory(assembler, fact);
		break;
	case FACT_CONNECTION:
		assembler_fail(assembler, connection_table_open(&assembler->connections, fact));
		opened_note(assembler, fact);
		if (fact->connection.is_listening)
			http_function_listen(assembler, fact);
		break;
	case FACT_CONNECTION_STATE:
		push_state(assembler, fact);
		break;
	case FACT_MESSAGE:
		push_message(assembler, fact);
		break;
	case FACT_WORKER_SENT:
	case FACT_WORKER_EVENT:
	case FACT_WORKER_RESULT:
	case FACT_WORKER_TAKEN:
		node_worker_push(assembler, fact);
		break;
	case FACT_LOSS:
		push_loss(assembler, fact);
		break;
	case FACT_BLIND_SPOT:
		push_blind_spot(assembler, fact);
		break;
	case FACT_HTTP_FUNCTION:
		http_function_declare(assembler, fact);
		break;
	case FACT_NATIVE_CALL:
		native_probe_push(assembler, fact);
		break;
	case FACT_KIND_END:
		break;
	}
}

/* ---- time ---- */

static uint64_t before(uint64_t now_ns, uint64_t span_ns)
{
	return now_ns > span_ns ? now_ns - span_ns : 0;
}

static void sweep_connections(struct assembler *assembler)
{
	struct connection *connection;

	while ((connection = connection_next_closed(&assembler->connections,
						    before(assembler->now_ns, CLOSED_NS)))) {
		exchanges_close(assembler, connection, connection->closed_ns, 0);
		runtime_api_close(assembler, connection);
		connection_free(&assembler->connections, connection);
	}
}

/* Looks at all threads: after as many facts at least, or many that sleep would take most of the time. */
static void sweep_processes(struct assembler *assembler)
{
	struct process_table *table = &assembler->processes;
	uint64_t retain_ns = before(assembler->now_ns, RETAIN_NS);

	if (assembler->unswept_facts < table->threads.count)
		return;
	assembler->unswept_facts = 0;
	for (list_each(&table->all, at)) {
		struct process *process = list_item(at, struct process, link);
		const struct environment_state *environment = process->environment;

		if (process_trim(table, process, process_horizon(process, retain_ns)) &&
		    !(environment && environment->root == process)) {
			for (list_each(&process->connections, inner))
				list_remove(inner);
			process_free(table, process);
		}
	}
}

static void advance(struct assembler *assembler, uint64_t now_ns)
{
	assembler->advanced_ns = now_ns;
	if (assembler->sink.advance)
		assembler_fail(assembler, assembler->sink.advance(assembler->sink.context, now_ns));
}

int assembler_push(void *context, const struct fact *fact)
{
	struct assembler *assembler = context;
	uint64_t known_ns;

	assembler->now_ns = later_of(assembler->now_ns, fact->time_ns);
	invocations_advance(assembler);
	runtime_api_advance(assembler, assembler->now_ns);
	dispatch(assembler, fact);
	known_ns = before(assembler->now_ns, assembler->options.settle_ns);
	if (known_ns >= assembler->advanced_ns + ADVANCE_EVERY_NS)
		advance(assembler, known_ns);
	assembler->unswept_facts++;
	if (assembler->now_ns < assembler->swept_ns + SWEEP_EVERY_NS)
		return assembler->error;
	assembler->swept_ns = assembler->now_ns;
	sweep_connections(assembler);
	sweep_processes(assembler);
	return assembler->error;
}

int assembler_push_block(struct assembler *assembler, const struct fact *facts, size_t count)
{
	int error = 0;

	for (size_t i = 0; i < count && !error; i++)
		error = assembler_push(assembler, &facts[i]);
	return error;
}

static void end_all(struct assembler *assembler, uint64_t end_ns)
{
	struct connection *connection;

	runtime_api_advance(assembler, UINT64_MAX);
	init_phase_finish(assembler);
	for (list_each(&assembler->environments, at)) {
		struct environment_state *environment =
			list_item(at, struct environment_state, link);

		for (list_each(&environment->invocations, inner)) {
			struct invocation_state *state =
				list_item(inner, struct invocation_state, link);

			if (state->phase != PHASE_OPEN)
				continue;
			if (state->is_taken && !state->has_response)
				runtime_api_adopt_taken(assembler, state);
			if (state->phase == PHASE_OPEN && !state->pending_end_ns)
				state->invocation->status = STATUS_CUT;
			if (state->pending_end_ns)
				invocation_close(assembler, state, state->pending_end_ns, END_NEXT);
			else
				invocation_close(assembler, state, end_ns, END_RECORDING);
		}
	}
	for (size_t position = 0;
	     (connection = hash_map_next(&assembler->connections.by_id, &position, NULL));)
		exchanges_close(assembler, connection, end_ns, 0);
}

int assembler_finish(struct assembler *assembler, uint64_t end_ns)
{
	if (!end_ns)
		end_ns = assembler->now_ns;
	assembler->now_ns = later_of(assembler->now_ns, end_ns);
	invocations_advance(assembler);
	end_all(assembler, end_ns);
	invocations_settle_all(assembler);
	for (list_each(&assembler->environments, at))
		environment_tell_end(assembler, list_item(at, struct environment_state, link));
	advance(assembler, assembler->now_ns);
	return assembler->error;
}
