/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * invocation_json.c - see invocation_json.h; report.schema.json says what every member means.
 */
#include "output/invocation_json.h"

#include <stdio.h>

#include "analysis/edge.h"
#include "output/attempt_text.h"
#include "output/environment_json.h"
#include "output/link_json.h"
#include "output/sums_json.h"
#include "output/waste_json.h"

void json_attempt(struct json_writer *writer, const struct exchange *attempt)
{
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
	json_int(writer, "cost_pico", attempt->cost_pico);
	json_bool(writer, "repeated", attempt->is_repeated);
	json_uint(writer, "backoff_ns", attempt->backoff_ns);
	json_attempt_budget(writer, attempt);
	if (attempt->callee)
		json_uint(writer, "invocation", attempt->callee->id);
	else
		json_null(writer, "invocation");
	json_link(writer, attempt->link, attempt->alternatives, &attempt->basis);
}

void json_invocation_flags(struct json_writer *writer, uint32_t flags)
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
	json_invocation_flags(writer, invocation->flags);
}

void json_invocation(struct json_writer *writer, const struct invocation *invocation)
{
	write_identity(writer, invocation);
	json_uint_or_null(writer, "memory_mb", invocation->memory_mb);
	json_peak(writer, invocation->peak_rss_bytes, invocation->peak_processes,
		  invocation->peak_process_bytes);
	json_uint(writer, "start_ns", invocation->start_ns);
	json_uint_or_null(writer, "response_ns", invocation->response_ns);
	json_uint(writer, "end_ns", invocation->end_ns);
	json_uint(writer, "init_ns", invocation_init_ns(invocation));
	json_uint(writer, "billed_ns", invocation_billed_ns(invocation));
	json_uint(writer, "billed_ms", invocation->billed_ms);
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
	json_invocation_waste(writer, invocation);
}
