/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * compat.bpf.h - what differs between supported kernels (6.1 and newer), each with its reason.
 * Goes in: kernel objects. Comes out: one answer on every kernel.
 */
#ifndef IDLETAX_COMPAT_BPF_H
#define IDLETAX_COMPAT_BPF_H

#include "kernel_types.bpf.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#include "record.h"

/*
 * The per-CPU preempt count has no symbol that a program can name (it is not in kallsyms, and it lived in
 * struct pcpu_hot from 6.2 to 6.14), but BTF gives its distance from the run queue of the same CPU, and
 * each task points to that. The recorder computes the distance; 0: unknown.
 */
extern const volatile __s64 preempt_count_distance;

/* Who runs: RECORD_WAKER_INTERRUPT in an interrupt handler, where `current` is a bystander. */
static __always_inline __u32 running_context(struct task_struct *current)
{
	struct cfs_rq *queue = current->se.cfs_rq;
	struct rq *rq = BPF_CORE_READ(queue, rq); /* a number, which arithmetic is allowed on */
	int count = 0;

	if (!preempt_count_distance || !rq ||
	    bpf_probe_read_kernel(&count, sizeof(count), (void *)rq + preempt_count_distance))
		return RECORD_WAKER_UNKNOWN;
	if (count & (PREEMPT_SERVING_SOFTIRQ | PREEMPT_HARDIRQ_MASK | PREEMPT_NMI_MASK))
		return RECORD_WAKER_INTERRUPT;
	return RECORD_WAKER_TASK;
}

/*
 * Until 6.17 the queue of a cgroup that has used up its quota is taken away with all threads in it, before
 * sched_switch tells who leaves the CPU. Since 6.18 each thread goes by itself when it returns to user mode.
 */
struct task_struct___since_6_18 {
	_Bool throttled;
} __attribute__((preserve_access_index));

struct cfs_rq___with_quota { /* CONFIG_CFS_BANDWIDTH */
	int throttle_count;
} __attribute__((preserve_access_index));

static __always_inline int is_throttled(struct task_struct *task)
{
	struct task_struct___since_6_18 *new_task = (void *)task;
	struct cfs_rq___with_quota *queue = (void *)BPF_CORE_READ(task, se.cfs_rq);

	if (bpf_core_field_exists(new_task->throttled))
		return BPF_CORE_READ(new_task, throttled);
	return bpf_core_field_exists(queue->throttle_count) &&
	       BPF_CORE_READ(queue, throttle_count) > 0;
}

/*
 * 6.2 turned mm_struct.rss_stat from atomics into per-CPU counters. Their common part lags by at most
 * 32 pages per CPU and kind (2 per CPU of the machine, where that is more).
 */
struct mm_rss_stat___before_6_2 {
	struct {
		__s64 counter;
	} count[4];
} __attribute__((preserve_access_index));

struct mm_struct___before_6_2 {
	struct mm_rss_stat___before_6_2 rss_stat;
} __attribute__((preserve_access_index));

struct percpu_counter {
	__s64 count;
} __attribute__((preserve_access_index));

struct mm_struct___since_6_2 {
	struct percpu_counter rss_stat[4];
} __attribute__((preserve_access_index));

#define RSS_FILE 0
#define RSS_ANONYMOUS 1
#define RSS_SHARED 3

static __always_inline __u64 resident_pages(struct mm_struct *mm)
{
	struct mm_struct___before_6_2 *old_mm = (void *)mm;
	struct mm_struct___since_6_2 *new_mm = (void *)mm;
	__s64 pages;

	if (bpf_core_field_exists(old_mm->rss_stat.count)) {
		/* by probe: the verifier does not follow a type into an array of atomics */
		pages = BPF_CORE_READ(old_mm, rss_stat.count[RSS_FILE].counter);
		pages += BPF_CORE_READ(old_mm, rss_stat.count[RSS_ANONYMOUS].counter);
		pages += BPF_CORE_READ(old_mm, rss_stat.count[RSS_SHARED].counter);
	} else {
		pages = new_mm->rss_stat[RSS_FILE].count + new_mm->rss_stat[RSS_ANONYMOUS].count +
			new_mm->rss_stat[RSS_SHARED].count;
	}
	return pages > 0 ? (__u64)pages : 0;
}

#endif
