/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * line_flow.c - event and result lines on a Unix socket -> MESSAGE_LINE_EVENT, MESSAGE_LINE_RESULT. The
 * digests are those of the event or result inside the line, so that they compare with an Invoke body.
 */
#include "facts/flow.h"

#include <string.h>

#include "wire/event_json.h"
#include "wire/json_walk.h"

/* Any line: its message is thrown away where it turns out to be none of ours. */
static void on_begin(void *context)
{
	struct flow *flow = context;

	message_free(flow->connection->facts, flow->message);
	flow->message = message_new(flow->connection->facts, flow->direction);
}

static void read_event(struct message *message, const struct line_end *end)
{
	struct message_names *names = &message->head.names;
	struct event_context context;

	event_context_read(&context, end->text, end->bytes);
	memcpy(names->request_id, context.request_id, sizeof(names->request_id));
	memcpy(names->function, context.function, sizeof(names->function));
	memcpy(names->arn, context.arn, sizeof(names->arn));
	message->memory_mb = context.memory_mb;
}

static void digest_value(const struct facts *facts, struct message *message,
			 const struct line_end *end)
{
	bool is_event = end->line_class == LINE_EVENT;
	size_t bytes;
	const char *value = json_find(end->text, end->bytes,
				      is_event ? "event" : "__offline_payload__", &bytes);

	if (!value)
		return;
	message_add_body(message, (const uint8_t *)value, bytes);
	message_digest_body(facts, message);
}

static void on_end(void *context, const struct line_end *end)
{
	struct flow *flow = context;
	struct connection *connection = flow->connection;
	struct message *message = flow->message;

	if (!message)
		return;
	flow->message = NULL;
	if (connection->facts->feeding == flow && !(end->flags & MESSAGE_END_INFERRED))
		message_touch(connection->facts, message);
	if (end->line_class == LINE_EVENT) {
		message->head.kind = MESSAGE_LINE_EVENT;
		read_event(message, end);
	} else {
		message->head.kind = MESSAGE_LINE_RESULT;
	}
	message->sequence = ++connection->requests;
	message->wire_bytes = end->wire_bytes;
	if (end->is_whole)
		digest_value(connection->facts, message, end);
	message_emit(connection->facts, message, connection->id, end->flags);
	message_free(connection->facts, message);
}

const struct line_events line_flow_events = {
	.begin = on_begin,
	.end = on_end,
};
