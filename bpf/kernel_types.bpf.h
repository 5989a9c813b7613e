/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * kernel_types.bpf.h - every kernel structure and field that the programs touch, and nothing else.
 *
 * CO-RE relocates each access to the running kernel's layout by name, so the build needs no BTF of the
 * build machine, the order here means nothing, and this page shows what of the kernel is relied on.
 * Structures that changed between supported kernels (6.1 and newer) are in compat.bpf.h.
 */
#ifndef IDLETAX_KERNEL_TYPES_BPF_H
#define IDLETAX_KERNEL_TYPES_BPF_H

#include <linux/bpf.h>
#include <linux/types.h>

typedef _Bool bool;
#define true 1
#define false 0
#define NULL ((void *)0)

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

/* ---- processes and threads ---- */

struct pt_regs { /* x86-64 */
	unsigned long r14;
	unsigned long r10, r8, r9;
	unsigned long ax, dx, si, di, cx;
	unsigned long orig_ax;
	unsigned long sp;
};

struct signal_struct {
	struct {
		int counter;
	} live; /* atomic_t: threads that have not exited */
	/* pages; the highest of all images, set for the last thread before sched_process_exit */
	unsigned long maxrss;
	int group_exit_code;
};

struct mm_struct {
	unsigned long hiwater_rss; /* pages */
	unsigned long arg_start, arg_end;
	unsigned long env_start, env_end;
};

struct thread_struct {
	unsigned long sp; /* kernel stack pointer while not running */
};

struct files_struct;
struct rq;

struct cfs_rq {
	struct rq *rq; /* the per-CPU run queue */
};

struct sched_entity {
	struct cfs_rq *cfs_rq;
	__u64 sum_exec_runtime; /* its time on CPUs, counted up to its last tick or switch */
};

struct pid_namespace;

struct upid { /* a pid's number in one namespace */
	int nr;
	struct pid_namespace *ns;
};

struct pid {
	unsigned int level;	/* of its innermost namespace; the initial one is 0 */
	struct upid numbers[1]; /* one per level */
};

struct thread_info {
	unsigned int status;
};

struct task_struct {
	struct thread_info thread_info;
	struct files_struct *files;
	unsigned int __state;
	void *stack;	     /* its lowest address */
	unsigned int on_cpu; /* libbpf shortens the read where it has become a byte (7.x) */
	struct mm_struct *mm;
	int exit_code;
	unsigned int in_iowait : 1;
	int pid;
	int tgid;
	struct pid *thread_pid; /* NULL once it has been reaped */
	struct task_struct *group_leader;
	struct task_struct *real_parent;
	__u64 start_time; /* CLOCK_MONOTONIC */
	char comm[16];
	struct signal_struct *signal;
	void *vfork_done; /* set while it runs in its parent's memory */
	struct thread_struct thread;
	struct sched_entity se;
};

struct seq_file;

struct bpf_iter_meta {
	struct seq_file *seq;
};

struct bpf_iter__task {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
};

struct file;

struct bpf_iter__task_file {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
	unsigned int fd;
	struct file *file;
};

/* ---- timers ---- */

struct hrtimer_cpu_base;

struct hrtimer_clock_base {
	struct hrtimer_cpu_base *cpu_base;
	unsigned int index; /* in cpu_base->clock_base */
	__s64 offset;	    /* of this clock against CLOCK_MONOTONIC */
};

struct hrtimer_cpu_base {
	struct hrtimer_clock_base clock_base[8];
};

struct hrtimer {
	__s64 _softexpires; /* what was asked for, before slack */
	struct hrtimer_clock_base *base;
};

struct hrtimer_sleeper { /* on the kernel stack of a thread that sleeps with a time-out */
	struct hrtimer timer;
	struct task_struct *task;
};

/* ---- files ---- */

struct inode {
	unsigned short i_mode;
	unsigned long i_ino;
};

struct file {
	struct inode *f_inode;
	void *private_data; /* of a socket's: struct socket * */
};

struct fdtable {
	unsigned int max_fds;
	struct file **fd;
};

