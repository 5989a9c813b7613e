// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * socket_syscall.bpf.c - the second socket back end, for kernels without the tracepoints of the first (below
 * 6.3): syscalls of traced processes that move bytes over a socket. Costs a little on every syscall of the
 * machine; does not see io_uring and kernel AIO.
 *
 * The socket is looked up at the syscall's entry, because another thread may close or replace the descriptor
 * before its exit. Helpers take no socket that was found by walking pointers, so its state is kept by its
 * address, and its identity is its inode's number, which also tells it from a later socket at that address.
 * What is recorded is in socket_data.bpf.h.
 */
#include "socket_call.bpf.h"
#include "socket_data.bpf.h"

#include <bpf/bpf_tracing.h>

#define SOCKETS_MAX 65536 /* the one that was not used for longest makes room */
#define MESSAGES_MAX 1024 /* of one sendmmsg or recvmmsg: the kernel's UIO_MAXIOV */

struct kept_socket {
	__u64 inode;
	struct socket_state state;
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, SOCKETS_MAX);
	__type(key, __u64); /* struct sock * */
	__type(value, struct kept_socket);
} kept_sockets SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct socket_call);
} socket_calls SEC(".maps");

/* The number of the inode behind a socket's descriptor; 0: it has none (any more, or not yet). */
static __always_inline __u64 inode_of(struct sock *sk)
{
	struct socket_alloc *allocation = (void *)BPF_CORE_READ(sk, sk_socket);

	return allocation ? BPF_CORE_READ(allocation, vfs_inode.i_ino) : 0;
}

/* ---- state ---- */

/* NULL where it has none, or another socket at this address had it. */
static __always_inline struct socket_state *find_state(__u64 sock, __u64 inode)
{
	struct kept_socket *kept = bpf_map_lookup_elem(&kept_sockets, &sock);

	return kept && kept->inode == inode ? &kept->state : NULL;
}

static __always_inline struct socket_state *make_state(__u64 sock, __u64 inode)
{
	struct kept_socket fresh = { .inode = inode };

	fresh.state.cookie = inode;
	bpf_map_update_elem(&kept_sockets, &sock, &fresh, BPF_ANY);
	return find_state(sock, inode);
}

/* ---- data ---- */

struct message_sum { /* a bpf_loop context must be on the stack */
	struct user_message *messages;
	__u64 bytes;
};

static long add_message(__u64 index, struct message_sum *sum)
{
	__u32 bytes = 0;

	if (bpf_probe_read_user(&bytes, sizeof(bytes), &sum->messages[index].bytes))
		return 1;
	sum->bytes += bytes;
	return 0;
}

/* A sendmmsg or recvmmsg is one operation: a stream has no messages. */
static __always_inline __u64 sum_messages(__u64 messages, __u64 count)
{
	struct message_sum sum = { .messages = (struct user_message *)messages };

	bpf_loop(count < MESSAGES_MAX ? count : MESSAGES_MAX, add_message, &sum, 0);
	return sum.bytes;
}

static __always_inline void on_call_done(struct socket_call *call, unsigned long number,
					 struct pt_regs *regs, __u64 result)
{
	__u32 flags = receive_flags(number, regs);
	struct sock *sk = (struct sock *)call->sock;
	struct socket_state *socket;

	if (flags & MESSAGE_OUTSIDE_STREAM)
		return;
	socket = find_state(call->sock, call->inode);
	if (!socket && inode_of(sk) == call->inode)
		socket = make_state(call->sock, call->inode);
	if (!socket) /* closed since, or no room */
		return;
	if (number == SYSCALL_SENDMMSG || number == SYSCALL_RECVMMSG)
		result = sum_messages(regs->si, result);
	if (call->direction == RECORD_SEND)
		record_data(socket, sk, result, RECORD_SEND, true);
	else
		record_data(socket, sk, result, RECORD_RECEIVE, !(flags & MESSAGE_DISCARD));
}

SEC("tp_btf/sys_enter")
int BPF_PROG(on_syscall_enter, struct pt_regs *regs, long number)
{
	struct socket_call *call;

	if (!moves_bytes(number) || !is_traced(current_tgid()) || is_compatible_call())
		return 0;
	call = bpf_task_storage_get(&socket_calls, bpf_get_current_task_btf(), NULL,
				    BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (!call)
		return 0;
	find_call(call, number, regs);
	call->is_entered = 1;
	return 0;
}

SEC("tp_btf/sys_exit")
int BPF_PROG(on_syscall_exit, struct pt_regs *regs, long result)
{
	unsigned long number = regs->orig_ax;
	struct socket_call now = {};
	struct socket_call *call;

	if (!moves_bytes(number) || !is_traced(current_tgid()) || is_compatible_call())
		return 0;
	call = bpf_task_storage_get(&socket_calls, bpf_get_current_task_btf(), NULL, 0);
	if (!call || !call->is_entered) {
		find_call(&now, number, regs);
		call = &now;
	}
	call->is_entered = 0;
	if (call->sock && result >= 0)
		on_call_done(call, number, regs, result);
	return 0;
}

/* ---- TCP states ---- */

SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(on_tcp_state, struct sock *sk, int old_state, int new_state)
{
	struct socket_state *socket = NULL;
	struct kept_socket *kept;
	__u64 key = (__u64)sk;
	__u64 inode;

	if (sk->sk_protocol != PROTOCOL_TCP)
		return 0;
	inode = inode_of(sk);
	if ((new_state == TCP_STATE_SYN_SENT || new_state == TCP_STATE_LISTEN) && inode &&
	    is_traced(current_tgid()))
		socket = make_state(key, inode);
	else if (new_state == TCP_STATE_SYN_SENT || new_state == TCP_STATE_SYN_RECEIVED)
		bpf_map_delete_elem(&kept_sockets, &key); /* of another, at this address before */
	else if ((kept = bpf_map_lookup_elem(&kept_sockets, &key)) &&
		 (!inode || kept->inode == inode))
		socket = &kept->state;
	if (!socket)
		return 0;
	record_state(socket, sk, old_state, new_state);
	if (new_state == TCP_STATE_CLOSED && !inode)
		bpf_map_delete_elem(&kept_sockets, &key);
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
