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

#include "base/ring.h"
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
	struct stream_run input;      /* ... what is left of it, ... */
	uint64_t counted;	      /* ... and how much of it is counted in a message */
	struct ring queue;	      /* of struct awaited */
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

static bool is_awaiting(const struct dialog *dialog)
{
	return dialog->queue.count != 0;
}

static struct awaited *first_awaited(const struct dialog *dialog)
{
	return ring_at(&dialog->queue, 0, sizeof(struct awaited));
}

static struct awaited *last_awaited(const struct dialog *dialog)
{
	return ring_last(&dialog->queue, sizeof(struct awaited));
}

static void queue_push(struct dialog *dialog, uint64_t sequence)
{
	struct awaited *awaited = ring_push(&dialog->queue, sizeof(*awaited));

	if (awaited)
		*awaited = (struct awaited){ .sequence = sequence, .is_open = true };
	else
		facts_out_of_memory(dialog->connection->facts);
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
	dialog->is_joined = dialog->queue.count == QUEUE_MAX;
	if (dialog->is_joined)
		last_awaited(dialog)->is_open = true;
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
	if (!is_awaiting(dialog))
		return;
	awaited = last_awaited(dialog);
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
	struct awaited *awaited = first_awaited(dialog);
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
	ring_pop(&dialog->queue);
}

/* Those that have got all they await. What was lost may be of any: it has to be over before. */
static void end_answers(struct dialog *dialog)
{
	if (dialog->is_lost)
		return;
	while (is_awaiting(dialog)) {
		const struct awaited *awaited = first_awaited(dialog);

		if (awaited->is_open || awaited->awaits_ready ||
		    awaited->answered < awaited->awaits)
			return;
		end_answer(dialog, 0);
	}
}

/* All whole questions are, as far as anybody can tell. */
static void end_all(struct dialog *dialog, uint32_t flags)
{
	while (is_awaiting(dialog) && !first_awaited(dialog)->is_open)
		end_answer(dialog, flags);
}

static void on_answer_begin(void *context)
{
	struct dialog *dialog = context;
	struct flow *flow = answering(dialog);

	count_bytes(dialog, flow);
	if (is_awaiting(dialog))
		hold_answer(dialog);
}

static void end_ready(struct dialog *dialog)
{
	while (is_awaiting(dialog) && !first_awaited(dialog)->is_open) {
		bool awaits_ready = first_awaited(dialog)->awaits_ready;

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
	if (!is_awaiting(dialog)) {
		message_free(dialog->connection->facts, answering(dialog)->message);
		answering(dialog)->message = NULL;
		return;
	}
	if (answer->kind == DIALOG_READY) {
		end_ready(dialog);
		return;
	}
	awaited = first_awaited(dialog);
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
	if (is_awaiting(dialog) && hold_answer(dialog))
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
	ring_release(&dialog->queue);
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

	if (is_awaiting(dialog) && asking(dialog)->message)
		emit_question(dialog, last_awaited(dialog), &question, flags);
	message_free(facts, asking(dialog)->message);
	asking(dialog)->message = NULL;
	dialog_stop_waiting(connection);
	if (is_awaiting(dialog)) {
		last_awaited(dialog)->is_open = false;
		last_awaited(dialog)->connects |= is_tls;
	}
	end_all(dialog, is_tls ? 0 : MESSAGE_END_INFERRED | MESSAGE_MALFORMED);
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
	dialog->input = *run;
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
	if (answering(dialog)->message && is_awaiting(dialog) && !first_awaited(dialog)->is_open)
		end_answer(dialog, MESSAGE_CUT);
	if (asking(dialog)->message && is_awaiting(dialog))
		emit_question(dialog, last_awaited(dialog), &question, MESSAGE_CUT);
}
