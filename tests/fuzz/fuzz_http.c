/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * fuzz_http.c - the input is one direction of a connection, behind one byte that says how it is split. In
 * one piece and in many the parser must tell the same; with a hole in it, it must only survive.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash_map.h"
#include "trace_format.h"
#include "wire/http.h"
#include "wire/recognise.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

struct told {
	uint64_t hash;	    /* of all that was told, in order */
	uint64_t body_hash; /* of the body bytes of the open message */
	uint64_t body_bytes;
	uint64_t wire_bytes; /* of all ended messages */
	unsigned int open;
};

static void tell(struct told *told, uint64_t what)
{
	told->hash = hash_mix(told->hash ^ what) + 1;
}

static void on_begin(void *context)
{
	struct told *told = context;

	if (told->open++)
		abort();
	told->body_hash = 0;
	told->body_bytes = 0;
}

static enum http_body_rule on_head(void *context, const struct http_head *head)
{
	struct told *told = context;
	struct message_head message;

	if (head->is_response)
		recognise_response(&message, head, MESSAGE_HTTP);
	else
		recognise_request(&message, head);
	tell(told, message.kind | (uint64_t)message.status << 8 | (uint64_t)message.method << 32);
	tell(told, hash_bytes(message.names.path, strlen(message.names.path)));
	tell(told, hash_bytes(message.names.host, strlen(message.names.host)));
	tell(told, hash_bytes(message.names.request_id, strlen(message.names.request_id)));
	tell(told, hash_bytes(message.names.trace_header, strlen(message.names.trace_header)));
	return HTTP_BODY_BY_HEAD;
}

static void on_body(void *context, const uint8_t *data, uint64_t bytes)
{
	struct told *told = context;

	for (uint64_t i = 0; data && i < bytes; i++)
		told->body_hash = told->body_hash * 31 + data[i];
	told->body_bytes += bytes;
}

static void on_trailer(void *context, enum http_header header, const char *value)
{
	tell(context, hash_bytes(value, strlen(value)) + header);
}

static void on_interim(void *context)
{
	struct told *told = context;

	told->open--;
	tell(told, 1);
}

static void on_end(void *context, uint32_t flags, uint64_t wire_bytes)
{
	struct told *told = context;

	if (!told->open--)
		abort();
	told->wire_bytes += wire_bytes;
	if (told->body_bytes > wire_bytes)
		abort();
	tell(told, flags);
	tell(told, wire_bytes);
	tell(told, told->body_bytes);
	tell(told, told->body_hash);
}

static void on_leave(void *context, enum http_leave why, uint64_t held_bytes)
{
	struct told *told = context;

	told->open = 0;
	tell(told, why);
	if (why != HTTP_LEAVE_NOT_HTTP)
		tell(told, held_bytes);
}

static const struct http_events events = {
	on_begin, on_head, on_body, on_trailer, on_interim, on_end, on_leave,
};

/* @part 0: in one piece. @hole: each part that its low bits choose was not captured. */
static struct told parse(const uint8_t *data, size_t bytes, unsigned int part, bool has_holes)
{
	struct told told = { 0 };
	struct http_parser parser;
	uint32_t random = part;
	size_t position = 0;

	http_init(&parser, &events, &told, HTTP_ROLE_UNKNOWN);
	while (position < bytes) {
		struct stream_run input = { .data = data + position, .bytes = bytes - position };
		int64_t taken;

		random = random * 1664525 + 1013904223;
		if (part && input.bytes > 1 + (random >> 16) % part)
			input.bytes = 1 + (random >> 16) % part;
		if (has_holes) {
			input.is_operation_start = true;
			input.is_operation_end = true;
			if (random >> 30 == 0)
				input.data = NULL;
		}
		taken = http_feed(&parser, &input);
		if (taken < 0 || (uint64_t)taken > input.bytes)
			abort();
		if ((uint64_t)taken < input.bytes && parser.state != HTTP_STATE_OUT)
			abort();
		position += input.bytes;
		if (has_holes && random >> 28 == 15)
			http_end_inferred(&parser);
	}
	if (part & 1)
		http_close(&parser);
	else
		http_cut(&parser);
	if (told.wire_bytes > bytes)
		abort();
	http_release(&parser);
	return told;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	static const uint8_t parts[] = { 2, 4, 16, 64 };
	struct told whole;

	if (!bytes)
		return 0;
	whole = parse(data + 1, bytes - 1, 0, false);
	for (size_t i = 0; i < sizeof(parts); i++) {
		struct told split = parse(data + 1, bytes - 1, parts[i], false);

		if (split.hash != whole.hash)
			abort();
	}
	parse(data + 1, bytes - 1, 1 + data[0] % 64, true);
	return 0;
}
