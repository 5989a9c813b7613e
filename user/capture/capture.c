// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * capture.c - life cycle of the kernel programs, and the ring's consumption. See capture.h.
 *
 * The kernel does not wake the reader per record: capture_poll sleeps on the ring's descriptor, which
 * becomes readable only when much is waiting, and consumes after a time-out too.
 */
#include "capture/capture.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/units.h"
#include "capture/attach.h"
#include "capture/discover.h"
#include "capture/follow.h"
#include "capture/node_probe.h"
#include "capture/priority.h"
#include "capture/proc.h"
#include "capture/support.h"
#include "capture/uprobe.h"
#include "probe_config.h"
#include "idletax.skel.h"

#define SLICE_CUT_NS (100 * NS_PER_MS)
#define SAMPLES_MAX 64
#define LIBBPF_TEXT_MAX 4000 /* of one message */
#define DISCOVERED_MAX 4096  /* between two polls */

struct discovered { /* as RECORD_DISCOVERED tells */
	pid_t pid;
	uint32_t reason;
	uint64_t time_ns;
};

struct capture {
	struct capture_options options;
	struct idletax *programs;
	struct attachment *attachment;
	struct ring_buffer *ring;
	struct uprobes *uprobes;
	struct node_probes *node_probes;
	struct native_probes *native_probes;
	uint64_t misfits_seen; /* of worker messages */
	struct priority priority;
	bool is_polled;
	uint64_t start_ns;
	pid_t executed[SAMPLES_MAX]; /* processes whose memory is sampled once the ring is read */
	size_t executed_count;
	struct follow follow;
	struct discovered discovered[DISCOVERED_MAX];
	size_t discovered_count;
	size_t undiscovered_count; /* without room, */
	uint64_t undiscovered_ns;  /* since then */
	int error;		   /* of the handler: sticky */
	bool is_stopped;
};

/* ---- records ---- */

static int hand_over(void *context, const struct record_header *record)
{
	struct capture *capture = context;

	if (!capture->error)
		capture->error = capture->options.record(capture->options.context, record);
	return capture->error;
}

static void note_discovered(struct capture *capture, const struct record_discovered *record)
{
	struct discovered *found = &capture->discovered[capture->discovered_count];

	if (capture->discovered_count == DISCOVERED_MAX) {
		if (!capture->undiscovered_count++)
			capture->undiscovered_ns = record->header.time_ns;
		return;
	}
	found->pid = record->header.tgid;
	found->reason = record->reason;
	found->time_ns = record->header.time_ns;
	capture->discovered_count++;
}

static int on_ring_record(void *context, void *data, size_t bytes)
{
	const struct record_header *record = data;
	struct capture *capture = context;

	if (bytes < sizeof(*record) || record->bytes > bytes)
		return 0;
	priority_note_read(&capture->priority, bytes);
	if (record->kind == RECORD_DISCOVERED) { /* this side's affair: what it says follows */
		note_discovered(capture, data);
		return 0;
	}
	if (hand_over(capture, record))
		return capture->error;
	if (record->kind == RECORD_EXEC && !capture->is_stopped) {
		node_probes_consider(capture->node_probes, record->tgid);
		native_probes_consider(capture->native_probes, record->tgid);
		if (capture->executed_count < SAMPLES_MAX)
			capture->executed[capture->executed_count++] = record->tgid;
	}
	return capture->error;
}

static int consume(struct capture *capture)
{
	int count = ring_buffer__consume(capture->ring);

	if (capture->error)
		return capture->error;
	return count < 0 ? count : 0;
}

static void fill_header(struct record_header *header, uint16_t kind, uint32_t bytes, pid_t tgid)
{
	header->kind = kind;
	header->bytes = bytes;
	header->time_ns = clock_monotonic_ns();
	header->tgid = tgid;
	header->tid = tgid;
}

