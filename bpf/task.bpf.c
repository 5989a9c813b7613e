// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * task.bpf.c - threads and processes: those that exist at attach, fork, exec, exit, memory.
 *
 * Follows children by adding them to the traced map at fork. An exec copies the new image's arguments
 * and initial environment from its memory, so that a child that lives 5 ms is known exactly.
 */
#include "memory.bpf.h"

#include <bpf/bpf_tracing.h>

/* How far above its stack pointer a blocked thread's sleeper is searched. */
#define STACK_SCAN_WORDS 512

/* The program and its script come first; leaves room. */
#define ARGUMENTS_MAX (RECORD_STRINGS_MAX / 4)

/* One per CPU (the recorder sets their number): too large for a per-CPU map. */
struct exec_buffer {
	/* Twice the strings: the verifier bounds offset and length apart. */
	__u8 bytes[sizeof(struct record_exec) + 2 * RECORD_STRINGS_MAX];
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct exec_buffer);
} exec_buffers SEC(".maps");

struct stack_words {
	__u64 words[STACK_SCAN_WORDS];
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct stack_words);
} stack_buffers SEC(".maps");

/* ---- fork ---- */

/* A new thread waits for a CPU from its fork on: that is the wake of its first slice. */
static __always_inline void begin_thread(struct task_struct *child, __u64 child_id, __u64 now,
					 __u64 parent_id)
{
	struct thread thread = { .id = child_id };

	thread.off_ns = now;
	thread.is_blocked = 1;
	thread.waking.time_ns = now;
	thread.waking.waker = RECORD_WAKER_TASK;
	thread.waking.tgid = parent_id >> 32;
	thread.waking.tid = (__u32)parent_id;
	begin_tracing(child, &thread);
}

SEC("tp_btf/sched_process_fork")
int BPF_PROG(on_fork, struct task_struct *parent, struct task_struct *child)
{
	struct traced_process followed = { .flags = TRACED_FOLLOWED,
					   .inherited_peak_pages = PAGES_UNKNOWN };
	__u64 parent_id = current_id(), child_id;
	struct record_fork record = {};
	__u32 child_tgid;

	if (!is_traced(parent_id >> 32))
		return 0;
	child_id = task_id(child);
	child_tgid = child_id >> 32;
	if (child_tgid != parent_id >> 32) {
		if (!config.is_following_children)
			return 0;
		if (bpf_map_update_elem(&traced, &child_tgid, &followed, BPF_ANY))
			count_loss(RECORD_LOSS_PROCESS, sizeof(record));
	}
	fill_current(&record.header, RECORD_FORK, sizeof(record));
	record.child_tgid = child_tgid;
	record.child_tid = (__u32)child_id;
	BPF_CORE_READ_INTO(&record.name, child, comm);
	begin_thread(child, child_id, record.header.time_ns, parent_id);
	emit(&record, sizeof(record), RECORD_LOSS_PROCESS);
	return 0;
}

/* ---- exec ---- */

/* Copies user memory [from, to) to strings[@at], up to strings[@end]. Returns how many bytes. */
static __always_inline __u32 copy_strings(struct record_exec *record, __u32 at, __u32 end,
					  __u64 from, __u64 to)
{
	__u64 bytes = to - from;

	if (to <= from || at >= end)
		return 0;
	if (bytes > end - at)
		bytes = end - at;
	asm volatile("" : "+r"(bytes));
	bytes &= 2 * RECORD_STRINGS_MAX - 1;
	if (bytes > RECORD_STRINGS_MAX)
		return 0;
	at &= RECORD_STRINGS_MAX - 1;
	if (bpf_probe_read_user(&record->strings[at], bytes, (void *)from))
		return 0;
	return bytes;
}

SEC("tp_btf/sched_process_exec")
int BPF_PROG(on_exec, struct task_struct *task)
{
	__u64 arg_start, arg_end, env_start, env_end, bytes;
	__u32 cpu = bpf_get_smp_processor_id();
	struct record_exec *record;
	struct thread *thread;
	struct mm_struct *mm;

	if (!is_traced(current_tgid()))
		return 0;
	begin_image(task);
	thread = bpf_task_storage_get(&threads, bpf_get_current_task_btf(), NULL, 0);
	if (thread)
		thread->id = current_id(); /* a thread that execs becomes its process's first */
	record = bpf_map_lookup_elem(&exec_buffers, &cpu);
	mm = BPF_CORE_READ(task, mm);
	if (!record || !mm)
		return 0;
	arg_start = BPF_CORE_READ(mm, arg_start);
	arg_end = BPF_CORE_READ(mm, arg_end);
	env_start = BPF_CORE_READ(mm, env_start);
	env_end = BPF_CORE_READ(mm, env_end);
	record->args_bytes = copy_strings(record, 0, ARGUMENTS_MAX, arg_start, arg_end);
	record->env_bytes =
		copy_strings(record, record->args_bytes, RECORD_STRINGS_MAX, env_start, env_end);
	record->args_total = arg_end - arg_start;
	record->env_total = env_end - env_start;
	BPF_CORE_READ_INTO(&record->name, task, comm);
	bytes = record->args_bytes + record->env_bytes;
	asm volatile("" : "+r"(bytes));
	if (bytes > RECORD_STRINGS_MAX)
		return 0;
	bytes += sizeof(struct record_exec);
	fill_current(&record->header, RECORD_EXEC, bytes);
	emit(record, bytes, RECORD_LOSS_PROCESS);
	return 0;
}

