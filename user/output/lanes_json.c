/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * lanes_json.c - see lanes_json.h. Functions by name, their environments by start.
 */
#include "output/lanes_json.h"

#include "base/json_writer.h"
#include "output/environment_json.h"

static void write_lane(struct json_writer *writer, const struct lane *lane)
{
	static const char *const kinds[LANE_KINDS] = {
		[LANE_NONE] = "none", [LANE_INIT] = "init", [LANE_SNAPSHOT] = "snapshot",
		[LANE_BUSY] = "busy", [LANE_IDLE] = "idle",
	};

	json_object_begin(writer, NULL);
	json_environment(writer, lane->row);
	json_array_begin(writer, "spans");
	for (size_t i = 0; i < lane->span_count; i++) {
		json_object_begin(writer, NULL);
		json_uint(writer, "from_ns", lane->spans[i].from_ns);
		json_uint(writer, "to_ns", lane->spans[i].to_ns);
		json_string(writer, "state", kinds[lane->spans[i].kind]);
		json_object_end(writer);
	}
	json_array_end(writer);
	json_object_end(writer);
}

int lanes_json(FILE *file, const struct results *results, const struct lanes *lanes)
{
	struct json_writer writer;

	json_writer_init(&writer, file, true);
	json_object_begin(&writer, NULL);
	json_string(&writer, "schema", "idletax.timeline/1");
	json_bool(&writer, "complete", results->is_complete);
	json_array_begin(&writer, "chains");
	json_array_end(&writer);
	json_array_begin(&writer, "environments");
	for (size_t i = 0; i < lanes->group_count; i++)
		for (size_t j = 0; j < lanes->groups[i].lane_count; j++)
			write_lane(&writer, &lanes->groups[i].lanes[j]);
	json_array_end(&writer);
	json_object_end(&writer);
	return json_writer_finish(&writer);
}