/* A loss until now; from the start where @loss does not say since when. */
static int hand_over_loss(struct capture *capture, struct record_loss loss)
{
	fill_header(&loss.header, RECORD_LOSS, sizeof(loss), 0);
	if (!loss.from_ns)
		loss.from_ns = capture->start_ns;
	loss.to_ns = loss.header.time_ns;
	return hand_over(capture, &loss.header);
}

int capture_sample_memory(struct capture *capture, pid_t tgid)
{
	struct record_memory memory = { 0 };
	struct proc_status status;
	int error;

	error = proc_read_status(tgid, &status);
	if (error)
		return error;
	if (status.is_ended || !status.rss_bytes)
		return -ESRCH;
	fill_header(&memory.header, RECORD_MEMORY, sizeof(memory), tgid);
	memory.rss_bytes = status.rss_bytes;
	memory.peak_rss_bytes = status.peak_rss_bytes;
	return hand_over(capture, &memory.header);
}

static void hand_over_blind_spot(void *context, pid_t tgid, struct record_blind_spot *record)
{
	fill_header(&record->header, RECORD_BLIND_SPOT, sizeof(*record), tgid);
	hand_over(context, &record->header); /* its error is sticky */
}

/* ---- opening ---- */

static int make_node_probes(struct capture *capture)
{
	const struct node_probes_options options = {
		.uprobes = capture->uprobes,
		.on_send = capture->programs->progs.on_worker_send,
		.on_receive = capture->programs->progs.on_worker_receive,
		.forms = capture->programs->maps.worker_forms,
		.blind = hand_over_blind_spot,
		.context = capture,
	};

	return node_probes_new(&capture->node_probes, &options);
}

static int make_native_probes(struct capture *capture, struct diag *diag)
{
	const struct native_probes_options options = {
		.uprobes = capture->uprobes,
		.on_entry = capture->programs->progs.on_native_entry,
		.on_return = capture->programs->progs.on_native_return,
		.specs = capture->options.native_probes,
		.spec_count = capture->options.native_probe_count,
	};

	return native_probes_new(&capture->native_probes, &options, diag);
}

/* What libbpf says, a line each; of a refused program it is the verifier's whole log: its end tells why. */
static int forward_libbpf(enum libbpf_print_level level, const char *format, va_list arguments)
{
	char *text, *line, *rest;
	int bytes;

	if (level == LIBBPF_DEBUG)
		return 0;
	bytes = vasprintf(&text, format, arguments);
	if (bytes < 0)
		return 0;
	rest = bytes > LIBBPF_TEXT_MAX ? text + bytes - LIBBPF_TEXT_MAX : text;
	while ((line = strsep(&rest, "\n"))) {
		if (*line)
			log_message(LOG_DEBUG, "%s", line);
	}
	free(text);
	return 0;
}

/* Before loading: the programs that user/capture/uprobe attaches. */
static int prepare_uprobes(const struct idletax *programs, enum uprobe_way way)
{
	struct bpf_program *const probes[] = {
		programs->progs.on_worker_send,
		programs->progs.on_worker_receive,
		programs->progs.on_native_entry,
		programs->progs.on_native_return,
	};
	int error = 0;

	for (size_t i = 0; !error && i < sizeof(probes) / sizeof(probes[0]); i++)
		error = uprobe_prepare(probes[i], way);
	return error;
}

/* Of the two socket back ends one is loaded. */
static int choose_socket_programs(const struct idletax *programs, enum socket_hooks hooks)
{
	bool is_by_syscall = hooks == SOCKET_HOOKS_SYSCALL;
	const struct {
		struct bpf_program *program;
		bool is_wanted;
	} choices[] = {
		{ programs->progs.on_send, !is_by_syscall },
		{ programs->progs.on_receive, !is_by_syscall },
		{ programs->progs.on_socket_state, !is_by_syscall },
		{ programs->progs.on_syscall_enter, is_by_syscall },
		{ programs->progs.on_syscall_exit, is_by_syscall },
		{ programs->progs.on_tcp_state, is_by_syscall },
	};
	int error;

	for (size_t i = 0; i < sizeof(choices) / sizeof(choices[0]); i++)
		bpf_program__set_autoload(choices[i].program, choices[i].is_wanted);
	error = bpf_map__set_autocreate(programs->maps.sockets, !is_by_syscall);
	if (!error)
		error = bpf_map__set_autocreate(programs->maps.kept_sockets, is_by_syscall);
	if (!error)
		error = bpf_map__set_autocreate(programs->maps.socket_calls, is_by_syscall);
	return error;
}

