/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * socket_data.bpf.h - what both socket back ends (socket.bpf.c, socket_syscall.bpf.c) do once they know
 * that a traced process moved bytes over a stream socket (or asked for a name), or that its TCP state changed.
 *
 * Comes out: RECORD_SOCKET_OPEN at first sight, RECORD_SOCKET_DATA per piece of a send or receive,
 * RECORD_SOCKET_STATE. Of each operation the start is kept (longer where it starts an HTTP head) and the
 * last bytes. The protocol knowledge here is a guess at start lines; user/wire parses. Where a socket's
 * state is kept, and what identifies it, is the back end's part. Nothing here trusts a socket's memory:
 * all of it is read by probe.
 */
#ifndef IDLETAX_SOCKET_DATA_BPF_H
#define IDLETAX_SOCKET_DATA_BPF_H

#include "emit.bpf.h"
#include "payload.bpf.h"

#define HEAD_PIECES_MAX (RECORD_HEAD_MAX / RECORD_PIECE_MAX)

struct socket_state {
	__u64 cookie;
	__u64 offset[2];    /* bytes moved since first sight, by enum record_direction */
	__u32 head_left[2]; /* bytes that may still be kept of a message head */
	__u32 is_open_sent;
	__u32 is_port_unknown; /* connect began before the local port was chosen */
};

/* One send or receive at hand. */
struct operation {
	__u64 thread_id;
	__u64 time_ns;
	__u64 cookie;
	__u64 offset;
	__u32 bytes;
	__u32 kept;  /* bytes of its start that were emitted */
	__u32 limit; /* up to which they may be */
	__u32 is_head_complete;
	__u32 has_line_end; /* the piece at hand has a carriage return */
	__u32 direction;
	struct payload_run run;
};

/*
 * By enum record_direction. A program does not run twice at once on one CPU (the kernel skips and counts
 * that), and no two programs that are attached at the same time share an entry, so each has one user.
 */
struct operations_map {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, struct operation);
};
extern struct operations_map operations SEC(".maps");

struct operation_walk { /* a bpf_loop context must be on the stack */
	struct operation *operation;
};

/* ---- identity ---- */

/* Over UDP only names are asked for: that belongs to the call that needs them. */
static __always_inline bool is_resolver_socket(struct sock *sk)
{
	return BPF_CORE_READ(sk, sk_protocol) == PROTOCOL_UDP &&
	       BPF_CORE_READ(sk, __sk_common.skc_dport) == __builtin_bswap16(PORT_DNS);
}

static __always_inline bool is_recorded_socket(struct sock *sk)
{
	__u16 family = BPF_CORE_READ(sk, __sk_common.skc_family);
	__u16 type = BPF_CORE_READ(sk, sk_type);
	bool is_inet = family == FAMILY_INET || family == FAMILY_INET6;

	if (type == SOCKET_DATAGRAM)
		return is_inet && is_resolver_socket(sk);
	if (type != SOCKET_STREAM)
		return false;
	return is_inet ? BPF_CORE_READ(sk, sk_protocol) == PROTOCOL_TCP : family == FAMILY_UNIX;
}

static __always_inline void fill_addresses(struct record_socket_open *open, struct sock *sk)
{
	struct unix_sock *unix_socket = (void *)sk;

	open->family = BPF_CORE_READ(sk, __sk_common.skc_family);
	if (open->family == FAMILY_UNIX) {
		open->self = (__u64)sk;
		open->peer = (__u64)BPF_CORE_READ(unix_socket, peer);
		return;
	}
	open->local_port = BPF_CORE_READ(sk, __sk_common.skc_num);
	open->remote_port = __builtin_bswap16(BPF_CORE_READ(sk, __sk_common.skc_dport));
	if (open->family == FAMILY_INET) {
		BPF_CORE_READ_INTO((__u32 *)open->local_address, sk, __sk_common.skc_rcv_saddr);
		BPF_CORE_READ_INTO((__u32 *)open->remote_address, sk, __sk_common.skc_daddr);
	} else {
		BPF_CORE_READ_INTO((struct in6_addr *)open->local_address, sk,
				   __sk_common.skc_v6_rcv_saddr);
		BPF_CORE_READ_INTO((struct in6_addr *)open->remote_address, sk,
				   __sk_common.skc_v6_daddr);
	}
}

/* Sent again when a connecting socket, first seen without a local port, has got it. */
static __always_inline void emit_open(struct socket_state *socket, struct sock *sk, __u16 state)
{
	struct record_socket_open open = {};

	fill_current(&open.header, RECORD_SOCKET_OPEN, sizeof(open));
	open.cookie = socket->cookie;
	open.netns = BPF_CORE_READ(sk, __sk_common.skc_net.net, ns.inum);
	open.state = state;
	fill_addresses(&open, sk);
	socket->is_port_unknown = open.family != FAMILY_UNIX && !open.local_port;
	socket->is_open_sent = 1;
	emit(&open, sizeof(open), RECORD_LOSS_SOCKET);
}

