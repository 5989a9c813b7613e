// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * ndjson.c - `export -f ndjson`: one JSON object a line, of "kind" chain, invocation, call or loss
 * (export_rows.h), each chain's after the other, as chains are told; what was lost comes last. Memory does
 * not grow with the recording.
 */
#include "output/exporter.h"

#include <errno.h>
#include <stdlib.h>

#include "base/json_writer.h"
#include "output/export_rows.h"
#include "output/loss_json.h"

static int begin(struct export *export)
{
	struct json_writer *writer = malloc(sizeof(*writer));

	if (!writer)
		return -ENOMEM;
	json_writer_init(writer, export->file, false);
	export->state = writer;
	return 0;
}

static void write_invocation(struct export *export, const struct invocation *invocation)
{
	export_row_invocation(export->state, invocation);
	json_end_line(export->state);
	for (size_t i = 0; i < invocation->attempt_count; i++) {
		export_row_call(export->state, invocation->attempts[i]);
		json_end_line(export->state);
	}
}

static int write_chain(struct export *export, const struct chain *chain)
{
	errno = 0;
	export_row_chain(export->state, chain);
	json_end_line(export->state);
	for (size_t i = 0; i < chain->invocation_count; i++)
		write_invocation(export, chain->invocations[i]);
	return ferror(export->file) ? (errno ? -errno : -EIO) : 0;
}

static int write_lost(struct export *export, uint64_t records, uint64_t bytes)
{
	struct json_writer *writer = export->state;

	json_object_begin(writer, NULL);
	json_string(writer, "kind", "loss");
	json_lost(writer, export->results);
	json_blind_spots(writer, export->results);
	json_object_end(writer);
	json_end_line(export->state);
	return 0;
}

static int end(struct export *export)
{
	return json_writer_flush(export->state);
}

/* What was told before a failure is written, too. */
static void release(struct export *export)
{
	if (export->state)
		json_writer_flush(export->state);
	free(export->state);
}

const struct exporter ndjson_exporter = {
	.name = "ndjson",
	.is_streamed = true,
	.begin = begin,
	.chain = write_chain,
	.lost = write_lost,
	.end = end,
	.release = release,
};
