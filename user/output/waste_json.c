/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * waste_json.c - see waste_json.h.
 */
#include "output/waste_json.h"

#include "analysis/timeout_budget.h"
#include "output/environment_json.h"

void json_sums_waste(struct json_writer *writer, const struct sums *sums)
{
	json_uint(writer, "orphans", sums->orphans);
	json_uint(writer, "orphaned_ns", sums->orphaned_ns);
	json_int(writer, "orphaned_pico", sums->orphaned_pico);
	json_uint(writer, "retry_waste_ns", sums->retry_waste_ns);
	json_int(writer, "retry_waste_pico", sums->retry_waste_pico);
	json_uint(writer, "duplicates", sums->duplicates);
	json_uint(writer, "duplicate_ns", sums->duplicate_ns);
	json_int(writer, "duplicate_pico", sums->duplicate_pico);
}

void json_edge_waste(struct json_writer *writer, const struct edge_row *row)
{
	json_uint(writer, "retry_wait_ns", row->retry_wait_ns);
	json_int(writer, "retry_wait_pico", row->retry_wait_pico);
	json_uint(writer, "retry_billed_ns", row->retry_billed_ns);
	json_int(writer, "retry_billed_pico", row->retry_billed_pico);
	json_uint(writer, "backoff_ns", row->backoff_ns);
	json_int(writer, "backoff_pico", row->backoff_pico);
	json_uint(writer, "retry_waste_ns", edge_retry_waste_ns(row));
	json_int(writer, "retry_waste_pico", edge_retry_waste_pico(row));
	json_uint(writer, "orphans", row->orphans);
	json_uint(writer, "orphaned_ns", row->orphaned_ns);
	json_int(writer, "orphaned_pico", row->orphaned_pico);
	json_uint(writer, "duplicates", row->duplicates);
	json_uint(writer, "duplicate_ns", row->duplicate_ns);
	json_int(writer, "duplicate_pico", row->duplicate_pico);
}

void json_invocation_waste(struct json_writer *writer, const struct invocation *invocation)
{
	const struct waste *waste = &invocation->waste;

	json_uint_or_null(writer, "orphaned_since_ns", waste->orphaned_since_ns);
	json_string(writer, "orphaned_by", orphan_cause_name(waste->orphaned_by));
	json_uint(writer, "orphaned_ns", waste->orphaned_ns);
	json_int(writer, "orphaned_pico", waste->orphaned_pico);
	json_bool(writer, "discarded", waste->is_discarded);
	json_uint(writer, "retry_waste_ns", waste->retry_ns);
	json_int(writer, "retry_waste_pico", waste->retry_pico);
	json_bool(writer, "duplicate", waste->is_duplicate);
	json_uint_or_null(writer, "deadline_ns", invocation->deadline_ns);
	json_uint_or_null(writer, "gateway_ns", invocation->gateway_ns);
}

static void write_left(struct json_writer *writer, const char *key, bool is_known, int64_t left_ns)
{
	if (is_known)
		json_int(writer, key, left_ns);
	else
		json_null(writer, key);
}

static void write_id(struct json_writer *writer, const char *key, bool is_known, uint64_t id)
{
	if (is_known)
		json_uint(writer, key, id);
	else
		json_null(writer, key);
}

static const char *source_name(enum budget_source source)
{
	switch (source) {
	case BUDGET_BY_DEADLINE:
		return "deadline";
	case BUDGET_BY_P99:
		return "p99";
	case BUDGET_BY_CLIENT:
		return "client";
	case BUDGET_BY_NOTHING:
		break;
	}
	return NULL;
}

void json_edge_budget(struct json_writer *writer, const struct edge_budget *budget)
{
	const char *limit = budget->is_gateway ? "gateway" : "deadline";

	write_left(writer, "budget_start_min_ns", budget->has_start, budget->start_min_ns);
	write_id(writer, "budget_start_invocation", budget->has_start, budget->start_invocation);
	write_left(writer, "budget_end_min_ns", budget->has_end, budget->end_min_ns);
	write_id(writer, "budget_end_invocation", budget->has_end, budget->end_invocation);
	json_string(writer, "budget_limit", budget->has_start ? limit : NULL);
	json_string(writer, "budget_source", source_name(budget->source));
	json_uint_or_null(writer, "budget_attempt_ns", budget->attempt_ns);
	write_id(writer, "budget_attempts", budget->has_need, budget->attempts);
	json_uint(writer, "budget_backoff_ns", budget->backoff_ns);
	write_left(writer, "budget_need_ns", budget->has_need, budget->need_ns);
	write_left(writer, "budget_left_ns", budget->has_need, budget->left_ns);
	write_left(writer, "budget_margin_ns", budget->has_need, budget->margin_ns);
	write_id(writer, "budget_invocation", budget->has_need, budget->invocation);
}

void json_attempt_budget(struct json_writer *writer, const struct exchange *attempt)
{
	const struct invocation *caller = attempt->owner;
	int64_t left_ns = 0;
	bool is_known = timeout_budget_left(caller, attempt->start_ns, &left_ns);

	write_left(writer, "budget_start_ns", is_known, left_ns);
	is_known = timeout_budget_left_after(caller, attempt, &left_ns);
	write_left(writer, "budget_end_ns", is_known, left_ns);
	json_uint_or_null(writer, "budget_attempts", timeout_budget_attempts(attempt));
}

void json_orphans(struct json_writer *writer, const struct results *results)
{
	json_array_begin(writer, "orphans");
	for (size_t i = 0; i < results->orphan_count; i++) {
		const struct orphan_row *row = &results->orphans[i];

		json_object_begin(writer, NULL);
		json_uint(writer, "invocation", row->invocation);
		json_string(writer, "function", row->function);
		json_string(writer, "caller", row->caller);
		json_string(writer, "orphaned_by", orphan_cause_name(row->cause));
		json_uint(writer, "orphaned_ns", row->orphaned_ns);
		json_int(writer, "orphaned_pico", row->orphaned_pico);
		json_string(writer, "link", link_name(row->link));
		json_object_end(writer);
	}
	json_array_end(writer);
}

static void write_parts(struct json_writer *writer, const struct results *results,
			const struct path_kind *kind)
{
	json_array_begin(writer, "parts");
	for (size_t i = 0; i < kind->part_count; i++) {
		const struct path_part *part = &results->path_parts[kind->first_part + i];

		json_object_begin(writer, NULL);
		json_string(writer, "function", part->function);
		json_string(writer, "state",
			    part->is_transit ? "transit" : state_name(part->state));
		json_string(writer, "callee", part->callee);
		json_uint(writer, "path_ns", part->path_ns);
		json_ratio(writer, "share", (double)part->path_ns / (double)kind->latency_ns);
		json_object_end(writer);
	}
	json_array_end(writer);
}

void json_paths(struct json_writer *writer, const struct results *results)
{
	json_array_begin(writer, "critical_paths");
	for (size_t i = 0; i < results->path_kind_count; i++) {
		const struct path_kind *kind = &results->path_kinds[i];

		json_object_begin(writer, NULL);
		json_string(writer, "root", kind->root);
		json_uint(writer, "chains", kind->chains);
		json_uint(writer, "latency_ns", kind->latency_ns);
		write_parts(writer, results, kind);
		json_object_end(writer);
	}
	json_array_end(writer);
}
