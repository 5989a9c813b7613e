// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * sched.bpf.c - when each traced thread was on a CPU, who woke it, and what it blocked in.
 *
 * Comes out: one RECORD_SLICE per stay on a CPU, cut at latest every config.slice_cut_ns so that a
 * stream of slices can be closed. A thread's storage marks it as traced; for all others each hook is
 * two look-ups. Does not interpret the syscall a thread blocks in.
 */
#include "memory.bpf.h"

#include <bpf/bpf_tracing.h>

static __always_inline void emit_slice(struct task_struct *task, struct thread *thread, __u64 now,
				       __u8 reason, __u64 deadline_ns)
{
	struct record_slice slice = {};

	if (!config.is_scheduler_on)
		return;
	fill_header(&slice.header, RECORD_SLICE, sizeof(slice), now, thread->id >> 32,
		    (__u32)thread->id);
	slice.woken_ns = thread->woken.time_ns;
	slice.on_ns = thread->on_ns;
	slice.deadline_ns = deadline_ns;
	slice.waker = thread->woken.waker;
	slice.waker_tgid = thread->woken.tgid;
	slice.waker_tid = thread->woken.tid;
	slice.syscall = syscall_number(task);
	slice.off_reason = reason;
	emit(&slice, sizeof(slice), RECORD_LOSS_SCHEDULER);
}

/*
 * Wakes are noted also while a thread runs: one can arrive between its decision to block and its
 * leaving the CPU. One that came too early to end a block is overwritten by the one that does.
 */
static __always_inline void enter_cpu(struct thread *thread, __u64 now)
{
	bool is_wake_later = thread->waking.time_ns > now; /* only of an entry that was not seen */
	struct wake none = {};

	thread->woken = none;
	if (thread->is_blocked) {
		if (!is_wake_later)
			thread->woken = thread->waking;
		if (!thread->woken
			     .time_ns) /* its wake was missed: it counts as blocked until now */
			thread->woken.time_ns = now;
		if (thread->woken.time_ns < thread->off_ns)
			thread->woken.time_ns = thread->off_ns;
	}
	if (!is_wake_later)
		thread->waking = none;
	thread->is_blocked = 0;
	thread->on_ns = now;
}

/*
 * Since when a thread that was not seen to get a CPU has had one: a switch can go untold (on a virtual
 * machine those away from threads of its first process are). The kernel counts the time of each thread on
 * CPUs, without that of interrupts and, where it knows that, of the host.
 */
static __always_inline __u64 unseen_since(struct task_struct *task, struct thread *thread,
					  __u64 now)
{
	__u64 ran_ns = task->se.sum_exec_runtime - thread->ran_ns;

	return now - thread->off_ns > ran_ns ? now - ran_ns : thread->off_ns;
}

static __always_inline void leave_cpu(struct task_struct *task, struct thread *thread, __u64 now,
				      __u32 state)
{
	__u8 reason = RECORD_OFF_PREEMPTED;
	__u64 deadline_ns = 0;

	if (state) {
		reason = off_reason(task, state);
		deadline_ns = sleeper_deadline(thread->timer, (__u64)task);
		thread->timer = 0; /* a thread that blocks again arms its time-out again */
	} else if (is_throttled(task)) {
		reason = RECORD_OFF_THROTTLED;
	}
	if (!thread->on_ns)
		enter_cpu(thread, unseen_since(task, thread, now));
	emit_slice(task, thread, now, reason, deadline_ns);
	watch_memory(task, thread, now, state != 0);
	thread->is_blocked = state != 0;
	thread->off_ns = now;
	thread->ran_ns = task->se.sum_exec_runtime;
	thread->on_ns = 0;
}

SEC("tp_btf/sched_switch")
int BPF_PROG(on_sched_switch, bool is_preempted, struct task_struct *previous,
	     struct task_struct *next, unsigned int previous_state)
{
	struct thread *thread;
	__u64 now = 0;

	thread = bpf_task_storage_get(&threads, previous, NULL, 0);
	if (thread) {
		now = bpf_ktime_get_ns();
		leave_cpu(previous, thread, now, is_preempted ? 0 : previous_state);
	}
	thread = bpf_task_storage_get(&threads, next, NULL, 0);
	if (!thread)
		thread = find_late_thread(next);
	if (thread)
		enter_cpu(thread, now ? now : bpf_ktime_get_ns());
	return 0;
}

SEC("tp_btf/sched_waking")
int BPF_PROG(on_sched_waking, struct task_struct *task)
{
	struct thread *thread = bpf_task_storage_get(&threads, task, NULL, 0);
	struct wake wake = {};
	__u64 id;

	if (!thread)
		return 0;
	wake.time_ns = bpf_ktime_get_ns();
	wake.waker = RECORD_WAKER_INTERRUPT;
	if (bpf_get_current_pid_tgid()) /* else it woke an idle CPU */
		wake.waker = running_context(bpf_get_current_task_btf());
	id = wake.waker == RECORD_WAKER_TASK ? current_id() : 0;
	if (wake.waker == RECORD_WAKER_TASK && !id)
		wake.waker = RECORD_WAKER_UNKNOWN; /* it is outside of the recorder's namespace */
	if (id) {
		wake.tgid = id >> 32;
		wake.tid = (__u32)id;
	}
	thread->waking = wake;
	return 0;
}

SEC("tp_btf/hrtimer_start")
int BPF_PROG(on_hrtimer_start, struct hrtimer *timer)
{
	struct hrtimer_sleeper *sleeper = (void *)timer;
	struct task_struct *current = bpf_get_current_task_btf();
	__u64 stack = (__u64)current->stack;
	struct thread *thread;

	/* Most timers are no sleeper's, which lies on the stack of its thread. */
	if ((__u64)timer < stack || (__u64)timer >= stack + KERNEL_STACK_BYTES)
		return 0;
	thread = bpf_task_storage_get(&threads, current, NULL, 0);
	if (thread && BPF_CORE_READ(sleeper, task) == current)
		thread->timer = (__u64)timer;
	return 0;
}

/* Runs in an interrupt on the CPU of the thread that it cuts, so sched_switch cannot interfere. */
static __always_inline void cut_running_thread(__u64 min_age_ns)
{
	struct task_struct *current = bpf_get_current_task_btf();
	struct thread *thread = bpf_task_storage_get(&threads, current, NULL, 0);
	struct wake none = {};
	__u64 now, on_ns;

	if (!thread)
		return;
	now = bpf_ktime_get_ns();
	on_ns = thread->on_ns ? thread->on_ns : unseen_since(current, thread, now);
	if (now - on_ns < min_age_ns)
		return;
	if (!thread->on_ns)
		enter_cpu(thread, on_ns);
	emit_slice(current, thread, now, RECORD_OFF_CUT, 0);
	watch_memory(current, thread, now, false);
	thread->woken = none;
	thread->on_ns = now;
}

/* Fires every fifth of slice_cut_ns: cutting at three fifths leaves one for a timer that comes late. */
SEC("perf_event")
int on_cut_timer(void *ctx)
{
	cut_running_thread(config.slice_cut_ns / 5 * 3);
	return 0;
}

/* Run by the recorder on every CPU when it stops. */
SEC("raw_tp")
int flush_cpu(void *ctx)
{
	cut_running_thread(0);
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
