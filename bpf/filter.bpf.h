/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * filter.bpf.h - which processes are recorded, and the recorder's settings.
 * The map is written by the recorder and, where children are followed, at fork and exit.
 */
#ifndef IDLETAX_FILTER_BPF_H
#define IDLETAX_FILTER_BPF_H

#include "kernel_types.bpf.h"

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

static __always_inline bool is_traced(__u32 tgid)
{
	return bpf_map_lookup_elem(&traced, &tgid) != NULL;
}

static __always_inline __u32 current_tgid(void)
{
	return bpf_get_current_pid_tgid() >> 32;
}

#endif
