// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * report_log_json.c - the JSON form of a REPORT (Lambda's Telemetry API and its JSON logs):
 *
 *   {"type": "platform.report", "record": {"requestId": ..., "metrics": {"durationMs": ...}}}
 *
 * It may be an element or a member of other JSON, and that in strings of other JSON again, as tools that
 * collect logs do.
 */
#include "import/report_log_json.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/json_read.h"
#include "import/report_field.h"

#define LEVELS_MAX 4 /* JSON in strings of JSON */

static const char mark[] = "platform.report";

/* Text that may be JSON with a report. */
struct pending {
	char *text; /* owned */
	unsigned int level;
};

struct json_line {
	uint64_t line;
	const struct report_log_sink *sink;
	struct pending *pending; /* also those that were looked at */
	size_t count, capacity;
};

struct place {
	const struct json_document *document;
	const char *text;
	size_t bytes;
	uint64_t line;
};

/* ---- one report ---- */

/* A number as it is written: its every digit counts. */
static int set_number(const struct place *place, const struct report_key *key,
		      const struct json_value *value, struct reported_figures *figures,
		      struct diag *diag)
{
	size_t at = json_find_offset(place->document, value, place->text, place->bytes), end = at;

	while (end < place->bytes && !strchr(",}] \t\r\n", place->text[end]))
		end++;
	return report_field_set(figures, key, place->text + at, end - at, diag);
}

static int read_record(const struct place *place, const struct json_value *record,
		       struct reported *reported, struct diag *diag)
{
	const char *id = json_get_string(json_member(record, "requestId"));
	const struct json_value *metrics = json_member(record, "metrics");
	int error = id ? report_id_set(reported, id, strlen(id), diag)
		       : diag_set(diag, -EINVAL, "a platform.report without a requestId");

	for (size_t i = 0; i < REPORTED_COUNT && !error; i++) {
		const struct json_value *value = json_member(metrics, report_keys[i].json);

		if (value && !json_is_null(value))
			error = set_number(place, &report_keys[i], value, &reported->figures, diag);
	}
	if (!error && !reported->figures.known)
		error = diag_set(diag, -EINVAL, "a platform.report without any figure");
	return error;
}

static int tell_report(const struct place *place, const struct json_value *object,
		       const struct report_log_sink *sink)
{
	struct reported reported = { .line = place->line };
	struct diag diag = { 0 };

	if (read_record(place, json_member(object, "record"), &reported, &diag)) {
		sink->problem(sink->context, place->line, diag.text);
		return 0;
	}
	return sink->reported(sink->context, &reported);
}

/* ---- where they are ---- */

static bool is_report(const struct json_value *value)
{
	const char *type = json_is_object(value) ? json_get_string(json_member(value, "type"))
						 : NULL;

	return type && !strcmp(type, mark);
}

/* From the first bracket that can begin JSON to the last that can end it; false: there is none. */
static bool find_json(const char *text, size_t bytes, const char **ret_json, size_t *ret_bytes)
{
	const char *end = text + bytes, *at = text, *inner;

	for (; at < end && *at != '{'; at++) {
		if (*at != '[')
			continue;
		for (inner = at + 1; inner < end && strchr(" \t[", *inner) && *inner; inner++)
			;
		if (inner < end && *inner == '{')
			break;
	}
	while (end > at && end[-1] != '}' && end[-1] != ']')
		end--;
	*ret_json = at;
	*ret_bytes = (size_t)(end - at);
	return end > at;
}

/* Keeps what may be JSON of @text for later; nothing where nothing is. */
static int add_pending(struct json_line *line, const char *text, size_t bytes, unsigned int level)
{
	struct pending pending = { .level = level };
	const char *json;

	if (level > LEVELS_MAX || !memmem(text, bytes, mark, sizeof(mark) - 1) ||
	    !find_json(text, bytes, &json, &bytes))
		return 0;
	if (array_make_room(&line->pending, line->count, &line->capacity, sizeof(*line->pending)))
		return -ENOMEM;
	pending.text = strndup(json, bytes);
	if (!pending.text)
		return -ENOMEM;
	line->pending[line->count++] = pending;
	return 0;
}

/* What @value is, or its string holds. */
static int read_value(struct json_line *line, const struct place *place,
		      const struct json_value *value, unsigned int level)
{
	const char *text = json_get_string(value);

	if (is_report(value))
		return tell_report(place, value, line->sink);
	return text ? add_pending(line, text, strlen(text), level + 1) : 0;
}

