/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * rows_json.c - see rows_json.h; report.schema.json says what every member means.
 */
#include "output/rows_json.h"

#include "analysis/memory_size.h"
#include "output/environment_json.h"
#include "output/sums_json.h"
#include "output/waste_json.h"

static void write_memory(struct json_writer *writer, const struct results *results,
			 const struct function_row *row)
{
	uint32_t fit_mb = memory_size_fit_mb(row->peak_rss_bytes);

	json_peak(writer, row->peak_rss_bytes, row->peak_processes, row->peak_process_bytes);
	json_uint(writer, "peak_unknown", row->peak_unknown);
	json_uint_or_null(writer, "memory_fit_mb", fit_mb);
	if (fit_mb && row->memory_mb)
		json_int(writer, "memory_saving_pico", memory_size_saving_pico(results->plan, row));
	else
		json_null(writer, "memory_saving_pico");
}

void json_function(struct json_writer *writer, const struct results *results,
		   const struct function_row *row)
{
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
	write_memory(writer, results, row);
	json_sums(writer, &row->sums);
	json_uint(writer, "p50_ns", row->p50_ns);
	json_uint(writer, "p99_ns", row->p99_ns);
	json_life_sums(writer, results, &row->life, row->sums.billed_ns);
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

void json_edge(struct json_writer *writer, const struct edge_row *row)
{
	json_string(writer, "caller", row->caller);
	json_string(writer, "callee", row->callee);
	json_string(writer, "service", row->service);
	json_string(writer, "mode", edge_mode_name(row->mode));
	json_uint(writer, "calls", row->calls);
	json_uint(writer, "attempts", row->attempts);
	json_uint(writer, "errors", row->errors);
	json_uint(writer, "wait_ns", row->wait_ns);
	json_uint(writer, "double_billed_ns", row->double_billed_ns);
	json_uint(writer, "transit_ns", row->transit_ns);
	json_int(writer, "cost_pico", row->cost_pico);
	json_edge_waste(writer, row);
	json_uint_or_null(writer, "client_timeout_ns", row->client_timeout_ns);
	json_uint(writer, "client_timeouts", row->client_timeouts);
	json_edge_budget(writer, &row->budget);
	json_string(writer, "link", link_name(row->link));
	if (row->operation_count)
		write_operations(writer, row);
}
