// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * csv.c - `export -f csv`: a table of invocations, calls, chains, functions or edges (RFC 4180), with a line
 * of names. The writers of the report's JSON fill the cells (base/csv_row.h); here stands which members are
 * columns, and in which order. New columns come last: programs count on the old ones.
 */
#include "output/exporter.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/csv_row.h"
#include "base/json_writer.h"
#include "output/export_rows.h"
#include "output/rows_json.h"

#define STATE_COLUMNS                                                                     \
	"active_ns", "runnable_ns", "wait_lambda_ns", "wait_service_ns", "wait_timer_ns", \
		"wait_io_ns", "wait_lock_ns", "unknown_ns"
#define SUMS_COLUMNS                                                                             \
	"billed_ns", "billed_ms", "own_ns", STATE_COLUMNS, "double_billed_ns", "double_init_ns", \
		"transit_ns", "init_ns", "cost_pico", "init_cost_pico", "double_billed_pico",    \
		"overhead", "share", "amplification"

#define WASTE_COLUMNS                                                                    \
	"orphans", "orphaned_ns", "orphaned_pico", "retry_waste_ns", "retry_waste_pico", \
		"duplicates", "duplicate_ns", "duplicate_pico"
#define GB_S_COLUMNS                                                                               \
	"billed_mb_ns", "wait_lambda_mb_ns", "double_billed_mb_ns", "overhead_gb_s", "share_gb_s", \
		"amplification_gb_s", "overhead_money", "share_money", "unpriced"

static const char *const invocation_columns[] = {
	"id",
	"chain",
	"function",
	"arn",
	"qualifier",
	"environment",
	"pid",
	"request_id",
	"occurrence",
	"trace_id",
	"span_id",
	"parent_span_id",
	"lineage_resources",
	"lineage_requests",
	"lineage_loops",
	"depth",
	"parent",
	"caused_by_invocation",
	"caused_by_call",
	"link",
	"alternatives",
	"reason",
	"evidence",
	"cold",
	"status",
	"exit_code",
	"signal",
	"flags",
	"memory_mb",
	"start_ns",
	"response_ns",
	"end_ns",
	"init_ns",
	"billed_ns",
	"billed_ms",
	"own_ns",
	STATE_COLUMNS,
	"shared_ns",
	"shared_calls",
	"double_billed_ns",
	"double_init_ns",
	"transit_ns",
	"cost_pico",
	"init_cost_pico",
	"double_billed_pico",
	"peak_rss_bytes",
	"peak_processes",
	"orphaned_since_ns",
	"orphaned_by",
	"orphaned_ns",
	"orphaned_pico",
	"discarded",
	"retry_waste_ns",
	"retry_waste_pico",
	"duplicate",
	"deadline_ns",
	"gateway_ns",
	"peak_process_bytes",
};

static const char *const call_columns[] = {
	"chain",
	"caller_invocation",
	"caller",
	"span_id",
	"parent_span_id",
	"call",
	"attempt",
	"retry",
	"callee",
	"service",
	"operation",
	"target",
	"mode",
	"start_ns",
	"end_ns",
	"connect_ns",
	"status",
	"function_error",
	"cut",
	"closed_by",
	"dangling",
	"wait_ns",
	"double_billed_ns",
	"double_init_ns",
	"transit_ns",
	"cost_pico",
	"repeated",
	"backoff_ns",
	"invocation",
	"link",
	"alternatives",
	"reason",
	"evidence",
	"budget_start_ns",
	"budget_end_ns",
	"budget_attempts",
};

static const char *const chain_columns[] = {
	"id",
	"trace_id",
	"trace_id_source",
	"trace_conflict",
	"root",
	"caused_by_invocation",
	"caused_by_call",
	"invocations",
	"depth",
	"latency_ns",
	SUMS_COLUMNS,
	WASTE_COLUMNS,
	GB_S_COLUMNS,
};

static const char *const function_columns[] = {
	"name",
	"invocations",
	"cold_starts",
	"errors",
	"timeouts",
	"incomplete",
	"estimated",
	"shared",
	"shared_ns",
	"init_errors",
	"memory_mb",
	SUMS_COLUMNS,
	"p50_ns",
	"p99_ns",
	"life_environments",
	"life_alive",
	"life_killed",
	"life_init_errors",
	"life_lifetime_ns",
	"life_init_ns",
	"life_restore_ns",
	"life_busy_ns",
	"life_idle_ns",
	"life_utilization",
	"life_outside_active_ns",
	"life_outside_wait_ns",
	"life_peak_environments",
	"life_mean_environments",
	"life_peak_concurrency",
	"life_mean_concurrency",
	"peak_rss_bytes",
	"peak_processes",
	"peak_unknown",
	"memory_fit_mb",
	"memory_saving_pico",
	WASTE_COLUMNS,
	GB_S_COLUMNS,
	"life_standby_pico",
	"peak_process_bytes",
};

