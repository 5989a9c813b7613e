/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * socket_call.bpf.h - which syscalls move bytes over a socket, which way, and over which socket: for programs
 * at the tracepoints of syscalls. Walks from a descriptor to its socket; all of it is read by probe.
 */
#ifndef IDLETAX_SOCKET_CALL_BPF_H
#define IDLETAX_SOCKET_CALL_BPF_H

#include "socket_data.bpf.h"

/* Those of enum socket_syscall, and these, whose registers say too little of where the bytes are. */
enum length_syscall {
	SYSCALL_SENDFILE = 40,
	SYSCALL_SPLICE = 275,
	SYSCALL_RECVMMSG = 299,
	SYSCALL_SENDMMSG = 307,
};

/* What a thread's syscall works on, from its entry to its exit. */
struct socket_call {
	__u64 sock;  /* struct sock *; 0: no socket */
	__u64 inode; /* its number */
	__u32 direction;
	__u32 is_entered; /* else it began before this program was there */
};

static __always_inline bool moves_bytes(unsigned long number)
{
	switch (number) {
	case SYSCALL_READ:
	case SYSCALL_WRITE:
	case SYSCALL_READV:
	case SYSCALL_WRITEV:
	case SYSCALL_SENDFILE:
	case SYSCALL_SENDTO:
	case SYSCALL_RECVFROM:
	case SYSCALL_SENDMSG:
	case SYSCALL_RECVMSG:
	case SYSCALL_SPLICE:
	case SYSCALL_RECVMMSG:
	case SYSCALL_SENDMMSG:
	case SYSCALL_PREADV2:
	case SYSCALL_PWRITEV2:
		return true;
	}
	return false;
}

static __always_inline __u32 direction_of(unsigned long number)
{
	switch (number) {
	case SYSCALL_READ:
	case SYSCALL_READV:
	case SYSCALL_RECVFROM:
	case SYSCALL_RECVMSG:
	case SYSCALL_RECVMMSG:
	case SYSCALL_PREADV2:
	case SYSCALL_SPLICE: /* where its first descriptor is the socket */
		return RECORD_RECEIVE;
	}
	return RECORD_SEND;
}

/* The flags of a receive; 0 for the calls that have none. */
static __always_inline __u32 receive_flags(unsigned long number, struct pt_regs *regs)
{
	unsigned long third = regs->dx;
	unsigned long fourth = regs->r10;

	asm volatile("" : "+r"(third), "+r"(fourth));
	if (number == SYSCALL_RECVMSG)
		return third;
	if (number == SYSCALL_RECVFROM || number == SYSCALL_RECVMMSG)
		return fourth;
	return 0;
}

/* Of 32 bits: its syscalls have other numbers. */
static __always_inline bool is_compatible_call(void)
{
	struct task_struct *current = bpf_get_current_task_btf();

	return current->thread_info.status & THREAD_STATUS_COMPATIBLE;
}

/* Leaves call->sock 0 where descriptor @fd is no socket that is recorded. */
static __always_inline void find_sock(struct socket_call *call, __u32 fd)
{
	struct task_struct *current = bpf_get_current_task_btf();
	struct fdtable *table = BPF_CORE_READ(current, files, fdt);
	struct socket *socket;
	struct file **files;
	struct file *file = NULL;
	struct sock *sk;

	if (fd >= BPF_CORE_READ(table, max_fds))
		return;
	files = BPF_CORE_READ(table, fd);
	bpf_probe_read_kernel(&file, sizeof(file), files + fd);
	if (!file || (BPF_CORE_READ(file, f_inode, i_mode) & FILE_TYPE) != FILE_SOCKET)
		return;
	socket = BPF_CORE_READ(file, private_data);
	sk = BPF_CORE_READ(socket, sk);
	if (!sk || !is_recorded_socket(sk))
		return;
	call->sock = (__u64)sk;
	call->inode = BPF_CORE_READ(file, f_inode, i_ino);
}

static __always_inline void find_call(struct socket_call *call, unsigned long number,
				      struct pt_regs *regs)
{
	__u32 fd = regs->di, second_fd = regs->dx;

	call->sock = 0;
	call->direction = direction_of(number);
	find_sock(call, fd);
	if (call->sock || number != SYSCALL_SPLICE)
		return;
	call->direction = RECORD_SEND;
	find_sock(call, second_fd);
}

#endif
