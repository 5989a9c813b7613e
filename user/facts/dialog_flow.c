/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * dialog_flow.c - PostgreSQL and Redis: what their parsers tell -> messages, questions paired with answers.
 *
 * Answers come in the order of the questions. Each question is a message as soon as it is whole; what
 * it awaits stands in a queue until it has come. Of an answer whose framing was lost it is known only when
 * it is over: at the next question, or when nothing follows for a while.
 */
#include "facts/flow.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wire/postgres.h"
#include "wire/redis.h"

#define QUEUE_MAX 1024 /* unanswered questions; further ones count as part of the last */

struct awaited {
	uint64_t sequence;
	uint32_t awaits; /* acknowledgements */
	uint32_t answered;
	bool awaits_ready;
	bool connects;
	bool is_open; /* the question is not whole yet */
	char error[TOKEN_MAX];
};

struct dialog {
	struct connection *connection;
	uint8_t kind; /* enum message_kind */
	uint8_t asker;
	bool is_lost;	/* the answer at hand is */
	bool is_joined; /* the open question is part of the last one */
	bool has_left;
	enum dialog_leave left_why;
	const struct stream_run *run; /* that is fed, ... */
	struct http_input input;      /* ... what is left of it, ... */
	uint64_t counted;	      /* ... and how much of it is counted in a message */
	struct awaited *queue;	      /* ring */
	uint32_t first, count, capacity;
	union {
		struct postgres postgres;
		struct redis redis;
	};
};

static struct flow *asking(struct dialog *dialog)
{
	return &dialog->connection->flows[dialog->asker];
}

static struct flow *answering(struct dialog *dialog)
{
	return &dialog->connection->flows[!dialog->asker];
}

/* ---- the queue ---- */

static struct awaited *queue_at(struct dialog *dialog, uint32_t index)
{
	return &dialog->queue[(dialog->first + index) % dialog->capacity];
}

static int queue_grow(struct dialog *dialog)
{
	uint32_t capacity = dialog->capacity ? dialog->capacity * 2 : 4;
	struct awaited *queue = calloc(capacity, sizeof(*queue));

	if (!queue) {
		facts_out_of_memory(dialog->connection->facts);
		return -1;
	}
	for (uint32_t i = 0; i < dialog->count; i++)
		queue[i] = *queue_at(dialog, i);
	free(dialog->queue);
	dialog->queue = queue;
	dialog->first = 0;
	dialog->capacity = capacity;
	return 0;
}

static void queue_push(struct dialog *dialog, uint64_t sequence)
{
	struct awaited *awaited;

	if (dialog->count == dialog->capacity && queue_grow(dialog))
		return;
	awaited = queue_at(dialog, dialog->count++);
	memset(awaited, 0, sizeof(*awaited));
	awaited->sequence = sequence;
	awaited->is_open = true;
}

static void queue_pop(struct dialog *dialog)
{
	dialog->first = (dialog->first + 1) % dialog->capacity;
	dialog->count--;
}

/* ---- bytes ---- */

/* What was taken of the run since it was last asked belongs to the message of @flow, if there is one. */
static void count_bytes(struct dialog *dialog, struct flow *flow)
{
	uint64_t taken = dialog->run ? dialog->run->bytes - dialog->input.bytes : 0;
	uint64_t bytes = taken - dialog->counted;

	if (flow->message && bytes) {
		flow->message->wire_bytes += bytes;
		if (flow->direction == dialog->asker)
			message_add_body(flow->message,
					 dialog->run->data ? dialog->run->data + dialog->counted
							   : NULL,
					 bytes);
		message_touch(dialog->connection->facts, flow->message);
	}
	dialog->counted = taken;
}

/* ---- questions ---- */

static void on_question_begin(void *context)
{
	struct dialog *dialog = context;
	struct flow *flow = asking(dialog);

	count_bytes(dialog, flow);
	dialog_end_lost(dialog->connection);
	if (!flow->message)
		flow->message = message_new(dialog->connection->facts, flow->direction);
	dialog->is_joined = dialog->count == QUEUE_MAX;
	if (dialog->is_joined)
		queue_at(dialog, dialog->count - 1)->is_open = true;
	else
		queue_push(dialog, ++dialog->connection->requests);
}

static void end_answers(struct dialog *dialog);

static void emit_question(struct dialog *dialog, const struct awaited *awaited,
			  const struct dialog_question *question, uint32_t flags)
{
	struct flow *flow = asking(dialog);
	struct message *message = flow->message;
	struct message_names *names;

	if (!message)
		return;
	flow->message = NULL;
	names = &message->head.names;
	message->head.kind = dialog->kind;
	message->head.flags |= flags;
	message->sequence = awaited->sequence;
	snprintf(names->service, sizeof(names->service), "%s",
		 dialog->kind == MESSAGE_POSTGRES ? "postgresql" : "redis");
	if (question->operation)
		snprintf(names->operation, sizeof(names->operation), "%s", question->operation);
	if (question->target)
		snprintf(names->target, sizeof(names->target), "%s", question->target);
	if (!dialog->is_joined) {
		message_digest_body(dialog->connection->facts, message);
		message_emit(dialog->connection->facts, message, dialog->connection->id, 0);
	}
	message_free(dialog->connection->facts, message);
}

