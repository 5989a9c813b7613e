/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * export_rows.c - see export_rows.h. "kind" tells the rows of one stream apart.
 */
#include "output/export_rows.h"

#include "output/chain_json.h"
#include "output/invocation_json.h"

void export_row_chain(struct json_writer *writer, const struct chain *chain)
{
	json_object_begin(writer, NULL);
	json_string(writer, "kind", "chain");
	json_chain_members(writer, chain);
	json_object_end(writer);
}

void export_row_invocation(struct json_writer *writer, const struct invocation *invocation)
{
	json_object_begin(writer, NULL);
	json_string(writer, "kind", "invocation");
	json_invocation(writer, invocation);
	json_object_end(writer);
}

void export_row_call(struct json_writer *writer, const struct exchange *attempt)
{
	const struct invocation *owner = attempt->owner;

	json_object_begin(writer, NULL);
	json_string(writer, "kind", "call");
	json_uint(writer, "chain", owner->chain->id);
	json_uint(writer, "caller_invocation", owner->id);
	json_string(writer, "caller", owner->function);
	json_attempt(writer, attempt);
	json_object_end(writer);
}