/* Every value of the document, parents first. */
static int walk(struct json_line *line, const struct place *place, unsigned int level)
{
	const struct json_value *open[JSON_READ_DEPTH_MAX + 1], *at = json_root(place->document);
	size_t depth = 0;
	int error = 0;

	while (at && !error) {
		const struct json_value *inner = json_first(at), *next;

		error = read_value(line, place, at, level);
		if (inner && depth < JSON_READ_DEPTH_MAX) {
			open[depth++] = at;
			at = inner;
			continue;
		}
		next = depth ? json_next(at) : NULL;
		while (!next && depth) {
			at = open[--depth];
			next = depth ? json_next(at) : NULL;
		}
		at = next;
	}
	return error;
}

/* Takes one level of @escape away: a backslash in a part of a JSON string, a quote in a cell of CSV. */
static void unescape(char *text, char escape)
{
	char *to = text;

	for (; *text; text++) {
		if (*text == escape && (text[1] == '"' || text[1] == escape))
			text++;
		*to++ = *text;
	}
	*to = '\0';
}

/* What the first quote says of all of them; 0: they are JSON's. */
static char find_escape(const char *text)
{
	const char *quote = strchr(text, '"');

	if (quote && quote > text && quote[-1] == '\\')
		return '\\';
	return quote && quote[1] == '"' ? '"' : '\0';
}

/* Of the object or array that @text begins with; of what does not end, all. */
static size_t value_bytes(const char *text, const char *end)
{
	bool is_in_string = false;
	size_t depth = 0;

	for (const char *at = text; at < end; at++) {
		if (*at == '\\')
			at++;
		else if (*at == '"')
			is_in_string = !is_in_string;
		else if (!is_in_string && (*at == '{' || *at == '['))
			depth++;
		else if (!is_in_string && (*at == '}' || *at == ']') && !--depth)
			return (size_t)(at + 1 - text);
	}
	return (size_t)(end - text);
}

/* Keeps each of several values that stand in one line, as streams deliver them. *ret_is_one: there are not. */
static int add_values(struct json_line *line, const struct pending *pending, bool *ret_is_one)
{
	const char *at = pending->text, *end = at + strlen(at);
	size_t bytes = value_bytes(at, end);
	int error = 0;

	*ret_is_one = at + bytes == end;
	while (!*ret_is_one && at < end && !error) {
		error = add_pending(line, at, bytes, pending->level + 1);
		at += bytes;
		at += strcspn(at, "{[");
		bytes = value_bytes(at, end);
	}
	return error;
}

/* Lines that only speak of reports are none. */
static int tell_no_json(struct json_line *line, const char *text, const struct diag *why)
{
	struct diag diag = { 0 };

	if (!strstr(text, "\"type\"") || !strstr(text, "\"platform.report\""))
		return 0;
	diag_set(&diag, 0, "a platform.report that is no JSON: %s", why->text);
	line->sink->problem(line->sink->context, line->line, diag.text);
	return 0;
}

static int read_pending(struct json_line *line, const struct pending *pending)
{
	struct place place = { .text = pending->text,
			       .bytes = strlen(pending->text),
			       .line = line->line };
	struct json_document *document;
	struct diag diag = { 0 };
	bool is_one;
	char escape;
	int error = json_parse(&document, place.text, place.bytes, &diag);

	if (!error) {
		place.document = document;
		error = walk(line, &place, pending->level);
		json_document_free(document);
		return error;
	}
	if (error == -ENOMEM)
		return error;
	escape = find_escape(pending->text);
	if (escape) {
		unescape(pending->text, escape);
		return add_pending(line, pending->text, strlen(pending->text), pending->level + 1);
	}
	error = add_values(line, pending, &is_one);
	return is_one ? tell_no_json(line, pending->text, &diag) : error;
}

int report_json_read_line(const char *text, size_t bytes, uint64_t number,
			  const struct report_log_sink *sink)
{
	struct json_line line = { .line = number, .sink = sink };
	int error = add_pending(&line, text, bytes, 0);

	for (size_t i = 0; i < line.count && !error; i++) {
		struct pending pending = line.pending[i]; /* the array may move */

		error = read_pending(&line, &pending);
	}
	for (size_t i = 0; i < line.count; i++)
		free(line.pending[i].text);
	free(line.pending);
	return error;
}
