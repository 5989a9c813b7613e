// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * records.c - prints every kernel record of a command (or of running processes) as one line of
 * "kind key=value ...", payload in hexadecimal, for the checks in this directory to read.
 *
 * Usage: records [-S socket|syscall] [-U multi|single] [-o FILE] [-r RING_BYTES] [-d SECONDS] [-m] [-s MS] [-p PID]... [-- COMMAND ARG...]
 *   -m  sample the memory of each -p process every 100 ms
 *   -s  do not read the ring for so long after the start (to fill it)
 */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/units.h"
#include "capture/capture.h"
#include "capture/launch.h"

#define TARGETS_MAX 16

static volatile sig_atomic_t is_stopping;

static void on_signal(int number)
{
	is_stopping = 1;
}

static void print_hex(FILE *file, const char *key, const void *data, size_t bytes)
{
	const unsigned char *byte = data;

	fprintf(file, " %s=", key);
	for (size_t i = 0; i < bytes; i++)
		fprintf(file, "%02x", byte[i]);
}

static void print_data(FILE *file, const struct record_socket_data *data)
{
	fprintf(file,
		"data cookie=%llu direction=%u op_offset=%llu op_bytes=%u piece_offset=%u piece_bytes=%u flags=%u",
		data->cookie, data->direction, data->op_offset, data->op_bytes, data->piece_offset,
		data->piece_bytes, data->flags);
	print_hex(file, "piece", data->piece, data->piece_bytes);
}

static void print_open(FILE *file, const struct record_socket_open *open)
{
	fprintf(file,
		"open cookie=%llu self=%llx peer=%llx netns=%u family=%u state=%u local_port=%u remote_port=%u",
		open->cookie, open->self, open->peer, open->netns, open->family, open->state,
		open->local_port, open->remote_port);
	print_hex(file, "local", open->local_address, sizeof(open->local_address));
	print_hex(file, "remote", open->remote_address, sizeof(open->remote_address));
}

static void print_slice(FILE *file, const struct record_slice *slice)
{
	fprintf(file,
		"slice on_ns=%llu woken_ns=%llu deadline_ns=%llu waker=%u waker_tgid=%u waker_tid=%u syscall=%d off_reason=%u",
		slice->on_ns, slice->woken_ns, slice->deadline_ns, slice->waker, slice->waker_tgid,
		slice->waker_tid, slice->syscall, slice->off_reason);
}

static void print_exec(FILE *file, const struct record_exec *exec)
{
	fprintf(file, "exec name=%.16s args_bytes=%u env_bytes=%u args_total=%u env_total=%u",
		exec->name, exec->args_bytes, exec->env_bytes, exec->args_total, exec->env_total);
	print_hex(file, "args", exec->strings, exec->args_bytes);
	print_hex(file, "env", exec->strings + exec->args_bytes, exec->env_bytes);
}

static void print_worker(FILE *file, const struct record_worker_message *worker)
{
	fprintf(file, "worker message=%llx port=%llx length=%u operation=%u", worker->message,
		worker->port, worker->length, worker->operation);
	print_hex(file, "data", worker->data, worker->data_bytes);
}

static void print_process(FILE *file, const struct record_header *record)
{
	const struct record_task_seen *seen = (const void *)record;
	const struct record_fork *child = (const void *)record;
	const struct record_exit *ended = (const void *)record;
	const struct record_memory *memory = (const void *)record;

	if (record->kind == RECORD_TASK_SEEN)
		fprintf(file,
			"seen start_ns=%llu deadline_ns=%llu parent_tgid=%u syscall=%d off_reason=%u name=%.16s",
			seen->start_ns, seen->deadline_ns, seen->parent_tgid, seen->syscall,
			seen->off_reason, seen->name);
	else if (record->kind == RECORD_FORK)
		fprintf(file, "fork child_tgid=%u child_tid=%u name=%.16s", child->child_tgid,
			child->child_tid, child->name);
	else if (record->kind == RECORD_EXIT)
		fprintf(file, "exit exit_code=%u is_group_dead=%u peak_rss_bytes=%llu",
			ended->exit_code, ended->is_group_dead, ended->peak_rss_bytes);
	else
		fprintf(file, "memory rss_bytes=%llu peak_rss_bytes=%llu", memory->rss_bytes,
			memory->peak_rss_bytes);
}

