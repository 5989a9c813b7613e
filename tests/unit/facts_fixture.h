/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * facts_fixture.h - for tests of user/facts: makes kernel records as the kernel programs would, pushes
 * them, and keeps copies of the facts that come out. Each fact is checked by fact_check.
 */
#ifndef IDLETAX_TESTS_FACTS_FIXTURE_H
#define IDLETAX_TESTS_FACTS_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "facts/facts.h"
#include "trace/fact_schema.h"

#define FIXTURE_FACTS_MAX 8192
#define FIXTURE_PID 100
#define FIXTURE_TID 101

struct fixture {
	struct facts *facts;
	struct arena arena;
	struct fact kept[FIXTURE_FACTS_MAX];
	size_t count;
	uint64_t now_ns;
	uint32_t tgid, tid;
	uint64_t offsets[64][2]; /* by cookie and direction */
};

/* Copies every string of a fact into the arena. */
static inline void fixture_copy_strings(struct fixture *fixture, struct fact *fact)
{
	const struct fact_schema *schema = fact_schema_find(fact->kind);

	for (unsigned int i = 0; i < schema->field_count; i++) {
		const struct fact_field *field = &schema->fields[i];

		if (field->type == FIELD_STRING && field_get_string(field, fact))
			field_set_string(field, fact,
					 arena_strdup(&fixture->arena,
						      field_get_string(field, fact)));
	}
}

static inline int fixture_keep(void *context, const struct fact *fact)
{
	struct fixture *fixture = context;
	struct fact copy;

	if (fact_check(fact))
		fail_msg("%s", fact_check(fact));
	assert_true(fixture->count < FIXTURE_FACTS_MAX);
	memset(&copy, 0, sizeof(copy));
	copy = *fact;
	fixture_copy_strings(fixture, &copy);
	fixture->kept[fixture->count++] = copy;
	return 0;
}

static inline void fixture_begin(struct fixture *fixture)
{
	struct facts_options options = { .digest_key = "0123456789abcdef", .connections_max = 32 };
	struct fact_sink sink = { fixture_keep, fixture };

	memset(fixture->offsets, 0, sizeof(fixture->offsets));
	fixture->count = 0;
	fixture->now_ns = 1000000000;
	fixture->tgid = FIXTURE_PID;
	fixture->tid = FIXTURE_TID;
	arena_init(&fixture->arena);
	assert_int_equal(facts_new(&fixture->facts, &options, &sink), 0);
}

static inline void fixture_end(struct fixture *fixture)
{
	facts_free(fixture->facts);
	fixture->facts = NULL;
	arena_release(&fixture->arena);
}

static inline void fixture_finish(struct fixture *fixture)
{
	assert_int_equal(facts_finish(fixture->facts, fixture->now_ns), 0);
}

static inline void fixture_header(const struct fixture *fixture, struct record_header *header,
				  enum record_kind kind, size_t bytes)
{
	header->kind = (uint16_t)kind;
	header->cpu = 0;
	header->bytes = (uint32_t)bytes;
	header->time_ns = fixture->now_ns;
	header->tgid = fixture->tgid;
	header->tid = fixture->tid;
}

static inline void fixture_push(struct fixture *fixture, void *record)
{
	assert_int_equal(facts_push_record(fixture->facts, record), 0);
}

enum fixture_socket {
	FIXTURE_CLIENT,
	FIXTURE_SERVER,
	FIXTURE_JOINED_CLIENT
};

static inline void fixture_open(struct fixture *fixture, uint64_t cookie, enum fixture_socket kind)
{
	struct record_socket_open record = {
		.cookie = cookie,
		.netns = 7,
		.family = RECORD_FAMILY_INET,
		.state = kind == FIXTURE_CLIENT ? 2 : 1,
		.local_port = kind == FIXTURE_SERVER ? 9001 : 40000,
		.remote_port = kind == FIXTURE_SERVER ? 40000 : 9001,
		.local_address = { 127, 0, 0, 1 },
		.remote_address = { 127, 0, 0, 1 },
	};

	fixture_header(fixture, &record.header, RECORD_SOCKET_OPEN, sizeof(record));
	fixture_push(fixture, &record);
}

static inline void fixture_open_unix(struct fixture *fixture, uint64_t cookie, uint64_t self,
				     uint64_t peer)
{
	struct record_socket_open record = {
		.cookie = cookie,
		.self = self,
		.peer = peer,
		.family = RECORD_FAMILY_UNIX,
		.state = 1,
	};

	fixture_header(fixture, &record.header, RECORD_SOCKET_OPEN, sizeof(record));
	fixture_push(fixture, &record);
}

/* A connection that its process, which may not be the only one, had before it was traced. */
static inline void fixture_open_existing(struct fixture *fixture, uint64_t cookie)
{
	struct record_socket_open record = {
		.cookie = cookie,
		.netns = 1,
		.family = RECORD_FAMILY_INET,
		.state = 1,
		.flags = RECORD_SOCKET_EXISTED,
		.local_port = 40000,
		.remote_port = 9001,
		.local_address = { 127, 0, 0, 1 },
		.remote_address = { 127, 0, 0, 1 },
	};

	fixture_header(fixture, &record.header, RECORD_SOCKET_OPEN, sizeof(record));
	fixture_push(fixture, &record);
}

/* @shutdown: enum record_shutdown, or 0. */
static inline void fixture_shut(struct fixture *fixture, uint64_t cookie, uint16_t new_state,
				uint8_t shutdown)
{
	struct record_socket_state record = {
		.cookie = cookie,
		.old_state = 1,
		.new_state = new_state,
		.shutdown = shutdown,
	};

	fixture_header(fixture, &record.header, RECORD_SOCKET_STATE, sizeof(record));
	fixture_push(fixture, &record);
}

