// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * environment_log.c - see environment_log.h.
 */
#include "analysis/environment_log.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/billing.h"
#include "base/array.h"

void environment_log_init(struct environment_log *log, bool keeps_rows)
{
	memset(log, 0, sizeof(*log));
	log->keeps_rows = keeps_rows;
	string_pool_init(&log->names);
	row_table_init(&log->functions, 1, sizeof(struct function_log));
	steps_init(&log->all.environments);
	steps_init(&log->all.invocations);
}

static void function_log_release(struct function_log *function)
{
	steps_release(&function->environments);
	steps_release(&function->invocations);
}

void environment_log_release(struct environment_log *log)
{
	struct function_log *function;

	for (function = row_table_first(&log->functions); function;
	     function = row_table_next(function))
		function_log_release(function);
	function_log_release(&log->all);
	for (size_t i = 0; i < log->alive_count; i++)
		environment_unref(log->alive[i]);
	for (size_t i = 0; i < log->row_count; i++)
		environment_unref(log->rows[i].environment);
	free(log->alive);
	free(log->rows);
	row_table_release(&log->functions);
	string_pool_release(&log->names);
}

static struct function_log *load_function(struct environment_log *log, const char *function)
{
	const char *name = string_pool_intern(&log->names, function ? function : "?");
	struct function_log *found;

	if (!name)
		return NULL;
	found = row_table_load(&log->functions, (uintptr_t[]){ (uintptr_t)name });
	if (found && !found->name) {
		found->name = name;
		steps_init(&found->environments);
		steps_init(&found->invocations);
	}
	return found;
}

/* ---- one environment ---- */

static uint64_t begin_of(const struct environment *environment)
{
	return environment->start_ns ? environment->start_ns : environment->since_ns;
}

static uint64_t span(uint64_t from_ns, uint64_t to_ns)
{
	return to_ns > from_ns ? to_ns - from_ns : 0;
}

/* @to_ns is its death, or the recording's end. */
static struct life find_life(const struct environment *environment, uint64_t to_ns)
{
	uint64_t ready_ns = environment->ready_ns ? environment->ready_ns : to_ns;
	uint64_t begin_ns = begin_of(environment), rest_ns;
	struct life life = { .lifetime_ns = span(begin_ns, to_ns) };

	if (environment->snapshot_ns) {
		uint64_t restored_ns = environment->restored_ns ? environment->restored_ns : to_ns;

		life.lifetime_ns =
			span(span(environment->snapshot_ns, restored_ns), life.lifetime_ns);
		life.restore_ns = span(restored_ns, ready_ns);
		ready_ns = environment->snapshot_ns;
	}
	if (environment->start_ns)
		life.init_ns = span(begin_ns, ready_ns);
	rest_ns = span(life.init_ns + life.restore_ns, life.lifetime_ns);
	life.busy_ns = environment->busy_ns < rest_ns ? environment->busy_ns : rest_ns;
	life.idle_ns = rest_ns - life.busy_ns;
	return life;
}

static void add_life(struct life_sums *sums, const struct environment *environment,
		     const struct life *life)
{
	enum init_status init = environment_init_status(environment);
	enum environment_status status = environment_status(environment);

	sums->environments++;
	sums->alive += status == ENVIRONMENT_ALIVE;
	sums->killed += status == ENVIRONMENT_KILLED;
	sums->init_errors += init == INIT_ERROR || init == INIT_EXITED;
	sums->life.lifetime_ns += life->lifetime_ns;
	sums->life.init_ns += life->init_ns;
	sums->life.restore_ns += life->restore_ns;
	sums->life.busy_ns += life->busy_ns;
	sums->life.idle_ns += life->idle_ns;
	sums->outside_active_ns += environment->outside_active_ns;
	sums->outside_wait_ns += environment->outside_wait_ns;
}

/* Under all plans; of the first each function has its own, too. */
static void add_standby(struct environment_log *log, struct function_log *function,
			const struct environment *environment, uint64_t life_ns)
{
	const struct plan_row *row = &log->plans->rows[0];

	plan_table_add_environment(log->plans, environment, life_ns);
	function->sums.standby_pico = billing_add_pico(
		function->sums.standby_pico,
		price_plan_standby_pico(row->plan, life_ns, environment->memory_mb));
	log->all.sums.standby_pico = row->standby_pico;
}

