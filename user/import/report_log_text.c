// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * report_log_text.c - the text form of a REPORT (report_log.h). What stands between fields are tabs, spaces, and
 * the escapes for them where the text is part of a JSON string, whose quote ends it.
 */
#include "import/report_log_text.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "import/report_field.h"

#define KEY_BYTES_MAX 40

static const char mark[] = "REPORT RequestId:";

struct cursor {
	const char *at, *end;
};

/* How many backslashes stand at the cursor: of JSON within JSON there are several. */
static size_t backslashes(const struct cursor *cursor)
{
	size_t count = 0;

	while (cursor->at + count < cursor->end && cursor->at[count] == '\\')
		count++;
	return count;
}

/* The length of what separates fields at the cursor; 0: nothing does. */
static size_t space_bytes(const struct cursor *cursor)
{
	static const char *const escapes[] = { "t", "n", "r", "u0009", "u000a", "u000d" };
	size_t left = (size_t)(cursor->end - cursor->at), before = backslashes(cursor);

	if (!left)
		return 0;
	if (!before)
		return *cursor->at && strchr(" \t\r\n\v\f", *cursor->at) ? 1 : 0;
	for (size_t i = 0; i < sizeof(escapes) / sizeof(escapes[0]); i++) {
		size_t bytes = strlen(escapes[i]);

		if (left - before >= bytes && !strncasecmp(cursor->at + before, escapes[i], bytes))
			return before + bytes;
	}
	return 0;
}

static void skip_space(struct cursor *cursor)
{
	size_t bytes;

	while ((bytes = space_bytes(cursor)))
		cursor->at += bytes;
}

static bool is_over(const struct cursor *cursor)
{
	const char *at = cursor->at + backslashes(cursor);

	return at == cursor->end || *at == '"';
}

/* What stands up to the next space. */
static size_t take_word(struct cursor *cursor, const char **ret_word)
{
	*ret_word = cursor->at;
	while (!is_over(cursor) && *cursor->at != ',' && !space_bytes(cursor))
		cursor->at++;
	return (size_t)(cursor->at - *ret_word);
}

/* A key may consist of several words. 0: what stands here is no field. */
static size_t take_key(struct cursor *cursor, const char **ret_key)
{
	const char *at = cursor->at;

	while (at < cursor->end && *at != ':' && *at != '"' && *at != '\\' && *at != '\t' &&
	       at - cursor->at < KEY_BYTES_MAX)
		at++;
	if (at == cursor->end || *at != ':')
		return 0;
	*ret_key = cursor->at;
	cursor->at = at + 1;
	return (size_t)(at - *ret_key);
}

static bool is_word(const char *word, size_t bytes, const char *wanted)
{
	return strlen(wanted) == bytes && !memcmp(word, wanted, bytes);
}

/* 0: what stands here is none. AWS's emulators have printed the next key right behind "MB". */
static size_t take_unit(struct cursor *cursor, const char **ret_unit)
{
	struct cursor before = *cursor;
	size_t bytes = take_word(cursor, ret_unit);

	if (is_word(*ret_unit, bytes, "ms") || is_word(*ret_unit, bytes, "MB") ||
	    is_word(*ret_unit, bytes, "s"))
		return bytes;
	*cursor = before;
	if (bytes < 3 || memcmp(*ret_unit, "MB", 2) || !isupper((unsigned char)(*ret_unit)[2]))
		return 0;
	cursor->at += 2;
	return 2;
}

/* "12.3 ms"; the unit is skipped where there is one, and must be there where the key is known. */
static int take_value(struct cursor *cursor, const struct report_key *key,
		      struct reported_figures *figures, struct diag *diag)
{
	const char *value, *unit;
	size_t value_bytes, unit_bytes;

	skip_space(cursor);
	value_bytes = take_word(cursor, &value);
	skip_space(cursor);
	unit_bytes = take_unit(cursor, &unit);
	if (!key)
		return 0;
	if (!is_word(unit, unit_bytes, report_key_unit(key)))
		return diag_set(diag, -EINVAL, "%s is not in %s", key->text, report_key_unit(key));
	return report_field_set(figures, key, value, value_bytes, diag);
}

static int take_fields(struct cursor *cursor, struct reported_figures *figures, struct diag *diag)
{
	const char *key;
	size_t bytes;
	int error = 0;

	for (skip_space(cursor); !is_over(cursor) && !error; skip_space(cursor)) {
		bytes = take_key(cursor, &key);
		if (!bytes)
			break;
		error = take_value(cursor, report_key_find(key, bytes), figures, diag);
	}
	return error;
}

const char *report_text_find(const char *text, size_t bytes)
{
	return memmem(text, bytes, mark, sizeof(mark) - 1);
}

int report_text_read(const char *text, size_t bytes, struct reported *ret_reported,
		     struct diag *diag)
{
	struct cursor cursor = { text + sizeof(mark) - 1, text + bytes };
	struct reported reported = { .line = ret_reported->line };
	const char *id;
	size_t id_bytes;
	int error;

	skip_space(&cursor);
	id_bytes = take_word(&cursor, &id);
	if (id_bytes && id[id_bytes - 1] == ':') /* the first key: there is no id */
		id_bytes = 0;
	error = report_id_set(&reported, id, id_bytes, diag);
	if (!error)
		error = take_fields(&cursor, &reported.figures, diag);
	if (!error && !reported.figures.known)
		error = diag_set(diag, -EINVAL, "a REPORT without any figure");
	if (!error)
		*ret_reported = reported;
	return error;
}
