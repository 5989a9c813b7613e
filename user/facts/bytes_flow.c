/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * bytes_flow.c - connections whose protocol is not parsed: runs of bytes one way, MESSAGE_BYTES.
 *
 * A run ends at the next byte in the other direction. One that nothing follows for a while is given out
 * before that; if it goes on, the rest is a further message of the same direction and sequence. The side
 * that connected asks and the other answers; where no connect was seen, the lower port answers.
 */
#include "facts/flow.h"

#define IDLE_NS 120000000ull /* less than FACTS_LATE_NS */

static void list_add(struct message_list *list, struct message *message)
{
	message->previous = list->last;
	message->next = NULL;
	if (list->last)
		list->last->next = message;
	else
		list->first = message;
	list->last = message;
}

static void list_remove(struct message_list *list, struct message *message)
{
	if (message->previous)
		message->previous->next = message->next;
	else
		list->first = message->next;
	if (message->next)
		message->next->previous = message->previous;
	else
		list->last = message->previous;
}

bool bytes_flow_is_answering(const struct flow *flow)
{
	const struct connection *connection = flow->connection;
	bool is_asker;

	if (connection->naming)
		return named_is_answering(flow);
	is_asker = connection->is_client || connection->local_port > connection->remote_port;

	return flow->direction == (is_asker ? MESSAGE_RECEIVED : MESSAGE_SENT);
}

/* Gives @message its number and puts it into the list of open runs. */
static void begin_run(struct flow *flow, struct message *message)
{
	struct connection *connection = flow->connection;
	bool is_continued = connection->has_run &&
			    connection->last_run_direction == flow->direction;

	message->flow = flow;
	message->head.kind = MESSAGE_BYTES;
	if (bytes_flow_is_answering(flow))
		message->head.flags |= MESSAGE_IS_RESPONSE;
	else if (!is_continued)
		connection->requests++;
	if (!connection->requests)
		connection->requests++;
	message->sequence = connection->requests;
	if (flow->is_start_unsure && !is_continued)
		message->head.flags |= MESSAGE_START_INFERRED;
	flow->is_start_unsure = false;
	connection->has_run = true;
	connection->last_run_direction = flow->direction;
	list_add(&connection->facts->open_runs, message);
}

void bytes_flow_drop(struct flow *flow)
{
	struct facts *facts = flow->connection->facts;

	if (!flow->message)
		return;
	list_remove(&facts->open_runs, flow->message);
	message_free(facts, flow->message);
	flow->message = NULL;
}

void bytes_flow_end(struct flow *flow, uint32_t flags)
{
	struct connection *connection = flow->connection;

	if (flow->message && !connection->is_quiet) {
		if (connection->naming)
			named_fill(connection, flow->message);
		message_emit(connection->facts, flow->message, connection->id, flags);
	}
	bytes_flow_drop(flow);
}

void bytes_flow_add(struct flow *flow, uint64_t bytes, uint32_t flags)
{
	struct facts *facts = flow->connection->facts;

	bytes_flow_end(flow_other(flow), 0);
	if (!flow->message) {
		flow->message = message_new(facts, flow->direction);
		if (!flow->message)
			return;
		flow->message->head.flags |= flags;
		begin_run(flow, flow->message);
	} else {
		list_remove(&facts->open_runs, flow->message);
		list_add(&facts->open_runs, flow->message);
	}
	message_touch(facts, flow->message);
	flow->message->wire_bytes += bytes;
	flow->message->body.bytes += bytes;
}

void bytes_flow_adopt(struct flow *flow, uint32_t flags)
{
	struct message *message = flow->message;

	message_head_init(&message->head);
	message->head.flags = flags;
	message->body.bytes = message->wire_bytes;
	begin_run(flow, message);
}

void bytes_flow_wait(struct flow *flow)
{
	flow->message->flow = flow;
	list_add(&flow->connection->facts->open_runs, flow->message);
}

void bytes_flow_stop_waiting(struct flow *flow)
{
	list_remove(&flow->connection->facts->open_runs, flow->message);
}

void bytes_flow_wait_on(struct flow *flow)
{
	bytes_flow_stop_waiting(flow);
	bytes_flow_wait(flow);
}

void bytes_flows_end_idle(struct facts *facts)
{
	struct message *message;

	while ((message = facts->open_runs.first) && message->last_ns + IDLE_NS < facts->now_ns) {
		struct flow *flow = message->flow;

		if (flow->connection->mode == CONNECTION_DIALOG)
			dialog_end_lost(flow->connection);
		else
			bytes_flow_end(flow, 0);
	}
}
