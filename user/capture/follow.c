// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * follow.c - see follow.h. First all processes are marked as traced, then they are told of: what they do in
 * between is recorded.
 */
#include "capture/follow.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "capture/iterator.h"
#include "capture/proc.h"
#include "probe_config.h"
#include "idletax.skel.h"

/* include/net/tcp_states.h; Unix sockets use the same */
#define STATE_ESTABLISHED 1
#define STATE_CLOSE_WAIT 8

static int traced_map(const struct follow *follow)
{
	return bpf_map__fd(follow->programs->maps.traced);
}

struct follow_list *follow_list_new(struct follow *follow)
{
	struct follow_list *list = calloc(1, sizeof(*list));

	if (list)
		list->follow = follow;
	return list;
}

/* ---- beginning ---- */

/*
 * Marks @pid as traced. From here on what it forks is traced too, so its children can be looked up. One that
 * is traced already is known: /proc would only tell again, and less well.
 */
static int add_process(void *context, pid_t pid)
{
	struct follow_list *list = context;
	struct traced_process process = { .inherited_peak_pages = UINT32_MAX }; /* not known */
	uint32_t key = pid;

	if (pid == getpid())
		return 0;
	if (list->count == FOLLOW_MAX) {
		list->dropped += !follow_is_traced(list->follow, pid);
		return 0;
	}
	if (bpf_map_update_elem(traced_map(list->follow), &key, &process, BPF_NOEXIST))
		return errno == EEXIST ? 0 : -errno;
	list->pids[list->count++] = pid;
	return 0;
}

/* Of the processes of the list from @first on, and of their children in turn. */
static int add_children(struct follow_list *list, size_t first)
{
	int error = 0;

	for (size_t i = first; !error && i < list->count && !list->follow->is_without_children;
	     i++) {
		error = proc_visit_children(list->pids[i], add_process, list);
		if (error == -ESRCH)
			error = 0;
	}
	return error;
}

int follow_begin(struct follow_list *list, pid_t pid)
{
	size_t first = list->count;
	int error;

	error = add_process(list, pid);
	return error ? error : add_children(list, first);
}

int follow_begin_discovered(struct follow_list *list, pid_t pid)
{
	if (!follow_is_traced(list->follow, pid))
		return 0; /* it has ended */
	list->is_first_known = true;
	list->pids[list->count++] = pid;
	return add_children(list, 0);
}

int follow_see_tasks(struct follow *follow, pid_t pid)
{
	int error = iterator_run(follow->programs->progs.see_task, pid, NULL);

	return error == -ESRCH ? 0 : error;
}

/* ---- telling ---- */

static void fill_header(struct record_header *header, uint16_t kind, uint32_t bytes, pid_t tgid,
			uint64_t time_ns)
{
	header->kind = kind;
	header->bytes = bytes;
	header->time_ns = time_ns;
	header->tgid = tgid;
	header->tid = tgid;
}

/* It ended before the kernel side knew it, which therefore did not see it end. */
static void forget_process(struct follow *follow, pid_t pid)
{
	uint32_t key = pid;

	bpf_map_delete_elem(traced_map(follow), &key);
}

/* It has missed its exec: what that was is in /proc. */
static int tell_program(struct follow *follow, pid_t pid, const char *name, uint64_t time_ns)
{
	struct record_exec *record;
	ssize_t args, env;
	int error;

	record = calloc(1, sizeof(*record) + RECORD_STRINGS_MAX);
	if (!record)
		return -ENOMEM;
	args = proc_read_file(pid, "cmdline", record->strings, RECORD_STRINGS_MAX);
	record->args_bytes = args > 0 ? args : 0;
	env = proc_read_file(pid, "environ", record->strings + record->args_bytes,
			     RECORD_STRINGS_MAX - record->args_bytes);
	record->env_bytes = env > 0 ? env : 0;
	record->args_total = record->args_bytes;
	record->env_total = record->env_bytes;
	if (record->args_bytes + record->env_bytes == RECORD_STRINGS_MAX)
		record->env_total++; /* there may be more */
	snprintf(record->name, sizeof(record->name), "%.15s", name);
	fill_header(&record->header, RECORD_EXEC,
		    sizeof(*record) + record->args_bytes + record->env_bytes, pid, time_ns);
	error = follow->hand_over(follow->context, &record->header);
	free(record);
	return error;
}

static int tell_sockets(struct follow *follow, pid_t pid, uint64_t time_ns)
{
	struct iterator_output output = { 0 };
	struct record_socket_open *sockets;
	int error;

	error = iterator_run(follow->programs->progs.see_socket, pid, &output);
	if (error)
		return error == -ESRCH ? 0 : error;
	sockets = output.data;
	for (size_t i = 0; !error && i < output.bytes / sizeof(*sockets); i++) {
		if (sockets[i].state != STATE_ESTABLISHED && sockets[i].state != STATE_CLOSE_WAIT)
			continue;
		sockets[i].header.time_ns = time_ns;
		error = follow->hand_over(follow->context, &sockets[i].header);
	}
	free(output.data);
	return error;
}

/* @is_known: the kernel side has seen it alive, and sees it end. */
static int tell_process(struct follow *follow, pid_t pid, bool is_known, uint64_t time_ns)
{
	struct proc_status status;
	int error = 0;

	if (proc_read_status(pid, &status) || status.is_ended) {
		if (!is_known)
			forget_process(follow, pid);
	} else if (!proc_is_own_program(pid)) {
		error = tell_program(follow, pid, status.name, time_ns);
	}
	return error ? error : tell_sockets(follow, pid, time_ns);
}

int follow_tell(struct follow_list *list, uint64_t time_ns)
{
	int error = 0;

	for (size_t i = 0; !error && i < list->count; i++)
		error = tell_process(list->follow, list->pids[i], list->is_first_known && !i,
				     time_ns);
	return error;
}

/* ---- asking ---- */

bool follow_is_traced(const struct follow *follow, pid_t pid)
{
	struct traced_process process;
	uint32_t key = pid;

	return !bpf_map_lookup_elem(traced_map(follow), &key, &process);
}

unsigned int follow_count(const struct follow *follow)
{
	uint32_t key = 0, next = 0;
	unsigned int count = 0;

	for (int error = bpf_map_get_next_key(traced_map(follow), NULL, &next); !error;
	     error = bpf_map_get_next_key(traced_map(follow), &key, &next)) {
		count++;
		key = next;
	}
	return count;
}
