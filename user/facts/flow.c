/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * flow.c - hands the runs of each direction to the parser of what the connection speaks.
 *
 * A new TCP connection is UNDECIDED: both directions are parsed as HTTP until one is not, and its first
 * bytes are looked at for other protocols. Where bytes may have moved before the recording, or were lost, it
 * is BYTES that are watched: an operation that begins like a start line makes it UNDECIDED again. On Unix
 * sockets only lines are looked for, except where the first operation shows a database's client.
 */
#include "facts/flow.h"

#include <string.h>

#define PORT_DNS 53

void flows_init(struct connection *connection)
{
	for (unsigned int i = 0; i < 2; i++) {
		struct flow *flow = &connection->flows[i];

		flow->connection = connection;
		flow->direction = (uint8_t)i;
		flow->message = NULL;
		if (connection->mode == CONNECTION_LINES)
			lines_init(&flow->lines, &line_flow_events, flow);
		else
			http_init(&flow->http, &http_flow_events, flow, HTTP_ROLE_UNKNOWN);
	}
}

void flows_release(struct connection *connection)
{
	for (unsigned int i = 0; i < 2; i++) {
		struct flow *flow = &connection->flows[i];

		if (connection->mode == CONNECTION_LINES)
			lines_release(&flow->lines);
		else
			http_release(&flow->http);
		if (connection->mode == CONNECTION_BYTES)
			bytes_flow_drop(flow);
		if (connection->dialog)
			dialog_stop_waiting(connection);
		message_free(connection->facts, flow->message);
		flow->message = NULL;
	}
	dialog_release(connection);
	named_release(connection);
}

/* From BYTES to looking for start lines. */
static void try_http(struct connection *connection)
{
	for (unsigned int i = 0; i < 2; i++) {
		struct flow *flow = &connection->flows[i];

		bytes_flow_end(flow, 0);
		http_release(&flow->http);
		http_init(&flow->http, &http_flow_events, flow, HTTP_ROLE_UNKNOWN);
		flow->http.is_unsure = true;
	}
	connection->mode = CONNECTION_UNDECIDED;
}

/* From looking for start lines to BYTES, until an operation begins like one. */
static void watch(struct connection *connection)
{
	for (unsigned int i = 0; i < 2; i++) {
		struct flow *flow = &connection->flows[i];

		if (flow->message) {
			flow->message->wire_bytes = flow->http.message_bytes;
			bytes_flow_adopt(flow, 0);
		}
		http_leave_quietly(&flow->http);
	}
	connection->mode = CONNECTION_BYTES;
	connection->is_watching = true;
}

static bool is_start_like(const struct stream_run *run)
{
	return run->data && http_start_match(run->data, (size_t)run->bytes) != HTTP_START_NOT;
}

static void feed_http(struct flow *flow, const struct stream_run *run)
{
	struct connection *connection = flow->connection;
	int64_t taken;

	connection->facts->feeding = flow;
	taken = http_feed(&flow->http, run);
	connection->facts->feeding = NULL;
	if (flow->message)
		message_touch(connection->facts, flow->message);
	if (taken < 0)
		facts_out_of_memory(connection->facts);
	else if (connection->mode == CONNECTION_BYTES && (uint64_t)taken < run->bytes)
		bytes_flow_add(flow, run->bytes - (uint64_t)taken, 0);
}

static void feed_lines(struct flow *flow, const struct stream_run *run)
{
	struct facts *facts = flow->connection->facts;

	facts->feeding = flow;
	if (lines_feed(&flow->lines, run))
		facts_out_of_memory(facts);
	facts->feeding = NULL;
	if (flow->message)
		message_touch(facts, flow->message);
}

static void feed(struct flow *flow, const struct stream_run *run)
{
	struct connection *connection = flow->connection;

	if (connection->mode == CONNECTION_LINES) {
		feed_lines(flow, run);
		return;
	}
	if (connection->mode == CONNECTION_DIALOG) {
		dialog_feed(flow, run);
		return;
	}
	if (connection->is_new && detect_at_start(flow, run))
		return;
	if (connection->is_watching && connection->mode == CONNECTION_BYTES &&
	    detect_in_middle(flow, run))
		return;
	if (connection->mode == CONNECTION_UNDECIDED && !http_is_open(&flow->http) &&
	    !connection->was_http && (!run->data || (flow->is_start_unsure && !is_start_like(run))))
		watch(connection);
	else if (connection->mode == CONNECTION_BYTES && connection->is_watching &&
		 run->is_operation_start && is_start_like(run))
		try_http(connection);
	if (connection->mode != CONNECTION_BYTES) {
		feed_http(flow, run);
		return;
	}
	named_feed(flow, run);
	/* What a name's look-up is needed for follows at once, and has to be told after it. */
	if (connection->remote_port != PORT_DNS || !run->is_operation_end)
		return;
	bytes_flow_end(flow, 0);
	/* Each look-up has its own socket, and over UDP no end of it is told. */
	if (flow->direction == MESSAGE_RECEIVED && !connection->is_client && !connection->is_old)
		connection_retire(connection);
}