static int print_record(void *context, const struct record_header *record)
{
	const struct record_socket_state *state = (const void *)record;
	const struct record_loss *loss = (const void *)record;
	FILE *file = context;

	switch (record->kind) {
	case RECORD_SOCKET_OPEN:
		print_open(file, (const void *)record);
		break;
	case RECORD_SOCKET_STATE:
		fprintf(file, "state cookie=%llu old_state=%u new_state=%u", state->cookie,
			state->old_state, state->new_state);
		break;
	case RECORD_SOCKET_DATA:
		print_data(file, (const void *)record);
		break;
	case RECORD_SLICE:
		print_slice(file, (const void *)record);
		break;
	case RECORD_EXEC:
		print_exec(file, (const void *)record);
		break;
	case RECORD_WORKER_MESSAGE:
		print_worker(file, (const void *)record);
		break;
	case RECORD_LOSS:
		fprintf(file, "loss from_ns=%llu to_ns=%llu records=%llu bytes=%llu loss_class=%u",
			loss->from_ns, loss->to_ns, loss->records, loss->bytes, loss->loss_class);
		break;
	default:
		print_process(file, record);
	}
	fprintf(file, " time_ns=%llu tgid=%u tid=%u cpu=%u\n", record->time_ns, record->tgid,
		record->tid, record->cpu);
	return 0;
}

struct arguments {
	struct capture_options capture;
	pid_t targets[TARGETS_MAX];
	size_t target_count;
	double seconds;
	int stall_ms;
	int is_sampling;
};

static void parse(struct arguments *arguments, int argc, char **argv)
{
	int option;

	while ((option = getopt(argc, argv, "+o:r:d:ms:p:S:U:")) != -1) {
		if (option == 'o')
			arguments->capture.context = fopen(optarg, "we");
		else if (option == 'r')
			arguments->capture.ring_bytes = atoi(optarg);
		else if (option == 'd')
			arguments->seconds = atof(optarg);
		else if (option == 'm')
			arguments->is_sampling = 1;
		else if (option == 's')
			arguments->stall_ms = atoi(optarg);
		else if (option == 'S' &&
			 hooks_parse_socket(optarg, &arguments->capture.hooks.socket))
			continue;
		else if (option == 'U' &&
			 hooks_parse_uprobe(optarg, &arguments->capture.hooks.uprobe))
			continue;
		else if (option == 'p' && arguments->target_count < TARGETS_MAX)
			arguments->targets[arguments->target_count++] = atoi(optarg);
		else
			exit(2);
	}
}

static int fail(const struct diag *diag)
{
	fprintf(stderr, "records: %s\n%s%s\n", diag->text, diag->hint[0] ? "hint: " : "",
		diag->hint);
	return 1;
}

static void run(struct capture *capture, struct launch *launch, const struct arguments *arguments)
{
	uint64_t end_ns = clock_monotonic_ns() + (uint64_t)(arguments->seconds * 1e9);
	uint64_t sample_ns = 0;

	usleep(arguments->stall_ms * 1000);
	while (!is_stopping && !capture_poll(capture, 10)) {
		if (arguments->is_sampling && clock_monotonic_ns() > sample_ns + 100 * NS_PER_MS) {
			sample_ns = clock_monotonic_ns();
			for (size_t i = 0; i < arguments->target_count; i++)
				capture_sample_memory(capture, arguments->targets[i]);
		}
		if (arguments->seconds > 0 && clock_monotonic_ns() > end_ns)
			break;
		if (launch ? launch_has_ended(launch) : !capture_count_processes(capture))
			break;
	}
}

static void log_line(enum log_level level, const char *text)
{
	fprintf(stderr, "log %d: %s\n", level, text);
}

int main(int argc, char **argv)
{
	struct arguments arguments = { .capture = { .record = print_record, .context = stdout } };
	struct diag diag = { 0 };
	struct capture *capture;
	struct launch launch = { 0 };
	int is_launching;

	parse(&arguments, argc, argv);
	is_launching = optind < argc;
	log_set_handler(log_line);
	signal(SIGINT, on_signal);
	signal(SIGTERM, on_signal);
	setvbuf(arguments.capture.context, NULL, _IOFBF, 1 << 20);
	if (is_launching && launch_prepare(&launch, argv + optind, false, &diag))
		return fail(&diag);
	if (capture_open(&capture, &arguments.capture, &diag))
		return fail(&diag);
	if (is_launching && capture_trace(capture, launch.pid, &diag))
		return fail(&diag);
	for (size_t i = 0; i < arguments.target_count; i++) {
		if (capture_trace(capture, arguments.targets[i], &diag))
			return fail(&diag);
	}
	if (is_launching && launch_release(&launch, &diag))
		return fail(&diag);
	run(capture, is_launching ? &launch : NULL, &arguments);
	capture_stop(capture);
	capture_close(capture);
	fclose(arguments.capture.context);
	return 0;
}
