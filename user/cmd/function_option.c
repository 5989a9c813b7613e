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
#include "cmd/common.h"
#include "cmd/recording.h"

static int check_name(const char *name, size_t bytes, struct diag *diag)
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

/* NAME[,MB] */
static int parse_function(struct function_option *ret_function, const char *text, struct diag *diag)
{
	const char *comma = strchr(text, ',');

	ret_function->name = text;
	ret_function->name_bytes = comma ? (size_t)(comma - text) : strlen(text);
	if (check_name(text, ret_function->name_bytes, diag))
		return -EINVAL;
	if (!comma)
		return 0;
	ret_function->memory_mb =
		(uint32_t)command_parse_number(comma + 1, comma + strlen(comma), MEMORY_MB_MAX);
	return ret_function->memory_mb
		       ? 0
		       : diag_set(diag, -EINVAL, "'%s' is not a number of megabytes from 1 to %d",
				  comma + 1, MEMORY_MB_MAX);
}

int http_function_parse(struct http_function_option *ret_option, const char *text,
			struct diag *diag)
{
	struct http_function_option option = { 0 };
	const char *equals = strchr(text, '=');

	if (!equals)
		return diag_set(diag, -EINVAL, "it is not PORT=NAME or PORT=NAME,MB");
	option.port = (uint16_t)command_parse_number(text, equals, UINT16_MAX);
	if (!option.port)
		return diag_set(diag, -EINVAL, "'%.*s' is not a port", (int)(equals - text), text);
	if (parse_function(&option.function, equals + 1, diag))
		return -EINVAL;
	*ret_option = option;
	return 0;
}

int invoke_probe_parse(struct invoke_probe_option *ret_option, const char *text, struct diag *diag)
{
	struct invoke_probe_option option = { 0 };
	const char *colon = strchr(text, ':');
	const char *symbol = colon ? colon + 1 : NULL;
	const char *equals = symbol ? strrchr(symbol, '=') : NULL;
	size_t symbol_bytes;

	if (!symbol || colon == text || !*symbol || equals == symbol)
		return diag_set(diag, -EINVAL,
				"it is not BINARY:SYMBOL, BINARY:SYMBOL=NAME or "
				"BINARY:SYMBOL=NAME,MB");
	symbol_bytes = equals ? (size_t)(equals - symbol) : strlen(symbol);
	if (equals && parse_function(&option.function, equals + 1, diag))
		return -EINVAL;
	if (!equals) {
		option.function.name = symbol;
		option.function.name_bytes = symbol_bytes;
		if (check_name(symbol, symbol_bytes, diag))
			return -EINVAL;
	}
	option.binary = strndup(text, (size_t)(colon - text));
	option.symbol = strndup(symbol, symbol_bytes);
	if (!option.binary || !option.symbol) {
		free(option.binary);
		free(option.symbol);
		return diag_set(diag, -ENOMEM, "out of memory");
	}
	*ret_option = option;
	return 0;
}

/* ---- records ---- */

/* A record whose fixed part has @bytes, and behind it the function's name; NULL when out of memory. */
static void *make_record(uint16_t kind, size_t bytes, const struct function_option *function)
{
	struct record_header *header = calloc(1, bytes + function->name_bytes);

	if (!header)
		return NULL;
	header->kind = kind;
	header->bytes = (uint32_t)(bytes + function->name_bytes);
	header->time_ns = clock_monotonic_ns();
	memcpy((char *)header + bytes, function->name, function->name_bytes);
	return header;
}

static int push(void *recording, struct record_header *record)
{
	int error = record ? recording_push(recording, record) : -ENOMEM;

	free(record);
	return error;
}

int http_function_push(void *recording, const struct http_function_option *option)
{
	struct record_http_function *record =
		make_record(RECORD_HTTP_FUNCTION, sizeof(*record), &option->function);

	if (record) {
		record->port = option->port;
		record->memory_mb = option->function.memory_mb;
	}
	return push(recording, (struct record_header *)record);
}

int invoke_probe_push(void *recording, uint32_t number, const struct invoke_probe_option *option)
{
	struct record_native_probe *record =
		make_record(RECORD_NATIVE_PROBE, sizeof(*record), &option->function);

	if (record) {
		record->probe = number;
		record->memory_mb = option->function.memory_mb;
	}
	return push(recording, (struct record_header *)record);
}
