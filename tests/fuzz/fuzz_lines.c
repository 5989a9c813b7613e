/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * fuzz_lines.c - the input is what one direction of a Unix socket carried: in one piece and in many the
 * same event and result lines must be found; with holes the parser must only survive.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash_map.h"
#include "wire/event_json.h"
#include "wire/json_walk.h"
#include "wire/lines.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static void on_begin(void *context)
{
}

static void on_end(void *context, const struct line_end *end)
{
	uint64_t *hash = context;
	struct event_context names;
	size_t bytes = 0;
	const char *value;

	event_context_read(&names, end->text, end->bytes);
	value = json_find(end->text, end->bytes, "event", &bytes);
	if (value && (value < end->text || value + bytes > end->text + end->bytes))
		abort();
	*hash = hash_mix(*hash ^ end->wire_bytes) + end->line_class;
	*hash = hash_mix(*hash ^ hash_bytes(names.request_id, strlen(names.request_id)));
	*hash = hash_mix(*hash ^ bytes) + end->flags;
}

static uint64_t parse(const uint8_t *data, size_t bytes, size_t part, bool has_holes)
{
	static const struct line_events events = { on_begin, on_end };
	struct line_parser parser;
	uint64_t hash = 0;

	lines_init(&parser, &events, &hash);
	for (size_t position = 0; position < bytes; position += part) {
		struct stream_run input = {
			.data = has_holes && position / part % 3 == 1 ? NULL : data + position,
			.bytes = bytes - position < part ? bytes - position : part,
			.is_operation_start = has_holes,
		};

		if (lines_feed(&parser, &input))
			abort();
	}
	lines_cut(&parser);
	lines_release(&parser);
	return hash;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	uint64_t whole;

	if (!bytes)
		return 0;
	whole = parse(data, bytes, bytes, false);
	if (parse(data, bytes, 1, false) != whole || parse(data, bytes, 7, false) != whole ||
	    parse(data, bytes, 100, false) != whole)
		abort();
	parse(data, bytes, 13, true);
	parse(data, bytes, 60, true);
	return 0;
}
