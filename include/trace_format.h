/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * trace_format.h - the trace file: what the recorder writes and the analysis reads.
 *
 * The layout and the encoding of every fact are described in include/README.md. This header holds the
 * numbers both sides share. All enum values are explicit and append-only; a reader skips fact kinds it
 * does not know (they are length-prefixed) and refuses a newer major version.
 */
#ifndef IDLETAX_TRACE_FORMAT_H
#define IDLETAX_TRACE_FORMAT_H

#include <linux/types.h>

#define TRACE_MAGIC "IDLETAX\n" /* the first eight bytes of a file */
#define TRACE_VERSION_MAJOR 1	/* a reader refuses a newer one */
#define TRACE_VERSION_MINOR 1	/* a reader accepts a newer one */

enum trace_file_flag {
	TRACE_FILE_INCOMPLETE = 1, /* set first, cleared when the file is finished */
	TRACE_FILE_RAW = 2,	   /* holds captured bytes: do not share */
};

/* At offset 0. Written first with TRACE_FILE_INCOMPLETE, rewritten in place at the end. */
struct trace_file_header {
	__u8 magic[8];
	__u16 version_major;
	__u16 version_minor;
	__u32 flags;	    /* enum trace_file_flag */
	__u64 monotonic_ns; /* start of the recording: CLOCK_MONOTONIC and ... */
	__u64 realtime_ns;  /* ... CLOCK_REALTIME of the same moment */
	__u64 end_ns;	    /* CLOCK_MONOTONIC end; 0 while incomplete */
	__u32 header_bytes; /* of this header: where the first chunk begins */
	__u32 crc32;	    /* of this header with this field 0 */
	__u64 reserved[2];
};
_Static_assert(sizeof(struct trace_file_header) == 64, "struct trace_file_header changed size");

#define TRACE_CHUNK_MAGIC 0x4b4e4843u /* "CHNK", little endian */

enum trace_chunk_kind {
	TRACE_CHUNK_HOST = 1,  /* key/value strings: kernel, machine, cpus, page size, version */
	TRACE_CHUNK_FACTS = 2, /* a string table, then facts */
	TRACE_CHUNK_RAW = 3,   /* kernel records verbatim (record --raw), each padded to 8 bytes */
	TRACE_CHUNK_END = 4,   /* nothing follows: first_ns and last_ns are the recording's end */
};

#define TRACE_CHUNK_PLAIN_MAX (1u << 20)  /* bytes of one chunk before compression */
#define TRACE_CHUNK_STORED_MAX (2u << 20) /* bytes of one chunk in the file */
#define TRACE_STRING_MAX 65536		  /* bytes of one string */

/* Precedes each chunk's zlib stream. A chunk stands alone: its strings and time base are its own. */
struct trace_chunk_header {
	__u32 magic;
	__u32 kind; /* enum trace_chunk_kind */
	__u32 stored_bytes;
	__u32 plain_bytes;
	__u32 facts; /* how many facts (records) it holds */
	__u32 crc32; /* of this header with this field 0, then of the stored bytes */
	__u64 first_ns;
	__u64 last_ns;
};
_Static_assert(sizeof(struct trace_chunk_header) == 40, "struct trace_chunk_header changed size");

enum fact_kind {
	FACT_TASK_SEEN = 1,  /* a thread that existed when the recording began */
	FACT_FORK = 2,	     /* a thread or process began */
	FACT_EXEC = 3,	     /* a process replaced its image */
	FACT_TASK_EXIT = 4,  /* a thread (or the last of its process) ended */
	FACT_SLICE = 5,	     /* a thread was on a CPU */
	FACT_MEMORY = 6,     /* resident memory of a process */
	FACT_CONNECTION = 7, /* a socket is known from here on */
	FACT_CONNECTION_STATE = 8,
	FACT_MESSAGE = 9,	 /* one message moved over a connection, complete or ended */
	FACT_WORKER_EVENT = 10,	 /* a Node worker received its event */
	FACT_WORKER_RESULT = 11, /* a Node worker posted its result */
	FACT_LOSS = 12,		 /* something was lost in a time range */
	FACT_WORKER_SENT = 13,	 /* the event for a Node worker was posted by its dispatcher */
	FACT_WORKER_TAKEN = 14,	 /* the dispatcher received the worker's result */
	FACT_BLIND_SPOT = 15,	 /* what the recorder could not see of a process */
	FACT_HTTP_FUNCTION = 16, /* what listens on a port is a function: the user said so */
	FACT_NATIVE_CALL = 17,	 /* a function that handles events was entered or returned */
	FACT_KIND_END = 18,
};

enum off_reason { /* why a thread left the CPU: values as record.h's enum record_off_reason */
	OFF_PREEMPTED = 1,
	OFF_SLEEP = 2,
	OFF_UNINTERRUPTIBLE = 3,
	OFF_IO = 4,
	OFF_STOPPED = 5,
	OFF_DEAD = 6,
	OFF_CUT = 7,
	OFF_THROTTLED = 8,
};

enum waker_kind {
	WAKER_UNKNOWN = 0,
	WAKER_TASK = 1,
	WAKER_INTERRUPT = 2,
};

/* How a syscall a thread blocked in can be woken; other syscalls are BLOCKED_OTHER. */
enum blocked_in {
	BLOCKED_NONE = 0, /* not in a syscall */
	BLOCKED_OTHER = 1,
	BLOCKED_POLL = 2, /* epoll, poll, select */
	BLOCKED_FUTEX = 3,
	BLOCKED_SLEEP = 4, /* nanosleep, clock_nanosleep */
	BLOCKED_READ = 5,  /* read, recv and relatives */
	BLOCKED_WRITE = 6,
	BLOCKED_WAIT = 7, /* wait4, waitid */
	BLOCKED_ACCEPT = 8,
	BLOCKED_CONNECT = 9,
	BLOCKED_FSYNC = 10, /* fsync, fdatasync, sync_file_range */
};

