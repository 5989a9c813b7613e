/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * record.h - what the kernel programs send to the recorder through the ring buffer.
 *
 * One vocabulary for the kernel side only: the recorder (user/facts) turns records into facts
 * (trace_format.h) and nothing else reads them. Raw recordings (record --raw) hold them verbatim.
 *
 * Rules: enum values are explicit and append-only; a changed meaning is a new kind and a new
 * RECORD_VERSION. No pointer, enum, bool, int, long or implicit padding in a struct; all times are
 * CLOCK_MONOTONIC nanoseconds; process and thread ids are those of the recorder's PID namespace.
 */
#ifndef IDLETAX_RECORD_H
#define IDLETAX_RECORD_H

#ifndef __VMLINUX_H__
#include <linux/types.h>
#endif

#define RECORD_VERSION 1

#define RECORD_PIECE_MAX 4096	 /* payload bytes in one socket piece */
#define RECORD_TAIL_MAX 64	 /* payload bytes kept of the end of one send or receive */
#define RECORD_HEAD_MAX 65536	 /* payload bytes kept of one message start, over all its pieces */
#define RECORD_STRINGS_MAX 32768 /* argument and environment bytes in one exec record */
#define RECORD_WORKER_MAX 4096	 /* bytes kept of one Node worker message */
#define RECORD_NAME_MAX 16	 /* TASK_COMM_LEN */
#define RECORD_NATIVE_PROBES_MAX 64
#define RECORD_FUNCTION_MAX 256 /* bytes of a function's name that the user gave */

enum record_kind {
	RECORD_SOCKET_OPEN = 1,	 /* struct record_socket_open: first sight of a socket */
	RECORD_SOCKET_STATE = 2, /* struct record_socket_state: TCP state change */
	RECORD_SOCKET_DATA = 3,	 /* struct record_socket_data: bytes moved, with a piece of them */
	RECORD_SLICE = 4,	 /* struct record_slice: a thread was on a CPU */
	RECORD_TASK_SEEN = 5,	 /* struct record_task_seen: a thread that existed at attach */
	RECORD_FORK = 6,	 /* struct record_fork: a new thread or process */
	RECORD_EXEC = 7,	 /* struct record_exec: a process replaced its image */
	RECORD_EXIT = 8,	 /* struct record_exit: a thread ended */
	RECORD_MEMORY = 9,	 /* struct record_memory: resident memory of a process */
	RECORD_WORKER_MESSAGE = 10, /* struct record_worker_message: Node worker message */
	RECORD_LOSS = 11,	    /* struct record_loss: records that could not be reserved */
	RECORD_BLIND_SPOT = 12,	    /* struct record_blind_spot: what cannot be seen of a process */
	RECORD_HTTP_FUNCTION = 13,  /* struct record_http_function: what a port serves */
	RECORD_DISCOVERED = 14,	    /* struct record_discovered: a process to look at (record -a) */
	RECORD_NATIVE_PROBE = 15,   /* struct record_native_probe: a function that handles events */
	RECORD_NATIVE_CALL = 16,    /* struct record_native_call: its entry or return */
	RECORD_KIND_END = 17,	    /* one past the last: decoders and the contract test iterate */
};

/* Every record begins so. For RECORD_SLICE tgid and tid are the thread's that ran. */
struct record_header {
	__u16 kind; /* enum record_kind */
	__u16 cpu;
	__u32 bytes; /* of the whole record, with this header and its payload */
	__u64 time_ns;
	__u32 tgid;
	__u32 tid;
};

enum record_family {
	RECORD_FAMILY_INET = 2,
	RECORD_FAMILY_INET6 = 10,
	RECORD_FAMILY_UNIX = 1,
};

enum record_socket_flag {
	RECORD_SOCKET_EXISTED = 1, /* it was open before its process was traced */
};