static uint32_t question_flags(const struct dialog_question *question)
{
	return (question->connects ? MESSAGE_CONNECTS : 0) |
	       (question->has_gap ? MESSAGE_HAS_GAP : 0);
}

static void on_question_end(void *context, const struct dialog_question *question)
{
	struct dialog *dialog = context;
	struct awaited *awaited;

	count_bytes(dialog, asking(dialog));
	if (!dialog->count)
		return;
	awaited = queue_at(dialog, dialog->count - 1);
	awaited->is_open = false;
	awaited->awaits += question->awaits;
	awaited->awaits_ready = question->awaits_ready;
	awaited->connects = question->connects;
	emit_question(dialog, awaited, question, question_flags(question));
	end_answers(dialog);
}

/* ---- answers ---- */

/* The message of an answer of which something was seen. */
static struct message *hold_answer(struct dialog *dialog)
{
	struct flow *flow = answering(dialog);

	if (!flow->message)
		flow->message = message_new(dialog->connection->facts, flow->direction);
	return flow->message;
}

/* The first of the questions is answered. */
static void end_answer(struct dialog *dialog, uint32_t flags)
{
	struct flow *flow = answering(dialog);
	struct awaited *awaited = queue_at(dialog, 0);
	struct message *message = hold_answer(dialog);

	flow->message = NULL;
	if (message) {
		message->head.kind = dialog->kind;
		message->head.flags |= MESSAGE_IS_RESPONSE |
				       (awaited->connects ? MESSAGE_CONNECTS : 0);
		message->sequence = awaited->sequence;
		if (!awaited->connects)
			memcpy(message->head.names.function_error, awaited->error, TOKEN_MAX);
		message->body.bytes = message->wire_bytes;
		message_emit(dialog->connection->facts, message, dialog->connection->id, flags);
		message_free(dialog->connection->facts, message);
	}
	queue_pop(dialog);
}

/* Those that have got all they await. What was lost may be of any: it has to be over before. */
static void end_answers(struct dialog *dialog)
{
	if (dialog->is_lost)
		return;
	while (dialog->count) {
		const struct awaited *awaited = queue_at(dialog, 0);

		if (awaited->is_open || awaited->awaits_ready ||
		    awaited->answered < awaited->awaits)
			return;
		end_answer(dialog, 0);
	}
}

/* All whole questions are, as far as anybody can tell. */
static void end_all(struct dialog *dialog, uint32_t flags)
{
	while (dialog->count && !queue_at(dialog, 0)->is_open)
		end_answer(dialog, flags);
}

static void on_answer_begin(void *context)
{
	struct dialog *dialog = context;
	struct flow *flow = answering(dialog);

	count_bytes(dialog, flow);
	if (dialog->count)
		hold_answer(dialog);
}

static void end_ready(struct dialog *dialog)
{
	while (dialog->count && !queue_at(dialog, 0)->is_open) {
		bool awaits_ready = queue_at(dialog, 0)->awaits_ready;

		end_answer(dialog, awaits_ready ? 0 : MESSAGE_END_INFERRED);
		if (awaits_ready)
			return;
	}
}

static void on_answer(void *context, const struct dialog_answer *answer)
{
	struct dialog *dialog = context;
	struct awaited *awaited;

	count_bytes(dialog, answering(dialog));
	if (answer->has_gap) {
		dialog_stop_waiting(dialog->connection);
		end_all(dialog, MESSAGE_HAS_GAP);
		return;
	}
	if (!dialog->count) {
		message_free(dialog->connection->facts, answering(dialog)->message);
		answering(dialog)->message = NULL;
		return;
	}
	if (answer->kind == DIALOG_READY) {
		end_ready(dialog);
		return;
	}
	awaited = queue_at(dialog, 0);
	if (awaited->answered < UINT32_MAX)
		awaited->answered++;
	if (answer->kind == DIALOG_FAILED) {
		if (!awaited->error[0])
			snprintf(awaited->error, sizeof(awaited->error), "%s",
				 answer->error ? answer->error : "error");
		if (dialog->kind == MESSAGE_POSTGRES) /* it skips what else was asked */
			awaited->answered = UINT32_MAX;
	}
	end_answers(dialog);
}

/* ---- answers whose framing was lost ---- */

static void on_answer_lost(void *context)
{
	struct dialog *dialog = context;
	struct flow *flow = answering(dialog);

	dialog->is_lost = true;
	if (dialog->count && hold_answer(dialog))
		bytes_flow_wait(flow);
}

void dialog_stop_waiting(struct connection *connection)
{
	struct dialog *dialog = connection->dialog;

	if (dialog->is_lost && answering(dialog)->message)
		bytes_flow_stop_waiting(answering(dialog));
	dialog->is_lost = false;
}

