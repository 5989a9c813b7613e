/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * message.c - see message.h. The time of a message's fact is that of its last byte, except where its
 * end became known too late for that.
 */
#include "facts/message.h"

#include <stdlib.h>
#include <string.h>

#include "base/json_read.h"
#include "wire/aws_body.h"
#include "wire/localstack.h"

#define POOL_MAX 64

struct message *message_new(struct facts *facts, uint8_t direction)
{
	struct message *message = facts->free_messages;

	if (message) {
		facts->free_messages = message->next;
		facts->free_message_count--;
	} else {
		message = malloc(sizeof(*message));
		if (!message) {
			facts_out_of_memory(facts);
			return NULL;
		}
		buffer_init(&message->body.text, BODY_TEXT_MAX);
	}
	memset(message, 0, offsetof(struct message, head));
	message_head_init(&message->head);
	memset(&message->body_digest, 0, sizeof(message->body_digest));
	memset(&message->json_digest, 0, sizeof(message->json_digest));
	siphash_init(&message->body.prefix, facts->key);
	message->body.prefix_bytes = 0;
	message->body.has_hole = false;
	message->body.has_text = false;
	message->body.bytes = 0;
	buffer_clear(&message->body.text);
	message->first_ns = facts->now_ns;
	message->tgid = facts->tgid;
	message->tid = facts->tid;
	message->direction = direction;
	message_touch(facts, message);
	return message;
}

void message_free(struct facts *facts, struct message *message)
{
	if (!message)
		return;
	if (facts->free_message_count == POOL_MAX) {
		buffer_release(&message->body.text);
		free(message);
		return;
	}
	message->next = facts->free_messages;
	facts->free_messages = message;
	facts->free_message_count++;
}

void message_pool_release(struct facts *facts)
{
	struct message *next;

	for (struct message *message = facts->free_messages; message; message = next) {
		next = message->next;
		buffer_release(&message->body.text);
		free(message);
	}
	facts->free_messages = NULL;
	facts->free_message_count = 0;
}

void message_touch(const struct facts *facts, struct message *message)
{
	/* Records of two CPUs can come a little out of order. */
	if (facts->now_ns > message->last_ns)
		message->last_ns = facts->now_ns;
	message->last_tid = facts->tid;
}

/* How a JSON text can begin; what a request to a service is for may be told in other forms, too. */
static bool is_text_wanted(const struct message *message, uint8_t first)
{
	static const char json_starts[] = "{[\"-0123456789tfn \t\r\n";
	const struct message_head *head = &message->head;

	return memchr(json_starts, first, sizeof(json_starts) - 1) ||
	       (head->kind == MESSAGE_AWS && !(head->flags & MESSAGE_IS_RESPONSE) &&
		strcmp(head->names.service, "s3") != 0);
}

/* The beginning of the body, as far as it was captured without a hole. */
static void keep_text(struct body *body, const uint8_t *data, uint64_t bytes)
{
	uint64_t left = BODY_TEXT_MAX - body->text.bytes;

	if (!body->has_text || body->text.bytes < body->bytes)
		return;
	if (data)
		body->has_text =
			!buffer_append(&body->text, data, (size_t)(bytes < left ? bytes : left));
}

void message_add_body(struct message *message, const uint8_t *data, uint64_t bytes)
{
	struct body *body = &message->body;
	uint64_t prefix_left = BODY_PREFIX_BYTES - body->prefix_bytes;

	if (data && !body->has_hole && prefix_left) {
		uint64_t taken = bytes < prefix_left ? bytes : prefix_left;

		siphash_update(&body->prefix, data, (size_t)taken);
		body->prefix_bytes += (uint32_t)taken;
	} else if (!data && prefix_left) {
		body->has_hole = true;
	}
	if (!body->bytes && data)
		body->has_text = is_text_wanted(message, data[0]);
	keep_text(body, data, bytes);
	body->bytes += bytes;
}

/* A digest of the JSON text @text for @ret; none where it is none. */
static void digest_json(const struct facts *facts, struct digest *ret, const char *text,
			size_t bytes)
{
	uint64_t value;

	if (!bytes || json_canonical_digest(text, bytes, facts->key, &value) != 0)
		return;
	ret->value = value;
	ret->bytes = bytes;
	ret->flags = 0;
}

