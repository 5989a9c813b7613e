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
#include <string.h>

#include "analysis/aggregate.h"
#include "base/json_writer.h"
#include "output/attempt_text.h"
#include "output/chain_json.h"
#include "output/environment_json.h"
#include "output/link_json.h"
#include "output/report_spool.h"
#include "output/sums_json.h"

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
	json_string(writer, "name", row->name);
	json_uint(writer, "invocations", row->sums.invocations);
	json_uint(writer, "cold_starts", row->sums.cold_starts);
	json_uint(writer, "errors", row->sums.errors);
	json_uint(writer, "timeouts", row->sums.timeouts);
	json_uint(writer, "incomplete", row->sums.incomplete);
	json_uint(writer, "estimated", row->sums.estimated);
	json_uint(writer, "shared", row->sums.shared);
	json_uint(writer, "shared_ns", row->sums.shared_ns);
	json_uint(writer, "init_errors", row->life.init_errors);
	if (row->memory_mb)
		json_uint(writer, "memory_mb", row->memory_mb);
	else
		json_null(writer, "memory_mb");
	json_sums(writer, &row->sums);
	json_uint(writer, "p50_ns", row->p50_ns);
	json_uint(writer, "p99_ns", row->p99_ns);
	json_life_sums(writer, results, &row->life, row->sums.billed_ns);
	json_object_end(writer);
}

static const char *mode_name(enum edge_mode mode)
{
	switch (mode) {
	case EDGE_EVENT:
		return "event";
	case EDGE_STREAM:
		return "stream";
	case EDGE_SYNC:
		break;
	}
	return "sync";
}

static void write_operations(struct json_writer *writer, const struct edge_row *row)
{
	json_array_begin(writer, "operations");
	for (size_t i = 0; i < row->operation_count; i++) {
		json_object_begin(writer, NULL);
		json_string(writer, "name", row->operations[i].name);
		json_uint(writer, "attempts", row->operations[i].attempts);
		json_object_end(writer);
	}
	json_array_end(writer);
}

static void write_edge(struct json_writer *writer, const struct edge_row *row)
{
	json_object_begin(writer, NULL);
	json_string(writer, "caller", row->caller);
	json_string(writer, "callee", row->callee);
	json_string(writer, "service", row->service);
	json_string(writer, "mode", mode_name(row->mode));
	json_uint(writer, "calls", row->calls);
	json_uint(writer, "attempts", row->attempts);
	json_uint(writer, "errors", row->errors);
	json_uint(writer, "wait_ns", row->wait_ns);
	json_uint(writer, "double_billed_ns", row->double_billed_ns);
	json_uint(writer, "transit_ns", row->transit_ns);
	json_int(writer, "cost_pico", row->cost_pico);
	json_uint(writer, "retry_wait_ns", row->retry_wait_ns);
	json_uint(writer, "retry_billed_ns", row->retry_billed_ns);
	json_uint(writer, "backoff_ns", row->backoff_ns);
	json_uint_or_null(writer, "client_timeout_ns", row->client_timeout_ns);
	json_uint(writer, "client_timeouts", row->client_timeouts);
	json_string(writer, "link", link_name(row->link));
	if (row->operation_count)
		write_operations(writer, row);
	json_object_end(writer);
}

static const char *subject_name(enum blind_subject subject)
{
	return subject == BLIND_WORKER_MESSAGES ? "worker_messages" : "unknown";
}

static const char *reason_name(enum blind_reason reason)
{
	switch (reason) {
	case BLIND_NO_SYMBOLS:
		return "no_symbols";
	case BLIND_UNKNOWN_FORM:
		return "unknown_form";
	case BLIND_NOT_ATTACHED:
		return "not_attached";
	case BLIND_REASON_END:
		break;
	}
	return "unknown";
}

static void write_blind_spots(struct json_writer *writer, const struct results *results)
{
	json_array_begin(writer, "blind_spots");
	for (size_t i = 0; i < results->blind_spot_count; i++) {
		const struct blind_spot_row *row = &results->blind_spots[i];

		json_object_begin(writer, NULL);
		json_string(writer, "subject", subject_name(row->subject));
		json_string(writer, "reason", reason_name(row->reason));
		json_string(writer, "program", row->program);
		json_string(writer, "version", row->version);
		json_uint(writer, "processes", row->processes);
		json_uint(writer, "first_pid", row->first_pid);
		json_object_end(writer);
	}
	json_array_end(writer);
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
	json_uint(writer, "records", results->lost_records);
	json_uint(writer, "bytes", results->lost_bytes);
	json_uint(writer, "gaps", results->gaps);
	json_object_end(writer);
	if (results->blind_spot_count)
		write_blind_spots(writer, results);
	json_not_linked(writer, &results->unlinked);
	json_object_begin(writer, "start");
	json_uint(writer, "monotonic_ns", results->start_monotonic_ns);
	json_uint(writer, "realtime_ns", results->start_realtime_ns);
	json_object_end(writer);
	json_uint(writer, "duration_ns", results->end_monotonic_ns - results->start_monotonic_ns);
	write_totals(writer, results);
	json_array_begin(writer, "functions");
	for (size_t i = 0; i < results->function_count; i++)
		write_function(writer, results, &results->functions[i]);
	json_array_end(writer);
	json_array_begin(writer, "edges");
	for (size_t i = 0; i < results->edge_count; i++)
		write_edge(writer, &results->edges[i]);
	json_array_end(writer);
	json_array_begin(writer, "chains");
	return 0;
}

static int write_chain(struct export *export, const struct chain *chain)
{
	json_chain(export->state, chain);
	return ferror(export->file) ? -EIO : 0;
}