enum connection_family {
	CONNECTION_INET = 1,
	CONNECTION_INET6 = 2,
	CONNECTION_UNIX = 3,
};

enum connection_state {
	CONNECTION_CONNECTING = 1,
	CONNECTION_ESTABLISHED = 2,
	CONNECTION_PEER_CLOSED = 3, /* the other side will send no more */
	CONNECTION_CLOSED = 4,	    /* both sides are done, or it was reset */
	CONNECTION_OWN_CLOSED = 5,  /* this side will send no more, and was the first */
};

enum message_direction {
	MESSAGE_SENT = 0,
	MESSAGE_RECEIVED = 1,
};

/* What a message is. A response carries the kind of the request it answers. */
enum message_kind {
	MESSAGE_BYTES = 1,		/* an unrecognised protocol: a run of bytes one way */
	MESSAGE_HTTP = 2,		/* HTTP/1.1, nothing more specific */
	MESSAGE_RUNTIME_NEXT = 3,	/* GET  .../runtime/invocation/next */
	MESSAGE_RUNTIME_RESPONSE = 4,	/* POST .../runtime/invocation/{id}/response */
	MESSAGE_RUNTIME_ERROR = 5,	/* POST .../runtime/invocation/{id}/error */
	MESSAGE_RUNTIME_INIT_ERROR = 6, /* POST .../runtime/init/error */
	MESSAGE_RUNTIME_RESTORE = 7,	/* .../runtime/restore/next and /error */
	MESSAGE_EXTENSION = 8,		/* .../extension/..., except: */
	MESSAGE_EXTENSION_NEXT = 9,	/* GET .../extension/event/next */
	MESSAGE_TELEMETRY = 10,
	MESSAGE_INVOKE = 11,	    /* POST .../functions/{name}/invocations */
	MESSAGE_INVOKE_STREAM = 12, /* POST .../response-streaming-invocations */
	MESSAGE_INVOKE_ASYNC = 13,  /* POST .../invoke-async (legacy) */
	MESSAGE_AWS = 14,	    /* another signed AWS service request: see service, operation */
	MESSAGE_LINE_EVENT = 15,    /* serverless-offline: a JSON line with an event, to a child */
	MESSAGE_LINE_RESULT = 16,   /* one JSON line holding a result, from a child */
	MESSAGE_POSTGRES = 17,	    /* a PostgreSQL question, up to ReadyForQuery: see operation */
	MESSAGE_MYSQL = 18,	    /* a run of bytes of MySQL's protocol: see operation */
	MESSAGE_REDIS = 19,	    /* a Redis command, or several sent at once, and the replies */
	MESSAGE_TLS = 20, /* a run of encrypted bytes: see host, and service where that says it */
	MESSAGE_KIND_END = 21,
};

enum message_flag {
	MESSAGE_IS_RESPONSE = 1 << 0,
	MESSAGE_HAS_GAP = 1 << 1, /* bytes of it were lost or not captured where they mattered */
	MESSAGE_END_INFERRED = 1 << 2, /* ended by the next start in the other direction */
	MESSAGE_CUT = 1 << 3,	       /* the connection or the recording ended inside it */
	MESSAGE_CHUNKED = 1 << 4,
	MESSAGE_LAST_ON_CONNECTION = 1 << 5, /* Connection: close */
	MESSAGE_START_INFERRED = 1 << 6,     /* joined in the middle */
	MESSAGE_STREAMED = 1 << 7,	     /* Lambda-Runtime-Function-Response-Mode: streaming */
	MESSAGE_MALFORMED = 1 << 8, /* left the protocol; the rest of the stream is BYTES */
	MESSAGE_TRACE_MALFORMED = 1
				  << 9, /* a trace header was not well formed, which is not kept */
	MESSAGE_CONNECTS = 1 << 10,	/* makes the connection: a TLS handshake, a login */
};

enum http_method {
	HTTP_METHOD_NONE = 0,
	HTTP_METHOD_GET = 1,
	HTTP_METHOD_POST = 2,
	HTTP_METHOD_PUT = 3,
	HTTP_METHOD_DELETE = 4,
	HTTP_METHOD_HEAD = 5,
	HTTP_METHOD_OPTIONS = 6,
	HTTP_METHOD_PATCH = 7,
	HTTP_METHOD_OTHER = 8,
};

enum invocation_type {
	INVOCATION_TYPE_NONE = 0,
	INVOCATION_REQUEST_RESPONSE = 1,
	INVOCATION_EVENT = 2,
	INVOCATION_DRY_RUN = 3,
};

enum digest_flag {
	DIGEST_IS_PREFIX = 1, /* only the first 2 KiB of the body were digested */
};

enum blind_subject {
	BLIND_WORKER_MESSAGES = 1, /* between a Node process's threads: invocations in workers */
	BLIND_SUBJECT_END = 2,
};

enum blind_reason {
	BLIND_NO_SYMBOLS = 1,	/* the program lacks functions that would be watched */
	BLIND_UNKNOWN_FORM = 2, /* what they handle is not what is known of them */
	BLIND_NOT_ATTACHED = 3, /* the kernel refuses to watch them */
	BLIND_REASON_END = 4,
};

enum loss_class {
	LOSS_SOCKET = 1,
	LOSS_SCHEDULER = 2,
	LOSS_PROCESS = 3,
	LOSS_FACT = 4, /* lost in user space: a limit was reached, a disk was full */
	LOSS_FILE = 5, /* a part of the file could not be read */
	LOSS_CLASS_END = 6,
};

#endif
