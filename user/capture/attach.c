// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * attach.c - see attach.h. The tracepoints are attached before anything is traced. Programs of one hook run
 * in the order in which they were attached.
 */
#include "capture/attach.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/perf_event.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "capture/support.h"
#include "probe_config.h"
#include "idletax.skel.h"

#define TRACEPOINTS_MAX 24

struct attachment {
	struct bpf_link *tracepoints[TRACEPOINTS_MAX];
	size_t tracepoint_count;
	struct bpf_link **timers; /* one per CPU; NULL where it is offline */
	int cpu_count;
};

static int attach_tracepoints(struct attachment *attachment, struct idletax *programs,
			      struct diag *diag)
{
	struct bpf_program *const tracepoints[] = {
		/* What finds a process by an exec or a message comes before what records that. */
		programs->progs.discover_exec,	  programs->progs.discover_send,
		programs->progs.discover_receive, programs->progs.on_fork,
		programs->progs.on_exec,	  programs->progs.tell_discovered,
		programs->progs.on_exit,	  programs->progs.on_sched_waking,
		programs->progs.on_hrtimer_start, programs->progs.on_sched_switch,
		programs->progs.on_socket_state,  programs->progs.on_send,
		programs->progs.on_receive,	  programs->progs.on_tcp_state,
		programs->progs.on_syscall_enter, programs->progs.discover_call,
		programs->progs.on_syscall_exit,
	};
	struct bpf_link *link;

	_Static_assert(sizeof(tracepoints) / sizeof(tracepoints[0]) <= TRACEPOINTS_MAX, "too many");
	for (size_t i = 0; i < sizeof(tracepoints) / sizeof(tracepoints[0]); i++) {
		if (!bpf_program__autoload(tracepoints[i]))
			continue; /* of the socket back end that was not chosen, or for another recording */
		link = bpf_program__attach(tracepoints[i]);
		if (!link)
			return support_explain(-errno, bpf_program__section_name(tracepoints[i]),
					       diag);
		attachment->tracepoints[attachment->tracepoint_count++] = link;
	}
	return 0;
}

static int open_timer(int cpu, uint64_t period_ns)
{
	struct perf_event_attr attributes = {
		.type = PERF_TYPE_SOFTWARE,
		.size = sizeof(attributes),
		.config = PERF_COUNT_SW_CPU_CLOCK,
		.sample_period = period_ns,
	};

	return syscall(SYS_perf_event_open, &attributes, -1, cpu, -1, PERF_FLAG_FD_CLOEXEC);
}

static int attach_timers(struct attachment *attachment, struct idletax *programs,
			 uint64_t period_ns, struct diag *diag)
{
	int fd, error;

	attachment->cpu_count = libbpf_num_possible_cpus();
	attachment->timers = calloc(attachment->cpu_count, sizeof(*attachment->timers));
	if (!attachment->timers)
		return diag_set(diag, -ENOMEM, "out of memory");
	for (int cpu = 0; cpu < attachment->cpu_count; cpu++) {
		fd = open_timer(cpu, period_ns);
		if (fd < 0 && errno == ENODEV)
			continue;
		if (fd < 0)
			return support_explain(-errno, "open a timer event", diag);
		attachment->timers[cpu] =
			bpf_program__attach_perf_event(programs->progs.on_cut_timer, fd);
		if (!attachment->timers[cpu]) {
			error = -errno;
			close(fd);
			return support_explain(error, "attach to a timer event", diag);
		}
	}
	return 0;
}

int attachment_new(struct attachment **ret_attachment, struct idletax *programs,
		   uint64_t cut_period_ns, struct diag *diag)
{
	struct attachment *attachment = calloc(1, sizeof(*attachment));
	int error;

	if (!attachment)
		return diag_set(diag, -ENOMEM, "out of memory");
	error = attach_tracepoints(attachment, programs, diag);
	if (!error)
		error = attach_timers(attachment, programs, cut_period_ns, diag);
	if (error) {
		attachment_free(attachment);
		return error;
	}
	*ret_attachment = attachment;
	return 0;
}

void attachment_free(struct attachment *attachment)
{
	if (!attachment)
		return;
	for (int cpu = 0; attachment->timers && cpu < attachment->cpu_count; cpu++)
		bpf_link__destroy(attachment->timers[cpu]);
	while (attachment->tracepoint_count)
		bpf_link__destroy(attachment->tracepoints[--attachment->tracepoint_count]);
	free(attachment->timers);
	free(attachment);
}

void attachment_flush(const struct attachment *attachment, const struct idletax *programs)
{
	for (int cpu = 0; cpu < attachment->cpu_count; cpu++) {
		LIBBPF_OPTS(bpf_test_run_opts, options, .cpu = cpu, .flags = BPF_F_TEST_RUN_ON_CPU);

		if (attachment->timers[cpu])
			bpf_prog_test_run_opts(bpf_program__fd(programs->progs.flush_cpu),
					       &options);
	}
}
