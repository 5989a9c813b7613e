/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * tell.c - the facts, as the recorder tells them of serverless-offline, and of nothing that it would not
 * see: no client outside, no server of a database.
 */
#include <stdio.h>
#include <string.h>

#include "base/units.h"
#include "simulation.h"

#define MEMORY_EVERY_NS (100 * NS_PER_MS)
#define RSS_BYTES 450000000ull
#define MEMORY_MB 1024
#define PORT_FIRST 20000
#define PORT_COUNT 40000
#define TIMEOUT_LONG_NS (900 * NS_PER_S) /* of a function that calls others */
#define MOVE_NS 2000			 /* from the first byte of a message to its last */

static struct fact begin(const struct simulation *simulation, enum fact_kind kind, uint32_t tid)
{
	struct fact fact;

	memset(&fact, 0, sizeof(fact));
	fact.kind = kind;
	fact.time_ns = simulation->now_ns;
	fact.tgid = EMULATOR_PID;
	fact.tid = tid;
	return fact;
}

static void push(struct simulation *simulation, const struct fact *fact)
{
	if (simulation->error)
		return;
	simulation->error = fact_sink_push(simulation->sink, fact);
	simulation->facts++;
}

void tell_slice(struct simulation *simulation, struct thread *thread, uint8_t off_reason,
		uint8_t blocked_in, uint64_t deadline_ns)
{
	struct fact fact = begin(simulation, FACT_SLICE, thread->tid);

	fact.slice.woken_ns = thread->woken_ns;
	fact.slice.on_ns = thread->on_ns;
	fact.slice.deadline_ns = deadline_ns;
	if (thread->woken_ns) {
		fact.slice.waker = thread->waker;
		fact.slice.waker_tid = thread->waker_tid;
		fact.slice.waker_tgid = thread->waker_tid ? EMULATOR_PID : 0;
	}
	fact.slice.off_reason = off_reason;
	fact.slice.blocked_in = blocked_in;
	push(simulation, &fact);
	thread->off_ns = simulation->now_ns;
	thread->woken_ns = 0;
}

void tell_fork(struct simulation *simulation, uint32_t child_tid)
{
	struct fact fact = begin(simulation, FACT_FORK, EMULATOR_PID);

	fact.fork.child_tgid = EMULATOR_PID;
	fact.fork.child_tid = child_tid;
	push(simulation, &fact);
}

void tell_exit(struct simulation *simulation, uint32_t tid)
{
	struct fact fact = begin(simulation, FACT_TASK_EXIT, tid);

	fact.task_exit.peak_rss_bytes = RSS_BYTES;
	push(simulation, &fact);
}

void tell_memory(struct simulation *simulation)
{
	struct fact fact;

	if (simulation->now_ns < simulation->memory_told_ns + MEMORY_EVERY_NS)
		return;
	simulation->memory_told_ns = simulation->now_ns;
	fact = begin(simulation, FACT_MEMORY, EMULATOR_PID);
	fact.memory.rss_bytes = RSS_BYTES - simulation_random(simulation, RSS_BYTES / 10);
	fact.memory.peak_rss_bytes = RSS_BYTES;
	push(simulation, &fact);
}

static void tell_seen(struct simulation *simulation, uint32_t tid)
{
	struct fact fact = begin(simulation, FACT_TASK_SEEN, tid);

	fact.task_seen.start_ns = simulation->now_ns;
	fact.task_seen.parent_tgid = 1;
	fact.task_seen.off_reason = OFF_SLEEP;
	fact.task_seen.blocked_in = tid == EMULATOR_PID ? BLOCKED_POLL : BLOCKED_FUTEX;
	fact.task_seen.name = "node";
	push(simulation, &fact);
}

void tell_start(struct simulation *simulation)
{
	struct fact fact = begin(simulation, FACT_EXEC, EMULATOR_PID);

	tell_seen(simulation, EMULATOR_PID);
	simulation->main.tid = EMULATOR_PID;
	for (size_t i = 0; i < HELPERS; i++) {
		simulation->helpers[i].tid = simulation->next_tid++;
		tell_seen(simulation, simulation->helpers[i].tid);
	}
	fact.exec.program = "node";
	fact.exec.script = "node_modules/.bin/osls";
	fact.exec.is_environment_known = true;
	push(simulation, &fact);
}

