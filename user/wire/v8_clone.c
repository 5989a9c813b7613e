/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * v8_clone.c - turns a structured clone into the JSON that JSON.stringify would print, as far as the
 * bytes go and the value has such a form; the rest is reading that text.
 *
 *   clone  = 0xff VERSION value
 *   value  = '_' | '-' | '0' | 'T' | 'F' | 'I' zigzag | 'U' varint | 'N' double64
 *          | '"' length latin1 | 'c' length utf16le | 'S' length utf8 | '^' id
 *          | 'o' *( key value ) '{' count | 'A' length *value '$' count length
 *          | 'a' length *( index value ) '@' count length | 0x00 value
 *          | 'u' id [ 'V' TYPE offset length flags ]
 *
 * Objects and arrays are numbered from 0 in the order in which they begin; '^' refers to one. Values of
 * other types (dates, maps, ports ...) end the conversion.
 */
#include "wire/v8_clone.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/json_read.h"
#include "base/utf8.h"
#include "wire/event_json.h"
#include "wire/json_walk.h"

#define CLONE_MARK 0xff
#define CLONE_VERSION_MIN 9
#define EXACT_INTEGER_MAX 9007199254740992.0 /* 2^53 */

struct frame {
	uint8_t end_tag; /* '{' object, '$' dense array, '@' sparse array */
	bool has_member;
	uint64_t left; /* elements of an array to come */
	uint64_t array_length;
	uint32_t id;
	size_t member_start; /* of the text of the member at hand, its comma included */
};

struct span {
	uint32_t start, end; /* of an object's text; end 0: still open */
};

struct converter {
	const uint8_t *next;
	const uint8_t *end;
	struct buffer text;
	unsigned int depth;
	uint32_t objects;
	bool has_no_json; /* the text stands for a value that JSON.stringify prints otherwise */
	struct frame frames[V8_CLONE_DEPTH_MAX];
	struct span spans[V8_CLONE_OBJECTS_MAX];
};

static int read_varint(struct converter *converter, uint64_t *ret_value)
{
	uint64_t value = 0;

	for (unsigned int shift = 0; shift < 64; shift += 7) {
		uint8_t byte;

		if (converter->next == converter->end)
			return -ENODATA;
		byte = *converter->next++;
		value |= (uint64_t)(byte & 0x7f) << shift;
		if (!(byte & 0x80)) {
			*ret_value = value;
			return 0;
		}
	}
	return -EINVAL;
}

static inline int append(struct converter *converter, const char *text)
{
	return buffer_append(&converter->text, text, strlen(text));
}

/* ---- strings ---- */

static int append_code(struct converter *converter, uint32_t code)
{
	static const char short_escapes[] = "b\bf\fn\nr\rt\t";
	uint8_t bytes[1 + UTF8_BYTES_MAX];
	size_t count = 0;

	for (size_t i = 0; i < sizeof(short_escapes) - 1; i += 2)
		if (code == (uint32_t)short_escapes[i + 1])
			return buffer_append_format(&converter->text, "\\%c", short_escapes[i]);
	if (code < 0x20 || (code >= 0xd800 && code < 0xe000))
		return buffer_append_format(&converter->text, "\\u%04x", (unsigned int)code);
	if (code == '"' || code == '\\')
		bytes[count++] = '\\';
	count += utf8_encode(bytes + count, code);
	return buffer_append(&converter->text, bytes, count);
}

static bool is_plain(uint8_t byte)
{
	return byte >= 0x20 && byte < 0x7f && byte != '"' && byte != '\\';
}

static int append_latin1(struct converter *converter, const uint8_t *text, size_t bytes)
{
	size_t i = 0;
	int error = 0;

	while (i < bytes && !error) {
		size_t plain = i;

		while (plain < bytes && is_plain(text[plain]))
			plain++;
		if (plain > i)
			error = buffer_append(&converter->text, text + i, plain - i);
		else
			error = append_code(converter, text[plain++]);
		i = plain;
	}
	return error;
}

static int append_utf16(struct converter *converter, const uint8_t *text, size_t bytes)
{
	int error = 0;

	for (size_t i = 0; i + 1 < bytes && !error; i += 2) {
		uint32_t code = text[i] | (uint32_t)text[i + 1] << 8;

		if (code >= 0xd800 && code < 0xdc00 && i + 3 < bytes) {
			uint32_t low = text[i + 2] | (uint32_t)text[i + 3] << 8;

			if (low >= 0xdc00 && low < 0xe000) {
				code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
				i += 2;
			}
		}
		error = append_code(converter, code);
	}
	return error;
}

