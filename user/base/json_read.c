/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * json_read.c - a checked shell around cJSON: size and depth are limited before cJSON, which
 * recurses, sees the text. A struct json_value is a cJSON node under another name.
 */
#include "base/json_read.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#define EXACT_MAX 9007199254740992.0 /* 2^53 */

struct json_document {
	cJSON *root;
};

static const cJSON *node_of(const struct json_value *value)
{
	return (const cJSON *)value;
}

static const struct json_value *value_of(const cJSON *node)
{
	return (const struct json_value *)node;
}

/* Brackets outside strings, as deep as they nest; where they nest too deep, or SIZE_MAX. */
static size_t find_too_deep(const char *text, size_t bytes)
{
	bool is_in_string = false;
	size_t depth = 0;

	for (size_t i = 0; i < bytes; i++) {
		if (is_in_string) {
			if (text[i] == '\\')
				i++;
			else if (text[i] == '"')
				is_in_string = false;
			continue;
		}
		if (text[i] == '"')
			is_in_string = true;
		else if (text[i] == '[' || text[i] == '{')
			depth++;
		else if ((text[i] == ']' || text[i] == '}') && depth)
			depth--;
		if (depth > JSON_READ_DEPTH_MAX)
			return i;
	}
	return SIZE_MAX;
}

int json_parse(struct json_document **ret_document, const char *text, size_t bytes,
	       struct diag *diag)
{
	struct json_document *document;
	const char *end = text;
	size_t position;

	if (bytes > JSON_READ_BYTES_MAX)
		return diag_set(diag, -E2BIG, "JSON text is larger than %u bytes",
				JSON_READ_BYTES_MAX);
	position = find_too_deep(text, bytes);
	if (position != SIZE_MAX)
		return diag_set_at(diag, -E2BIG, position, "JSON nests deeper than %d",
				   JSON_READ_DEPTH_MAX);
	document = calloc(1, sizeof(*document));
	if (!document)
		return diag_set(diag, -ENOMEM, "out of memory");
	document->root = cJSON_ParseWithLengthOpts(text, bytes, &end, 0);
	if (!document->root) {
		free(document);
		return diag_set_at(diag, -EINVAL, (uint64_t)(end - text), "not valid JSON");
	}
	position = (size_t)(end - text);
	while (position < bytes && strchr(" \t\r\n", text[position]) && text[position])
		position++;
	if (position < bytes) {
		json_document_free(document);
		return diag_set_at(diag, -EINVAL, position, "something follows the JSON value");
	}
	*ret_document = document;
	return 0;
}

void json_document_free(struct json_document *document)
{
	if (!document)
		return;
	cJSON_Delete(document->root);
	free(document);
}

const struct json_value *json_root(const struct json_document *document)
{
	return value_of(document->root);
}

const struct json_value *json_member(const struct json_value *object, const char *key)
{
	if (!json_is_object(object))
		return NULL;
	return value_of(cJSON_GetObjectItemCaseSensitive(node_of(object), key));
}

const struct json_value *json_element(const struct json_value *array, size_t index)
{
	const cJSON *node = node_of(json_first(array));

	while (node && index--)
		node = node->next;
	return value_of(node);
}

const struct json_value *json_first(const struct json_value *array_or_object)
{
	if (!json_is_array(array_or_object) && !json_is_object(array_or_object))
		return NULL;
	return value_of(node_of(array_or_object)->child);
}

const struct json_value *json_next(const struct json_value *value)
{
	return value ? value_of(node_of(value)->next) : NULL;
}

size_t json_count(const struct json_value *array_or_object)
{
	const struct json_value *value;
	size_t count = 0;

	for (value = json_first(array_or_object); value; value = json_next(value))
		count++;
	return count;
}

bool json_is_object(const struct json_value *value)
{
	return cJSON_IsObject(node_of(value));
}

bool json_is_array(const struct json_value *value)
{
	return cJSON_IsArray(node_of(value));
}

bool json_is_null(const struct json_value *value)
{
	return cJSON_IsNull(node_of(value));
}

const char *json_get_string(const struct json_value *value)
{
	return cJSON_IsString(node_of(value)) ? node_of(value)->valuestring : NULL;
}

bool json_get_uint(const struct json_value *value, uint64_t *ret_value)
{
	double number;

	if (!cJSON_IsNumber(node_of(value)))
		return false;
	number = node_of(value)->valuedouble;
	if (!(number >= 0 && number <= EXACT_MAX) || number != (double)(uint64_t)number)
		return false;
	*ret_value = (uint64_t)number;
	return true;
}

bool json_get_bool(const struct json_value *value, bool *ret_value)
{
	if (!cJSON_IsBool(node_of(value)))
		return false;
	*ret_value = cJSON_IsTrue(node_of(value));
	return true;
}

const char *json_key(const struct json_value *value)
{
	return value ? node_of(value)->string : NULL;
}

/* ---- where a value stands in its text ---- */

/* How many values begin before it; SIZE_MAX where it is not in the document. */
static size_t find_ordinal(const struct json_document *document, const cJSON *wanted)
{
	const cJSON *above[JSON_READ_DEPTH_MAX + 1]; /* json_parse has limited the depth */
	const cJSON *node = document->root;
	size_t depth = 0, ordinal = 0;

	while (node != wanted) {
		ordinal++;
		if (node->child && depth < JSON_READ_DEPTH_MAX + 1) {
			above[depth++] = node;
			node = node->child;
			continue;
		}
		while (!node->next && depth)
			node = above[--depth];
		node = node->next;
		if (!node)
			return SIZE_MAX;
	}
	return ordinal;
}

/* cJSON takes all of these for white space. */
static size_t skip_space(const char *text, size_t bytes, size_t position)
{
	while (position < bytes && (unsigned char)text[position] <= ' ')
		position++;
	return position;
}

/* Behind the string that begins at @position. */
static size_t skip_string(const char *text, size_t bytes, size_t position)
{
	for (position++; position < bytes && text[position] != '"'; position++)
		if (text[position] == '\\')
			position++;
	return position < bytes ? position + 1 : bytes;
}

static size_t skip_word(const char *text, size_t bytes, size_t position)
{
	while (position < bytes && (unsigned char)text[position] > ' ' &&
	       !memchr(",:]}", text[position], 4))
		position++;
	return position;
}

/* Of the value that begins at @position, or behind a key, or a bracket: what comes next. */
static size_t skip_token(const char *text, size_t bytes, size_t position)
{
	if (text[position] == '"')
		return skip_string(text, bytes, position);
	if (memchr("{}[],:", text[position], 6))
		return position + 1;
	return skip_word(text, bytes, position);
}

static bool is_value(const char *text, size_t bytes, size_t position)
{
	size_t next;

	if (memchr("}],:", text[position], 4))
		return false;
	if (text[position] != '"')
		return true;
	next = skip_space(text, bytes, skip_string(text, bytes, position));
	return next == bytes || text[next] != ':'; /* else it is a key */
}

size_t json_find_offset(const struct json_document *document, const struct json_value *value,
			const char *text, size_t bytes)
{
	static const char byte_order_mark[] = "\xef\xbb\xbf";
	size_t ordinal = find_ordinal(document, node_of(value)), position = 0;

	if (bytes >= 3 && !memcmp(text, byte_order_mark, 3))
		position = 3;
	for (position = skip_space(text, bytes, position); position < bytes;
	     position = skip_space(text, bytes, skip_token(text, bytes, position))) {
		if (!is_value(text, bytes, position))
			continue;
		if (!ordinal--)
			return position;
	}
	return bytes;
}