static int keep_row(struct environment_log *log, struct environment *environment,
		    const struct life *life)
{
	if (array_make_room(&log->rows, log->row_count, &log->row_capacity, sizeof(*log->rows)))
		return -ENOMEM;
	log->rows[log->row_count++] = (struct environment_row){
		.environment = environment_ref(environment),
		.life = *life,
	};
	return 0;
}

static int count(struct environment_log *log, struct environment *environment, uint64_t to_ns)
{
	struct function_log *function = load_function(log, environment->function);
	struct life life = find_life(environment, to_ns);
	int error = 0;

	if (!function)
		return -ENOMEM;
	add_life(&function->sums, environment, &life);
	add_life(&log->all.sums, environment, &life);
	if (log->plans)
		add_standby(log, function, environment, life.lifetime_ns);
	if (environment->end_ns) {
		error = steps_add(&function->environments, to_ns, -1);
		if (!error)
			error = steps_add(&log->all.environments, to_ns, -1);
	}
	return !error && log->keeps_rows ? keep_row(log, environment, &life) : error;
}

/* ---- as they are told ---- */

int environment_log_begin(struct environment_log *log, const struct environment *environment)
{
	struct function_log *function = load_function(log, environment->function);
	int error = function ? steps_add(&function->environments, begin_of(environment), 1)
			     : -ENOMEM;

	return error ? error : steps_add(&log->all.environments, begin_of(environment), 1);
}

int environment_log_end(struct environment_log *log, struct environment *environment)
{
	if (environment->end_ns)
		return count(log, environment, environment->end_ns);
	if (array_make_room(&log->alive, log->alive_count, &log->alive_capacity,
			    sizeof(*log->alive)))
		return -ENOMEM;
	log->alive[log->alive_count++] = environment_ref(environment);
	return 0;
}

static int step_invocations(struct environment_log *log, const char *name, uint64_t time_ns,
			    int32_t change)
{
	struct function_log *function = load_function(log, name);
	int error = function ? steps_add(&function->invocations, time_ns, change) : -ENOMEM;

	return error ? error : steps_add(&log->all.invocations, time_ns, change);
}

int environment_log_invocation_begin(struct environment_log *log,
				     const struct invocation *invocation)
{
	return step_invocations(log, invocation->function, invocation->start_ns, 1);
}

int environment_log_invocation_end(struct environment_log *log, const struct invocation *invocation)
{
	return step_invocations(log, invocation->function, invocation->end_ns, -1);
}

/* ---- results ---- */

static int compare_rows(const void *left, const void *right)
{
	const struct environment *a = ((const struct environment_row *)left)->environment;
	const struct environment *b = ((const struct environment_row *)right)->environment;

	if (begin_of(a) != begin_of(b))
		return begin_of(a) < begin_of(b) ? -1 : 1;
	return (a->id > b->id) - (a->id < b->id);
}

static void give_rows(struct environment_log *log, struct results *results)
{
	if (log->row_count)
		qsort(log->rows, log->row_count, sizeof(*log->rows), compare_rows);
	results->environments = log->rows;
	results->environment_count = log->row_count;
	log->rows = NULL;
	log->row_count = log->row_capacity = 0;
}

static void find_peaks(struct function_log *function)
{
	function->sums.peak_environments = steps_peak(&function->environments);
	function->sums.peak_concurrency = steps_peak(&function->invocations);
}

int environment_log_finish(struct environment_log *log, uint64_t end_ns,
			   struct aggregate *aggregate, struct results *results)
{
	struct function_log *function;
	int error = 0;

	while (!error && log->alive_count) {
		struct environment *environment = log->alive[--log->alive_count];

		error = count(log, environment, end_ns);
		environment_unref(environment);
	}
	for (function = row_table_first(&log->functions); function && !error;
	     function = row_table_next(function)) {
		find_peaks(function);
		error = aggregate_set_life(aggregate, function->name, &function->sums);
	}
	find_peaks(&log->all);
	results->life = log->all.sums;
	if (!error)
		give_rows(log, results);
	return error;
}
