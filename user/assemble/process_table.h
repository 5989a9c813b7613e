/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * process_table.h - processes and threads as TASK_SEEN, FORK, EXEC and TASK_EXIT tell of them: parents,
 * the variables of the initial environment, and each thread's runs. Ids are reused: a find gives the
 * one that is alive (or died last). Processes and threads that no fact announced are made on demand.
 */
#ifndef IDLETAX_ASSEMBLE_PROCESS_TABLE_H
#define IDLETAX_ASSEMBLE_PROCESS_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "assemble/intervals.h"
#include "assemble/list.h"
#include "assemble/run_list.h"
#include "base/hash_map.h"
#include "base/string_pool.h"
#include "trace/fact.h"

struct environment_state;

#define PROCESS_DEPTH_MAX 4096 /* ancestors looked at */

/* What a process was started as; a fork child has its parent's until its own exec. */
struct process_identity {
	bool has_exec;
	bool is_known;	      /* the variables below could be read: absence means something */
	uint64_t runtime_api; /* hash of AWS_LAMBDA_RUNTIME_API; 0 absent */
	const char *function; /* interned, or NULL; so are the next */
	const char *version;
	const char *handler;
	const char *program;
	const char *script; /* that it runs, or NULL */
	uint32_t memory_mb;
	uint32_t max_concurrency;
	bool is_in_process; /* an emulator that runs functions itself */
};

struct process {
	uint32_t tgid;
	bool is_dead;
	bool was_there; /* before the recording began */
	bool has_slices;
	bool has_own_exec; /* it did not only inherit its parent's image */
	bool is_emulator;  /* it was seen serving the Runtime API or the Invoke API */
	bool is_extension; /* it was seen using the Extensions API */
	bool has_served;   /* it was asked for something over a connection */
	bool was_member;   /* of an environment, be that over by now */
	uint64_t start_ns; /* 0 before the recording */
	uint64_t end_ns;   /* 0 alive */
	uint32_t exit_code;
	struct process *parent; /* the nearest ancestor that is alive, or NULL */
	uint32_t creator_tid;	/* the thread that forked it; 0 unknown */
	uint32_t heir_tgid;	/* of a dead one: its parent; 0 none */
	bool is_home;		/* invocations are at home in it (ownership.h) */
	struct list children, sibling;
	struct list threads;	 /* also dead ones whose runs are still of interest */
	struct list connections; /* struct connection, of the process that moved their first byte */
	struct list link;	 /* process_table.all */
	struct process_identity identity;
	/* functions whose invocations are not seen may run in it so long */
	uint64_t unseen_until_ns;
	uint64_t listens_ns; /* since when it listens on a port that HTTP_FUNCTION names; 0 never */
	uint64_t identity_ns; /* since when it is that: exec or fork; 0 before the recording */
	struct environment_state *environment; /* process tree it belongs to, or NULL */
	struct list member;		       /* environment_state.processes */
	struct list workers;	 /* environment_state.worker_link of its worker threads */
	struct list invocations; /* of all of these, not settled, in order of start */
	uint64_t rss_bytes, peak_rss_bytes; /* of its present image; the latter since it began */
	struct intervals calls;		    /* that it made outside every invocation */
	/* its latest look-up of a name; 0 none, or no answer yet */
	uint64_t asked_name_ns, got_name_ns;
	/* While it is in no environment; the next one that it joins counts them, and they begin anew. */
	uint64_t wait_ns; /* the union of these */
	uint64_t cpu_ns;  /* of its threads, and of dead descendants */
};

struct thread {
	uint32_t tid;
	struct process *process;
	struct list link;  /* process.threads */
	uint64_t start_ns; /* 0 before the recording */
	uint64_t end_ns;   /* 0 alive */
	struct run_list runs;
	uint32_t creator_tid; /* the thread that started it; 0 unknown */
	bool is_home;	      /* invocations are at home on it (ownership.h) */
	bool has_helped;      /* it has worked for one: woken by its thread, or on its bytes */
	uint32_t touched;     /* whose bytes it has moved since its last run, and when */
	uint64_t touched_ns;
	uint64_t number;		  /* counts the threads of the table */
	struct help *helping;		  /* whom its present work belongs to; NULL: nobody */
	struct list helped;		  /* struct help.of_thread */
	struct environment_state *worker; /* the environment that this thread is, or NULL */
};

/* The runs of one thread that belong to one worker thread: it was woken by that (timelines.h). */
struct help {
	struct thread *thread;
	struct environment_state *worker;
	struct list of_thread; /* thread.helped */
	struct list of_worker; /* environment_state.helpers, in order of thread.number */
	struct run_list runs;
};

struct process_table {
	struct hash_map processes; /* by tgid */
	struct hash_map threads;   /* by tid */
	struct hash_map helps;	   /* by thread and worker */
	struct list all;	   /* struct process, also dead ones until they are released */
	uint64_t thread_count;	   /* so far */
	struct string_pool *strings;
};

void process_table_init(struct process_table *table, struct string_pool *strings);
void process_table_release(struct process_table *table);

/* NULL for id 0. */
static inline struct process *process_find(const struct process_table *table, uint32_t tgid)
{
	return tgid ? hash_map_find(&table->processes, tgid) : NULL;
}

static inline struct thread *thread_find(const struct process_table *table, uint32_t tid)
{
	return tid ? hash_map_find(&table->threads, tid) : NULL;
}

/*
 * Whether @end_ns is within @limit_ns of @start_ns, but for what the thread has worked or waited for a CPU
 * meanwhile, as far as its runs tell: a busy machine is slow.
 */
bool thread_goes_on(const struct process_table *table, uint32_t tid, uint64_t start_ns,
		    uint64_t end_ns, uint64_t limit_ns);

/* As far as known from facts, else made: NULL for id 0 or when out of memory. */
struct process *process_get(struct process_table *table, uint32_t tgid);
struct thread *thread_get(struct process_table *table, uint32_t tgid, uint32_t tid);

/* Each applies one fact; 0 or -ENOMEM. A fork's new process is *ret_child (NULL: a thread). */
int process_table_seen(struct process_table *table, const struct fact *fact);
int process_table_fork(struct process_table *table, const struct fact *fact,
		       struct process **ret_child);
int process_table_exec(struct process_table *table, const struct fact *fact);

/* What @thread does for @worker: NULL where it is not known yet, or when out of memory. */
struct help *help_find(const struct process_table *table, const struct thread *thread,
		       const struct environment_state *worker);
struct help *help_new(struct process_table *table, struct thread *thread,
		      struct environment_state *worker);
void help_free(struct process_table *table, struct help *help);

/* The end of a thread, and of a process with its threads: its children go to its parent. */
void thread_end(struct thread *thread, uint64_t time_ns);
void process_end(struct process *process, uint64_t time_ns, uint32_t exit_code);

/* Forgets dead threads that ended before @horizon_ns, and runs. True: nothing is left of @process. */
bool process_trim(struct process_table *table, struct process *process, uint64_t horizon_ns);
/* Frees a dead process that is in no list but the table's. */
void process_free(struct process_table *table, struct process *process);

/* Whether both were started for one function at one Runtime API. */
bool process_holds_the_same(const struct process_identity *left,
			    const struct process_identity *right);

bool process_is_ancestor(const struct process *ancestor, const struct process *process);

#endif