/*
 * Sent once per socket, before its first other record, and again when a connecting socket, first seen
 * in SYN_SENT before its local port was chosen, has got it. Ports in host order, addresses in network
 * order (IPv4 in the first four bytes). For Unix sockets the addresses are zero and self/peer are
 * opaque identities: one socket's `self` is its partner's `peer` while both live; they are kernel
 * addresses, so they never leave the recorder.
 */
struct record_socket_open {
	struct record_header header;
	__u64 cookie;
	__u64 self;
	__u64 peer; /* 0: not a Unix socket, or not connected */
	__u32 netns;
	__u16 family; /* enum record_family */
	__u16 state;  /* TCP_ESTABLISHED 1, TCP_SYN_SENT 2, ... as include/net/tcp_states.h */
	__u16 local_port;
	__u16 remote_port;
	__u32 flags; /* enum record_socket_flag */
	__u8 local_address[16];
	__u8 remote_address[16];
};

/* On loopback the server's ESTABLISHED fires in the client's context: tgid says nothing then. */
struct record_socket_state {
	struct record_header header;
	__u64 cookie;
	__u16 old_state;
	__u16 new_state;
	__u8 shutdown; /* enum record_shutdown, or 0: neither */
	__u8 reserved[3];
};

/* What this side will not do any more. Both: it is closed here, whatever the peer still has to say. */
enum record_shutdown {
	RECORD_SHUTDOWN_RECEIVE = 1,
	RECORD_SHUTDOWN_SEND = 2,
	RECORD_SHUTDOWN_BOTH = 3,
};

enum record_direction {
	RECORD_SEND = 0,
	RECORD_RECEIVE = 1,
};

enum record_data_flag {
	RECORD_DATA_FIRST = 1,	    /* first piece of this send or receive */
	RECORD_DATA_LAST = 2,	    /* last piece of it */
	RECORD_DATA_NO_PAYLOAD = 4, /* length known, bytes not readable (sendfile, splice) */
};

/*
 * One send or receive moved `op_bytes` bytes which start `op_offset` bytes into this direction's
 * stream (counted since the socket was first seen). It yields one or more pieces, each contiguous:
 * the head (up to RECORD_PIECE_MAX, and up to RECORD_HEAD_MAX where it starts a message head) and,
 * where that did not reach the end, the last RECORD_TAIL_MAX bytes. `piece_offset` is within the
 * operation. The time is taken after the copy: a peer's receive can carry an earlier time than the
 * send that fed it.
 */
struct record_socket_data {
	struct record_header header;
	__u64 cookie;
	__u64 op_offset;
	__u32 op_bytes;
	__u32 piece_offset;
	__u32 piece_bytes;
	__u8 direction; /* enum record_direction */
	__u8 flags;	/* enum record_data_flag */
	__u16 reserved;
	__u8 piece[];
};

enum record_off_reason {
	RECORD_OFF_PREEMPTED = 1, /* still runnable */
	RECORD_OFF_SLEEP = 2,	  /* interruptible */
	RECORD_OFF_UNINTERRUPTIBLE = 3,
	RECORD_OFF_IO = 4,	/* uninterruptible and in_iowait, or a major page fault */
	RECORD_OFF_STOPPED = 5, /* stopped or traced by a signal */
	RECORD_OFF_DEAD = 6,
	RECORD_OFF_CUT = 7, /* still on the CPU: the slice was cut so that a stream can close */
	RECORD_OFF_THROTTLED = 8, /* its cgroup used up its quota; no wake before it runs on */
};

enum record_waker {
	RECORD_WAKER_UNKNOWN = 0, /* no wake was seen (was preempted, cut, or running at attach) */
	RECORD_WAKER_TASK = 1,	  /* woken in task context by waker_tid */
	RECORD_WAKER_INTERRUPT = 2, /* woken from an interrupt: there is no waker */
};

/*
 * A thread was on a CPU from on_ns to header.time_ns. It was blocked until woken_ns (0: it was not
 * blocked, it had been preempted or cut) and waited for a CPU from then (or from the end of its last
 * slice) to on_ns. Where the kernel did not tell that it got the CPU, on_ns is by the time that the
 * kernel counted for it, without interrupts. `syscall` (-1: none, it was preempted in user mode),
 * `deadline_ns` (CLOCK_MONOTONIC, 0: none) and `off_reason` say what it blocked in at the end.
 */
