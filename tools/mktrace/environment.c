/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * environment.c - worker threads: their INIT, what they and the helpers do on the CPUs, and their
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

static uint64_t later(uint64_t left, uint64_t right)
{
	return left > right ? left : right;
}

void thread_wake(struct simulation *simulation, struct thread *thread, uint8_t waker,
		 uint32_t waker_tid)
{
	thread->on_ns = later(simulation->now_ns - READ_NS, thread->off_ns);
	thread->woken_ns = later(thread->on_ns - WAKE_NS, thread->off_ns);
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
		helper->woken_ns = later(begun_ns - WAKE_NS, helper->off_ns);
		helper->waker = WAKER_TASK;
		helper->waker_tid = thread->tid;
		tell_slice(simulation, helper, OFF_SLEEP, BLOCKED_FUTEX, 0);
	}
	tell_slice(simulation, thread, OFF_PREEMPTED, BLOCKED_NONE, 0);
	thread->on_ns = simulation->now_ns + GAP_NS;
}

/* ---- environments ---- */

static void take_event(struct simulation *simulation, void *subject)
{
	struct environment *environment = subject;

	thread_wake(simulation, &environment->thread, WAKER_TASK, EMULATOR_PID);
	tell_worker(simulation, FACT_WORKER_EVENT, environment->invocation);
	invocation_begin(simulation, environment->invocation);
}

static void do_init(struct simulation *simulation, void *subject)
{
	struct environment *environment = subject;

	if (!environment->init_pieces) {
		tell_slice(simulation, &environment->thread, OFF_SLEEP, BLOCKED_POLL, 0);
		simulation_schedule(simulation, simulation->now_ns + TAKE_NS, take_event,
				    environment);
		return;
	}
	environment->init_pieces--;
	thread_piece(simulation, &environment->thread);
	simulation_schedule(simulation, environment->thread.on_ns + thread_piece_ns(simulation),
			    do_init, environment);
}

static struct environment *new_environment(struct simulation *simulation, uint32_t function)
{
	struct environment *environment = simulation_alloc(simulation, sizeof(*environment));
	struct thread *thread;

	if (!environment)
		return NULL;
	thread = &environment->thread;
	thread->tid = simulation->next_tid++;
	thread->woken_ns = simulation->now_ns;
	thread->on_ns = simulation->now_ns + WAKE_NS;
	thread->waker = WAKER_TASK;
	thread->waker_tid = EMULATOR_PID;
	environment->function = function;
	environment->init_pieces = INIT_PIECES;
	environment->database.client_tid = environment->dynamodb.client_tid = thread->tid;
	tell_fork(simulation, thread->tid);
	simulation_schedule(simulation, thread->on_ns + thread_piece_ns(simulation), do_init,
			    environment);
	return environment;
}

int environment_take(struct simulation *simulation, struct invocation *invocation)
{
	struct function *function = &simulation->functions[invocation->function];
	struct environment *environment = function->idle;

	if (environment) {
		function->idle = environment->next_idle;
		simulation_schedule(simulation, simulation->now_ns + TAKE_NS, take_event,
				    environment);
	} else {
		environment = new_environment(simulation, invocation->function);
		if (!environment)
			return simulation->error;
	}
	environment->invocation = invocation;
	environment->message = simulation->next_message++;
	environment->sent_ns = simulation->now_ns;
	invocation->environment = environment;
	tell_worker(simulation, FACT_WORKER_SENT, invocation);
	return 0;
}

void environment_give_back(struct simulation *simulation, struct environment *environment)
{
	struct function *function = &simulation->functions[environment->function];

	if (simulation_chance(simulation, simulation->plan->cold)) {
		environment_end(simulation, environment);
		return;
	}
	environment->invocation = NULL;
	environment->next_idle = function->idle;
	function->idle = environment;
}

void environment_end(struct simulation *simulation, struct environment *environment)
{
	struct connection *connection;

	thread_wake(simulation, &environment->thread, WAKER_TASK, EMULATOR_PID);
	tell_slice(simulation, &environment->thread, OFF_DEAD, BLOCKED_NONE, 0);
	tell_exit(simulation, environment->thread.tid);
	for (connection = environment->connections; connection; connection = connection->next_free)
		tell_close(simulation, connection);
	if (environment->database.id)
		tell_close(simulation, &environment->database);
	if (environment->dynamodb.id)
		tell_close(simulation, &environment->dynamodb);
	environment_free(environment);
}

void environment_free(struct environment *environment)
{
	struct connection *connection = environment->connections, *next;

	for (; connection; connection = next) {
		next = connection->next_free;
		free(connection);
	}
	free(environment);
}

struct connection *environment_connection(struct simulation *simulation,
					  struct environment *environment)
{
	struct connection *connection = environment->connections;

	if (connection) {
		environment->connections = connection->next_free;
		return connection;
	}
	connection = simulation_alloc(simulation, sizeof(*connection));
	if (!connection)
		return NULL;
	connection->client_tid = environment->thread.tid;
	connection->has_server = true;
	tell_connection(simulation, connection, PORT_INVOKE);
	return connection;
}

void environment_put_connection(struct environment *environment, struct connection *connection)
{
	connection->next_free = environment->connections;
	environment->connections = connection;
}
