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

extern __u32 pid_namespace_level; /* of the recorder's; set by note_recorder */

static __always_inline bool is_traced(__u32 tgid)
{
	return bpf_map_lookup_elem(&traced, &tgid) != NULL;
}

static __always_inline __u32 id_in_namespace(__u64 pid)
{
	__u64 numbers = pid + bpf_core_field_offset(struct pid, numbers);
	struct upid *number =
		(void *)(numbers + pid_namespace_level * bpf_core_type_size(struct upid));

	if (!pid || BPF_CORE_READ((struct pid *)pid, level) < pid_namespace_level ||
	    BPF_CORE_READ(number, ns, ns.inum) != config.pid_namespace)
		return 0;
	return BPF_CORE_READ(number, nr);
}

/* Process << 32 | thread. Not of a dead task: that has lost its ids where they are a namespace's. */
static __always_inline __u64 task_id(struct task_struct *task)
{
	__u64 tgid, tid;

	if (!config.pid_namespace) {
		tgid = BPF_CORE_READ(task, tgid);
		tid = BPF_CORE_READ(task, pid);
	} else {
		tgid = id_in_namespace((__u64)BPF_CORE_READ(task, group_leader, thread_pid));
		tid = id_in_namespace((__u64)BPF_CORE_READ(task, thread_pid));
	}
	return tgid << 32 | tid;
}

static __always_inline __u64 current_id(void)
{
	if (!config.pid_namespace)
		return bpf_get_current_pid_tgid();
	return task_id(bpf_get_current_task_btf());
}

static __always_inline __u32 current_tgid(void)
{
	return current_id() >> 32;
}

#endif