static int append_utf8(struct converter *converter, const uint8_t *text, size_t bytes)
{
	int error = 0;

	for (size_t i = 0; i < bytes && !error; i++)
		error = text[i] >= 0x80 ? buffer_append_byte(&converter->text, text[i])
					: append_code(converter, text[i]);
	return error;
}

/* The string of type @tag, as far as its bytes are there: what is cut stays without its end quote. */
static int convert_string(struct converter *converter, uint8_t tag)
{
	uint64_t length;
	size_t there;
	int error = read_varint(converter, &length);

	if (error)
		return error;
	there = (size_t)(converter->end - converter->next);
	if (length <= there)
		there = (size_t)length;
	error = append(converter, "\"");
	if (!error)
		error = tag == '"'   ? append_latin1(converter, converter->next, there)
			: tag == 'c' ? append_utf16(converter, converter->next, there)
				     : append_utf8(converter, converter->next, there);
	if (error)
		return error;
	converter->next += there;
	return there < length ? -ENODATA : append(converter, "\"");
}

/* ---- numbers ---- */

/* As Number::toString prints it (ECMA-262, 6.1.6.1.20), or -ENOTSUP where that is not certain. */
static int convert_double(struct converter *converter)
{
	char text[40];
	double value;

	if (converter->end - converter->next < 8)
		return -ENODATA;
	memcpy(&value, converter->next, sizeof(value));
	converter->next += 8;
	if (!isfinite(value))
		return append(converter, "null");
	if (value == 0)
		return append(converter, "0");
	if (fabs(value) <= EXACT_INTEGER_MAX && value == trunc(value))
		return buffer_append_format(&converter->text, "%lld", (long long)value);
	for (int digits = 1; digits <= 17; digits++) {
		snprintf(text, sizeof(text), "%.*g", digits, value);
		if (strtod(text, NULL) == value)
			break;
	}
	if (strspn(text, "-.0123456789") != strlen(text))
		return -ENOTSUP; /* an exponent, or the locale's own decimal point */
	return append(converter, text);
}

static int convert_integer(struct converter *converter, uint8_t tag)
{
	uint64_t value;
	int error = read_varint(converter, &value);

	if (error)
		return error;
	if (value > UINT32_MAX)
		return -EINVAL;
	if (tag == 'U')
		return buffer_append_format(&converter->text, "%llu", (unsigned long long)value);
	return buffer_append_format(&converter->text, "%lld",
				    (long long)(value >> 1) ^ -(long long)(value & 1));
}

/* ---- objects ---- */

static int open_frame(struct converter *converter, uint8_t end_tag)
{
	struct frame *frame;
	uint64_t length = 0;
	int error;

	if (converter->depth == V8_CLONE_DEPTH_MAX)
		return -ENOTSUP;
	if (end_tag != '{') {
		error = read_varint(converter, &length);
		if (error)
			return error;
	}
	frame = &converter->frames[converter->depth++];
	frame->end_tag = end_tag;
	frame->has_member = false;
	frame->left = length;
	frame->array_length = length;
	frame->id = converter->objects++;
	if (frame->id < V8_CLONE_OBJECTS_MAX) {
		converter->spans[frame->id].start = (uint32_t)converter->text.bytes;
		converter->spans[frame->id].end = 0;
	}
	return append(converter, end_tag == '{' ? "{" : "[");
}

/* Behind its end tag: the counts that close an object or an array. */
static int close_frame(struct converter *converter)
{
	struct frame *frame = &converter->frames[converter->depth - 1];
	uint64_t count, length;
	int error = read_varint(converter, &count);

	if (!error && frame->end_tag != '{')
		error = read_varint(converter, &length);
	if (!error)
		error = append(converter, frame->end_tag == '{' ? "}" : "]");
	if (error)
		return error;
	if (frame->id < V8_CLONE_OBJECTS_MAX)
		converter->spans[frame->id].end = (uint32_t)converter->text.bytes;
	converter->depth--;
	return 0;
}

static int convert_reference(struct converter *converter)
{
	uint64_t id;
	size_t at, end;
	int error = read_varint(converter, &id);

	if (error)
		return error;
	if (id >= converter->objects || id >= V8_CLONE_OBJECTS_MAX || !converter->spans[id].end)
		return -ENOTSUP;
	at = converter->spans[id].start;
	end = converter->spans[id].end;
	while (at < end) {
		uint8_t part[256];
		size_t bytes = end - at < sizeof(part) ? end - at : sizeof(part);

		memcpy(part, converter->text.data + at, bytes);
		error = buffer_append(&converter->text, part, bytes);
		if (error)
			return error;
		at += bytes;
	}
	return 0;
}

