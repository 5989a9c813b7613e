/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * thread.bpf.h - what is kept of each traced thread, and how its blocked state is read.
 * Having storage means being traced: the scheduler programs look at nothing else.
 */
#ifndef IDLETAX_THREAD_BPF_H
#define IDLETAX_THREAD_BPF_H

#include "compat.bpf.h"
#include "emit.bpf.h"

struct wake {
	__u64 time_ns; /* 0: none */
	__u32 tgid;
	__u32 tid;
	__u32 waker; /* enum record_waker */
	__u32 reserved;
};

struct thread {
	__u64 id;	    /* process << 32 | thread: a dead task does not know it any more */
	__u64 on_ns;	    /* on a CPU since; 0: it is not */
	__u64 off_ns;	    /* when it left the CPU last */
	__u64 ran_ns;	    /* the kernel's count of its time on CPUs, at that moment */
	__u64 timer;	    /* the time-out it armed last (struct hrtimer_sleeper *) */
	struct wake woken;  /* what began the present slice */
	struct wake waking; /* the latest wake since then: only the last one ended a block */
	__u64 unlooked_ns;  /* on a CPU since its process's memory was looked at (memory.bpf.h) */
	__u32 is_blocked;
	__u32 reserved;
};

struct threads_map {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct thread);
};
extern struct threads_map threads SEC(".maps");

/*
 * Storage that could not be made: the kernel refuses where it was just interrupted in another thread's (as
 * when one ends). What belongs there waits here, by the task's address, until the thread gets a CPU.
 */
struct late_threads_map {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__type(key, __u64);
	__type(value, struct thread);
};
extern struct late_threads_map late_threads SEC(".maps");
extern __u32 late_thread_count;

static __always_inline void begin_tracing(struct task_struct *task, struct thread *thread)
{
	__u64 key = (__u64)task;

	if (bpf_task_storage_get(&threads, task, thread, BPF_LOCAL_STORAGE_GET_F_CREATE))
		return;
	if (bpf_map_update_elem(&late_threads, &key, thread, BPF_ANY))
		count_loss(RECORD_LOSS_SCHEDULER, sizeof(struct record_slice));
	else
		__sync_fetch_and_add(&late_thread_count, 1);
}

/* The storage of a thread that has none, where it is owed one; or NULL. */
static __always_inline struct thread *find_late_thread(struct task_struct *task)
{
	__u64 key = (__u64)task;
	struct thread *late, *thread;

	if (!late_thread_count)
		return NULL;
	late = bpf_map_lookup_elem(&late_threads, &key);
	if (!late)
		return NULL;
	/* With another id it is of a thread that was at this address before, and is dead. */
	if (late->id != task_id(task)) {
		if (!bpf_map_delete_elem(&late_threads, &key))
			__sync_fetch_and_add(&late_thread_count, -1);
		return NULL;
	}
	thread = bpf_task_storage_get(&threads, task, late, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (!thread)
		count_loss(RECORD_LOSS_SCHEDULER, sizeof(struct record_slice));
	else if (!bpf_map_delete_elem(&late_threads, &key))
		__sync_fetch_and_add(&late_thread_count, -1);
	return thread;
}

static __always_inline __u8 off_reason(struct task_struct *task, __u32 state)
{
	if (state & TASK_STATE_ENDED)
		return RECORD_OFF_DEAD;
	if (state & (TASK_STATE_STOPPED | TASK_STATE_TRACED))
		return RECORD_OFF_STOPPED;
	if ((state & TASK_STATE_UNINTERRUPTIBLE) && !(state & TASK_STATE_NOLOAD))
		return BPF_CORE_READ_BITFIELD_PROBED(task, in_iowait) ? RECORD_OFF_IO
								      : RECORD_OFF_UNINTERRUPTIBLE;
	return RECORD_OFF_SLEEP;
}

/* The syscall a thread is in, or -1: interrupts and faults from user mode leave -1 in orig_ax. */
static __always_inline __s32 syscall_number(struct task_struct *task)
{
	struct pt_regs *regs = (struct pt_regs *)bpf_task_pt_regs(task);
	long number = regs->orig_ax;

	return number < 0 || number > 0xffff ? -1 : (__s32)number;
}

/* What is the same for every thread that is told of though its fork was not. */
static __always_inline void fill_task_seen(struct record_task_seen *record,
					   struct task_struct *task, __u64 id, __u64 now)
{
	fill_header(&record->header, RECORD_TASK_SEEN, sizeof(*record), now, id >> 32, (__u32)id);
	record->start_ns = task->start_time;
	record->parent_tgid = task_tgid(task->real_parent);
	record->syscall = syscall_number(task);
	BPF_CORE_READ_INTO(&record->name, task, comm);
}

/* Whether @base is one of the clocks of a CPU's timers, and so the memory it was found in a timer. */
static __always_inline bool is_clock_base(struct hrtimer_clock_base *base)
{
	__u64 cpu_base = (__u64)BPF_CORE_READ(base, cpu_base);
	__u64 index = BPF_CORE_READ(base, index);

	return cpu_base && index < CLOCK_BASES_MAX &&
	       (__u64)base == cpu_base +
				      bpf_core_field_offset(struct hrtimer_cpu_base, clock_base) +
				      index * bpf_core_type_size(struct hrtimer_clock_base);
}

/*
 * When the kernel will wake a thread that sleeps with a time-out, on CLOCK_MONOTONIC. Every time-out
 * of epoll, poll, select, futex and the sleeps is a struct hrtimer_sleeper on the sleeper's own kernel
 * stack: reading it there gives the exact deadline whatever the syscall's arguments looked like.
 * Returns 0 where @sleeper is none (or was one and its memory has been used again).
 */
static __always_inline __u64 sleeper_deadline(__u64 address, __u64 task)
{
	struct hrtimer_sleeper *sleeper = (void *)address;
	struct hrtimer_clock_base *base;
	__s64 expires;

	if (!address || (__u64)BPF_CORE_READ(sleeper, task) != task)
		return 0;
	base = BPF_CORE_READ(sleeper, timer.base);
	if (!base || !is_clock_base(base))
		return 0;
	expires = BPF_CORE_READ(sleeper, timer._softexpires) - BPF_CORE_READ(base, offset);
	return expires > 0 ? (__u64)expires : 0;
}

#endif