/* ---- data ---- */

/* Emits what run gathered as the piece at @start; @is_last where nothing follows. */
static __always_inline void emit_piece(struct operation *operation, __u32 start, __u8 flags)
{
	struct record_socket_data *record = (void *)operation->run.header;
	__u64 bytes = operation->run.filled;

	asm volatile("" : "+r"(bytes));
	if (bytes > RECORD_PIECE_MAX)
		return;
	bytes += sizeof(*record);
	fill_header(&record->header, RECORD_SOCKET_DATA, bytes, operation->time_ns,
		    operation->thread_id >> 32, (__u32)operation->thread_id);
	record->cookie = operation->cookie;
	record->op_offset = operation->offset;
	record->op_bytes = operation->bytes;
	record->piece_offset = start;
	record->piece_bytes = bytes - sizeof(*record);
	record->direction = operation->direction;
	record->flags = flags;
	record->reserved = 0;
	emit(record, bytes, RECORD_LOSS_SOCKET);
}

#define WORD(a, b, c, d) ((__u32)(a) | (__u32)(b) << 8 | (__u32)(c) << 16 | (__u32)(d) << 24)

/* Whether the gathered bytes look like the start of an HTTP request or response, or of its method. */
static __always_inline bool starts_head(struct payload_run *run)
{
	__u32 word = *(__u32 *)run->piece;

	if (run->filled < 8) /* a start line can arrive split: "G" and "ET / ..." */
		return run->filled && (word & 0xff) >= 'A' && (word & 0xff) <= 'Z';
	switch (word) {
	case WORD('G', 'E', 'T', ' '):
	case WORD('P', 'O', 'S', 'T'):
	case WORD('P', 'U', 'T', ' '):
	case WORD('D', 'E', 'L', 'E'):
	case WORD('H', 'E', 'A', 'D'):
	case WORD('O', 'P', 'T', 'I'):
	case WORD('P', 'A', 'T', 'C'):
	case WORD('H', 'T', 'T', 'P'):
		return true;
	}
	return false;
}

#define HEAD_END WORD('\r', '\n', '\r', '\n')
#define BYTES_OF(byte) (0x0101010101010101ull * (byte))

/* bpf_loop callback: looks for line ends, and the empty line that ends a head, in eight bytes. */
static long search_head_end(__u64 index, struct operation_walk *walk)
{
	struct operation *operation = walk->operation;
	__u8 *text;
	__u64 word;
	__u32 k;

	asm volatile("" : "+r"(index));
	if (index >= RECORD_PIECE_MAX / 8)
		return 1;
	text = &operation->run.piece[index * 8];
	word = *(__u64 *)text ^ BYTES_OF('\r');
	if (!((word - BYTES_OF(0x01)) & ~word & BYTES_OF(0x80)))
		return 0;
	operation->has_line_end = 1;
#pragma unroll
	for (k = 0; k < 8; k++) {
		if (*(__u32 *)(text + k) == HEAD_END) {
			operation->is_head_complete = 1;
			return 1;
		}
	}
	return 0;
}

/* Searches the piece at hand; what follows it is of older pieces and is cleared. */
static __always_inline void check_head_end(struct operation *operation)
{
	struct operation_walk walk = { operation };
	__u64 filled = operation->run.filled;

	asm volatile("" : "+r"(filled));
	if (filled > RECORD_PIECE_MAX)
		return;
	operation->has_line_end = 0;
	__builtin_memset(&operation->run.piece[filled], 0, 4);
	bpf_loop((filled + 7) / 8, search_head_end, &walk, 0);
}

/* bpf_loop callback: one more piece of a long head. 1 ends it. */
static long emit_head_piece(__u64 index, struct operation_walk *walk)
{
	struct operation *operation = walk->operation;
	__u32 wanted = operation->limit - operation->kept;
	__u8 flags;

	if (operation->is_head_complete || operation->kept >= operation->limit)
		return 1;
	gather(&operation->run, operation->kept,
	       wanted > RECORD_PIECE_MAX ? RECORD_PIECE_MAX : wanted);
	if (!operation->run.filled)
		return 1;
	check_head_end(operation);
	flags = operation->kept + operation->run.filled >= operation->bytes ? RECORD_DATA_LAST : 0;
	emit_piece(operation, operation->kept, flags);
	operation->kept += operation->run.filled;
	return 0;
}

static __always_inline void emit_tail(struct operation *operation)
{
	__u32 wanted = operation->bytes - operation->kept;
	__u8 flags = RECORD_DATA_LAST;

	if (wanted > RECORD_TAIL_MAX)
		wanted = RECORD_TAIL_MAX;
	gather(&operation->run, operation->bytes - wanted, wanted);
	if (operation->run.filled < wanted)
		flags |= RECORD_DATA_NO_PAYLOAD;
	emit_piece(operation, operation->bytes - wanted, flags);
}