/* Shared memory and a view of it, two objects: they stand in the text as null. */
static int convert_shared_buffer(struct converter *converter)
{
	uint64_t number;
	int error = read_varint(converter, &number);

	converter->objects++;
	converter->has_no_json = true;
	if (!error && converter->next < converter->end && *converter->next == 'V') {
		converter->objects++;
		converter->next++;
		for (int i = 0; i < 4 && !error; i++) /* the type is one byte below 0x80 */
			error = read_varint(converter, &number);
	}
	return error ? error : append(converter, "null");
}

static int convert_value(struct converter *converter)
{
	uint8_t tag;

	do {
		if (converter->next == converter->end)
			return -ENODATA;
		tag = *converter->next++;
	} while (!tag);
	switch (tag) {
	case '_':
	case '-':
	case '0':
		return append(converter, "null");
	case 'T':
		return append(converter, "true");
	case 'F':
		return append(converter, "false");
	case 'I':
	case 'U':
		return convert_integer(converter, tag);
	case 'N':
		return convert_double(converter);
	case '"':
	case 'c':
	case 'S':
		return convert_string(converter, tag);
	case '^':
		return convert_reference(converter);
	case 'u':
		return convert_shared_buffer(converter);
	case 'o':
	case 'A':
	case 'a':
		return open_frame(converter, tag == 'o' ? '{' : tag == 'A' ? '$' : '@');
	default:
		return -ENOTSUP;
	}
}

/* A member's key; an undefined value takes the member with it. */
static int convert_member(struct converter *converter, struct frame *frame)
{
	const uint8_t *value;
	uint8_t tag;
	int error;

	frame->member_start = converter->text.bytes;
	if (frame->has_member && append(converter, ","))
		return -ENOSPC;
	do {
		if (converter->next == converter->end)
			return -ENODATA;
		tag = *converter->next++;
	} while (!tag);
	if (tag == 'I' || tag == 'U') {
		error = append(converter, "\"");
		if (!error)
			error = convert_integer(converter, tag);
		if (!error)
			error = append(converter, "\"");
	} else if (tag == '"' || tag == 'c' || tag == 'S') {
		error = convert_string(converter, tag);
	} else {
		error = -ENOTSUP;
	}
	if (!error)
		error = append(converter, ":");
	if (error)
		return error;
	value = converter->next;
	if (value < converter->end && *value == '_') {
		converter->next++;
		converter->text.bytes = frame->member_start;
		return 0;
	}
	frame->has_member = true;
	return convert_value(converter);
}

/* The comma and, where that is needed, the place of the next element of an array. */
static int begin_element(struct converter *converter, struct frame *frame)
{
	bool is_first = frame->left == frame->array_length;

	if (!frame->left)
		return -EINVAL;
	frame->left--;
	return is_first ? 0 : append(converter, ",");
}

/* Elements before the one that @left would be left at are holes, which print as null. */
static int fill_holes(struct converter *converter, struct frame *frame, uint64_t left)
{
	int error = 0;

	while (!error && frame->left > left) {
		error = begin_element(converter, frame);
		if (!error)
			error = append(converter, "null");
	}
	return error;
}

static int convert_sparse_element(struct converter *converter, struct frame *frame)
{
	uint8_t tag = *converter->next++;
	uint64_t index;
	int error;

	if (tag != 'I' && tag != 'U')
		return -ENOTSUP;
	error = read_varint(converter, &index);
	if (error)
		return error;
	if (tag == 'I')
		index = index & 1 ? UINT64_MAX : index >> 1;
	if (index < frame->array_length - frame->left || index >= frame->array_length)
		return -ENOTSUP;
	error = fill_holes(converter, frame, frame->array_length - index);
	if (!error)
		error = begin_element(converter, frame);
	return error ? error : convert_value(converter);
}

static int convert_step(struct converter *converter)
{
	struct frame *frame = &converter->frames[converter->depth - 1];
	int error;

	if (frame->end_tag == '$' && frame->left) {
		error = begin_element(converter, frame);
		return error ? error : convert_value(converter);
	}
	if (converter->next == converter->end)
		return -ENODATA;
	if (*converter->next == frame->end_tag) {
		converter->next++;
		error = fill_holes(converter, frame, 0);
		return error ? error : close_frame(converter);
	}
	if (frame->end_tag == '{')
		return convert_member(converter, frame);
	/* A dense array with named properties has no JSON form. */
	return frame->end_tag == '@' ? convert_sparse_element(converter, frame) : -ENOTSUP;
}

