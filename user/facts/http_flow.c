/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * http_flow.c - what the HTTP parser of one direction tells -> messages, requests paired with responses.
 *
 * Responses come in the order of their requests (RFC 9112, 9.3), so pairing is a queue per connection.
 * A response takes the kind and the number of its request; one without a request gets its own number.
 */
#include "facts/flow.h"

#include <string.h>

static struct flow *flow_of(void *context)
{
	return context;
}

/* ---- pairing ---- */

static void push_pending(struct connection *connection, const struct message *message,
			 bool is_connect)
{
	struct pending_request *pending;

	if (connection->pending_beyond || connection->pending_count == PENDING_MAX) {
		connection->pending_beyond++;
		return;
	}
	pending = &connection->pending[(connection->pending_first + connection->pending_count++) %
				       PENDING_MAX];
	pending->sequence = message->sequence;
	pending->kind = message->head.kind;
	pending->method = message->head.method;
	pending->is_connect = is_connect;
}

static bool pop_pending(struct connection *connection, struct pending_request *ret)
{
	if (!connection->pending_count) {
		memset(ret, 0, sizeof(*ret));
		ret->kind = MESSAGE_HTTP;
		if (!connection->pending_beyond) {
			ret->sequence = ++connection->requests;
			return false;
		}
		ret->sequence = connection->requests - --connection->pending_beyond;
		return true;
	}
	*ret = connection->pending[connection->pending_first];
	connection->pending_first = (connection->pending_first + 1) % PENDING_MAX;
	connection->pending_count--;
	return true;
}

/* ---- events ---- */

static void on_begin(void *context)
{
	struct flow *flow = flow_of(context);

	flow->message = message_new(flow->connection->facts, flow->direction);
}

static void decide_roles(struct flow *flow, bool is_response)
{
	struct flow *other = flow_other(flow);

	if (other->http.role == HTTP_ROLE_UNKNOWN)
		other->http.role = is_response ? HTTP_ROLE_REQUESTS : HTTP_ROLE_RESPONSES;
	flow->connection->mode = CONNECTION_HTTP;
	flow->connection->was_http = true;
	flow->is_start_unsure = false;
}

static enum http_body_rule on_response(struct flow *flow, const struct http_head *head)
{
	struct connection *connection = flow->connection;
	struct message *message = flow->message;
	struct pending_request request;
	bool has_request;

	/* A request whose framing was lost is over when its response begins. */
	http_end_inferred(&flow_other(flow)->http);
	has_request = pop_pending(connection, &request);
	if (message) {
		recognise_response(&message->head, head, request.kind);
		message->sequence = request.sequence;
		if (!has_request)
			message->head.flags |= MESSAGE_START_INFERRED;
	}
	if (request.method == HTTP_METHOD_HEAD)
		return HTTP_BODY_NONE;
	if (request.is_connect && head->status >= 200 && head->status < 300)
		return HTTP_BODY_TUNNEL;
	return HTTP_BODY_BY_HEAD;
}

static void on_request(struct flow *flow, const struct http_head *head)
{
	struct connection *connection = flow->connection;
	struct message *message = flow->message;

	/* A response whose end is not known is over when the next request begins. */
	http_end_inferred(&flow_other(flow)->http);
	connection->requests++;
	if (!message)
		return;
	recognise_request(&message->head, head);
	message->sequence = connection->requests;
	push_pending(connection, message, head->is_connect);
}

static enum http_body_rule on_head(void *context, const struct http_head *head)
{
	struct flow *flow = flow_of(context);

	decide_roles(flow, head->is_response);
	if (flow->message)
		flow->message->has_head = true;
	if (head->is_response)
		return on_response(flow, head);
	on_request(flow, head);
	return HTTP_BODY_BY_HEAD;
}

static void on_body(void *context, const uint8_t *data, uint64_t bytes)
{
	struct flow *flow = flow_of(context);

	if (flow->message)
		message_add_body(flow->message, data, bytes);
}

static void on_trailer(void *context, enum http_header header, const char *value)
{
	struct message *message = flow_of(context)->message;

	if (message && header == HTTP_RUNTIME_ERROR_TYPE && !message->head.names.function_error[0])
		redact_name(message->head.names.function_error, TOKEN_MAX, value, strlen(value),
			    "._-");
}

static void on_interim(void *context)
{
	struct flow *flow = flow_of(context);

	message_free(flow->connection->facts, flow->message);
	flow->message = NULL;
}

/* A message whose head was never complete: its place in the order is known nevertheless. */
static void pair_headless(struct flow *flow, struct message *message)
{
	struct connection *connection = flow->connection;
	struct pending_request request;

	if (flow->http.role == HTTP_ROLE_RESPONSES) {
		pop_pending(connection, &request);
		message->head.kind = request.kind;
		message->head.flags |= MESSAGE_IS_RESPONSE;
		message->sequence = request.sequence;
	} else if (flow->http.role == HTTP_ROLE_REQUESTS) {
		message->sequence = ++connection->requests;
		push_pending(connection, message, false);
	} else {
		message->head.kind = MESSAGE_BYTES;
		message->sequence = ++connection->requests;
	}
}

static void on_end(void *context, uint32_t flags, uint64_t wire_bytes)
{
	struct flow *flow = flow_of(context);
	struct connection *connection = flow->connection;
	struct message *message = flow->message;

	if (!message)
		return;
	flow->message = NULL;
	if (connection->facts->feeding == flow && !(flags & MESSAGE_END_INFERRED))
		message_touch(connection->facts, message);
	message->wire_bytes = wire_bytes;
	if (!message->has_head) {
		pair_headless(flow, message);
	} else {
		bool is_complete =
			!(flags & (MESSAGE_CUT | MESSAGE_END_INFERRED | MESSAGE_MALFORMED)) &&
			!((flags & MESSAGE_HAS_GAP) && (flags & MESSAGE_CHUNKED));

		message_read_names(message, is_complete);
		if (is_complete)
			message_digest_body(connection->facts, message);
	}
	message_emit(connection->facts, message, connection->id, flags);
	message_free(connection->facts, message);
}

static void on_leave(void *context, enum http_leave why, uint64_t held_bytes)
{
	struct flow *flow = flow_of(context);
	struct flow *other = flow_other(flow);
	struct connection *connection = flow->connection;
	uint32_t flags = connection->was_http ? MESSAGE_MALFORMED : 0;

	connection->mode = CONNECTION_BYTES;
	if (why != HTTP_LEAVE_NOT_HTTP || connection->was_http)
		connection->is_watching = false;
	if (other->message && other->message->has_head) {
		other->http.state = HTTP_STATE_LOST;
		http_end_inferred(&other->http);
	} else if (other->message) {
		other->message->wire_bytes = other->http.message_bytes;
		bytes_flow_adopt(other, flags);
	}
	http_leave_quietly(&other->http);
	if (!flow->message)
		return;
	bytes_flow_end(other, 0);
	if (connection->facts->feeding == flow)
		message_touch(connection->facts, flow->message);
	flow->message->wire_bytes = held_bytes;
	bytes_flow_adopt(flow, why == HTTP_LEAVE_NOT_HTTP ? flags : 0);
}

const struct http_events http_flow_events = {
	.begin = on_begin,
	.head = on_head,
	.body = on_body,
	.trailer = on_trailer,
	.interim = on_interim,
	.end = on_end,
	.leave = on_leave,
};
