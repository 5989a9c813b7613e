// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * report_log_object.c - see report_log_object.h: follows braces and brackets over lines that may hold anything
 * else, too. Strings end with their line, as JSON's do, so that a lone quote spoils no more than that. An
 * object that begins and ends in one line is none of it (report_log_json.c).
 */
#include "import/report_log_object.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "import/report_log_json.h"

static const char key[] = "type", mark[] = "platform.report";

int report_objects_init(struct report_objects *objects)
{
	memset(objects, 0, sizeof(*objects));
	objects->text = malloc(REPORT_OBJECT_BYTES_MAX);
	return objects->text ? 0 : -ENOMEM;
}

void report_objects_release(struct report_objects *objects)
{
	free(objects->text);
}

/* ---- what is open ---- */

static void give_up(const struct report_bracket *bracket, const struct report_log_sink *sink)
{
	if (bracket->is_report)
		sink->problem(sink->context, bracket->line, "a platform.report that does not end");
}

static void drop_outermost(struct report_objects *objects, size_t count,
			   const struct report_log_sink *sink)
{
	size_t from;

	for (size_t i = 0; i < count; i++)
		give_up(&objects->open[i], sink);
	objects->depth -= count;
	memmove(objects->open, objects->open + count, objects->depth * sizeof(*objects->open));
	from = objects->depth ? objects->open[0].at : objects->bytes;
	objects->bytes -= from;
	memmove(objects->text, objects->text + from, objects->bytes);
	for (size_t i = 0; i < objects->depth; i++)
		objects->open[i].at -= from;
}

void report_objects_end(struct report_objects *objects, const struct report_log_sink *sink)
{
	drop_outermost(objects, objects->depth, sink);
}

/* A list of events may be long: what holds it is forgotten, so that there is room for the next event. */
static bool make_room(struct report_objects *objects, size_t bytes,
		      const struct report_log_sink *sink)
{
	size_t count = 0;

	if (bytes > REPORT_OBJECT_BYTES_MAX / 2) {
		report_objects_end(objects, sink);
		return bytes <= REPORT_OBJECT_BYTES_MAX;
	}
	if (objects->bytes + bytes <= REPORT_OBJECT_BYTES_MAX)
		return true;
	while (count < objects->depth && objects->open[count].at < REPORT_OBJECT_BYTES_MAX / 2)
		count++;
	drop_outermost(objects, count, sink);
	return true;
}

static void open_bracket(struct report_objects *objects, size_t at, uint64_t line,
			 const struct report_log_sink *sink)
{
	if (objects->depth == REPORT_OBJECT_DEPTH_MAX) {
		give_up(&objects->open[0], sink);
		memmove(objects->open, objects->open + 1,
			--objects->depth * sizeof(*objects->open));
	}
	objects->open[objects->depth++] = (struct report_bracket){ .at = at, .line = line };
}

static int close_bracket(struct report_objects *objects, size_t at,
			 const struct report_log_sink *sink)
{
	const struct report_bracket *bracket;

	if (!objects->depth)
		return 0; /* of what was forgotten, or of no JSON */
	bracket = &objects->open[--objects->depth];
	if (!bracket->is_report)
		return 0;
	return report_json_read_line(objects->text + bracket->at, at + 1 - bracket->at,
				     bracket->line, sink);
}

/* ---- lines ---- */

struct scan {
	struct report_objects *objects;
	const struct report_log_sink *sink;
	uint64_t line;
	size_t string_at; /* behind the quote */
	bool is_in_string, is_after_key;
};

static void end_string(struct scan *scan, size_t at)
{
	struct report_objects *objects = scan->objects;
	struct report_bracket *in = objects->depth ? &objects->open[objects->depth - 1] : NULL;
	const char *string = objects->text + scan->string_at;
	size_t bytes = at - scan->string_at;

	scan->is_in_string = false;
	if (in && in->line < scan->line && scan->is_after_key && bytes == sizeof(mark) - 1 &&
	    !memcmp(string, mark, bytes))
		in->is_report = true;
	scan->is_after_key = bytes == sizeof(key) - 1 && !memcmp(string, key, bytes);
}

static int scan_byte(struct scan *scan, size_t at)
{
	char byte = scan->objects->text[at];

	if (scan->is_in_string) {
		if (byte == '"')
			end_string(scan, at);
		return 0;
	}
	if (byte == '"') {
		scan->is_in_string = true;
		scan->string_at = at + 1;
		return 0;
	}
	if (byte != ':' && !isspace((unsigned char)byte))
		scan->is_after_key = false;
	if (byte == '{' || byte == '[')
		open_bracket(scan->objects, at, scan->line, scan->sink);
	return byte == '}' || byte == ']' ? close_bracket(scan->objects, at, scan->sink) : 0;
}

int report_objects_add_line(struct report_objects *objects, const char *text, size_t bytes,
			    uint64_t line, const struct report_log_sink *sink)
{
	struct scan scan = { .objects = objects, .sink = sink, .line = line };
	size_t at;
	int error = 0;

	if (!make_room(objects, bytes + 1, sink))
		return 0;
	at = objects->bytes;
	memcpy(objects->text + at, text, bytes);
	objects->text[at + bytes] = '\n';
	objects->bytes += bytes + 1;
	for (; at < objects->bytes && !error; at++) {
		if (objects->text[at] == '\\')
			at++; /* what it escapes */
		else
			error = scan_byte(&scan, at);
	}
	if (!objects->depth)
		objects->bytes = 0;
	return error;
}
