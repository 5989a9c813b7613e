// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * socket.bpf.c - the first socket back end: the kernel's own tracepoints of sends and receives (6.3 and
 * newer), which cost nothing where no socket is used, and see what io_uring moves.
 *
 * Each socket's state is kept in its storage and goes with it; its identity is the kernel's socket cookie.
 * What is recorded is in socket_data.bpf.h.
 */
#include "socket_data.bpf.h"

#include <bpf/bpf_tracing.h>

struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct socket_state);
} sockets SEC(".maps");

/* NULL where it has no state: @create is 0, or there is no memory. */
static __always_inline struct socket_state *find_socket(struct sock *sk, __u64 create)
{
	struct socket_state *socket = bpf_sk_storage_get(&sockets, sk, NULL, create);

	if (socket && !socket->cookie)
		socket->cookie = bpf_get_socket_cookie(sk);
	return socket;
}

static __always_inline void on_data(struct sock *sk, int moved, __u32 direction, bool is_readable)
{
	struct socket_state *socket;

	if (moved < 0)
		return;
	socket = find_socket(sk, 0);
	/* A stream that has state is recorded; a datagram socket can be connected anew. */
	if (!socket || sk->sk_type != SOCKET_STREAM) {
		if (!is_recorded_socket(sk))
			return;
		socket = find_socket(sk, BPF_LOCAL_STORAGE_GET_F_CREATE);
	}
	if (socket)
		record_data(socket, sk, moved, direction, is_readable && is_in_syscall());
}

SEC("tp_btf/sock_send_length")
int BPF_PROG(on_send, struct sock *sk, int moved)
{
	if (is_traced(current_tgid()))
		on_data(sk, moved, RECORD_SEND, true);
	return 0;
}

SEC("tp_btf/sock_recv_length")
int BPF_PROG(on_receive, struct sock *sk, int moved, int flags)
{
	if (!(flags & MESSAGE_OUTSIDE_STREAM) && is_traced(current_tgid()))
		on_data(sk, moved, RECORD_RECEIVE, !(flags & MESSAGE_DISCARD));
	return 0;
}

SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(on_socket_state, struct sock *sk, int old_state, int new_state)
{
	struct socket_state *socket;
	__u64 create = 0;

	if ((new_state == TCP_STATE_SYN_SENT || new_state == TCP_STATE_LISTEN) &&
	    is_traced(current_tgid()))
		create = BPF_LOCAL_STORAGE_GET_F_CREATE;
	if (sk->sk_protocol != PROTOCOL_TCP)
		return 0;
	socket = find_socket(sk, create);
	if (socket)
		record_state(socket, sk, old_state, new_state);
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