/* ---- connections and what moves over them ---- */

static void tell_end(struct simulation *simulation, const struct connection *connection,
		     enum end end, uint16_t server_port)
{
	uint16_t client_port = (uint16_t)(PORT_FIRST + connection->id / 2 % PORT_COUNT);
	struct fact fact = begin(simulation, FACT_CONNECTION,
				 end == END_CLIENT ? connection->client_tid : EMULATOR_PID);

	fact.connection = (struct fact_connection){
		.id = connection->id + end,
		.opened_ns = fact.time_ns,
		.netns = 1,
		.local_port = end == END_CLIENT ? client_port : server_port,
		.remote_port = end == END_CLIENT ? server_port : client_port,
		.family = CONNECTION_INET,
		.is_client = end == END_CLIENT,
		.is_from_start = true,
		.local_address = { 127, 0, 0, 1 },
		.remote_address = { 127, 0, 0, 1 },
	};
	push(simulation, &fact);
}

void tell_connection(struct simulation *simulation, struct connection *connection,
		     uint16_t server_port)
{
	connection->id = simulation->next_connection;
	simulation->next_connection += 2;
	if (connection->client_tid)
		tell_end(simulation, connection, END_CLIENT, server_port);
	if (connection->has_server)
		tell_end(simulation, connection, END_SERVER, server_port);
}

void tell_close(struct simulation *simulation, struct connection *connection)
{
	for (enum end end = END_CLIENT; end <= END_SERVER; end++) {
		struct fact fact = begin(simulation, FACT_CONNECTION_STATE, 0);

		if (end == END_CLIENT ? !connection->client_tid : !connection->has_server)
			continue;
		fact.connection_state.id = connection->id + end;
		fact.connection_state.state = CONNECTION_CLOSED;
		push(simulation, &fact);
	}
}

void tell_message(struct simulation *simulation, const struct connection *connection, enum end end,
		  const struct fact_message *message)
{
	bool is_response = message->flags & MESSAGE_IS_RESPONSE;
	struct fact fact = begin(simulation, FACT_MESSAGE,
				 end == END_CLIENT ? connection->client_tid : EMULATOR_PID);

	fact.message = *message;
	fact.message.connection = connection->id + end;
	fact.message.sequence = connection->sequence;
	fact.message.first_ns = fact.time_ns - MOVE_NS;
	fact.message.last_ns = fact.time_ns;
	fact.message.last_tid = fact.tid;
	fact.message.direction = (end == END_CLIENT) == is_response ? MESSAGE_RECEIVED
								    : MESSAGE_SENT;
	push(simulation, &fact);
}

/* ---- messages between the threads ---- */

void tell_worker(struct simulation *simulation, enum fact_kind kind,
		 const struct invocation *invocation)
{
	const struct worker *worker = invocation->worker;
	bool is_of_worker = kind == FACT_WORKER_EVENT || kind == FACT_WORKER_RESULT;
	bool is_event = kind == FACT_WORKER_SENT || kind == FACT_WORKER_EVENT;
	struct fact fact =
		begin(simulation, kind, is_of_worker ? worker->thread.tid : EMULATOR_PID);
	struct fact_worker *told = &fact.worker;
	const struct function *function = &simulation->functions[invocation->function];
	bool is_leaf = function->role == ROLE_LEAF;

	told->length = PAYLOAD_BYTES;
	told->message = is_event ? worker->message : invocation->result_message;
	told->json = is_event ? invocation->event : invocation->result;
	if (is_event) {
		told->request_id = invocation->request_id;
		told->function = function->name;
		told->memory_mb = MEMORY_MB;
	} else {
		told->is_error = invocation->fails;
	}
	if (kind == FACT_WORKER_EVENT) {
		told->sent_ns = worker->sent_ns;
		told->sender_tid = EMULATOR_PID;
		told->timeout_ms = (is_leaf ? TIMEOUT_NS : TIMEOUT_LONG_NS) / NS_PER_MS;
	} else if (kind == FACT_WORKER_RESULT) {
		told->port = invocation->number;
	} else if (kind == FACT_WORKER_TAKEN) {
		told->sent_ns = invocation->result_ns;
		told->sender_tid = worker->thread.tid;
	}
	push(simulation, &fact);
}
