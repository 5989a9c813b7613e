// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * recording.c - see recording.h. Also keeps what the recorder itself wants to know of the stream: counts
 * for its last line, and which processes are busy.
 */
#include "cmd/recording.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/hash_map.h"
#include "base/units.h"
#include "cmd/common.h"
#include "facts/facts.h"
#include "trace/order.h"
#include "trace/writer.h"

#define FLUSH_NS NS_PER_S /* so much is lost at most where the recorder is killed */

struct activity { /* of one process */
	bool has_traffic;
	bool has_memory; /* that was told: it is worth a closer look */
	bool has_run;	 /* since it was visited */
};

struct recording {
	struct trace_writer *writer;
	struct fact_order *order;
	struct facts *facts;
	struct hash_map activities; /* struct activity by tgid */
	struct recording_summary summary;
	uint64_t next_flush_ns;
	bool is_raw;
	uint64_t start_ns; /* of the file */
	bool is_write_failure_told;
};

/* ---- facts on their way to the file ---- */

static void count_fact(struct recording_summary *summary, const struct fact *fact)
{
	switch (fact->kind) {
	case FACT_SLICE:
		summary->slices++;
		break;
	case FACT_MESSAGE:
		summary->messages++;
		break;
	case FACT_WORKER_EVENT:
		summary->worker_events++;
		break;
	case FACT_LOSS:
		if (fact->loss.loss_class == LOSS_FACT) {
			summary->lost_facts += fact->loss.records;
		} else {
			summary->lost_records += fact->loss.records;
			summary->lost_bytes += fact->loss.bytes;
		}
		break;
	default:
		break;
	}
}

static int tell_write_failure(struct recording *recording, int error)
{
	if (!recording->is_write_failure_told)
		command_note(
			"cannot write the trace: %s; what was written so far can be read, the rest is "
			"counted as lost",
			strerror(-error));
	recording->is_write_failure_told = true;
	return 0;
}

static int write_fact(void *context, const struct fact *fact)
{
	struct recording *recording = context;
	int error;

	count_fact(&recording->summary, fact);
	error = trace_writer_push(recording->writer, fact);
	return error ? tell_write_failure(recording, error) : 0;
}

/* ---- records ---- */

static struct activity *find_activity(struct recording *recording, uint32_t tgid,
				      bool is_new_wanted)
{
	struct activity *activity = hash_map_find(&recording->activities, tgid);

	if (activity || !is_new_wanted)
		return activity;
	activity = calloc(1, sizeof(*activity));
	if (activity && hash_map_put(&recording->activities, tgid, activity)) {
		free(activity);
		activity = NULL;
	}
	return activity;
}

static void note_activity(struct recording *recording, const struct record_header *record)
{
	const struct record_exit *ended = (const void *)record;
	struct activity *activity;

	switch (record->kind) {
	case RECORD_SOCKET_DATA:
	case RECORD_WORKER_MESSAGE:
	case RECORD_NATIVE_CALL:
		activity = find_activity(recording, record->tgid, true);
		if (activity)
			activity->has_traffic = true;
		break;
	case RECORD_SLICE:
		activity = find_activity(recording, record->tgid, false);
		if (activity)
			activity->has_run = true;
		break;
	case RECORD_MEMORY:
		activity = find_activity(recording, record->tgid, true);
		if (activity)
			activity->has_memory = true;
		break;
	case RECORD_TASK_SEEN:
		recording->summary.processes += record->tgid == record->tid;
		break;
	case RECORD_FORK:
		recording->summary.processes += ((const struct record_fork *)record)->child_tgid !=
						record->tgid;
		break;
	case RECORD_EXIT:
		if (ended->is_group_dead)
			free(hash_map_remove(&recording->activities, record->tgid));
		break;
	default:
		break;
	}
}

int recording_push(void *context, const struct record_header *record)
{
	struct recording *recording = context;
	int error = 0;

	note_activity(recording, record);
	if (recording->is_raw)
		error = trace_writer_push_raw(recording->writer, record);
	if (error)
		tell_write_failure(recording, error);
	return facts_push_record(recording->facts, record);
}

void recording_advance(struct recording *recording, uint64_t time_ns)
{
	int error;

	fact_order_advance(recording->order, time_ns);
	if (time_ns < recording->next_flush_ns)
		return;
	recording->next_flush_ns = time_ns + FLUSH_NS;
	error = trace_writer_flush(recording->writer);
	if (error)
		tell_write_failure(recording, error);
}