/* A receive of nothing is the end of what the peer sends. */
static void end_of_stream(struct flow *flow)
{
	uint8_t mode = flow->connection->mode;

	if (flow->direction != MESSAGE_RECEIVED)
		return;
	if (mode == CONNECTION_HTTP &&
	    (flow->http.state == HTTP_STATE_UNTIL_CLOSE || flow->http.state == HTTP_STATE_LOST))
		http_close(&flow->http);
	else if (mode == CONNECTION_BYTES)
		bytes_flow_end(flow, 0);
}

/* Of a Unix socket no connect is seen: who is the client, a database's protocol says. */
static void become_client(struct flow *flow, const struct record_socket_data *record)
{
	struct connection *connection = flow->connection;

	if (connection->mode != CONNECTION_LINES || connection->is_old || record->op_offset ||
	    !detect_is_client_of_database(record->direction, record->piece, record->piece_bytes))
		return;
	flows_release(connection);
	connection->mode = CONNECTION_UNDECIDED;
	flows_init(connection);
	connection->is_client = true;
}

/* First bytes of a connection decide whether it was seen from its start. */
static void announce(struct flow *flow, const struct record_socket_data *record)
{
	struct connection *connection = flow->connection;
	bool is_from_start;

	if (connection->is_announced)
		return;
	become_client(flow, record);
	is_from_start = connection->is_client ||
			(!connection->is_old && !record->op_offset && record->piece_bytes &&
			 http_start_match(record->piece, record->piece_bytes) != HTTP_START_NOT);
	if (!connection->tgid)
		connection->tgid = record->header.tgid;
	connection_announce(connection, is_from_start);
}

/* Nothing moved over it, and its client is known. */
static bool is_new(const struct connection *connection, const struct record_socket_data *record)
{
	return !connection->flows[0].stream.next_offset &&
	       !connection->flows[1].stream.next_offset && !record->op_offset &&
	       (connection->is_client || (!connection->is_old && !connection->is_quiet));
}

void flow_push(struct flow *flow, const struct record_socket_data *record)
{
	struct stream_piece piece = {
		.op_offset = record->op_offset,
		.op_bytes = record->op_bytes,
		.piece_offset = record->piece_offset,
		.piece_bytes = record->flags & RECORD_DATA_NO_PAYLOAD ? 0 : record->piece_bytes,
		.is_last = record->flags & RECORD_DATA_LAST,
		.data = record->piece,
	};
	struct stream_run runs[STREAM_RUNS_MAX];
	struct connection *connection = flow->connection;
	int count;

	if (!record->op_bytes) {
		end_of_stream(flow);
		return;
	}
	announce(flow, record);
	if (is_new(connection, record))
		connection->is_new = true;
	count = stream_push(&flow->stream, &piece, runs);
	for (int i = 0; i < count; i++)
		feed(flow, &runs[i]);
}

/* @is_cut: by the end of the recording, not by an end of its own. */
static void end_flows(struct connection *connection, bool is_cut)
{
	if (connection->mode == CONNECTION_DIALOG) {
		dialog_close(connection);
		return;
	}
	for (unsigned int i = 0; i < 2; i++) {
		struct flow *flow = &connection->flows[i];

		if (connection->mode == CONNECTION_LINES)
			lines_cut(&flow->lines);
		else
			(is_cut ? http_cut : http_close)(&flow->http);
		if (connection->mode == CONNECTION_BYTES)
			bytes_flow_end(flow, is_cut ? MESSAGE_CUT : 0);
	}
}

void flows_close(struct connection *connection)
{
	end_flows(connection, false);
}

void flows_cut(struct connection *connection)
{
	end_flows(connection, true);
}
