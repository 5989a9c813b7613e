/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * detect_flow.c - which protocol other than HTTP a connection speaks: by its first bytes where those were
 * seen, else by an operation that can be nothing else than a Redis command or a PostgreSQL question.
 *
 * First bytes that are too few to tell are kept; meanwhile they are a run like any other.
 */
#include "facts/flow.h"

#include <string.h>

#include "wire/postgres.h"
#include "wire/redis.h"

static uint8_t asker_of(const struct connection *connection)
{
	return connection->is_client ? MESSAGE_SENT : MESSAGE_RECEIVED;
}

static enum protocol guess(const struct flow *flow)
{
	const struct connection *connection = flow->connection;
	uint8_t asker = asker_of(connection);

	if (flow->direction == asker)
		return protocol_of_client(flow->start, flow->start_bytes);
	if (connection->flows[asker].start_bytes)
		return PROTOCOL_UNDECIDED;
	return protocol_of_server(flow->start, flow->start_bytes);
}

/* What the other side said before is no answer of the protocol. */
static void drop_other(struct flow *other)
{
	if (other->connection->mode == CONNECTION_BYTES) {
		bytes_flow_end(other, 0);
		return;
	}
	message_free(other->connection->facts, other->message);
	other->message = NULL;
}

/* What @flow's first bytes were a message of so far goes on as a message of @protocol. */
static void take_over(struct flow *flow, enum protocol protocol)
{
	static const struct named names[] = {
		[PROTOCOL_TLS] = { MESSAGE_TLS, 0, NULL, false },
		[PROTOCOL_MYSQL] = { MESSAGE_MYSQL, 0, "mysql", false },
		[PROTOCOL_HTTP2] = { MESSAGE_BYTES, 0, "http2", true },
		[PROTOCOL_MONGODB] = { MESSAGE_BYTES, 0, "mongodb", false },
		[PROTOCOL_KAFKA] = { MESSAGE_BYTES, 0, "kafka", false },
		[PROTOCOL_AMQP] = { MESSAGE_BYTES, 0, "amqp", false },
	};
	struct connection *connection = flow->connection;
	struct named named;

	if (connection->mode == CONNECTION_BYTES && flow->message)
		bytes_flow_stop_waiting(flow);
	drop_other(flow_other(flow));
	http_leave_quietly(&connection->flows[0].http);
	http_leave_quietly(&connection->flows[1].http);
	connection->is_watching = false;
	connection->requests = 0;
	connection->has_run = false;
	flow->is_start_unsure = false;
	if (flow->message) {
		flow->message->wire_bytes = 0;
		flow->message->body.bytes = 0;
	}
	if (protocol == PROTOCOL_POSTGRES || protocol == PROTOCOL_REDIS) {
		dialog_open(connection, protocol, flow->direction, true);
		return;
	}
	connection->mode = CONNECTION_BYTES;
	named = names[protocol];
	named.asker = asker_of(connection);
	named_open(connection, &named);
	if (flow->message)
		bytes_flow_adopt(flow, named.kind == MESSAGE_BYTES ? 0 : MESSAGE_CONNECTS);
}

static void feed(struct flow *flow, const struct stream_run *run)
{
	if (flow->connection->mode == CONNECTION_DIALOG)
		dialog_feed(flow, run);
	else
		named_feed(flow, run);
}

bool detect_at_start(struct flow *flow, const struct stream_run *run)
{
	struct connection *connection = flow->connection;
	struct stream_run held = { .data = flow->start,
				   .bytes = flow->start_bytes,
				   .is_operation_start = true,
				   .is_operation_end = true };
	uint64_t kept = PROTOCOL_START_BYTES - flow->start_bytes;
	enum protocol protocol;

	if (!run->data) {
		connection->is_new = false;
		return false;
	}
	if (kept > run->bytes)
		kept = run->bytes;
	memcpy(flow->start + flow->start_bytes, run->data, kept);
	flow->start_bytes = (uint8_t)(flow->start_bytes + kept);
	protocol = guess(flow);
	if (protocol == PROTOCOL_UNDECIDED)
		return false;
	connection->is_new = false;
	if (protocol == PROTOCOL_UNKNOWN)
		return false;
	take_over(flow, protocol);
	if (held.bytes)
		feed(flow, &held);
	feed(flow, run);
	return true;
}

static enum protocol guess_question(const struct stream_run *run)
{
	if (!run->data || !run->is_operation_start)
		return PROTOCOL_UNKNOWN;
	if (redis_match_start(run->data, (size_t)run->bytes) == 1)
		return PROTOCOL_REDIS;
	if (run->is_operation_end && postgres_match_question(run->data, (size_t)run->bytes))
		return PROTOCOL_POSTGRES;
	return PROTOCOL_UNKNOWN;
}

bool detect_in_middle(struct flow *flow, const struct stream_run *run)
{
	struct connection *connection = flow->connection;
	enum protocol protocol = guess_question(run);

	if (protocol == PROTOCOL_UNKNOWN || bytes_flow_is_answering(flow))
		return false;
	bytes_flow_end(&connection->flows[0], 0);
	bytes_flow_end(&connection->flows[1], 0);
	connection->is_watching = false;
	connection->is_quiet = false;
	if (dialog_open(connection, protocol, flow->direction, false))
		return false;
	dialog_feed(flow, run);
	return true;
}

bool detect_is_client_of_database(uint8_t direction, const uint8_t *data, size_t bytes)
{
	enum protocol protocol;

	if (direction == MESSAGE_RECEIVED)
		return protocol_of_server(data, bytes) == PROTOCOL_MYSQL;
	protocol = protocol_of_client(data, bytes);
	return protocol == PROTOCOL_POSTGRES || protocol == PROTOCOL_REDIS;
}
