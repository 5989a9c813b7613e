/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * filter.bpf.h - which processes are recorded, under which ids, and the recorder's settings.
 * The map is written by the recorder and, where children are followed, at fork and exit.
 *
 * Ids are those that the recorder sees in its own /proc: of its PID namespace. A process outside of that
 * has the id 0 and is never traced; one in a namespace below it has its id there.
 */
#ifndef IDLETAX_FILTER_BPF_H
#define IDLETAX_FILTER_BPF_H

#include "kernel_types.bpf.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#include "probe_config.h"

#define TRACED_PROCESSES_MAX 16384

struct traced_map {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, TRACED_PROCESSES_MAX);
	__type(key, __u32);
	__type(value, struct traced_process);
};
extern struct traced_map traced SEC(".maps");

extern const volatile struct probe_config config;

/* The recorder's PID namespace; set by note_recorder. */
extern __u64 pid_namespace; /* struct pid_namespace * */
extern __u32 pid_namespace_level;

static __always_inline struct traced_process *find_traced(__u32 tgid)
{
	return bpf_map_lookup_elem(&traced, &tgid);
}

static __always_inline bool is_traced(__u32 tgid)
{
	return find_traced(tgid) != NULL;
}

/* Every send of the machine may come here: all but one read go by the pointers' types. */
static __always_inline __u32 id_in_namespace(struct pid *pid)
{
	__u64 address = (__u64)pid;
	struct upid number = {};

	if (!pid || pid->level < pid_namespace_level)
		return 0;
	address += bpf_core_field_offset(struct pid, numbers) +
		   pid_namespace_level * bpf_core_type_size(struct upid);
	BPF_CORE_READ_INTO(&number.nr, (struct upid *)address, nr);
	BPF_CORE_READ_INTO(&number.ns, (struct upid *)address, ns);
	return (__u64)number.ns == pid_namespace ? number.nr : 0;
}

static __always_inline __u32 task_tgid(struct task_struct *task)
{
	return config.is_in_pid_namespace ? id_in_namespace(task->group_leader->thread_pid)
					  : task->tgid;
}

/* Process << 32 | thread. Not of a dead task: that has lost its ids where they are a namespace's. */
static __always_inline __u64 task_id(struct task_struct *task)
{
	__u32 tid = config.is_in_pid_namespace ? id_in_namespace(task->thread_pid) : task->pid;

	return (__u64)task_tgid(task) << 32 | tid;
}

static __always_inline __u64 current_id(void)
{
	return config.is_in_pid_namespace ? task_id(bpf_get_current_task_btf())
					  : bpf_get_current_pid_tgid();
}

static __always_inline __u32 current_tgid(void)
{
	return config.is_in_pid_namespace ? task_tgid(bpf_get_current_task_btf())
					  : bpf_get_current_pid_tgid() >> 32;
}

#endif
