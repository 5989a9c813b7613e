// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * support.c - see support.h. Looks at the process's capabilities and at the kernel's BTF, and tries what
 * kernels differ in; what the kernel refuses in spite of these is explained afterwards.
 */
#include "capture/support.h"

#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "capture/proc.h"

/* Linux 6.2 to 6.14: struct pcpu_hot { struct task_struct *current_task; int preempt_count; ... } */
#define PCPU_HOT_PREEMPT_COUNT 8

#define SCHED_SWITCH_ARGUMENTS 4 /* the last is the previous thread's state */

#define INITIAL_PID_NAMESPACE 4026531836u /* include/linux/proc_ns.h: PROC_PID_INIT_INO */
#define CAPABILITY_SYS_ADMIN 21
#define CAPABILITY_PERFMON 38
#define CAPABILITY_BPF 39
#define HAS(set, capability) (((set) >> (capability)) & 1)

static int check_privileges(struct diag *diag)
{
	struct proc_status status = { 0 };
	uint64_t set;

	if (proc_read_status(getpid(), &status))
		return diag_set(diag, -ENOENT, "/proc is not mounted");
	set = status.effective_capabilities;
	if (HAS(set, CAPABILITY_SYS_ADMIN) ||
	    (HAS(set, CAPABILITY_BPF) && HAS(set, CAPABILITY_PERFMON)))
		return 0;
	diag_set(diag, -EPERM,
		 "it needs root (CAP_SYS_ADMIN, or CAP_BPF with CAP_PERFMON), this is user %u",
		 (unsigned int)geteuid());
	diag_hint(diag, "run it with sudo: the command then runs as you, and the file is yours");
	return -EPERM;
}

/* Process ids in records are those of the recorder's namespace, and so must be those of /proc. */
static int find_pid_namespace(bool *ret_is_own, struct diag *diag)
{
	char link[64];
	struct stat namespace;
	ssize_t bytes = readlink("/proc/self", link, sizeof(link) - 1);

	link[bytes > 0 ? bytes : 0] = '\0';
	if (bytes <= 0 || stat("/proc/self/ns/pid", &namespace))
		return diag_set(diag, -ENOENT, "/proc is not mounted");
	if (atoi(link) != getpid()) {
		diag_set(diag, -EOPNOTSUPP, "/proc is that of another PID namespace");
		diag_hint(diag, "mount the own one (unshare --mount-proc), or run it outside");
		return -EOPNOTSUPP;
	}
	*ret_is_own = namespace.st_ino != INITIAL_PID_NAMESPACE;
	return 0;
}

static int refuse_kernel(struct diag *diag, const char *kind, const char *name)
{
	struct utsname host = { 0 };

	uname(&host);
	diag_set(diag, -EOPNOTSUPP, "kernel %s has no %s %s", host.release, kind, name);
	diag_hint(diag, "Linux 6.1 or newer is needed");
	return -EOPNOTSUPP;
}

static int check_tracepoints(const struct btf *btf, struct diag *diag)
{
	static const char *const names[] = {
		"btf_trace_sched_switch",	 "btf_trace_sched_waking",
		"btf_trace_sched_process_fork",	 "btf_trace_sched_process_exec",
		"btf_trace_sched_process_exit",	 "btf_trace_hrtimer_start",
		"btf_trace_inet_sock_set_state",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (btf__find_by_name_kind(btf, names[i], BTF_KIND_TYPEDEF) > 0)
			continue;
		return refuse_kernel(diag, "tracepoint", names[i] + strlen("btf_trace_"));
	}
	return 0;
}

/* How many arguments a program at a tracepoint gets. */
static int count_arguments(const struct btf *btf, const char *type_name)
{
	int type = btf__find_by_name_kind(btf, type_name, BTF_KIND_TYPEDEF);
	const struct btf_type *prototype;

	if (type <= 0)
		return 0;
	prototype = btf__type_by_id(btf, btf__type_by_id(btf, type)->type);
	prototype = btf_is_ptr(prototype) ? btf__type_by_id(btf, prototype->type) : prototype;
	return btf_is_func_proto(prototype) ? btf_vlen(prototype) - 1 : 0;
}

/* What the programs use of BPF, the youngest of it. */
static int check_features(const struct btf *btf, struct diag *diag)
{
	if (libbpf_probe_bpf_helper(BPF_PROG_TYPE_KPROBE, BPF_FUNC_loop, NULL) != 1)
		return refuse_kernel(diag, "BPF helper", "bpf_loop");
	if (count_arguments(btf, "btf_trace_sched_switch") < SCHED_SWITCH_ARGUMENTS)
		return refuse_kernel(diag, "previous state in its tracepoint", "sched_switch");
	return 0;
}

/* Where the per-CPU variable @name lies within its section, or -1. */
static int64_t percpu_offset(const struct btf *btf, const char *name)
{
	int32_t section = btf__find_by_name_kind(btf, ".data..percpu", BTF_KIND_DATASEC);
	int32_t variable = btf__find_by_name_kind(btf, name, BTF_KIND_VAR);
	const struct btf_type *type = section > 0 ? btf__type_by_id(btf, section) : NULL;

	if (!type || variable <= 0)
		return -1;
	for (unsigned int i = 0; i < btf_vlen(type); i++) {
		if (btf_var_secinfos(type)[i].type == (uint32_t)variable)
			return btf_var_secinfos(type)[i].offset;
	}
	return -1;
}

static int64_t find_preempt_count_distance(const struct btf *btf)
{
	int64_t run_queue = percpu_offset(btf, "runqueues");
	int64_t count = percpu_offset(btf, "__preempt_count");

	if (count < 0) {
		count = percpu_offset(btf, "pcpu_hot");
		if (count >= 0)
			count += PCPU_HOT_PREEMPT_COUNT;
	}
	return run_queue < 0 || count < 0 ? 0 : count - run_queue;
}

int support_check(struct support *ret_support, struct hooks *hooks, struct diag *diag)
{
	struct btf *btf;
	int error;

	error = check_privileges(diag);
	if (!error)
		error = find_pid_namespace(&ret_support->is_in_pid_namespace, diag);
	if (error)
		return error;
	btf = btf__load_vmlinux_btf();
	if (!btf) {
		diag_set(diag, -EOPNOTSUPP,
			 "the kernel describes no types (/sys/kernel/btf/vmlinux)");
		diag_hint(diag,
			  "use a kernel built with CONFIG_DEBUG_INFO_BTF, as distributions do");
		return -EOPNOTSUPP;
	}
	error = check_features(btf, diag);
	if (!error)
		error = check_tracepoints(btf, diag);
	if (!error)
		error = hooks_choose(hooks, btf, diag);
	ret_support->preempt_count_distance = find_preempt_count_distance(btf);
	btf__free(btf);
	return error;
}

int support_explain(int error, const char *what, struct diag *diag)
{
	diag_set(diag, error, "the kernel refused to %s: %s", what, strerror(-error));
	if (error == -EPERM || error == -EACCES)
		diag_hint(diag, "in a container it needs --privileged; see also "
				"/sys/kernel/security/lockdown and kernel.perf_event_paranoid");
	else if (error == -ENOMEM || error == -E2BIG)
		diag_hint(diag, "the ring buffer may be too large for this machine");
	return error;
}
