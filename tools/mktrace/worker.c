/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * worker.c - worker threads: their INIT, what they and the helpers do on the CPUs, and their
 * connections. There are as many CPUs as it takes.
 */
#include <stdlib.h>

#include "base/units.h"
#include "simulation.h"

#define WAKE_NS (3 * NS_PER_US)	 /* from the wake to the CPU */
#define READ_NS (5 * NS_PER_US)	 /* from the CPU to what was read */
#define TAKE_NS (30 * NS_PER_US) /* from the sending of an event to its worker */
#define GAP_NS (6 * NS_PER_US)	 /* of a preempted thread */
#define PIECE_NS (3300 * NS_PER_US)
#define HELPER_NS (25 * NS_PER_US)
#define INIT_PIECES 12

/*
 * Of the slices of an invocation, of which warm ones of `make demo` had 55, the worker had 56 of 100, helpers
 * 33 and the main thread 11. Under load the main thread has few, for it seldom sleeps: theirs go to the worker.
 */
#define WORKER_SHARE 63
#define HELPERS_OF_THOUSAND 590 /* pieces of work during which a helper ran: 33 of 56 */

void thread_wake(struct simulation *simulation, struct thread *thread, uint8_t waker,
		 uint32_t waker_tid)
{
	thread->on_ns = later_of(simulation->now_ns - READ_NS, thread->off_ns);
	thread->woken_ns = later_of(thread->on_ns - WAKE_NS, thread->off_ns);
	thread->waker = waker;
	thread->waker_tid = waker_tid;
}

uint64_t thread_piece_ns(struct simulation *simulation)
{
	return simulation_about(simulation, PIECE_NS);
}

uint32_t thread_pieces(struct simulation *simulation, uint32_t parts)
{
	uint64_t mean = (uint64_t)simulation->plan->slices * WORKER_SHARE / 100 / parts;

	return 1 + (uint32_t)simulation_about(simulation, mean ? mean - 1 : 0);
}

void thread_piece(struct simulation *simulation, struct thread *thread)
{
	struct thread *helper = &simulation->helpers[simulation_random(simulation, HELPERS)];
	uint64_t begun_ns = simulation->now_ns - simulation_about(simulation, HELPER_NS);

	if (helper->off_ns < begun_ns && simulation_chance(simulation, HELPERS_OF_THOUSAND)) {
		helper->on_ns = begun_ns;
		helper->woken_ns = later_of(begun_ns - WAKE_NS, helper->off_ns);
		helper->waker = WAKER_TASK;
		helper->waker_tid = thread->tid;
		tell_slice(simulation, helper, OFF_SLEEP, BLOCKED_FUTEX, 0);
	}
	tell_slice(simulation, thread, OFF_PREEMPTED, BLOCKED_NONE, 0);
	thread->on_ns = simulation->now_ns + GAP_NS;
}

/* ---- workers ---- */

static void take_event(struct simulation *simulation, void *subject)
{
	struct worker *worker = subject;

	thread_wake(simulation, &worker->thread, WAKER_TASK, EMULATOR_PID);
	tell_worker(simulation, FACT_WORKER_EVENT, worker->invocation);
	invocation_begin(simulation, worker->invocation);
}

static void do_init(struct simulation *simulation, void *subject)
{
	struct worker *worker = subject;

	if (!worker->init_pieces) {
		tell_slice(simulation, &worker->thread, OFF_SLEEP, BLOCKED_POLL, 0);
		simulation_schedule(simulation, simulation->now_ns + TAKE_NS, take_event, worker);
		return;
	}
	worker->init_pieces--;
	thread_piece(simulation, &worker->thread);
	simulation_schedule(simulation, worker->thread.on_ns + thread_piece_ns(simulation), do_init,
			    worker);
}

static struct worker *new_worker(struct simulation *simulation, uint32_t function)
{
	struct worker *worker = simulation_alloc(simulation, sizeof(*worker));
	struct thread *thread;

	if (!worker)
		return NULL;
	thread = &worker->thread;
	thread->tid = simulation->next_tid++;
	thread->woken_ns = simulation->now_ns;
	thread->on_ns = simulation->now_ns + WAKE_NS;
	thread->waker = WAKER_TASK;
	thread->waker_tid = EMULATOR_PID;
	worker->function = function;
	worker->init_pieces = INIT_PIECES;
	worker->database.client_tid = worker->dynamodb.client_tid = thread->tid;
	tell_fork(simulation, thread->tid);
	simulation_schedule(simulation, thread->on_ns + thread_piece_ns(simulation), do_init,
			    worker);
	return worker;
}

int worker_take(struct simulation *simulation, struct invocation *invocation)
{
	struct function *function = &simulation->functions[invocation->function];
	struct worker *worker = function->idle;

	if (worker) {
		function->idle = worker->next_idle;
		simulation_schedule(simulation, simulation->now_ns + TAKE_NS, take_event, worker);
	} else {
		worker = new_worker(simulation, invocation->function);
		if (!worker)
			return simulation->error;
	}
	worker->invocation = invocation;
	worker->message = simulation->next_message++;
	worker->sent_ns = simulation->now_ns;
	invocation->worker = worker;
	tell_worker(simulation, FACT_WORKER_SENT, invocation);
	return 0;
}

void worker_give_back(struct simulation *simulation, struct worker *worker)
{
	struct function *function = &simulation->functions[worker->function];

	if (simulation_chance(simulation, simulation->plan->cold)) {
		worker_end(simulation, worker);
		return;
	}
	worker->invocation = NULL;
	worker->next_idle = function->idle;
	function->idle = worker;
}

void worker_end(struct simulation *simulation, struct worker *worker)
{
	struct connection *connection;

	thread_wake(simulation, &worker->thread, WAKER_TASK, EMULATOR_PID);
	tell_slice(simulation, &worker->thread, OFF_DEAD, BLOCKED_NONE, 0);
	tell_exit(simulation, worker->thread.tid);
	for (connection = worker->connections; connection; connection = connection->next_free)
		tell_close(simulation, connection);
	if (worker->database.id)
		tell_close(simulation, &worker->database);
	if (worker->dynamodb.id)
		tell_close(simulation, &worker->dynamodb);
	worker_free(worker);
}

void worker_free(struct worker *worker)
{
	struct connection *connection = worker->connections, *next;

	for (; connection; connection = next) {
		next = connection->next_free;
		free(connection);
	}
	free(worker);
}

struct connection *worker_connection(struct simulation *simulation, struct worker *worker)
{
	struct connection *connection = worker->connections;

	if (connection) {
		worker->connections = connection->next_free;
		return connection;
	}
	connection = simulation_alloc(simulation, sizeof(*connection));
	if (!connection)
		return NULL;
	connection->client_tid = worker->thread.tid;
	connection->has_server = true;
	tell_connection(simulation, connection, PORT_INVOKE);
	return connection;
}

void worker_put_connection(struct worker *worker, struct connection *connection)
{
	connection->next_free = worker->connections;
	worker->connections = connection;
}