void message_read_names(struct message *message, bool is_complete)
{
	const struct body *body = &message->body;

	if (body->has_text && !(message->head.flags & MESSAGE_IS_RESPONSE))
		aws_body_read(&message->head, (const char *)body->text.data, body->text.bytes,
			      is_complete && body->text.bytes == body->bytes);
}

/* An event that LocalStack wraps is digested as its caller sent it. */
static void digest_wrapped(const struct facts *facts, struct message *message)
{
	const struct buffer *text = &message->body.text;
	struct buffer payload;

	buffer_init(&payload, BODY_TEXT_MAX);
	if (localstack_read_invoke(&message->head, (const char *)text->data, text->bytes,
				   &payload) &&
	    payload.bytes) {
		size_t prefix = payload.bytes < BODY_PREFIX_BYTES ? payload.bytes
								  : BODY_PREFIX_BYTES;

		message->body_digest.value = siphash(payload.data, prefix, facts->key);
		message->body_digest.bytes = payload.bytes;
		message->body_digest.flags = payload.bytes > prefix ? DIGEST_IS_PREFIX : 0;
		message->json_digest = (struct digest){ 0 };
		digest_json(facts, &message->json_digest, (const char *)payload.data,
			    payload.bytes);
	}
	buffer_release(&payload);
}

void message_digest_body(const struct facts *facts, struct message *message)
{
	struct body *body = &message->body;

	if (!body->bytes)
		return;
	if (!body->has_hole) {
		message->body_digest.value = siphash_final(&body->prefix);
		message->body_digest.bytes = body->bytes;
		if (body->bytes > BODY_PREFIX_BYTES)
			message->body_digest.flags = DIGEST_IS_PREFIX;
	}
	if (!body->has_text || body->text.bytes < body->bytes)
		return;
	digest_json(facts, &message->json_digest, (const char *)body->text.data, body->text.bytes);
	digest_wrapped(facts, message);
}

static const char *or_null(const char *text)
{
	return text[0] ? text : NULL;
}

static void fill_names(struct fact_message *fact, const struct message_names *names)
{
	fact->request_id = or_null(names->request_id);
	fact->function = or_null(names->function);
	fact->qualifier = or_null(names->qualifier);
	fact->arn = or_null(names->arn);
	fact->host = or_null(names->host);
	fact->path = or_null(names->path);
	fact->service = or_null(names->service);
	fact->operation = or_null(names->operation);
	fact->target = or_null(names->target);
	fact->trace_header = or_null(names->trace_header);
	fact->traceparent = or_null(names->traceparent);
	fact->sdk_invocation_id = or_null(names->sdk_invocation_id);
	fact->function_error = or_null(names->function_error);
}

void message_emit(struct facts *facts, const struct message *message, uint64_t connection,
		  uint32_t flags)
{
	const struct message_head *head = &message->head;
	bool is_late = facts->now_ns > message->last_ns + FACTS_LATE_NS;
	struct fact fact = {
		.kind = FACT_MESSAGE,
		.time_ns = is_late ? facts->now_ns : message->last_ns,
		.tgid = message->tgid,
		.tid = message->tid,
		.message = {
			.connection = connection,
			.sequence = message->sequence,
			.first_ns = message->first_ns,
			.last_ns = message->last_ns,
			.wire_bytes = message->wire_bytes,
			.body_bytes = message->body.bytes,
			.deadline_ms = head->deadline_ms,
			.body = message->body_digest,
			.json = message->json_digest,
			.last_tid = message->last_tid,
			.flags = head->flags | flags,
			.memory_mb = message->memory_mb,
			.status = head->status,
			.sdk_attempt = head->sdk_attempt,
			.sdk_max = head->sdk_max,
			.direction = message->direction,
			.kind = head->kind,
			.method = head->method,
			.invocation_type = head->invocation_type,
		},
	};

	fill_names(&fact.message, &head->names);
	facts_emit(facts, &fact);
}