static const char *const edge_columns[] = {
	"caller",
	"callee",
	"service",
	"mode",
	"calls",
	"attempts",
	"errors",
	"wait_ns",
	"double_billed_ns",
	"transit_ns",
	"cost_pico",
	"retry_wait_ns",
	"retry_billed_ns",
	"backoff_ns",
	"client_timeout_ns",
	"client_timeouts",
	"link",
	"retry_wait_pico",
	"retry_billed_pico",
	"backoff_pico",
	WASTE_COLUMNS,
	"budget_start_min_ns",
	"budget_start_invocation",
	"budget_end_min_ns",
	"budget_end_invocation",
	"budget_limit",
	"budget_source",
	"budget_attempt_ns",
	"budget_attempts",
	"budget_backoff_ns",
	"budget_need_ns",
	"budget_left_ns",
	"budget_margin_ns",
	"budget_invocation",
};

#define COLUMNS(array) (array), sizeof(array) / sizeof((array)[0])

static const struct rows {
	const char *name;
	const char *const *columns;
	size_t column_count;
} tables[] = {
	[EXPORT_INVOCATIONS] = { "invocations", COLUMNS(invocation_columns) },
	[EXPORT_CALLS] = { "calls", COLUMNS(call_columns) },
	[EXPORT_CHAINS] = { "chains", COLUMNS(chain_columns) },
	[EXPORT_FUNCTIONS] = { "functions", COLUMNS(function_columns) },
	[EXPORT_EDGES] = { "edges", COLUMNS(edge_columns) },
};

int export_rows_parse(enum export_rows *ret_rows, const char *text)
{
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		if (strcmp(tables[i].name, text) != 0)
			continue;
		*ret_rows = (enum export_rows)i;
		return 0;
	}
	return -EINVAL;
}

struct csv {
	struct csv_row row;
	struct json_writer writer;
};

static enum export_rows rows_of(const struct export *export)
{
	return export->options ? export->options->rows : EXPORT_INVOCATIONS;
}

static int begin(struct export *export)
{
	const struct rows *rows = &tables[rows_of(export)];
	struct csv *csv = malloc(sizeof(*csv));

	if (!csv)
		return -ENOMEM;
	csv_row_init(&csv->row, rows->columns, rows->column_count);
	json_writer_init_row(&csv->writer, &csv->row);
	export->state = csv;
	return csv_row_write_header(&csv->row, export->file);
}

static int write_calls(struct export *export, const struct invocation *invocation)
{
	struct csv *csv = export->state;
	int error = 0;

	for (size_t i = 0; i < invocation->attempt_count && !error; i++) {
		export_row_call(&csv->writer, invocation->attempts[i]);
		error = csv_row_write(&csv->row, export->file);
	}
	return error;
}

static int write_invocation(struct export *export, const struct invocation *invocation)
{
	struct csv *csv = export->state;

	export_row_invocation(&csv->writer, invocation);
	return csv_row_write(&csv->row, export->file);
}

static int write_chain(struct export *export, const struct chain *chain)
{
	struct csv *csv = export->state;
	enum export_rows rows = rows_of(export);
	int error = 0;

	if (rows == EXPORT_CHAINS) {
		export_row_chain(&csv->writer, chain);
		return csv_row_write(&csv->row, export->file);
	}
	if (rows != EXPORT_INVOCATIONS && rows != EXPORT_CALLS)
		return 0;
	for (size_t i = 0; i < chain->invocation_count && !error; i++)
		error = rows == EXPORT_CALLS ? write_calls(export, chain->invocations[i])
					     : write_invocation(export, chain->invocations[i]);
	return error;
}

static int write_functions(struct csv *csv, const struct export *export)
{
	int error = 0;

	for (size_t i = 0; i < export->results->function_count && !error; i++) {
		json_object_begin(&csv->writer, NULL);
		json_function(&csv->writer, export->results, &export->results->functions[i]);
		json_object_end(&csv->writer);
		error = csv_row_write(&csv->row, export->file);
	}
	return error;
}

static int write_edges(struct csv *csv, const struct export *export)
{
	int error = 0;

	for (size_t i = 0; i < export->results->edge_count && !error; i++) {
		json_object_begin(&csv->writer, NULL);
		json_edge(&csv->writer, &export->results->edges[i]);
		json_object_end(&csv->writer);
		error = csv_row_write(&csv->row, export->file);
	}
	return error;
}

static int end(struct export *export)
{
	if (rows_of(export) == EXPORT_FUNCTIONS)
		return write_functions(export->state, export);
	if (rows_of(export) == EXPORT_EDGES)
		return write_edges(export->state, export);
	return 0;
}

static void release(struct export *export)
{
	struct csv *csv = export->state;

	if (csv)
		csv_row_release(&csv->row);
	free(csv);
}

const struct exporter csv_exporter = {
	.name = "csv",
	.is_streamed = true,
	.begin = begin,
	.chain = write_chain,
	.end = end,
	.release = release,
};
