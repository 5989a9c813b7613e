// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * maps.bpf.c - the maps and settings that the programs share. Their shape and meaning are documented
 * where they are declared: filter.bpf.h, emit.bpf.h, thread.bpf.h, socket_data.bpf.h.
 */
#include "socket_data.bpf.h"
#include "thread.bpf.h"

struct records_map records SEC(".maps");
struct losses_map losses SEC(".maps");
struct operations_map operations SEC(".maps");
struct traced_map traced SEC(".maps");
struct threads_map threads SEC(".maps");
struct late_threads_map late_threads SEC(".maps");
__u32 late_thread_count = 0; /* thread.bpf.h */

const volatile struct probe_config config = {
	.slice_cut_ns = 100000000,
	.piece_bytes = RECORD_PIECE_MAX,
	.head_bytes = RECORD_HEAD_MAX,
	.tail_bytes = RECORD_TAIL_MAX,
	.wake_bytes = 1 << 20,
	.is_scheduler_on = 1,
	.is_following_children = 1,
};

const volatile __s64 preempt_count_distance = 0; /* compat.bpf.h */

__u64 pid_namespace = 0; /* filter.bpf.h */
__u32 pid_namespace_level = 0;

/* Run once by the recorder, in its own context. */
SEC("raw_tp")
int note_recorder(void *ctx)
{
	struct task_struct *recorder = bpf_get_current_task_btf();
	struct pid *pid = BPF_CORE_READ(recorder, thread_pid);
	struct upid *number;

	pid_namespace_level = BPF_CORE_READ(pid, level);
	number = (void *)((__u64)pid + bpf_core_field_offset(struct pid, numbers) +
			  pid_namespace_level * bpf_core_type_size(struct upid));
	pid_namespace = (__u64)BPF_CORE_READ(number, ns);
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
