/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * simulation.h - what the parts of the generator share: serverless-offline as idletax sees it. One
 * process: its main thread receives requests, hands events to worker threads and answers; four helper
 * threads do what Node's thread pool does. What happens next is an event in a heap ordered by time;
 * every fact is told at the time of the event that it belongs to, so facts come in order.
 */
#ifndef IDLETAX_MKTRACE_SIMULATION_H
#define IDLETAX_MKTRACE_SIMULATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "load.h"

#define EMULATOR_PID 1000
#define HELPERS 4
#define NAME_MAX_BYTES 32
#define ID_BYTES 37
#define PORT_HTTP 3000
#define PORT_INVOKE 3002
#define PORT_DATABASE 5432
#define PORT_DYNAMODB 8000
#define TIMEOUT_NS 3000000000ull /* of a function that calls none */
#define PAYLOAD_BYTES 120
#define CALL_PATH_BYTES (NAME_MAX_BYTES + 40)

struct simulation;
struct invocation;

/* ---- events ---- */

typedef void (*event_function)(struct simulation *simulation, void *subject);

struct event {
	uint64_t time_ns;
	uint64_t number; /* of the same time: as they were scheduled */
	event_function run;
	void *subject;
};

/* ---- threads and connections ---- */

struct thread {
	uint32_t tid;
	uint64_t off_ns;   /* when it last left the CPU */
	uint64_t on_ns;	   /* since when it is on one */
	uint64_t woken_ns; /* 0: it was not blocked before */
	uint8_t waker;	   /* enum waker_kind */
	uint32_t waker_tid;
};

/* A connection; of two ends in the emulator's process the second has the next id. */
struct connection {
	uint64_t id; /* 0: not made yet */
	uint64_t sequence;
	uint32_t client_tid; /* 0: not of this machine */
	bool has_server;     /* its other end is traced, too */
	struct connection *next_free;
};

/* A worker thread: runs the events of one function, one after the other. */
struct worker {
	uint32_t function;
	struct thread thread;
	uint32_t init_pieces; /* left to do before its first event */
	uint64_t message;     /* of the event that it was handed */
	uint64_t sent_ns;
	struct invocation *invocation;	/* that it runs */
	struct connection *connections; /* to the emulator, idle */
	struct connection database, dynamodb;
	struct worker *next_idle;
};

/* ---- functions and what they do ---- */

enum role {
	ROLE_LEAF,     /* works and sleeps */
	ROLE_LINK,     /* calls the next */
	ROLE_FAN_OUT,  /* calls `width` at the same time */
	ROLE_LOOP,     /* calls the next `width` times */
	ROLE_SERVICES, /* asks services, starts the next */
};

struct function {
	enum role role;
	uint32_t callee; /* the first that it calls */
	uint32_t weight; /* invocations at the same time below it, with itself */
	struct worker *idle;
	char name[NAME_MAX_BYTES];
};

struct chain {
	uint32_t weight;
	uint32_t open; /* invocations */
};

/* A call of an invocation, all its attempts. */
struct call {
	struct invocation *owner;
	uint32_t function; /* that it calls */
	struct connection *connection;
	uint16_t attempt;
	bool is_event;
	bool is_refused; /* this attempt */
	bool is_failed;	 /* the function failed */
	struct digest event, result;
	char sdk_id[ID_BYTES];
};

struct invocation {
	uint32_t function;
	struct worker *worker;
	struct chain *chain;
	struct call *call;	   /* that waits for it; NULL: nobody, or a client outside */
	struct connection outside; /* of that client; id 0: there is none */
	uint64_t number;
	uint32_t step;
	uint32_t pieces; /* left of what it works on */
	uint32_t calls;	 /* that are open */
	bool fails, hangs;
	struct connection *asked; /* a service */
	uint8_t asked_kind;	  /* enum message_kind */
	struct digest event, result;
	uint64_t result_message, result_ns;
	char request_id[ID_BYTES];
};

struct simulation {
	const struct load_plan *plan;
	const struct fact_sink *sink;
	int error; /* sticky: nothing is told any more */
	uint64_t now_ns;
	uint64_t facts;
	uint64_t random;

	struct event *events; /* a heap */
	size_t event_count, event_capacity;
	uint64_t event_number;

