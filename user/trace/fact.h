/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * fact.h - one fact, decoded: the vocabulary between the recorder and the analysis.
 *
 * Times are CLOCK_MONOTONIC nanoseconds. `time_ns` is when the fact became known (the end of a slice,
 * the last byte of a message); a stream of facts is ordered by it. Strings are NUL-terminated UTF-8 or
 * NULL where absent, borrowed: they live until the next fact is read or pushed. Enumerations are those
 * of trace_format.h; decode.c has checked them, so consumers need not.
 */
#ifndef IDLETAX_TRACE_FACT_H
#define IDLETAX_TRACE_FACT_H

#include <stdbool.h>
#include <stdint.h>

#include "trace_format.h"

#define FACT_ADDRESS_BYTES 16

struct fact_task_seen {
	uint64_t start_ns; /* when the thread began */
	uint32_t parent_tgid;
	uint64_t deadline_ns; /* of what it is blocked in; 0 none */
	uint8_t off_reason;   /* enum off_reason; OFF_CUT: it is on a CPU */
	uint8_t blocked_in;   /* enum blocked_in */
	const char *name;
};

struct fact_fork { /* fact.tgid/tid: the parent */
	uint32_t child_tgid;
	uint32_t child_tid;
};

/* Also emitted for a process that already ran when the recording began (after its FACT_TASK_SEEN). */
struct fact_exec {
	const char *program; /* base name of argv[0] */
	/* the script or module it runs, if any; nothing else of the command line */
	const char *script;
	const char *runtime_api; /* AWS_LAMBDA_RUNTIME_API of the initial environment */
	const char *function;	 /* AWS_LAMBDA_FUNCTION_NAME */
	const char *version;	 /* AWS_LAMBDA_FUNCTION_VERSION */
	const char *handler;	 /* _HANDLER */
	const char *initialization_type;
	uint32_t memory_mb;	  /* AWS_LAMBDA_FUNCTION_MEMORY_SIZE; 0 unknown */
	uint32_t max_concurrency; /* AWS_LAMBDA_MAX_CONCURRENCY; 0 absent */
	bool is_environment_known; /* false: the variables could not be read, absence means nothing */
	bool is_in_process; /* an emulator that was told to run functions itself (--useInProcess) */
};

struct fact_task_exit {
	uint64_t peak_rss_bytes; /* 0 unknown */
	uint32_t exit_code;	 /* as wait(2) */
	bool is_process;	 /* the last thread of its process */
};

/* The thread fact.tid ran from on_ns to fact.time_ns. See record.h struct record_slice. */
struct fact_slice {
	uint64_t woken_ns; /* 0: it was not blocked before */
	uint64_t on_ns;
	uint64_t deadline_ns; /* of what it blocked in at the end; 0 none */
	uint32_t waker_tgid;  /* valid with WAKER_TASK */
	uint32_t waker_tid;
	uint8_t waker;	    /* enum waker_kind */
	uint8_t off_reason; /* enum off_reason */
	uint8_t blocked_in; /* enum blocked_in */
};

struct fact_memory {
	uint64_t rss_bytes;
	uint64_t peak_rss_bytes;
};

/*
 * A socket. fact.tgid is the process that owns it as far as known (0 unknown): that of its first send
 * or receive. `id` is unique in a recording. TCP sockets of one host pair by mirrored addresses in one
 * netns; Unix sockets by `peer_id` (0 unknown).
 */
struct fact_connection {
	uint64_t id;
	uint64_t peer_id;
	uint64_t opened_ns; /* start of connect where seen, else time of first sight */
	uint32_t netns;
	uint16_t local_port;
	uint16_t remote_port;
	uint8_t family;	    /* enum connection_family */
	bool is_client;	    /* it was seen connecting */
	bool is_from_start; /* seen from its first byte; false: it existed before */
	uint8_t local_address[FACT_ADDRESS_BYTES]; /* IPv4 in the first four bytes */
	uint8_t remote_address[FACT_ADDRESS_BYTES];
	bool is_listening; /* fact.tgid began to listen on local_port; it moves no bytes */
};

struct fact_connection_state {
	uint64_t id;
	uint8_t state; /* enum connection_state */
};

struct digest {
	uint64_t value; /* keyed with a key of this recording; 0 with bytes == 0: none */
	uint64_t bytes; /* total length of what it stands for, when known */
	uint8_t flags;	/* enum digest_flag */
};

/* Also where both are none. Whether equal bodies prove anything is for the caller to say: {} does not. */
static inline bool digest_is_same(const struct digest *left, const struct digest *right)
{
	return left->value == right->value && left->bytes == right->bytes &&
	       left->flags == right->flags;
}

/*
 * One message on one connection, as fact.tgid/fact.tid saw it: the same request is two facts where
 * both ends are traced. fact.tid moved its first byte, last_tid its last. Strings: those that the
 * message itself carries, redacted.
 */