static inline void fixture_state(struct fixture *fixture, uint64_t cookie, uint16_t new_state)
{
	fixture_shut(fixture, cookie, new_state, 0);
}

struct fixture_piece {
	uint64_t cookie, op_offset;
	uint32_t op_bytes, piece_offset, piece_bytes;
	uint8_t direction, flags;
	const void *data;
};

static inline void fixture_piece(struct fixture *fixture, const struct fixture_piece *piece)
{
	size_t bytes = sizeof(struct record_socket_data) + piece->piece_bytes;
	struct record_socket_data *record = calloc(1, bytes);

	fixture_header(fixture, &record->header, RECORD_SOCKET_DATA, bytes);
	record->cookie = piece->cookie;
	record->op_offset = piece->op_offset;
	record->op_bytes = piece->op_bytes;
	record->piece_offset = piece->piece_offset;
	record->piece_bytes = piece->piece_bytes;
	record->direction = piece->direction;
	record->flags = piece->flags;
	if (piece->piece_bytes)
		memcpy(record->piece, piece->data, piece->piece_bytes);
	fixture_push(fixture, record);
	free(record);
}

/* One operation of @bytes as the kernel keeps it: @head bytes of its start, 64 of its end. */
static inline void fixture_move_kept(struct fixture *fixture, uint64_t cookie, uint8_t direction,
				     const void *data, size_t bytes, size_t head)
{
	struct fixture_piece piece = {
		.cookie = cookie,
		.direction = direction,
		.op_bytes = (uint32_t)bytes,
		.op_offset = fixture->offsets[cookie][direction],
	};
	size_t position = 0;

	fixture->now_ns += 1000;
	fixture->offsets[cookie][direction] += bytes;
	do {
		size_t end = bytes < head ? bytes : head;

		piece.piece_offset = (uint32_t)position;
		piece.piece_bytes = (uint32_t)(end - position > RECORD_PIECE_MAX ? RECORD_PIECE_MAX
										 : end - position);
		piece.data = (const char *)data + position;
		position += piece.piece_bytes;
		piece.flags = (piece.piece_offset ? 0 : RECORD_DATA_FIRST) |
			      (position == bytes ? RECORD_DATA_LAST : 0);
		fixture_piece(fixture, &piece);
	} while (position < bytes && position < head);
	if (position == bytes)
		return;
	if (bytes - position > RECORD_TAIL_MAX)
		position = bytes - RECORD_TAIL_MAX;
	piece.piece_offset = (uint32_t)position;
	piece.piece_bytes = (uint32_t)(bytes - position);
	piece.data = (const char *)data + position;
	piece.flags = RECORD_DATA_LAST;
	fixture_piece(fixture, &piece);
}

static inline void fixture_move(struct fixture *fixture, uint64_t cookie, uint8_t direction,
				const void *data, size_t bytes)
{
	fixture_move_kept(fixture, cookie, direction, data, bytes, RECORD_PIECE_MAX);
}

static inline void fixture_send(struct fixture *fixture, uint64_t cookie, const char *text)
{
	fixture_move(fixture, cookie, RECORD_SEND, text, strlen(text));
}

static inline void fixture_receive(struct fixture *fixture, uint64_t cookie, const char *text)
{
	fixture_move(fixture, cookie, RECORD_RECEIVE, text, strlen(text));
}

/* The @index-th fact of @kind; NULL where there are fewer. */
static inline const struct fact *fixture_find(const struct fixture *fixture, enum fact_kind kind,
					      size_t index)
{
	for (size_t i = 0; i < fixture->count; i++)
		if (fixture->kept[i].kind == kind && !index--)
			return &fixture->kept[i];
	return NULL;
}

static inline const struct fact_message *fixture_message(const struct fixture *fixture,
							 size_t index)
{
	const struct fact *fact = fixture_find(fixture, FACT_MESSAGE, index);

	assert_non_null(fact);
	return &fact->message;
}

static inline size_t fixture_count(const struct fixture *fixture, enum fact_kind kind)
{
	size_t count = 0;

	for (size_t i = 0; i < fixture->count; i++)
		count += fixture->kept[i].kind == kind;
	return count;
}

/* True where a string of any fact holds @text. */
static inline int fixture_mentions(const struct fixture *fixture, const char *text)
{
	for (size_t i = 0; i < fixture->count; i++) {
		const struct fact_schema *schema = fact_schema_find(fixture->kept[i].kind);

		for (unsigned int j = 0; j < schema->field_count; j++) {
			const struct fact_field *field = &schema->fields[j];
			const char *value;

			if (field->type != FIELD_STRING)
				continue;
			value = field_get_string(field, &fixture->kept[i]);
			if (value && strstr(value, text)) {
				print_error("%s.%s = %s\n", schema->name, field->name, value);
				return 1;
			}
		}
	}
	return 0;
}

/* All messages, as @tell tells each of them; the caller frees the text. */
static inline char *fixture_tell_messages(struct fixture *fixture,
					  void (*tell)(FILE *file,
						       const struct fact_message *message))
{
	char *text = NULL;
	size_t bytes;
	FILE *file = open_memstream(&text, &bytes);

	for (size_t i = 0; i < fixture_count(fixture, FACT_MESSAGE); i++)
		tell(file, fixture_message(fixture, i));
	fclose(file);
	return text;
}

#endif