	struct function *functions;
	uint32_t function_count;
	uint32_t *roots; /* functions that are called from outside */
	uint32_t root_count;

	uint64_t chains;      /* begun so far */
	uint64_t invocations; /* likewise */
	uint32_t reserved;    /* of plan->in_flight */

	struct thread main;
	uint64_t main_free_ns; /* when it will have done all that it was given */
	uint32_t main_jobs;
	struct thread helpers[HELPERS];
	uint32_t next_tid;
	uint64_t next_connection;
	uint64_t next_message;
	uint64_t next_digest;
	uint64_t memory_told_ns;
};

/* ---- simulation.c ---- */

void simulation_schedule(struct simulation *simulation, uint64_t time_ns, event_function run,
			 void *subject);
void *simulation_alloc(struct simulation *simulation, size_t bytes); /* zeroed; NULL sets `error` */
uint64_t simulation_random(struct simulation *simulation, uint64_t below);
bool simulation_chance(struct simulation *simulation, uint32_t of_thousand);
uint64_t simulation_about(struct simulation *simulation,
			  uint64_t value); /* half of it to half more */
struct digest simulation_digest(struct simulation *simulation);
void simulation_id(struct simulation *simulation, char *ret_id); /* ID_BYTES, like a UUID */
void simulation_chain_ended(struct simulation *simulation, struct chain *chain);

/* ---- tell.c: facts, at simulation->now_ns ---- */

/* @thread leaves the CPU; preempted, it gets it back soon. */
void tell_slice(struct simulation *simulation, struct thread *thread, uint8_t off_reason,
		uint8_t blocked_in, uint64_t deadline_ns);
void tell_fork(struct simulation *simulation, uint32_t child_tid);
void tell_exit(struct simulation *simulation, uint32_t tid);
void tell_memory(struct simulation *simulation);
void tell_start(struct simulation *simulation); /* the emulator, before anything */
void tell_connection(struct simulation *simulation, struct connection *connection,
		     uint16_t server_port);
void tell_close(struct simulation *simulation, struct connection *connection);

enum end {
	END_CLIENT,
	END_SERVER
};

/* @message as one end of @connection moved it. */
void tell_message(struct simulation *simulation, const struct connection *connection, enum end end,
		  const struct fact_message *message);
void tell_worker(struct simulation *simulation, enum fact_kind kind,
		 const struct invocation *invocation);

/* ---- worker.c ---- */

/* @thread got a CPU just before now. */
void thread_wake(struct simulation *simulation, struct thread *thread, uint8_t waker,
		 uint32_t waker_tid);
/* @thread was on a CPU for a piece of work; a helper that it woke may have been, too. */
void thread_piece(struct simulation *simulation, struct thread *thread);
uint64_t thread_piece_ns(struct simulation *simulation);
uint32_t thread_pieces(struct simulation *simulation, uint32_t parts); /* of work in each part */

/* Idle, or new: its thread takes the event of @invocation as soon as it can. 0 or `error`. */
int worker_take(struct simulation *simulation, struct invocation *invocation);
void worker_give_back(struct simulation *simulation, struct worker *worker);
void worker_end(struct simulation *simulation, struct worker *worker);
void worker_free(struct worker *worker); /* tells nothing */

/* One to the emulator that nobody uses; NULL sets `error`. */
struct connection *worker_connection(struct simulation *simulation, struct worker *worker);
void worker_put_connection(struct worker *worker, struct connection *connection);

/* ---- emulator.c: what the main thread does, one thing after the other ---- */

void emulator_request(struct simulation *simulation, uint32_t function); /* from outside */
void emulator_call(struct simulation *simulation, struct call *call);
void emulator_result(struct simulation *simulation, struct invocation *invocation);
void emulator_timeout(struct simulation *simulation, void *invocation); /* an event_function */

/* ---- invocation.c ---- */

void invocation_begin(struct simulation *simulation, struct invocation *invocation);
void invocation_reply(struct simulation *simulation, void *call); /* an event_function */

/* Both ends' messages; @path has CALL_PATH_BYTES and lives as long as the request. */
void call_request(const struct simulation *simulation, const struct call *call, char *path,
		  struct fact_message *ret);
void call_response(const struct call *call, struct fact_message *ret);

#endif