struct fact_message {
	uint64_t connection;
	/* counts requests on the connection; a response has its request's number */
	uint64_t sequence;
	uint64_t first_ns; /* first byte moved */
	uint64_t last_ns;  /* last byte moved */
	uint64_t wire_bytes;
	uint64_t body_bytes;
	uint64_t deadline_ms; /* Lambda-Runtime-Deadline-Ms: CLOCK_REALTIME ms; 0 absent */
	struct digest body;
	struct digest
		json; /* insensitive to spacing and member order; bytes 0 where it is no JSON */
	uint32_t last_tid;
	uint32_t flags;	      /* enum message_flag */
	uint32_t memory_mb;   /* from a line event's context; 0 absent */
	uint16_t status;      /* HTTP status of a response; 0 absent */
	uint16_t sdk_attempt; /* amz-sdk-request: attempt=; 0 absent */
	uint16_t sdk_max;
	uint8_t direction;	 /* enum message_direction */
	uint8_t kind;		 /* enum message_kind */
	uint8_t method;		 /* enum http_method */
	uint8_t invocation_type; /* enum invocation_type */
	const char
		*request_id; /* runtime API id, x-amzn-RequestId, or awsRequestId of a line event */
	const char *function; /* bare function name */
	const char *qualifier;
	const char *arn;
	const char *host;    /* Host header, without credentials */
	const char *path;    /* without query; token-like segments are replaced by '*' */
	const char *service; /* AWS service by signature scope */
	const char *operation;
	const char *target;	  /* queue, topic, table ...: a name, never a value */
	const char *trace_header; /* X-Amzn-Trace-Id or Lambda-Runtime-Trace-Id */
	const char *traceparent;
	const char *sdk_invocation_id; /* amz-sdk-invocation-id */
	const char *function_error; /* X-Amz-Function-Error, Lambda-Runtime-Function-Error-Type */
};

/*
 * Node worker messages, matched by their addresses in the recorder (facts/worker.c). `message` numbers the
 * message in this recording, so a SENT and its EVENT, a RESULT and its TAKEN carry the same number.
 * `port` numbers the invocation's own port: EVENT and RESULT of one invocation on one worker thread.
 *
 * SENT:   fact.tid the dispatcher's thread; names are filled.
 * EVENT:  fact.tid the worker; names are filled; sent_ns and sender_tid where the sending was seen.
 * RESULT: fact.tid the worker; is_error where the content shows a handler error.
 * TAKEN:  fact.tid the dispatcher's thread.
 */
struct fact_worker {
	uint64_t message;
	uint64_t port;	     /* RESULT: identity of the receiving port; else 0 */
	uint64_t sent_ns;    /* EVENT, TAKEN: when it was posted; 0 unknown */
	uint32_t sender_tid; /* EVENT, TAKEN: 0 unknown */
	uint32_t length;
	uint32_t memory_mb;
	bool is_error;
	struct digest
		json; /* SENT, EVENT: of the event; RESULT, TAKEN: of the result; bytes 0: unknown */
	const char *request_id;
	const char *function;
	const char *arn;
	uint32_t timeout_ms; /* EVENT: of the function, as its worker was told; 0 unknown */
};

/* What listens on `port` of any address is a function, and each HTTP request to it an invocation. */
struct fact_http_function {
	uint32_t memory_mb; /* 0 unknown */
	uint16_t port;
	const char *function;
};

/*
 * A call of a function that the user named as a handler of events. Its entry and its return are on one
 * thread or, in Go, in one goroutine.
 */
struct fact_native_call {
	uint64_t goroutine; /* identity; 0: not Go */
	uint64_t stack;	    /* stack pointer: that of an inner call is lower; 0 unknown */
	uint32_t probe;	    /* which of the probes */
	uint32_t memory_mb; /* 0 unknown */
	bool is_return;
	const char *function;
};

struct fact_loss {
	uint64_t from_ns;
	uint64_t to_ns;
	uint64_t records;
	uint64_t bytes;
	uint8_t loss_class; /* enum loss_class */
};

/* Of fact.tgid, over the whole recording: facts of that subject are missing, how many is not known. */
struct fact_blind_spot {
	uint8_t subject;	     /* enum blind_subject */
	uint8_t reason;		     /* enum blind_reason */
	const char *program;	     /* base name of its file */
	const char *program_version; /* as it tells it itself, e.g. "v20.20.2" */
};

struct fact {
	enum fact_kind kind;
	uint64_t time_ns;
	uint32_t tgid; /* process; 0 where none applies */
	uint32_t tid;  /* thread */
	union {
		struct fact_task_seen task_seen;
		struct fact_fork fork;
		struct fact_exec exec;
		struct fact_task_exit task_exit;
		struct fact_slice slice;
		struct fact_memory memory;
		struct fact_connection connection;
		struct fact_connection_state connection_state;
		struct fact_message message;
		struct fact_worker worker; /* SENT, EVENT, RESULT, TAKEN */
		struct fact_loss loss;
		struct fact_blind_spot blind_spot;
		struct fact_http_function http_function;
		struct fact_native_call native_call;
	};
};

/* Receives facts one by one. Returns 0, or negative errno to stop the sender, which returns it. */
struct fact_sink {
	int (*push)(void *context, const struct fact *fact);
	void *context;
};

static inline int fact_sink_push(const struct fact_sink *sink, const struct fact *fact)
{
	return sink->push(sink->context, fact);
}

#endif
