/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * report_json.c - `report --json`, schema idletax.report/1 (report.schema.json says what every member
 * means). Integers are written in full: nanoseconds, bytes, pico-dollars. Times are CLOCK_MONOTONIC of
 * the recording's host, of which "start" is one moment. Order: totals, functions, edges, chains and,
 * where asked for, invocations by id and environments by start.
 */
#include "output/exporter.h"

#include <errno.h>
#include <stdlib.h>

#include "base/json_writer.h"
#include "output/chain_json.h"
#include "output/environment_json.h"
#include "output/invocation_json.h"
#include "output/link_json.h"
#include "output/log_report.h"
#include "output/loss_json.h"
#include "output/prices_json.h"
#include "output/report_spool.h"
#include "output/rows_json.h"
#include "output/sums_json.h"
#include "output/waste_json.h"

static void write_totals(struct json_writer *writer, const struct results *results)
{
	const struct sums *sums = &results->totals;

	json_object_begin(writer, "totals");
	json_uint(writer, "invocations", sums->invocations);
	json_uint(writer, "chains", results->chain_count);
	json_uint(writer, "cold_starts", sums->cold_starts);
	json_uint(writer, "errors", sums->errors);
	json_uint(writer, "timeouts", sums->timeouts);
	json_uint(writer, "incomplete", sums->incomplete);
	json_uint(writer, "estimated", sums->estimated);
	json_uint(writer, "shared", sums->shared);
	json_uint(writer, "shared_ns", sums->shared_ns);
	json_uint(writer, "shared_calls", results->shared_calls);
	json_uint(writer, "trace_conflicts", results->trace_conflicts);
	json_uint(writer, "trace_malformed", results->trace_malformed);
	json_uint(writer, "recursive", results->recursive);
	json_uint(writer, "chain_depth", results->chain_depth);
	json_uint(writer, "lineage_loops", results->lineage_loops);
	json_uint(writer, "init_errors", results->life.init_errors);
	json_sums(writer, sums);
	json_life_sums(writer, results, &results->life, sums->billed_ns);
	json_object_end(writer);
}

static void write_function(struct json_writer *writer, const struct results *results,
			   const struct function_row *row)
{
	json_object_begin(writer, NULL);
	json_function(writer, results, row);
	json_object_end(writer);
}

static void write_edge(struct json_writer *writer, const struct edge_row *row)
{
	json_object_begin(writer, NULL);
	json_edge(writer, row);
	json_object_end(writer);
}

static int begin(struct export *export)
{
	const struct results *results = export->results;
	struct json_writer *writer = malloc(sizeof(*writer));

	if (!writer)
		return -ENOMEM;
	export->state = writer;
	json_writer_init(writer, export->file, true);
	json_object_begin(writer, NULL);
	json_string(writer, "schema", "idletax.report/1");
	json_bool(writer, "complete", results->is_complete);
	json_object_begin(writer, "lost");
	json_lost(writer, results);
	json_object_end(writer);
	json_blind_spots(writer, results);
	json_not_linked(writer, &results->unlinked);
	json_object_begin(writer, "start");
	json_uint(writer, "monotonic_ns", results->start_monotonic_ns);
	json_uint(writer, "realtime_ns", results->start_realtime_ns);
	json_object_end(writer);
	json_uint(writer, "duration_ns", results->end_monotonic_ns - results->start_monotonic_ns);
	write_totals(writer, results);
	json_price_plans(writer, results, export->options->months);
	json_month(writer, "per_month", export->options->months);
	json_array_begin(writer, "functions");
	for (size_t i = 0; i < results->function_count; i++)
		write_function(writer, results, &results->functions[i]);
	json_array_end(writer);
	json_array_begin(writer, "edges");
	for (size_t i = 0; i < results->edge_count; i++)
		write_edge(writer, &results->edges[i]);
	json_array_end(writer);
	json_orphans(writer, results);
	json_paths(writer, results);
	json_array_begin(writer, "chains");
	return 0;
}

static int write_chain(struct export *export, const struct chain *chain)
{
	json_chain(export->state, chain);
	return ferror(export->file) ? -EIO : 0;
}

static void write_invocation(struct json_writer *writer, const struct invocation *invocation)
{
	json_object_begin(writer, NULL);
	json_invocation(writer, invocation);
	json_array_begin(writer, "calls");
	for (size_t i = 0; i < invocation->attempt_count; i++) {
		json_object_begin(writer, NULL);
		json_attempt(writer, invocation->attempts[i]);
		json_object_end(writer);
	}
	json_array_end(writer);
	json_object_end(writer);
}

static int compare_by_id(const void *left, const void *right)
{
	const struct invocation *const *a = left, *const *b = right;

	return ((*a)->id > (*b)->id) - ((*a)->id < (*b)->id);
}

static int write_invocations(struct json_writer *writer, const struct results *results)
{
	struct invocation **invocations;
	size_t count = 0, filled = 0;

	for (size_t i = 0; i < results->chain_kept_count; i++)
		count += results->chains[i]->invocation_count;
	invocations = calloc(count + 1, sizeof(*invocations));
	if (!invocations)
		return -ENOMEM;
	for (size_t i = 0; i < results->chain_kept_count; i++)
		for (size_t j = 0; j < results->chains[i]->invocation_count; j++)
			invocations[filled++] = results->chains[i]->invocations[j];
	qsort(invocations, count, sizeof(*invocations), compare_by_id);
	json_array_begin(writer, "invocations");
	for (size_t i = 0; i < count; i++)
		write_invocation(writer, invocations[i]);
	json_array_end(writer);
	free(invocations);
	return 0;
}

static void write_environments(struct json_writer *writer, const struct results *results)
{
	json_array_begin(writer, "environments");
	for (size_t i = 0; i < results->environment_count; i++) {
		json_object_begin(writer, NULL);
		json_environment(writer, &results->environments[i]);
		json_object_end(writer);
	}
	json_array_end(writer);
}

static int end(struct export *export)
{
	struct json_writer *writer = export->state;
	struct report_spool *spool = export->options->spool;
	int error = spool ? report_spool_copy(spool, writer) : 0;

	if (error)
		return error;
	json_array_end(writer); /* chains */
	if (export->options->has_invocations)
		error = write_invocations(writer, export->results);
	if (error)
		return error;
	if (export->options->has_environments)
		write_environments(writer, export->results);
	if (export->options->log)
		json_log(writer, export->options->log);
	json_object_end(writer);
	return json_writer_finish(writer);
}

static void release(struct export *export)
{
	free(export->state);
}

const struct exporter report_json_exporter = {
	.name = "json",
	.begin = begin,
	.chain = write_chain,
	.end = end,
	.release = release,
};