/* Messages are looked at where the socket back end has them from. */
static void choose_discovery(const struct idletax *programs, const struct capture_options *options)
{
	bool is_wanted = options->is_discovering;
	bool is_by_syscall = options->hooks.socket == SOCKET_HOOKS_SYSCALL;

	bpf_program__set_autoload(programs->progs.discover_exec, is_wanted);
	bpf_program__set_autoload(programs->progs.tell_discovered, is_wanted);
	bpf_program__set_autoload(programs->progs.discover_send, is_wanted && !is_by_syscall);
	bpf_program__set_autoload(programs->progs.discover_receive, is_wanted && !is_by_syscall);
	bpf_program__set_autoload(programs->progs.discover_call, is_wanted && is_by_syscall);
}

static int load_programs(struct capture *capture, const struct support *support, struct diag *diag)
{
	uint32_t ring_bytes = capture->options.ring_bytes;
	struct probe_config *config;
	struct idletax *programs;
	int error;

	programs = idletax__open();
	if (!programs)
		return diag_set(diag, -errno, "cannot open the kernel programs: %s",
				strerror(errno));
	capture->programs = programs;
	capture->follow.programs = programs;
	config = (struct probe_config *)&programs->rodata->config;
	config->slice_cut_ns = SLICE_CUT_NS;
	config->is_following_children = !capture->options.is_without_children;
	config->wake_bytes = ring_bytes / 8;
	config->is_in_pid_namespace = support->is_in_pid_namespace;
	config->recorder_tgid = getpid();
	config->is_socket_by_inode = capture->options.hooks.socket == SOCKET_HOOKS_SYSCALL;
	choose_discovery(programs, &capture->options);
	programs->rodata->preempt_count_distance = support->preempt_count_distance;
	error = bpf_map__set_max_entries(programs->maps.records, ring_bytes);
	if (!error)
		error = bpf_map__set_max_entries(programs->maps.exec_buffers,
						 libbpf_num_possible_cpus());
	if (!error)
		error = prepare_uprobes(programs, capture->options.hooks.uprobe);
	if (!error)
		error = choose_socket_programs(programs, capture->options.hooks.socket);
	if (!error)
		error = idletax__load(programs);
	return error ? support_explain(error, "load the kernel programs", diag) : 0;
}

/* The kernel programs look ids up at the level of the recorder's PID namespace. */
static int note_recorder(struct capture *capture, struct diag *diag)
{
	LIBBPF_OPTS(bpf_test_run_opts, options);
	int fd = bpf_program__fd(capture->programs->progs.note_recorder);

	return bpf_prog_test_run_opts(fd, &options)
		       ? support_explain(-errno, "run a kernel program", diag)
		       : 0;
}

static int make_ring(struct capture *capture, struct diag *diag)
{
	capture->ring = ring_buffer__new(bpf_map__fd(capture->programs->maps.records),
					 on_ring_record, capture, NULL);
	if (!capture->ring)
		return diag_set(diag, -errno, "cannot map the ring buffer: %s", strerror(errno));
	return 0;
}

int capture_check(struct hooks *hooks, struct diag *diag)
{
	struct support support;

	return support_check(&support, hooks, diag);
}

int capture_open(struct capture **ret_capture, const struct capture_options *options,
		 struct diag *diag)
{
	struct hooks hooks = options->hooks;
	struct support support = { 0 };
	struct capture *capture;
	int error;

