/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * timeline_json.c - see timeline_json.h. Rows come in the order in which timeline draws them.
 */
#include "output/timeline_json.h"

#include <stdlib.h>

#include "base/json_writer.h"
#include "output/attempt_text.h"
#include "output/sums_json.h"
#include "output/timeline_rows.h"

static void write_segments(struct json_writer *writer, const struct invocation *invocation)
{
	json_array_begin(writer, "segments");
	for (size_t i = 0; i < invocation->segment_count; i++) {
		const struct segment *segment = &invocation->segments[i];
		const struct exchange *attempt = segment_attempt(invocation, segment);
		const char *callee = segment_callee(invocation, segment);

		json_object_begin(writer, NULL);
		json_uint(writer, "from_ns", segment->start_ns);
		json_uint(writer, "to_ns", segment->end_ns);
		json_string(writer, "state", state_name(segment->state));
		if (callee)
			json_string(writer, "callee", callee);
		if (attempt) {
			json_uint(writer, "call", attempt->call);
			json_uint(writer, "attempt", attempt->attempt);
		}
		if (segment->state == STATE_UNKNOWN)
			json_string(writer, "reason", unknown_reason_name(segment->reason));
		json_object_end(writer);
	}
	json_array_end(writer);
}

static void write_row(struct json_writer *writer, const struct timeline_row *row)
{
	const struct invocation *invocation = row->invocation;

	json_object_begin(writer, NULL);
	json_uint(writer, "id", invocation->id);
	json_string(writer, "function", invocation->function);
	json_uint(writer, "depth", row->depth);
	if (invocation->parent)
		json_uint(writer, "parent", invocation->parent->id);
	else
		json_null(writer, "parent");
	if (invocation_init_ns(invocation))
		json_uint(writer, "init_start_ns", invocation->init_start_ns);
	else
		json_null(writer, "init_start_ns");
	json_uint(writer, "start_ns", invocation->start_ns);
	json_uint(writer, "end_ns", invocation->end_ns);
	write_segments(writer, invocation);
	json_object_end(writer);
}

static int write_chain(struct json_writer *writer, const struct chain *chain)
{
	struct timeline_row *rows;
	size_t count;
	int error = timeline_rows(&rows, &count, chain);

	if (error)
		return error;
	json_object_begin(writer, NULL);
	json_uint(writer, "id", chain->id);
	json_trace_id(writer, chain->trace_id);
	json_string(writer, "root", chain->root->function);
	json_uint(writer, "billed_ns", chain->sums.billed_ns);
	json_uint(writer, "own_ns", sums_own_ns(&chain->sums));
	json_uint(writer, "double_billed_ns", chain->sums.double_billed_ns);
	json_array_begin(writer, "invocations");
	for (size_t i = 0; i < count; i++)
		write_row(writer, &rows[i]);
	json_array_end(writer);
	json_object_end(writer);
	free(rows);
	return 0;
}

int timeline_json(FILE *file, const struct results *results, const struct chain *const *chains,
		  size_t count)
{
	struct json_writer writer;
	int error = 0;

	json_writer_init(&writer, file, true);
	json_object_begin(&writer, NULL);
	json_string(&writer, "schema", "idletax.timeline/1");
	json_bool(&writer, "complete", results->is_complete);
	json_array_begin(&writer, "chains");
	for (size_t i = 0; !error && i < count; i++)
		error = write_chain(&writer, chains[i]);
	if (error)
		return error;
	json_array_end(&writer);
	json_object_end(&writer);
	return json_writer_finish(&writer);
}
