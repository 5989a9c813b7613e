/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * record_steps.h - an input that is a list of steps, each turned into a kernel record, for fuzz targets:
 *
 *   input = *( operation cookie text 0x1e )
 *
 *   c client socket   a accepted socket   u Unix socket   z state 'text[0] - 48'
 *   s send   r receive   S, R the same of which only the first half was captured   l bytes were lost
 *   w worker message sent   v received   x exec (0x1f between strings)
 *   other: a record of kind `operation % RECORD_KIND_END` with `text` for its content
 *
 * Odd cookies are the process 100's, even ones 101's: neighbours are the ends of one connection.
 */
#ifndef IDLETAX_FUZZ_RECORD_STEPS_H
#define IDLETAX_FUZZ_RECORD_STEPS_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "facts/facts.h"

#define STEP_END 0x1e
#define STRING_END 0x1f
#define TEXT_MAX 8192

struct steps {
	struct facts *facts;
	uint64_t now_ns;
	uint32_t tgid;
	uint64_t offsets[256][2];
	uint64_t record[TEXT_MAX / 8 + 32]; /* aligned as records are */
};

static inline void push(struct steps *steps, enum record_kind kind, size_t bytes)
{
	struct record_header *header = (struct record_header *)steps->record;
	/* In memory as large as the record, so that the sanitizer sees a read beyond it. */
	void *copy = malloc(bytes);

	steps->now_ns += 1000000;
	header->kind = (uint16_t)kind;
	header->bytes = (uint32_t)bytes;
	header->time_ns = steps->now_ns;
	header->tgid = steps->tgid;
	header->tid = steps->tgid + 10 * (uint32_t)(steps->now_ns / 1000000 % 3);
	memcpy(copy, steps->record, bytes);
	if (facts_push_record(steps->facts, copy))
		abort();
	free(copy);
}

static inline void push_open(struct steps *steps, uint8_t operation, uint8_t cookie)
{
	struct record_socket_open *record = (struct record_socket_open *)steps->record;

	memset(record, 0, sizeof(*record));
	record->cookie = cookie;
	record->family = operation == 'u' ? RECORD_FAMILY_UNIX : RECORD_FAMILY_INET;
	record->state = operation == 'c' ? 2 : 1;
	record->local_port = operation == 'c' ? 40000 : 80;
	record->remote_port = operation == 'c' ? 80 : 40000;
	record->self = cookie;
	record->peer = cookie ^ 1;
	push(steps, RECORD_SOCKET_OPEN, sizeof(*record));
}

static inline void push_data(struct steps *steps, uint8_t operation, uint8_t cookie,
			     const uint8_t *text, size_t bytes)
{
	struct record_socket_data *record = (struct record_socket_data *)steps->record;
	bool is_half = operation == 'S' || operation == 'R';

	memset(record, 0, sizeof(*record));
	record->cookie = cookie;
	record->direction = operation == 's' || operation == 'S' ? RECORD_SEND : RECORD_RECEIVE;
	record->op_offset = steps->offsets[cookie][record->direction];
	record->op_bytes = (uint32_t)bytes;
	record->piece_bytes = (uint32_t)(is_half ? bytes / 2 : bytes);
	record->flags = RECORD_DATA_FIRST | RECORD_DATA_LAST;
	memcpy(record->piece, text, record->piece_bytes);
	steps->offsets[cookie][record->direction] += bytes;
	push(steps, RECORD_SOCKET_DATA, sizeof(*record) + record->piece_bytes);
}

static inline void push_worker(struct steps *steps, uint8_t operation, uint8_t cookie,
			       const uint8_t *text, size_t bytes)
{
	struct record_worker_message *record = (struct record_worker_message *)steps->record;

	memset(record, 0, sizeof(*record));
	record->message = cookie;
	record->port = cookie & 3;
	record->length = (uint32_t)bytes;
	record->data_bytes = (uint32_t)bytes;
	record->operation = operation == 'w' ? RECORD_WORKER_SENT : RECORD_WORKER_RECEIVED;
	memcpy(record->data, text, bytes);
	push(steps, RECORD_WORKER_MESSAGE, sizeof(*record) + bytes);
}

static inline void push_exec(struct steps *steps, uint8_t cookie, const uint8_t *text, size_t bytes)
{
	struct record_exec *record = (struct record_exec *)steps->record;

	memset(record, 0, sizeof(*record));
	record->args_bytes = (uint32_t)(cookie < bytes ? cookie : bytes);
	record->env_bytes = (uint32_t)bytes - record->args_bytes;
	for (size_t i = 0; i < bytes; i++)
		record->strings[i] = text[i] == STRING_END ? 0 : (char)text[i];
	push(steps, RECORD_EXEC, sizeof(*record) + bytes);
}

static inline void push_state(struct steps *steps, uint8_t cookie, uint8_t state)
{
	struct record_socket_state *record = (struct record_socket_state *)steps->record;

	memset(record, 0, sizeof(*record));
	record->cookie = cookie;
	record->new_state = (uint16_t)(state - '0');
	push(steps, RECORD_SOCKET_STATE, sizeof(*record));
}

static inline void run_step(struct steps *steps, const uint8_t *step, size_t bytes)
{
	const uint8_t *text = step + 2;
	uint8_t cookie = step[1];

	steps->tgid = 101 - (cookie & 1);
	bytes = bytes - 2 < TEXT_MAX ? bytes - 2 : TEXT_MAX;
	switch (step[0]) {
	case 'c':
	case 'a':
	case 'u':
		push_open(steps, step[0], cookie);
		break;
	case 'z':
		push_state(steps, cookie, bytes ? text[0] : 0);
		break;
	case 's':
	case 'r':
	case 'S':
	case 'R':
		push_data(steps, step[0], cookie, text, bytes);
		break;
	case 'l':
		steps->offsets[cookie][bytes & 1] += bytes;
		break;
	case 'w':
	case 'v':
		push_worker(steps, step[0], cookie, text, bytes);
		break;
	case 'x':
		push_exec(steps, cookie, text, bytes);
		break;
	default:
		memcpy((uint8_t *)steps->record + sizeof(struct record_header), text, bytes);
		push(steps, (enum record_kind)(step[0] % RECORD_KIND_END),
		     sizeof(struct record_header) + bytes);
		break;
	}
}

/* All of it, into @sink. */
static inline void run_steps(const uint8_t *data, size_t bytes, const struct fact_sink *sink)
{
	static struct steps steps;
	struct facts_options options = { .connections_max = 8, .worker_messages_max = 8 };
	const uint8_t *end = data + bytes;

	memset(&steps, 0, sizeof(steps));
	steps.now_ns = 1000000000;
	if (facts_new(&steps.facts, &options, sink))
		abort();
	while (data < end) {
		const uint8_t *step_end = memchr(data, STEP_END, (size_t)(end - data));

		if (!step_end)
			step_end = end;
		if (step_end - data >= 2)
			run_step(&steps, data, (size_t)(step_end - data));
		data = step_end + 1;
	}
	if (facts_finish(steps.facts, steps.now_ns))
		abort();
	facts_free(steps.facts);
}

#endif
