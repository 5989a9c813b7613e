/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * flame_json.c - the frames of the flame graph as a list, callers before callees; each names its parent
 * by its place in the list: nothing is nested.
 */
#include "output/exporter.h"

#include <errno.h>
#include <stdlib.h>

#include "base/json_writer.h"
#include "output/flame_tree.h"

/* @ancestors: for each depth the place of the last frame there. */
static int write_frames(struct json_writer *json, const struct flame_frame *frame)
{
	uint64_t *ancestors = NULL, *grown, place = 0;
	unsigned int capacity = 0, depth;

	for (; frame; frame = flame_frame_next(frame), place++) {
		depth = frame->depth;
		if (depth >= capacity) {
			capacity = 2 * depth + 16;
			grown = realloc(ancestors, capacity * sizeof(*ancestors));
			if (!grown) {
				free(ancestors);
				return -ENOMEM;
			}
			ancestors = grown;
		}
		ancestors[depth] = place;
		json_object_begin(json, NULL);
		json_string(json, "name", frame->name);
		if (depth)
			json_uint(json, "parent", ancestors[depth - 1]);
		else
			json_null(json, "parent");
		json_uint(json, "self", frame->self);
		json_uint(json, "total", frame->total);
		json_object_end(json);
	}
	free(ancestors);
	return 0;
}

static int end(struct export *export)
{
	static const char *const weights[] = {
		[FLAME_TIME] = "time", [FLAME_COST] = "cost", [FLAME_IDLE] = "idle"
	};
	struct flame_tree *tree = export->state;
	struct json_writer json;
	int error = flame_tree_finish(tree);

	if (error)
		return error;
	json_writer_init(&json, export->file, false);
	json_object_begin(&json, NULL);
	json_string(&json, "schema", "idletax.flame/1");
	json_string(&json, "weight", weights[tree->weight]);
	json_string(&json, "unit", tree->weight == FLAME_COST ? "pico-dollar" : "ns");
	json_array_begin(&json, "frames");
	error = write_frames(&json, tree->all);
	json_array_end(&json);
	json_object_end(&json);
	return error ? error : json_writer_finish(&json);
}

const struct exporter flame_json_exporter = {
	.name = "flame-json",
	.begin = flame_export_begin,
	.chain = flame_export_chain,
	.end = end,
	.release = flame_export_release,
};