struct files_struct {
	struct fdtable *fdt;
};

/* ---- sockets ---- */

struct in6_addr {
	union {
		__u8 u6_addr8[16];
	} in6_u;
};

struct net {
	struct {
		unsigned int inum;
	} ns;
};

struct sock_common {
	__u32 skc_daddr;
	__u32 skc_rcv_saddr;
	__u16 skc_dport; /* network order */
	__u16 skc_num;	 /* local port, host order */
	unsigned short skc_family;
	volatile unsigned char skc_state;
	struct {
		struct net *net;
	} skc_net;
	struct in6_addr skc_v6_daddr;
	struct in6_addr skc_v6_rcv_saddr;
};

struct socket {
	struct sock *sk;
};

struct socket_alloc { /* what sk_socket points into */
	struct socket socket;
	struct inode vfs_inode;
};

struct sock {
	struct sock_common __sk_common;
	struct socket *sk_socket; /* NULL: not accepted yet, or closed */
	__u16 sk_type;
	__u16 sk_protocol;
	__u8 sk_shutdown;
};

struct unix_sock {
	struct sock *peer;
};

#pragma clang attribute pop

/* User memory: the same layout everywhere, so not relocated. */
struct user_iovec {
	__u64 base;
	__u64 bytes;
};

struct user_message_header { /* struct user_msghdr */
	__u64 name;
	__s32 name_bytes;
	__u32 padding;
	__u64 iovec;
	__u64 iovec_count;
	__u64 control;
	__u64 control_bytes;
	__u32 flags;
	__u32 more_padding;
};

struct user_message { /* struct mmsghdr */
	struct user_message_header header;
	__u32 bytes; /* set by the kernel: what was moved */
	__u32 padding;
};

/* ---- constants that are not in BTF (include/linux/sched.h, socket.h, preempt.h) ---- */

#define TASK_STATE_INTERRUPTIBLE 0x1
#define TASK_STATE_UNINTERRUPTIBLE 0x2
#define TASK_STATE_STOPPED 0x4
#define TASK_STATE_TRACED 0x8
#define TASK_STATE_ENDED (0x10 | 0x20 | 0x80) /* EXIT_DEAD, EXIT_ZOMBIE, TASK_DEAD */
#define TASK_STATE_NOLOAD 0x400		      /* with UNINTERRUPTIBLE: TASK_IDLE */

#define PREEMPT_SERVING_SOFTIRQ 0x100 /* one SOFTIRQ_OFFSET; merely disabled softirqs add 0x200 */
#define PREEMPT_HARDIRQ_MASK 0xf0000
#define PREEMPT_NMI_MASK 0xf00000

#define FAMILY_UNIX 1
#define FAMILY_INET 2
#define FAMILY_INET6 10
#define SOCKET_STREAM 1
#define SOCKET_DATAGRAM 2
#define PROTOCOL_TCP 6
#define PROTOCOL_UDP 17
#define PORT_DNS 53
#define MESSAGE_OUTSIDE_STREAM (0x1 | 0x2 | 0x2000) /* MSG_OOB, MSG_PEEK, MSG_ERRQUEUE */
#define MESSAGE_DISCARD 0x20			    /* MSG_TRUNC: TCP copies nothing */
#define TCP_STATE_ESTABLISHED 1
#define TCP_STATE_SYN_SENT 2
#define TCP_STATE_SYN_RECEIVED 3
#define TCP_STATE_CLOSED 7
#define TCP_STATE_LISTEN 10
#define FILE_TYPE 0170000   /* S_IFMT */
#define FILE_SOCKET 0140000 /* S_IFSOCK */

#define THREAD_STATUS_COMPATIBLE 0x2 /* TS_COMPAT, x86 */
#define ERROR_NO_SYSCALL 38	     /* ENOSYS */

#define KERNEL_STACK_BYTES 16384ull /* x86-64 */
#define CLOCK_BASES_MAX 8
#define PAGE_BYTES 4096ull /* x86-64 */

#endif