/*
 * How much of the operation's start is kept. The budget of a head is armed by a start line and ended by
 * the head's empty line. It is searched for only where it matters, in operations of more than a piece:
 * one that goes on with a head has line ends in it, a body rather not.
 */
static __always_inline __u32 head_limit(struct operation *operation, __u32 *head_left)
{
	bool is_start = starts_head(&operation->run);

	if (is_start)
		*head_left = RECORD_HEAD_MAX;
	if (!*head_left || operation->bytes <= RECORD_PIECE_MAX)
		return RECORD_PIECE_MAX;
	check_head_end(operation);
	if (operation->is_head_complete || (!is_start && !operation->has_line_end))
		*head_left = 0;
	return *head_left > RECORD_PIECE_MAX ? *head_left : RECORD_PIECE_MAX;
}

/* What a head may still need, after an operation was a part of it. */
static __always_inline void spend_head(struct operation *operation, __u32 *head_left)
{
	if (operation->is_head_complete || *head_left <= operation->bytes)
		*head_left = 0;
	else
		*head_left -= operation->bytes;
}

static __always_inline void emit_operation(struct operation *operation, __u32 *head_left)
{
	struct operation_walk walk = { operation };
	__u8 flags = RECORD_DATA_FIRST;
	__u32 bytes = operation->bytes;

	gather(&operation->run, 0, bytes > RECORD_PIECE_MAX ? RECORD_PIECE_MAX : bytes);
	operation->kept = operation->run.filled;
	if (operation->kept == bytes)
		flags |= RECORD_DATA_LAST;
	if (bytes && !operation->kept)
		flags |= RECORD_DATA_LAST | RECORD_DATA_NO_PAYLOAD;
	operation->limit = head_limit(operation, head_left);
	if (operation->limit > bytes)
		operation->limit = bytes;
	emit_piece(operation, 0, flags);
	if (!(flags & RECORD_DATA_LAST)) {
		if (operation->limit > operation->kept)
			bpf_loop(HEAD_PIECES_MAX, emit_head_piece, &walk, 0);
		if (operation->kept < bytes)
			emit_tail(operation);
	}
	spend_head(operation, head_left);
}

/* The bytes cannot be read: their number alone. */
static __always_inline void emit_length(struct operation *operation, __u32 *head_left)
{
	__u8 flags = RECORD_DATA_FIRST | RECORD_DATA_LAST;

	operation->run.filled = 0;
	if (operation->bytes)
		flags |= RECORD_DATA_NO_PAYLOAD;
	emit_piece(operation, 0, flags);
	spend_head(operation, head_left);
}

/* What the calling thread did with a socket. NULL where there is no room to tell it. */
static __always_inline struct operation *
begin_operation(struct socket_state *socket, struct sock *sk, __u32 bytes, __u32 direction)
{
	struct operation *operation;
	__u32 key = direction;

	operation = bpf_map_lookup_elem(&operations, &key);
	if (!operation)
		return NULL;
	if (!socket->is_open_sent || socket->is_port_unknown)
		emit_open(socket, sk, BPF_CORE_READ(sk, __sk_common.skc_state));
	operation->thread_id = current_id();
	operation->time_ns = bpf_ktime_get_ns();
	operation->cookie = socket->cookie;
	operation->direction = direction;
	operation->bytes = bytes;
	operation->is_head_complete = 0;
	operation->offset = socket->offset[direction];
	socket->offset[direction] += bytes;
	return operation;
}

/* @is_readable: the calling thread's saved registers name the syscall that moved the bytes. */
static __always_inline void record_data(struct socket_state *socket, struct sock *sk, __u32 bytes,
					__u32 direction, bool is_readable)
{
	struct operation *operation;

	operation = begin_operation(socket, sk, bytes, direction);
	if (!operation)
		return;
	is_readable = is_readable && find_payload(&operation->run);
	if (is_readable && direction == RECORD_RECEIVE && asks_for_nothing(&operation->run))
		return; /* or it would look like the end of the stream */
	if (is_readable)
		emit_operation(operation, &socket->head_left[direction]);
	else
		emit_length(operation, &socket->head_left[direction]);
}

/* ---- TCP states ---- */

static __always_inline void record_state(struct socket_state *socket, struct sock *sk,
					 __u16 old_state, __u16 new_state)
{
	struct record_socket_state record = {};

	if (!socket->is_open_sent ||
	    (socket->is_port_unknown && new_state == TCP_STATE_ESTABLISHED))
		emit_open(socket, sk, new_state);
	fill_current(&record.header, RECORD_SOCKET_STATE, sizeof(record));
	record.cookie = socket->cookie;
	record.old_state = old_state;
	record.new_state = new_state;
	record.shutdown = BPF_CORE_READ(sk, sk_shutdown);
	emit(&record, sizeof(record), RECORD_LOSS_SOCKET);
}

#endif
