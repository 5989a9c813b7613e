/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * environment.h - what runs one function's code (SEMANTICS 1): a process tree, or one worker thread
 * with the helper threads it woke. Made by user/assemble, read by user/analysis.
 */
#ifndef IDLETAX_MODEL_ENVIRONMENT_H
#define IDLETAX_MODEL_ENVIRONMENT_H

#include <stdbool.h>
#include <stdint.h>

enum boundary { /* which kind of border its invocations have (SEMANTICS 2) */
	BOUNDARY_RUNTIME_API = 1,
	BOUNDARY_NODE_WORKER = 2,
	BOUNDARY_CHILD_PROCESS = 3,
	BOUNDARY_HTTP_FUNCTION = 4,
	BOUNDARY_NATIVE_PROBE = 5,
};

enum init_status {	 /* what became of its INIT (SEMANTICS 2) */
	INIT_UNSEEN = 0, /* it was there before the recording, or its start was not told */
	INIT_OK = 1,	 /* it asked for its first event */
	INIT_ERROR = 2,	 /* it told the Runtime API of its failure */
	INIT_EXITED = 3, /* it died before it asked */
	INIT_CUT = 4,	 /* the recording ended, or it was told to stop, before it asked */
};

enum environment_status {
	ENVIRONMENT_ALIVE = 0,
	ENVIRONMENT_EXITED = 1, /* or its worker thread ended */
	ENVIRONMENT_KILLED = 2, /* by a signal */
};

struct environment {
	uint32_t references;
	uint32_t id; /* counts from 0 in order of discovery */
	enum boundary boundary;
	uint32_t tgid;		  /* the root process */
	uint32_t worker_tid;	  /* the worker thread; 0: the whole process tree */
	uint32_t dispatcher_tgid; /* the process that hands it events; 0 unknown */
	const char *function;	  /* bare name, interned; "?" unknown */
	const char *version;	  /* or NULL */
	uint32_t memory_mb;	  /* configured; 0 unknown */
	uint32_t invocations;	  /* begun so far */
	uint64_t start_ns;	  /* exec, fork or thread start; 0 before the recording */
	uint64_t since_ns;    /* what is known without that: the recording's start, or first sign */
	uint64_t snapshot_ns; /* asked to be restored (/restore/next); 0 never */
	uint64_t restored_ns; /* the answer to that; 0 none */
	uint64_t ready_ns;    /* first /next or Deserialize; 0 not yet */
	uint64_t end_ns;      /* death; 0 alive */
	uint32_t exit_code;   /* as wait(2), with end_ns */
	bool has_init_error;  /* it told that its INIT, or its restore, failed */
	const char *init_error;	    /* and the kind of that error, interned; or NULL */
	uint64_t peak_rss_bytes;    /* highest sum over its process tree; 0 unknown */
	uint32_t peak_processes;    /* how many of its processes that is the sum of */
	uint64_t busy_ns;	    /* union of its settled invocations' billed intervals */
	uint64_t outside_wait_ns;   /* union, by process, of calls that no invocation made */
	uint64_t outside_active_ns; /* CPU time outside every invocation: INIT and between events */
	uint64_t peak_process_bytes; /* the most that a single process had: the least it can be */
};

struct environment *environment_new(void); /* one reference; NULL when out of memory */
struct environment *environment_ref(struct environment *environment);
void environment_unref(struct environment *environment);

enum init_status environment_init_status(const struct environment *environment);
enum environment_status environment_status(const struct environment *environment);

/* Names in JSON and the terminal: "ok", "error", ...; "alive", ...; "runtime_api", ... */
const char *init_status_name(enum init_status status);
const char *environment_status_name(enum environment_status status);
const char *boundary_name(enum boundary boundary);

#endif