/* 0: the whole value was converted; else the text ends early. */
static int convert(struct converter *converter)
{
	int error = convert_value(converter);

	while (!error && converter->depth)
		error = convert_step(converter);
	return error;
}

/* ---- what it is ---- */

static bool is_internal(const char *text, size_t bytes)
{
	/* messageTypes in node/lib/internal/worker/io.js */
	static const char *const types[] = {
		"\"upAndRunning\"", "\"couldNotSerializeError\"", "\"errorMessage\"",
		"\"stdioPayload\"", "\"stdioWantsMoreData\"",	  "\"loadScript\"",
	};
	size_t length;
	const char *type = json_find(text, bytes, "type", &length);

	for (size_t i = 0; type && i < sizeof(types) / sizeof(types[0]); i++)
		if (strlen(types[i]) == length && memcmp(types[i], type, length) == 0)
			return true;
	return false;
}

/*
 * What serverless-offline gives a new worker of the function that it is to run, in Node's loadScript:
 * {..., workerData: {codeDir, functionKey, handler, servicePath, timeout}, ...}
 */
static uint32_t find_timeout(const char *text, size_t bytes)
{
	const char *data, *timeout;
	size_t length;
	uint64_t ms = 0;

	data = json_find(text, bytes, "workerData", &bytes);
	if (!data || !json_find(data, bytes, "functionKey", &length) ||
	    !json_find(data, bytes, "handler", &length))
		return 0;
	timeout = json_find(data, bytes, "timeout", &length);
	for (size_t i = 0; timeout && i < length && ms <= UINT32_MAX; i++) {
		if (timeout[i] < '0' || timeout[i] > '9')
			return 0;
		ms = 10 * ms + (uint64_t)(timeout[i] - '0');
	}
	return ms <= UINT32_MAX ? (uint32_t)ms : 0;
}

static void add_digest(struct v8_clone *ret, const char *text, size_t bytes, const uint8_t key[16])
{
	ret->has_digest = json_canonical_digest(text, bytes, key, &ret->json_digest) == 0;
	ret->json_bytes = ret->has_digest ? bytes : 0;
}

static void classify(struct v8_clone *ret, const char *text, size_t bytes, bool is_complete,
		     const uint8_t key[16])
{
	struct event_context context;
	const char *value;

	event_context_read(&context, text, bytes);
	if (context.request_id[0]) {
		ret->clone_class = V8_CLONE_EVENT;
		memcpy(ret->request_id, context.request_id, sizeof(ret->request_id));
		memcpy(ret->function, context.function, sizeof(ret->function));
		memcpy(ret->arn, context.arn, sizeof(ret->arn));
		ret->memory_mb = context.memory_mb;
		/* The port that follows ends the conversion: the event is complete before it. */
		value = json_find(text, bytes, "event", &bytes);
		if (value)
			add_digest(ret, value, bytes, key);
		return;
	}
	ret->clone_class = is_internal(text, bytes) ? V8_CLONE_INTERNAL : V8_CLONE_VALUE;
	if (ret->clone_class == V8_CLONE_INTERNAL)
		ret->timeout_ms = find_timeout(text, bytes);
	if (ret->clone_class == V8_CLONE_VALUE && is_complete)
		add_digest(ret, text, bytes, key);
}

void v8_clone_read(struct v8_clone *ret, const uint8_t *data, size_t bytes, bool is_whole,
		   const uint8_t key[16])
{
	struct converter *converter;
	int error;

	ret->clone_class = V8_CLONE_UNKNOWN;
	ret->has_digest = false;
	ret->json_digest = 0;
	ret->json_bytes = 0;
	ret->memory_mb = 0;
	ret->timeout_ms = 0;
	ret->request_id[0] = 0;
	ret->function[0] = 0;
	ret->arn[0] = 0;
	if (bytes < 3 || data[0] != CLONE_MARK || data[1] < CLONE_VERSION_MIN)
		return;
	if (data[2] == 'r') {
		ret->clone_class = V8_CLONE_ERROR;
		return;
	}
	converter = malloc(sizeof(*converter));
	if (!converter)
		return;
	converter->next = data + 2;
	converter->end = data + bytes;
	converter->depth = 0;
	converter->objects = 0;
	converter->has_no_json = false;
	buffer_init(&converter->text, V8_CLONE_TEXT_MAX);
	buffer_reserve(&converter->text, 2 * bytes); /* or it grows as needed */
	error = convert(converter);
	classify(ret, converter->text.bytes ? (const char *)converter->text.data : "",
		 converter->text.bytes,
		 !error && is_whole && !converter->has_no_json && data[2] != '_', key);
	buffer_release(&converter->text);
	free(converter);
}
