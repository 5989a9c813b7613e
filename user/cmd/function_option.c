// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * function_option.c - see function_option.h. A function's name can hold any character but a comma, which
 * sets its memory apart.
 */
#include "cmd/function_option.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/units.h"
#include "base/utf8.h"
#include "cmd/recording.h"

int function_name_check(const char *name, size_t bytes, struct diag *diag)
{
	if (!bytes)
		return diag_set(diag, -EINVAL, "the name of the function is missing");
	if (bytes > RECORD_FUNCTION_MAX)
		return diag_set(diag, -EINVAL, "a name of %zu bytes is too long: at most %d", bytes,
				RECORD_FUNCTION_MAX);
	if (!utf8_is_plain(name, bytes))
		return diag_set(diag, -EINVAL, "a name is UTF-8 without control characters");
	return 0;
}

/* Digits only, from 1 to @max, up to @end; 0: it is none. */
static uint32_t parse_number(const char *text, const char *end, uint32_t max)
{
	uint64_t value = 0;

	if (text == end)
		return 0;
	for (; text < end; text++) {
		if (*text < '0' || *text > '9')
			return 0;
		value = value * 10 + (uint64_t)(*text - '0');
		if (value > max)
			return 0;
	}
	return (uint32_t)value;
}

int http_function_parse(struct http_function_option *ret_option, const char *text,
			struct diag *diag)
{
	struct http_function_option option = { 0 };
	const char *equals = strchr(text, '='), *comma = strchr(text, ',');

	if (!equals)
		return diag_set(diag, -EINVAL, "it is not PORT=NAME or PORT=NAME,MB");
	option.port = (uint16_t)parse_number(text, equals, UINT16_MAX);
	if (!option.port)
		return diag_set(diag, -EINVAL, "'%.*s' is not a port", (int)(equals - text), text);
	option.name = equals + 1;
	option.name_bytes = comma && comma > equals ? (size_t)(comma - option.name)
						    : strlen(option.name);
	if (function_name_check(option.name, option.name_bytes, diag))
		return -EINVAL;
	if (comma) {
		option.memory_mb = parse_number(comma + 1, comma + strlen(comma), MEMORY_MB_MAX);
		if (!option.memory_mb)
			return diag_set(diag, -EINVAL,
					"'%s' is not a number of megabytes from 1 to %d", comma + 1,
					MEMORY_MB_MAX);
	}
	*ret_option = option;
	return 0;
}

int http_function_push(void *recording, const struct http_function_option *option)
{
	size_t bytes = sizeof(struct record_http_function) + option->name_bytes;
	struct record_http_function *record = calloc(1, bytes);
	int error;

	if (!record)
		return -ENOMEM;
	record->header.kind = RECORD_HTTP_FUNCTION;
	record->header.bytes = (uint32_t)bytes;
	record->header.time_ns = clock_monotonic_ns();
	record->port = option->port;
	record->memory_mb = option->memory_mb;
	memcpy(record->name, option->name, option->name_bytes);
	error = recording_push(recording, &record->header);
	free(record);
	return error;
}
