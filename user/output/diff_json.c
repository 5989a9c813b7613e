/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * diff_json.c - see diff_json.h. Of what is in one trace alone the other's sums and means are null.
 */
#include "output/diff_json.h"

#include "base/json_writer.h"

static const char *presence_name(const struct compared_row *row)
{
	if (!row->old)
		return "appeared";
	return row->new ? "both" : "vanished";
}

static void write_pair(struct json_writer *writer, const char *key, const struct compared_row *row,
		       uint64_t old, uint64_t new)
{
	json_object_begin(writer, key);
	if (row->old)
		json_uint(writer, "old", old);
	else
		json_null(writer, "old");
	if (row->new)
		json_uint(writer, "new", new);
	else
		json_null(writer, "new");
	json_object_end(writer);
}

static void write_int_or_null(struct json_writer *writer, const char *key, bool is_there,
			      int64_t value)
{
	if (is_there)
		json_int(writer, key, value);
	else
		json_null(writer, key);
}

static void write_wide_or_null(struct json_writer *writer, const char *key, bool is_there,
			       unsigned __int128 value)
{
	if (is_there)
		json_wide(writer, key, value);
	else
		json_null(writer, key);
}

static void write_figure(struct json_writer *writer, const struct compared_row *row,
			 enum compared_figure figure)
{
	struct compared_value value = compared_row_value(row, figure);
	bool has_old = row->old && row->old->figures[figure].spread.count;
	bool has_new = row->new && row->new->figures[figure].spread.count;

	json_object_begin(writer, compared_figure_name(figure));
	write_wide_or_null(writer, "old", has_old, value.old_sum);
	write_wide_or_null(writer, "new", has_new, value.new_sum);
	write_int_or_null(writer, "old_mean", has_old, value.old_mean);
	write_int_or_null(writer, "new_mean", has_new, value.new_mean);
	json_ratio(writer, "change", value.change);
	json_string(writer, "significance", significance_name(value.significance));
	json_object_end(writer);
}

static void write_figures(struct json_writer *writer, const struct compared_row *row, int from,
			  int to)
{
	json_object_begin(writer, "figures");
	for (int figure = from; figure < to; figure++)
		write_figure(writer, row, (enum compared_figure)figure);
	json_object_end(writer);
}

/* @counted: what the figures are means of: chains, invocations. */
static void write_invoked(struct json_writer *writer, const struct compared_row *row,
			  const char *counted)
{
	static const struct comparison_entry none;
	const struct comparison_entry *old = row->old ? row->old : &none;
	const struct comparison_entry *new = row->new ? row->new : &none;

	write_pair(writer, counted, row, old->count, new->count);
	write_pair(writer, "errors", row, old->errors, new->errors);
	json_object_begin(writer, "overhead");
	json_ratio(writer, "old", comparison_entry_overhead(row->old));
	json_ratio(writer, "new", comparison_entry_overhead(row->new));
	json_object_end(writer);
	write_figures(writer, row, 0, COMPARED_FUNCTION_END);
}

static void write_function(struct json_writer *writer, const struct compared_row *row)
{
	json_object_begin(writer, NULL);
	json_string(writer, "name", compared_row_entry(row)->name);
	json_string(writer, "presence", presence_name(row));
	json_object_begin(writer, "memory_mb");
	write_int_or_null(writer, "old", row->old && row->old->memory_mb,
			  row->old ? row->old->memory_mb : 0);
	write_int_or_null(writer, "new", row->new && row->new->memory_mb,
			  row->new ? row->new->memory_mb : 0);
	json_object_end(writer);
	write_invoked(writer, row, "invocations");
	json_object_end(writer);
}

static void write_edge(struct json_writer *writer, const struct compared_row *row)
{
	static const struct comparison_entry none;
	static const char *const modes[] = {
		[EDGE_SYNC] = "sync", [EDGE_EVENT] = "event", [EDGE_STREAM] = "stream"
	};
	const struct comparison_entry *entry = compared_row_entry(row);
	const struct comparison_entry *old = row->old ? row->old : &none;
	const struct comparison_entry *new = row->new ? row->new : &none;

	json_object_begin(writer, NULL);
	json_string(writer, "caller", entry->caller);
	json_string(writer, "callee", entry->callee);
	json_string(writer, "service", entry->service);
	json_string(writer, "mode", modes[entry->mode]);
	json_string(writer, "presence", presence_name(row));
	write_pair(writer, "calls", row, old->count, new->count);
	write_pair(writer, "attempts", row, old->attempts, new->attempts);
	write_pair(writer, "errors", row, old->errors, new->errors);
	write_figures(writer, row, COMPARED_FUNCTION_END, COMPARED_COUNT);
	json_object_end(writer);
}

static void write_caveats(struct json_writer *writer, unsigned int caveats)
{
	const char *name;

	json_array_begin(writer, "caveats");
	for (unsigned int bit = 0; (name = comparison_caveat_name(bit)); bit++)
		if (caveats & 1u << bit)
			json_string(writer, NULL, name);
	json_array_end(writer);
}

int diff_json(FILE *file, const struct comparison *comparison)
{
	struct json_writer writer;

	json_writer_init(&writer, file, true);
	json_object_begin(&writer, NULL);
	json_string(&writer, "schema", "idletax.diff/1");
	write_caveats(&writer, comparison->caveats);
	json_uint(&writer, "tested", comparison->tested);
	json_uint(&writer, "significant", comparison->significant);
	json_object_begin(&writer, "totals");
	write_invoked(&writer, &comparison->all, "chains");
	json_object_end(&writer);
	json_array_begin(&writer, "functions");
	for (size_t i = 0; i < comparison->function_count; i++)
		write_function(&writer, &comparison->functions[i]);
	json_array_end(&writer);
	json_array_begin(&writer, "edges");
	for (size_t i = 0; i < comparison->edge_count; i++)
		write_edge(&writer, &comparison->edges[i]);
	json_array_end(&writer);
	json_object_end(&writer);
	return json_writer_finish(&writer);
}