void recording_visit_busy(struct recording *recording, void (*sample)(void *context, pid_t tgid),
			  void *context)
{
	struct activity *activity;
	size_t position = 0;
	uint64_t tgid;

	while ((activity = hash_map_next(&recording->activities, &position, &tgid))) {
		if ((activity->has_traffic || activity->has_memory) && activity->has_run)
			sample(context, tgid);
		activity->has_run = false;
	}
}

/* ---- life cycle ---- */

static int open_writer(struct recording *recording, const struct recording_options *options,
		       struct diag *diag)
{
	char cpus[UNITS_TEXT_MAX], page_bytes[UNITS_TEXT_MAX], memory_bytes[UNITS_TEXT_MAX];
	struct utsname kernel = { 0 };
	const struct trace_host_pair host[] = {
		{ "tool", "idletax " IDLETAX_VERSION },
		{ "kernel", kernel.release },
		{ "machine", kernel.machine },
		{ "cpus", cpus },
		{ "page_size", page_bytes },
		{ "memory_bytes", memory_bytes },
		{ "socket_hooks", options->socket_hooks },
		{ "uprobe_hooks", options->uprobe_hooks },
	};
	const struct trace_start start = {
		.monotonic_ns = recording->start_ns,
		.realtime_ns = clock_realtime_ns(),
		.host = host,
		.host_count = sizeof(host) / sizeof(host[0]),
		.is_raw = recording->is_raw,
	};

	uname(&kernel);
	snprintf(cpus, sizeof(cpus), "%ld", sysconf(_SC_NPROCESSORS_ONLN));
	snprintf(page_bytes, sizeof(page_bytes), "%ld", sysconf(_SC_PAGESIZE));
	snprintf(memory_bytes, sizeof(memory_bytes), "%llu",
		 (unsigned long long)sysconf(_SC_PHYS_PAGES) * sysconf(_SC_PAGESIZE));
	return trace_writer_open(&recording->writer, options->path, &start, diag);
}

int recording_open(struct recording **ret_recording,
		   const struct recording_options *recording_options, struct diag *diag)
{
	struct recording *recording = calloc(1, sizeof(*recording));
	struct fact_sink to_file = { write_fact, recording };
	struct fact_sink to_order = { fact_order_push, NULL };
	struct facts_options options = { 0 };
	int error;

	if (!recording)
		return diag_set(diag, -ENOMEM, "out of memory");
	hash_map_init(&recording->activities);
	recording->is_raw = recording_options->is_raw;
	recording->start_ns = clock_monotonic_ns();
	error = open_writer(recording, recording_options, diag);
	if (error)
		goto out;
	error = fact_order_new(&recording->order, &to_file, FACT_ORDER_WINDOW_NS,
			       FACT_ORDER_FACTS_MAX);
	to_order.context = recording->order;
	if (!error && getrandom(options.digest_key, sizeof(options.digest_key), 0) < 0)
		error = -errno;
	if (!error)
		error = facts_new(&recording->facts, &options, &to_order);
	if (error)
		diag_set(diag, error, "%s", strerror(-error));
out:
	if (error)
		recording_free(recording);
	else
		*ret_recording = recording;
	return error;
}

int recording_finish(struct recording *recording, struct diag *diag)
{
	uint64_t end_ns = clock_monotonic_ns();
	int error, finish_error;

	error = facts_finish(recording->facts, end_ns);
	if (!error)
		error = fact_order_flush(recording->order);
	finish_error = trace_writer_finish(recording->writer, end_ns);
	recording->summary.duration_ns = end_ns - recording->start_ns;
	if (!error)
		error = finish_error;
	return error ? diag_set(diag, error, "%s", strerror(-error)) : 0;
}

struct recording_summary recording_summary(const struct recording *recording)
{
	struct recording_summary summary = recording->summary;
	struct trace_writer_stats stats = trace_writer_stats(recording->writer);

	summary.lost_facts += stats.lost_facts;
	summary.file_bytes = stats.file_bytes;
	return summary;
}

void recording_free(struct recording *recording)
{
	void *activity;
	size_t position = 0;
	uint64_t tgid;

	if (!recording)
		return;
	facts_free(recording->facts);
	fact_order_free(recording->order);
	trace_writer_free(recording->writer);
	while ((activity = hash_map_next(&recording->activities, &position, &tgid)))
		free(activity);
	hash_map_release(&recording->activities);
	free(recording);
}
