// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * existing.bpf.c - the stream sockets that processes have open, traced or not: an iterator that the recorder
 * reads like a file of struct record_socket_open. header.tgid is the owner; one socket can have several.
 */
#include "socket_data.bpf.h"

#include <bpf/bpf_tracing.h>

SEC("iter/task_file")
int see_socket(struct bpf_iter__task_file *ctx)
{
	struct record_socket_open open = {};
	struct task_struct *task = ctx->task;
	struct file *file = ctx->file;
	struct socket *socket;
	struct sock *sk;
	__u64 id;

	if (!task || !file)
		return 0;
	socket = bpf_sock_from_file(file);
	if (!socket)
		return 0;
	sk = socket->sk;
	id = task_id(task);
	if (!sk || !(id >> 32) || !is_recorded_socket(sk))
		return 0;
	fill_header(&open.header, RECORD_SOCKET_OPEN, sizeof(open), bpf_ktime_get_ns(), id >> 32,
		    (__u32)id);
	open.flags = RECORD_SOCKET_EXISTED;
	open.cookie = config.is_socket_by_inode ? BPF_CORE_READ(file, f_inode, i_ino)
						: bpf_get_socket_cookie(sk);
	open.netns = BPF_CORE_READ(sk, __sk_common.skc_net.net, ns.inum);
	open.state = sk->__sk_common.skc_state;
	fill_addresses(&open, sk);
	bpf_seq_write(ctx->meta->seq, &open, sizeof(open));
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