struct record_slice {
	struct record_header header;
	__u64 woken_ns;
	__u64 on_ns;
	__u64 deadline_ns;
	__u32 waker_tgid;
	__u32 waker_tid;
	__s32 syscall;
	__u8 off_reason; /* enum record_off_reason */
	__u8 waker;	 /* enum record_waker */
	__u16 reserved;
};

/* State of a thread at attach, so that a sleeping one is known to be asleep and why. */
struct record_task_seen {
	struct record_header header;
	__u64 start_ns; /* CLOCK_MONOTONIC time of its fork */
	__u64 deadline_ns;
	__u32 parent_tgid;
	__s32 syscall;	 /* -1: not in one, or unknown */
	__u8 off_reason; /* enum record_off_reason; RECORD_OFF_CUT: it is on a CPU */
	__u8 reserved[7];
	char name[RECORD_NAME_MAX];
};

/* header.tgid/tid: the parent. A new thread has child_tgid == header.tgid. */
struct record_fork {
	struct record_header header;
	__u32 child_tgid;
	__u32 child_tid;
	char name[RECORD_NAME_MAX];
};

/*
 * `strings`: args_bytes of NUL-separated arguments, then env_bytes of NUL-separated environment
 * (the initial one, as given to execve), each cut at what fits. Both hold secrets: the recorder keeps
 * argv[0], the script and an allow-list of variables, and drops the rest before anything is written.
 */
struct record_exec {
	struct record_header header;
	__u32 args_bytes;
	__u32 env_bytes;
	__u32 args_total; /* before cutting */
	__u32 env_total;
	char name[RECORD_NAME_MAX];
	char strings[];
};

struct record_exit {
	struct record_header header;
	__u64 peak_rss_bytes;
	__u32 exit_code;     /* as wait(2): signal in the low 7 bits, status << 8 */
	__u32 is_group_dead; /* 1: the last thread of its process */
};

struct record_memory {
	struct record_header header;
	__u64 rss_bytes;
	__u64 peak_rss_bytes;
};

enum record_worker_operation {
	RECORD_WORKER_SENT = 1,	    /* MessagePortData::AddToIncomingQueue */
	RECORD_WORKER_RECEIVED = 2, /* Message::Deserialize */
};

/*
 * One Node worker message, content checked in the kernel to begin like a V8 structured clone or to be
 * empty. `message` identifies it between its sending and its receipt (addresses are reused: the latest
 * sender counts). `port` is the receiving port's identity (sent only; 0 when received).
 */
struct record_worker_message {
	struct record_header header;
	__u64 message;
	__u64 port;
	__u32 length;	  /* of the whole message; 0 is a close message */
	__u32 data_bytes; /* kept here */
	__u8 operation;	  /* enum record_worker_operation */
	__u8 reserved[7];
	__u8 data[];
};

enum record_loss_class {
	RECORD_LOSS_SOCKET = 1, /* socket, worker message and connection records */
	RECORD_LOSS_SCHEDULER = 2,
	RECORD_LOSS_PROCESS = 3,
	RECORD_LOSS_CLASS_END = 4,
};

/* Records of one class that one CPU could not reserve between two moments at which it could. */
struct record_loss {
	struct record_header header;
	__u64 from_ns; /* last good record before */
	__u64 to_ns;   /* first good record after */
	__u64 records;
	__u64 bytes;
	__u32 loss_class; /* enum record_loss_class */
	__u32 reserved;
};

enum record_blind_subject {
	RECORD_BLIND_WORKER_MESSAGES = 1, /* between the threads of a Node process */
};

enum record_blind_reason {
	RECORD_BLIND_NO_SYMBOLS = 1,   /* the program lacks functions that would be watched */
	RECORD_BLIND_UNKNOWN_FORM = 2, /* what they handle is not what is known of them */
	RECORD_BLIND_NOT_ATTACHED = 3, /* the kernel refuses to watch them */
};

