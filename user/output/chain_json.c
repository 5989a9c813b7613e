// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * chain_json.c - see chain_json.h; report.schema.json says what every member means.
 */
#include "output/chain_json.h"

#include "analysis/edge.h"
#include "output/sums_json.h"

static void write_path(struct json_writer *writer, const struct chain *chain)
{
	json_array_begin(writer, "critical_path");
	for (size_t i = 0; i < chain->critical_path_count; i++) {
		const struct path_segment *segment = &chain->critical_path[i];

		json_object_begin(writer, NULL);
		if (segment->is_transit || !segment->invocation)
			json_null(writer, "invocation");
		else
			json_uint(writer, "invocation", segment->invocation->id);
		json_uint(writer, "from_ns", segment->from_ns);
		json_uint(writer, "to_ns", segment->to_ns);
		json_string(writer, "state",
			    segment->is_transit ? "transit" : state_name(segment->state));
		json_string(writer, "callee",
			    segment->attempt ? attempt_callee_name(segment->attempt) : NULL);
		json_object_end(writer);
	}
	json_array_end(writer);
}

static const char *source_name(enum trace_source source)
{
	switch (source) {
	case TRACE_FROM_XRAY:
		return "xray";
	case TRACE_FROM_W3C:
		return "w3c";
	case TRACE_FROM_CAUSE:
		return "cause";
	case TRACE_DERIVED:
		break;
	}
	return "derived";
}

void json_chain_members(struct json_writer *writer, const struct chain *chain)
{
	json_uint(writer, "id", chain->id);
	json_trace_id(writer, chain->trace_id);
	json_string(writer, "trace_id_source", source_name(chain->trace_source));
	json_bool(writer, "trace_conflict", chain->has_trace_conflict);
	json_string(writer, "root", chain->root->function);
	json_cause(writer, "caused_by", chain->caused_by, chain->caused_by_call);
	json_uint(writer, "invocations", chain->invocation_count);
	json_uint(writer, "depth", chain->depth);
	json_uint(writer, "latency_ns", chain->latency_ns);
	json_sums(writer, &chain->sums);
	write_path(writer, chain);
}

void json_chain(struct json_writer *writer, const struct chain *chain)
{
	json_object_begin(writer, NULL);
	json_chain_members(writer, chain);
	json_object_end(writer);
}