	libbpf_set_print(forward_libbpf);
	error = support_check(&support, &hooks, diag);
	if (error)
		return error;
	capture = calloc(1, sizeof(*capture));
	if (!capture)
		return diag_set(diag, -ENOMEM, "out of memory");
	capture->options = *options;
	capture->options.hooks = hooks;
	capture->start_ns = clock_monotonic_ns();
	capture->follow.hand_over = hand_over;
	capture->follow.context = capture;
	capture->follow.is_without_children = options->is_without_children;
	if (!capture->options.ring_bytes)
		capture->options.ring_bytes = CAPTURE_RING_BYTES;
	error = load_programs(capture, &support, diag);
	if (!error)
		error = note_recorder(capture, diag);
	if (!error)
		error = make_ring(capture, diag);
	if (!error)
		error = attachment_new(&capture->attachment, capture->programs, SLICE_CUT_NS / 5,
				       diag);
	if (!error)
		error = uprobes_new(&capture->uprobes, hooks.uprobe);
	if (!error)
		error = make_node_probes(capture);
	if (!error)
		error = make_native_probes(capture, diag);
	if (error) {
		capture_close(capture);
		return error;
	}
	*ret_capture = capture;
	return 0;
}

/* ---- choosing processes ---- */

int capture_check_process(pid_t tgid, struct diag *diag)
{
	struct proc_status status;

	if (proc_read_status(tgid, &status) || status.is_ended)
		return diag_set(diag, -ESRCH, "there is no process %d", (int)tgid);
	if (status.tgid != tgid) {
		diag_set(diag, -EINVAL, "%d is a thread of process %d", (int)tgid,
			 (int)status.tgid);
		diag_hint(diag, "use -p %d", (int)status.tgid);
		return -EINVAL;
	}
	if (tgid == getpid())
		return diag_set(diag, -EINVAL, "process %d is the recorder itself", (int)tgid);
	if (status.is_kernel_thread)
		return diag_set(diag, -EINVAL, "%d is a thread of the kernel", (int)tgid);
	return 0;
}

/* Tells what the kernel has not seen of the processes of @list, as of @time_ns. */
static int tell(struct capture *capture, struct follow_list *list, uint64_t time_ns)
{
	int error;

	error = consume(capture); /* their threads come first */
	if (!error && list->dropped)
		error = hand_over_loss(capture,
				       (struct record_loss){ .loss_class = RECORD_LOSS_PROCESS,
							     .from_ns = time_ns,
							     .records = list->dropped });
	if (!error)
		error = follow_tell(list, time_ns);
	for (size_t i = 0; !error && i < list->count; i++) {
		node_probes_consider(capture->node_probes, list->pids[i]);
		native_probes_consider(capture->native_probes, list->pids[i]);
	}
	return error;
}

int capture_trace(struct capture *capture, pid_t tgid, struct diag *diag)
{
	struct follow_list *list;
	int error;

	error = capture_check_process(tgid, diag);
	if (error)
		return error;
	list = follow_list_new(&capture->follow);
	if (!list)
		return diag_set(diag, -ENOMEM, "out of memory");
	error = follow_begin(list, tgid);
	if (!error)
		error = follow_see_tasks(&capture->follow, 0);
	if (!error)
		error = tell(capture, list, clock_monotonic_ns());
	free(list);
	return error ? diag_set(diag, error, "cannot trace process %d: %s", (int)tgid,
				strerror(-error))
		     : 0;
}

unsigned int capture_count_processes(const struct capture *capture)
{
	return follow_count(&capture->follow);
}

/* ---- discovery ---- */

static int begin_found(void *context, pid_t pid)
{
	return follow_begin(context, pid);
}

int capture_discover(struct capture *capture, struct diag *diag)
{
	struct follow_list *list = follow_list_new(&capture->follow);
	int error;

	if (!list)
		return diag_set(diag, -ENOMEM, "out of memory");
	error = discover_running(capture->programs->progs.see_socket, begin_found, list);
	if (!error && list->count)
		error = follow_see_tasks(&capture->follow, 0);
	if (!error)
		error = tell(capture, list, clock_monotonic_ns());
	free(list);
	return error ? diag_set(diag, error, "cannot look for runtimes and emulators: %s",
				strerror(-error))
		     : 0;
}

