/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * environment_json.c - see environment_json.h. What was not seen is null, never 0.
 */
#include "output/environment_json.h"

#include <stdio.h>

static void write_life(struct json_writer *writer, const struct life *life)
{
	json_uint(writer, "lifetime_ns", life->lifetime_ns);
	json_uint(writer, "init_ns", life->init_ns);
	json_uint(writer, "restore_ns", life->restore_ns);
	json_uint(writer, "busy_ns", life->busy_ns);
	json_uint(writer, "idle_ns", life->idle_ns);
	json_ratio(writer, "utilization", life_utilization(life));
}

void json_life_sums(struct json_writer *writer, const struct results *results,
		    const struct life_sums *sums, uint64_t billed_ns)
{
	json_object_begin(writer, "life");
	json_uint(writer, "environments", sums->environments);
	json_uint(writer, "alive", sums->alive);
	json_uint(writer, "killed", sums->killed);
	json_uint(writer, "init_errors", sums->init_errors);
	write_life(writer, &sums->life);
	json_uint(writer, "outside_active_ns", sums->outside_active_ns);
	json_uint(writer, "outside_wait_ns", sums->outside_wait_ns);
	json_uint(writer, "peak_environments", sums->peak_environments);
	json_ratio(writer, "mean_environments", results_mean(results, sums->life.lifetime_ns));
	json_int(writer, "standby_pico", sums->standby_pico);
	json_uint(writer, "peak_concurrency", sums->peak_concurrency);
	json_ratio(writer, "mean_concurrency", results_mean(results, billed_ns));
	json_object_end(writer);
}

void json_uint_or_null(struct json_writer *writer, const char *key, uint64_t value)
{
	if (value)
		json_uint(writer, key, value);
	else
		json_null(writer, key);
}

void json_peak(struct json_writer *writer, uint64_t bytes, uint32_t processes,
	       uint64_t process_bytes)
{
	json_uint_or_null(writer, "peak_rss_bytes", bytes);
	json_uint_or_null(writer, "peak_processes", bytes ? processes : 0);
	json_uint_or_null(writer, "peak_process_bytes", bytes ? process_bytes : 0);
}

void json_exit(struct json_writer *writer, bool has_ended, uint32_t exit_code)
{
	uint32_t signal_number = exit_code & 0x7f;

	if (has_ended && !signal_number)
		json_uint(writer, "exit_code", exit_code >> 8 & 0xff);
	else
		json_null(writer, "exit_code");
	if (has_ended && signal_number)
		json_uint(writer, "signal", signal_number);
	else
		json_null(writer, "signal");
}

void json_environment(struct json_writer *writer, const struct environment_row *row)
{
	const struct environment *environment = row->environment;
	char id[24];

	snprintf(id, sizeof(id), "env-%u", environment->id);
	json_string(writer, "id", id);
	json_string(writer, "function", environment->function);
	json_string(writer, "version", environment->version);
	json_string(writer, "boundary", boundary_name(environment->boundary));
	json_uint_or_null(writer, "pid", environment->tgid);
	json_uint_or_null(writer, "worker_tid", environment->worker_tid);
	json_uint_or_null(writer, "memory_mb", environment->memory_mb);
	json_string(writer, "status", environment_status_name(environment_status(environment)));
	json_exit(writer, environment->end_ns, environment->exit_code);
	json_string(writer, "init_status", init_status_name(environment_init_status(environment)));
	json_string(writer, "init_error", environment->init_error);
	json_uint_or_null(writer, "start_ns", environment->start_ns);
	json_uint_or_null(writer, "snapshot_ns", environment->snapshot_ns);
	json_uint_or_null(writer, "restored_ns", environment->restored_ns);
	json_uint_or_null(writer, "ready_ns", environment->ready_ns);
	json_uint_or_null(writer, "end_ns", environment->end_ns);
	json_uint(writer, "invocations", environment->invocations);
	write_life(writer, &row->life);
	json_uint(writer, "outside_active_ns", environment->outside_active_ns);
	json_uint(writer, "outside_wait_ns", environment->outside_wait_ns);
	json_peak(writer, environment->peak_rss_bytes, environment->peak_processes,
		  environment->peak_process_bytes);
}