static void write_attempt(struct json_writer *writer, const struct exchange *attempt)
{
	json_object_begin(writer, NULL);
	json_span_id(writer, "span_id", attempt->span_id);
	json_span_id(writer, "parent_span_id", attempt->owner->span_id);
	json_uint(writer, "call", attempt->call);
	json_uint(writer, "attempt", attempt->attempt);
	if (attempt->retry)
		json_string(writer, "retry", link_name(attempt->retry));
	else
		json_null(writer, "retry");
	json_string(writer, "callee", attempt_callee_name(attempt));
	json_string(writer, "service", attempt_service_name(attempt));
	json_string(writer, "operation", attempt->operation);
	json_string(writer, "target", attempt->target ? attempt->target : attempt->function);
	json_string(writer, "mode", attempt_mode(attempt));
	json_uint(writer, "start_ns", attempt->start_ns);
	json_uint(writer, "end_ns", attempt->end_ns);
	json_uint(writer, "connect_ns", attempt->connect_ns);
	json_uint_or_null(writer, "status", attempt->status);
	if (attempt->function_error)
		json_string(writer, "function_error", attempt->function_error);
	json_bool(writer, "cut", attempt->is_cut);
	json_string(writer, "closed_by", exchange_close_name(attempt->closed_by));
	json_bool(writer, "dangling", attempt->is_dangling);
	json_uint(writer, "wait_ns", attempt->wait_ns);
	json_uint(writer, "double_billed_ns", attempt->double_billed_ns);
	json_uint(writer, "double_init_ns", attempt->double_init_ns);
	json_uint(writer, "transit_ns", attempt->transit_ns);
	if (attempt->callee)
		json_uint(writer, "invocation", attempt->callee->id);
	else
		json_null(writer, "invocation");
	json_link(writer, attempt->link, attempt->alternatives, &attempt->basis);
	json_object_end(writer);
}

static void write_flags(struct json_writer *writer, uint32_t flags)
{
	const char *name;

	json_array_begin(writer, "flags");
	for (unsigned int bit = 0; (name = invocation_flag_name(bit)); bit++)
		if (flags & 1u << bit)
			json_string(writer, NULL, name);
	json_array_end(writer);
}

static void write_lineage(struct json_writer *writer, const struct lineage *lineage)
{
	if (!lineage->resources) {
		json_null(writer, "lineage");
		return;
	}
	json_object_begin(writer, "lineage");
	json_uint(writer, "resources", lineage->resources);
	if (lineage->has_requests)
		json_uint(writer, "requests", lineage->requests);
	else
		json_null(writer, "requests");
	json_uint(writer, "loops", lineage->loops);
	json_object_end(writer);
}

/* Who it is, where it ran, and how it hangs together with others. */
static void write_identity(struct json_writer *writer, const struct invocation *invocation)
{
	const struct environment *environment = invocation->environment;
	const struct chain *chain = invocation->chain;
	char environment_name[24];

	snprintf(environment_name, sizeof(environment_name), "env-%u", environment->id);
	json_uint(writer, "id", invocation->id);
	json_uint(writer, "chain", chain->id);
	json_string(writer, "function", invocation->function);
	json_string(writer, "arn", invocation->arn);
	json_string(writer, "qualifier", invocation->qualifier);
	json_string(writer, "environment", environment_name);
	json_uint(writer, "pid", environment->tgid);
	json_string(writer, "request_id", invocation->request_id);
	json_uint(writer, "occurrence", invocation->occurrence);
	json_trace_id(writer, chain->trace_id);
	json_span_id(writer, "span_id", invocation->span_id);
	json_span_id(writer, "parent_span_id", invocation->parent_span_id);
	write_lineage(writer, &invocation->lineage);
	json_uint(writer, "depth", invocation->depth);
	if (invocation->parent)
		json_uint(writer, "parent", invocation->parent->id);
	else
		json_null(writer, "parent");
	json_cause(writer, "caused_by", invocation->caused_by,
		   invocation->caller ? invocation->caller->call : chain->caused_by_call);
	json_link(writer, invocation->link, invocation->alternatives, &invocation->basis);
	json_bool(writer, "cold", invocation->is_cold);
	json_string(writer, "status", status_name(invocation->status));
	json_exit(writer, invocation_died(invocation), environment->exit_code);
	write_flags(writer, invocation->flags);
}

static void write_invocation(struct json_writer *writer, const struct invocation *invocation)
{
	json_object_begin(writer, NULL);
	write_identity(writer, invocation);
	json_uint_or_null(writer, "memory_mb", invocation->memory_mb);
	json_uint(writer, "start_ns", invocation->start_ns);
	json_uint_or_null(writer, "response_ns", invocation->response_ns);
	json_uint(writer, "end_ns", invocation->end_ns);
	json_uint(writer, "init_ns", invocation_init_ns(invocation));
	json_uint(writer, "billed_ns", invocation_billed_ns(invocation));
	json_uint(writer, "own_ns",
		  invocation_billed_ns(invocation) - invocation->state_ns[STATE_WAIT_LAMBDA]);
	json_states(writer, invocation->state_ns);
	json_uint(writer, "shared_ns", invocation->shared_ns);
	json_uint(writer, "shared_calls", invocation->doubtful_count);
	json_uint(writer, "double_billed_ns", invocation->double_billed_ns);
	json_uint(writer, "double_init_ns", invocation->double_init_ns);
	json_uint(writer, "transit_ns", invocation->transit_ns);
	json_int(writer, "cost_pico", invocation->cost_pico);
	json_int(writer, "init_cost_pico", invocation->init_cost_pico);
	json_int(writer, "double_billed_pico", invocation->double_billed_pico);
	json_array_begin(writer, "calls");
	for (size_t i = 0; i < invocation->attempt_count; i++)
		write_attempt(writer, invocation->attempts[i]);
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