/* ---- exit ---- */

SEC("tp_btf/sched_process_exit")
int BPF_PROG(on_exit, struct task_struct *task)
{
	struct record_exit record = {};
	__u32 tgid = current_tgid();

	if (!is_traced(tgid))
		return 0;
	record.exit_code = BPF_CORE_READ(task, exit_code);
	record.is_group_dead = BPF_CORE_READ(task, signal, live.counter) == 0;
	if (record.is_group_dead) {
		record.peak_rss_bytes = final_peak_bytes(task, tgid);
		bpf_map_delete_elem(&traced, &tgid);
	}
	fill_current(&record.header, RECORD_EXIT, sizeof(record));
	emit(&record, sizeof(record), RECORD_LOSS_PROCESS);
	return 0;
}

/* ---- threads that exist at attach ---- */

struct stack_search {
	__u64 task;
	__u64 stack_pointer;
	__u32 task_offset; /* of the task pointer in struct hrtimer_sleeper */
	__u32 reserved;
	__u64 deadline_ns;
};

static long search_word(__u64 index, struct stack_search *search)
{
	struct stack_words *stack;
	__u32 zero = 0;

	stack = bpf_map_lookup_elem(&stack_buffers, &zero);
	asm volatile("" : "+r"(index)); /* or the register that is compared is not the one used */
	if (!stack || index >= STACK_SCAN_WORDS)
		return 1;
	if (stack->words[index] != search->task)
		return 0;
	search->deadline_ns = sleeper_deadline(
		search->stack_pointer + index * sizeof(__u64) - search->task_offset, search->task);
	return search->deadline_ns != 0;
}

/* Its hrtimer_start was missed: search the kernel stack of a blocked thread for its sleeper. */
static __always_inline __u64 search_deadline(struct task_struct *task)
{
	struct stack_search search = { .task = (__u64)task };
	struct stack_words *stack;
	__u32 zero = 0;
	__u64 bytes;

	stack = bpf_map_lookup_elem(&stack_buffers, &zero);
	search.stack_pointer = BPF_CORE_READ(task, thread.sp);
	search.task_offset = bpf_core_field_offset(struct hrtimer_sleeper, task);
	bytes = (__u64)BPF_CORE_READ(task, stack) + KERNEL_STACK_BYTES - search.stack_pointer;
	if (!stack)
		return 0;
	if (bytes > sizeof(*stack))
		bytes = sizeof(*stack);
	asm volatile("" : "+r"(bytes));
	if (bytes > sizeof(*stack))
		return 0;
	if (bpf_probe_read_kernel(stack->words, bytes, (void *)search.stack_pointer))
		return 0;
	bpf_loop(bytes / sizeof(__u64), search_word, &search, 0);
	return search.deadline_ns;
}

SEC("iter/task")
int see_task(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;
	struct record_task_seen record = {};
	struct thread thread = {};
	__u64 now;

	if (!task)
		return 0;
	thread.id = task_id(task);
	if (!is_traced(thread.id >> 32) || bpf_task_storage_get(&threads, task, NULL, 0))
		return 0;
	now = bpf_ktime_get_ns();
	fill_task_seen(&record, task, thread.id, now);
	if (task->on_cpu) {
		record.off_reason = RECORD_OFF_CUT;
		thread.on_ns = now;
	} else if (task->__state) {
		record.off_reason = off_reason(task, task->__state);
		record.deadline_ns = search_deadline(task);
		thread.is_blocked = 1;
	} else {
		record.off_reason = RECORD_OFF_PREEMPTED;
	}
	thread.off_ns = now;
	thread.ran_ns = task->se.sum_exec_runtime;
	begin_tracing(task, &thread);
	emit(&record, sizeof(record), RECORD_LOSS_PROCESS);
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