/* A runtime found at its exec told everything itself. */
static bool needs_telling(struct capture *capture, const struct discovered *found)
{
	if (found->reason == RECORD_DISCOVERED_PROGRAM)
		return !follow_is_traced(&capture->follow, found->pid) &&
		       discover_is_emulator(found->pid);
	return found->reason != RECORD_DISCOVERED_RUNTIME;
}

static int hand_over_undiscovered(struct capture *capture)
{
	size_t count = capture->undiscovered_count;

	capture->undiscovered_count = 0;
	if (!count)
		return 0;
	return hand_over_loss(
		capture, (struct record_loss){ .loss_class = RECORD_LOSS_PROCESS,
					       .from_ns = capture->undiscovered_ns,
					       .records = count,
					       .bytes = count * sizeof(struct record_discovered) });
}

/* Completes what the kernel began, before its facts move on (FACT_ORDER_WINDOW_NS). */
static int tell_discovered(struct capture *capture)
{
	int error;

	error = hand_over_undiscovered(capture);
	while (!error && capture->discovered_count) {
		struct discovered found = capture->discovered[--capture->discovered_count];
		struct follow_list *list;

		if (!needs_telling(capture, &found))
			continue;
		list = follow_list_new(&capture->follow);
		if (!list)
			return -ENOMEM;
		error = found.reason == RECORD_DISCOVERED_PROGRAM
				? follow_begin(list, found.pid)
				: follow_begin_discovered(list, found.pid);
		for (size_t i = 0; !error && i < list->count; i++)
			error = follow_see_tasks(&capture->follow, list->pids[i]);
		if (!error)
			error = tell(capture, list, found.time_ns);
		free(list);
	}
	return error;
}

/* ---- polling ---- */

static void check_forms(struct capture *capture)
{
	uint64_t misfits = capture->programs->bss->worker_misfits;

	if (misfits != capture->misfits_seen)
		node_probes_check_forms(capture->node_probes);
	capture->misfits_seen = misfits;
}

int capture_poll(struct capture *capture, int timeout_ms)
{
	int count;

	if (!capture->is_polled) /* the command has been forked by now and does not inherit it */
		priority_begin(&capture->priority, capture->options.ring_bytes / 8);
	capture->is_polled = true;
	count = ring_buffer__poll(capture->ring, timeout_ms);
	if (capture->error)
		return capture->error;
	if (count < 0 && count != -EINTR)
		return count;
	node_probes_retry(capture->node_probes);
	check_forms(capture);
	count = consume(capture);
	if (!count)
		count = tell_discovered(capture);
	if (count)
		return count;
	priority_note_pause(&capture->priority);
	while (capture->executed_count)
		capture_sample_memory(capture, capture->executed[--capture->executed_count]);
	return capture->error;
}

/* ---- stopping ---- */

/* bpf/emit.bpf.h: what was not followed by a good record could not be reported through the ring. */
struct loss_counter {
	uint64_t good_ns;
	uint64_t records;
	uint64_t bytes;
};

static int hand_over_losses(struct capture *capture)
{
	int map = bpf_map__fd(capture->programs->maps.losses);
	int cpus = libbpf_num_possible_cpus(), error = 0;
	struct loss_counter *counters;

	counters = calloc(cpus, sizeof(*counters));
	if (!counters)
		return -ENOMEM;
	for (uint32_t loss_class = 1; loss_class < RECORD_LOSS_CLASS_END; loss_class++) {
		if (bpf_map_lookup_elem(map, &loss_class, counters))
			continue;
		for (int cpu = 0; !error && cpu < cpus; cpu++) {
			if (counters[cpu].records)
				error = hand_over_loss(
					capture,
					(struct record_loss){ .header.cpu = cpu,
							      .loss_class = loss_class,
							      .from_ns = counters[cpu].good_ns,
							      .records = counters[cpu].records,
							      .bytes = counters[cpu].bytes });
		}
	}
	free(counters);
	return error;
}