void dialog_end_lost(struct connection *connection)
{
	struct dialog *dialog = connection->dialog;

	if (!dialog->is_lost)
		return;
	dialog_stop_waiting(connection);
	end_all(dialog, MESSAGE_HAS_GAP | MESSAGE_END_INFERRED);
	message_free(connection->facts, answering(dialog)->message);
	answering(dialog)->message = NULL;
	if (dialog->kind == MESSAGE_POSTGRES)
		postgres_resume(&dialog->postgres);
	else
		redis_resume(&dialog->redis);
}

/* ---- life ---- */

static void on_leave(void *context, enum dialog_leave why)
{
	struct dialog *dialog = context;

	dialog->has_left = true;
	dialog->left_why = why;
}

static const struct dialog_events events = {
	.question_begin = on_question_begin,
	.question_end = on_question_end,
	.answer_begin = on_answer_begin,
	.answer = on_answer,
	.answer_lost = on_answer_lost,
	.leave = on_leave,
};

int dialog_open(struct connection *connection, enum protocol protocol, uint8_t asker,
		bool is_from_start)
{
	struct dialog *dialog = calloc(1, sizeof(*dialog));

	if (!dialog) {
		facts_out_of_memory(connection->facts);
		return -1;
	}
	dialog->connection = connection;
	dialog->asker = asker;
	if (protocol == PROTOCOL_POSTGRES) {
		dialog->kind = MESSAGE_POSTGRES;
		postgres_init(&dialog->postgres, &events, dialog, is_from_start);
	} else {
		dialog->kind = MESSAGE_REDIS;
		redis_init(&dialog->redis, &events, dialog, is_from_start);
	}
	connection->dialog = dialog;
	connection->mode = CONNECTION_DIALOG;
	return 0;
}

void dialog_release(struct connection *connection)
{
	struct dialog *dialog = connection->dialog;

	if (!dialog)
		return;
	dialog_stop_waiting(connection);
	free(dialog->queue);
	free(dialog);
	connection->dialog = NULL;
}

/* The parser gave up: what is open is what it was so far, and the rest is a run of bytes. */
static void leave(struct dialog *dialog)
{
	struct connection *connection = dialog->connection;
	struct facts *facts = connection->facts;
	struct dialog_question question = { .connects = dialog->left_why == DIALOG_LEAVE_TLS };
	bool is_tls = dialog->left_why == DIALOG_LEAVE_TLS;
	uint32_t flags = is_tls ? MESSAGE_CONNECTS : MESSAGE_MALFORMED;
	uint8_t asker = dialog->asker;

	if (dialog->count && asking(dialog)->message)
		emit_question(dialog, queue_at(dialog, dialog->count - 1), &question, flags);
	message_free(facts, asking(dialog)->message);
	asking(dialog)->message = NULL;
	dialog_stop_waiting(connection);
	if (dialog->count)
		queue_at(dialog, dialog->count - 1)->is_open = false;
	if (!is_tls)
		end_all(dialog, MESSAGE_END_INFERRED | MESSAGE_MALFORMED);
	message_free(facts, answering(dialog)->message);
	answering(dialog)->message = NULL;
	connection->mode = CONNECTION_BYTES;
	named_open(connection,
		   &(struct named){ .kind = is_tls ? MESSAGE_TLS : MESSAGE_BYTES,
				    .service = dialog->kind == MESSAGE_POSTGRES ? "postgresql"
										: "redis",
				    .asker = asker });
	dialog_release(connection);
}

void dialog_feed(struct flow *flow, const struct stream_run *run)
{
	struct connection *connection = flow->connection;
	struct dialog *dialog = connection->dialog;
	bool is_asking = flow->direction == dialog->asker;
	struct stream_run rest = *run;

	dialog->run = run;
	dialog->counted = 0;
	dialog->input = (struct http_input){
		.data = run->data,
		.bytes = run->bytes,
		.is_operation_start = run->is_operation_start,
		.is_operation_end = run->is_operation_end,
	};
	if (dialog->kind == MESSAGE_POSTGRES)
		(is_asking ? postgres_ask : postgres_answer)(&dialog->postgres, &dialog->input);
	else
		(is_asking ? redis_ask : redis_answer)(&dialog->redis, &dialog->input);
	if (dialog->is_lost && !is_asking)
		dialog->input.bytes = 0; /* all of it is the lost answer's */
	count_bytes(dialog, flow);
	if (dialog->is_lost && !is_asking && flow->message)
		bytes_flow_wait_on(flow);
	dialog->run = NULL;
	if (!dialog->has_left)
		return;
	rest.bytes = dialog->input.bytes;
	rest.data = dialog->input.data;
	leave(dialog);
	if (rest.bytes)
		named_feed(flow, &rest);
}

void dialog_close(struct connection *connection)
{
	struct dialog *dialog = connection->dialog;
	struct dialog_question question = { 0 };

	dialog_end_lost(connection);
	if (answering(dialog)->message && dialog->count && !queue_at(dialog, 0)->is_open)
		end_answer(dialog, MESSAGE_CUT);
	if (asking(dialog)->message && dialog->count)
		emit_question(dialog, queue_at(dialog, dialog->count - 1), &question, MESSAGE_CUT);
}