/*
 * The recorder found that a kind of records is missing for the whole process (header.tgid). `program` is
 * the file's base name, `version` what the program says of itself; both end with NUL, empty: unknown.
 */
struct record_blind_spot {
	struct record_header header;
	__u8 subject; /* enum record_blind_subject */
	__u8 reason;  /* enum record_blind_reason */
	__u8 reserved[6];
	char program[64];
	char version[32];
};

/*
 * Whatever listens on @port is the function `name`: told by the user, so it comes from the recorder
 * itself, once per port and before all else. `name` is UTF-8 without NUL up to the record's end.
 */
struct record_http_function {
	struct record_header header;
	__u32 memory_mb; /* 0 unknown */
	__u16 port;
	__u16 reserved;
	char name[];
};

enum record_discovery {
	RECORD_DISCOVERED_PROGRAM = 1, /* runs a new program, not traced: is that an emulator? */
	RECORD_DISCOVERED_RUNTIME = 2, /* traced since its exec, which is recorded */
	RECORD_DISCOVERED_NEXT = 3,    /* traced since it sent or received GET .../next */
	RECORD_DISCOVERED_INVOKE = 4,  /* traced since it received an Invoke */
};

/*
 * The kernel found a process. Where it began to trace one that was running already, the thread of the
 * header has told itself (RECORD_TASK_SEEN); the recorder looks after the rest of it.
 */
struct record_discovered {
	struct record_header header;
	__u32 reason; /* enum record_discovery */
	__u32 reserved;
};

/*
 * Calls of probe number @probe are invocations of the function `name`: told by the user, so it comes from
 * the recorder itself, once per probe and before all else. `name` is as in struct record_http_function.
 */
struct record_native_probe {
	struct record_header header;
	__u32 probe;
	__u32 memory_mb; /* 0 unknown */
	char name[];
};

enum record_native_operation {
	RECORD_NATIVE_ENTRY = 1,
	RECORD_NATIVE_RETURN = 2,
};

/* Where the stack of a goroutine is said to end. */
#define RECORD_GO_STACK_TOP (1ull << 47)

struct record_native_call {
	struct record_header header;
	__u64 goroutine; /* of a Go program: identity of the goroutine; else 0 */
	__u64 stack;	 /* the stack pointer, in Go as if stacks did not move; 0 unknown */
	__u32 probe;
	__u8 operation; /* enum record_native_operation */
	__u8 reserved[3];
};

#define RECORD_ASSERT_SIZE(type, size) \
	_Static_assert(sizeof(type) == (size), #type " has implicit padding or changed size")
RECORD_ASSERT_SIZE(struct record_header, 24);
RECORD_ASSERT_SIZE(struct record_socket_open, 24 + 24 + 16 + 32);
RECORD_ASSERT_SIZE(struct record_socket_state, 40);
RECORD_ASSERT_SIZE(struct record_socket_data, 56);
RECORD_ASSERT_SIZE(struct record_slice, 64);
RECORD_ASSERT_SIZE(struct record_task_seen, 72);
RECORD_ASSERT_SIZE(struct record_fork, 48);
RECORD_ASSERT_SIZE(struct record_exec, 56);
RECORD_ASSERT_SIZE(struct record_exit, 40);
RECORD_ASSERT_SIZE(struct record_memory, 40);
RECORD_ASSERT_SIZE(struct record_worker_message, 56);
RECORD_ASSERT_SIZE(struct record_loss, 64);
RECORD_ASSERT_SIZE(struct record_blind_spot, 128);
RECORD_ASSERT_SIZE(struct record_http_function, 32);
RECORD_ASSERT_SIZE(struct record_native_probe, 32);
RECORD_ASSERT_SIZE(struct record_native_call, 48);
RECORD_ASSERT_SIZE(struct record_discovered, 32);

#endif