/* The kernel skips a program that would run within itself on one CPU, and counts that. */
static int hand_over_misses(struct capture *capture)
{
	const struct {
		const struct bpf_program *program;
		uint32_t loss_class;
	} watched[] = {
		{ capture->programs->progs.on_sched_switch, RECORD_LOSS_SCHEDULER },
		{ capture->programs->progs.on_send, RECORD_LOSS_SOCKET },
		{ capture->programs->progs.on_receive, RECORD_LOSS_SOCKET },
		{ capture->programs->progs.on_syscall_exit, RECORD_LOSS_SOCKET },
		{ capture->programs->progs.on_worker_send, RECORD_LOSS_SOCKET },
		{ capture->programs->progs.on_worker_receive, RECORD_LOSS_SOCKET },
		{ capture->programs->progs.on_native_entry, RECORD_LOSS_SOCKET },
		{ capture->programs->progs.on_native_return, RECORD_LOSS_SOCKET },
		{ capture->programs->progs.on_fork, RECORD_LOSS_PROCESS },
		{ capture->programs->progs.on_exec, RECORD_LOSS_PROCESS },
		{ capture->programs->progs.on_exit, RECORD_LOSS_PROCESS },
		{ capture->programs->progs.discover_exec, RECORD_LOSS_PROCESS },
		{ capture->programs->progs.tell_discovered, RECORD_LOSS_PROCESS },
		{ capture->programs->progs.discover_send, RECORD_LOSS_PROCESS },
		{ capture->programs->progs.discover_receive, RECORD_LOSS_PROCESS },
		{ capture->programs->progs.discover_call, RECORD_LOSS_PROCESS },
	};
	int error = 0;

	for (size_t i = 0; !error && i < sizeof(watched) / sizeof(watched[0]); i++) {
		struct bpf_prog_info info = { 0 };
		uint32_t bytes = sizeof(info);

		if (bpf_obj_get_info_by_fd(bpf_program__fd(watched[i].program), &info, &bytes) ||
		    !info.recursion_misses)
			continue;
		log_message(LOG_DEBUG, "%s was skipped %llu times",
			    bpf_program__name(watched[i].program),
			    (unsigned long long)info.recursion_misses);
		error = hand_over_loss(capture,
				       (struct record_loss){ .loss_class = watched[i].loss_class,
							     .records = info.recursion_misses });
	}
	return error;
}

/* Worker messages that could not be read, of processes with others that could. */
static int hand_over_misfits(struct capture *capture)
{
	uint64_t lost = node_probes_check_forms(capture->node_probes);

	if (!lost)
		return 0;
	return hand_over_loss(capture, (struct record_loss){ .loss_class = RECORD_LOSS_SOCKET,
							     .records = lost });
}

int capture_stop(struct capture *capture)
{
	int error;

	if (capture->is_stopped)
		return capture->error;
	capture->is_stopped = true;
	priority_end(&capture->priority);
	attachment_flush(capture->attachment, capture->programs);
	attachment_free(capture->attachment);
	capture->attachment = NULL;
	uprobes_free(capture->uprobes);
	capture->uprobes = NULL;
	error = consume(capture);
	if (!error)
		error = hand_over_undiscovered(capture);
	if (!error)
		error = hand_over_losses(capture);
	if (!error)
		error = hand_over_misses(capture);
	if (!error)
		error = hand_over_misfits(capture);
	return error;
}

void capture_close(struct capture *capture)
{
	if (!capture)
		return;
	node_probes_free(capture->node_probes);
	native_probes_free(capture->native_probes);
	uprobes_free(capture->uprobes);
	attachment_free(capture->attachment);
	ring_buffer__free(capture->ring);
	idletax__destroy(capture->programs);
	free(capture);
}
