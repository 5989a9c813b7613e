/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * flow.h - what moves over a connection: runs of captured bytes and holes -> messages. Decides which
 * protocol a connection speaks and pairs its requests and responses.
 */
#ifndef IDLETAX_FACTS_FLOW_H
#define IDLETAX_FACTS_FLOW_H

#include "facts/connection.h"
#include "wire/protocol.h"

void flows_init(struct connection *connection);
void flows_release(struct connection *connection);

/* One piece of a send or receive; the record's lengths have been checked. */
void flow_push(struct flow *flow, const struct record_socket_data *record);

/* The connection ended: what is open is complete or cut. */
void flows_close(struct connection *connection);

/* The recording ended. */
void flows_cut(struct connection *connection);

/* ---- between the files of this module ---- */

extern const struct http_events http_flow_events;
extern const struct line_events line_flow_events;

/*
 * Whether @run shows what the connection speaks, other than HTTP; then it was fed, too. At the start of a
 * connection, and in its middle where it is watched.
 */
bool detect_at_start(struct flow *flow, const struct stream_run *run);
bool detect_in_middle(struct flow *flow, const struct stream_run *run);

/* Whether what moved first, in @direction, shows that this side is a database's client. */
bool detect_is_client_of_database(uint8_t direction, const uint8_t *data, size_t bytes);

/* Starts, goes on with and ends runs of unrecognised bytes. */
void bytes_flow_add(struct flow *flow, uint64_t bytes, uint32_t flags);
void bytes_flow_adopt(struct flow *flow, uint32_t flags); /* its open message becomes a run */
void bytes_flow_end(struct flow *flow, uint32_t flags);
void bytes_flow_drop(struct flow *flow);	/* as end, without a fact */
void bytes_flows_end_idle(struct facts *facts); /* runs that nothing followed for a while */
bool bytes_flow_is_answering(const struct flow *flow);

/* The open message of @flow is like a run: it ends when nothing follows for a while. */
void bytes_flow_wait(struct flow *flow);
void bytes_flow_wait_on(struct flow *flow); /* something followed */
void bytes_flow_stop_waiting(struct flow *flow);

/* Runs of a protocol that has a name: MESSAGE_TLS, MESSAGE_MYSQL, or MESSAGE_BYTES. */
struct named {
	uint8_t kind;	     /* enum message_kind */
	uint8_t asker;	     /* direction in which its client's bytes move */
	const char *service; /* static; NULL: what the host tells */
	bool is_http2;	     /* of its frames those count that are of requests and responses */
};
void named_open(struct connection *connection, const struct named *named);
void named_release(struct connection *connection);
bool named_is_answering(const struct flow *flow);
void named_feed(struct flow *flow, const struct stream_run *run);
void named_fill(const struct connection *connection, struct message *message);

/* Protocols with framed questions and answers: CONNECTION_DIALOG. 0, or -1: no memory (noted). */
int dialog_open(struct connection *connection, enum protocol protocol, uint8_t asker,
		bool is_from_start);
void dialog_release(struct connection *connection);
void dialog_feed(struct flow *flow, const struct stream_run *run);
void dialog_close(struct connection *connection);    /* what is open is cut */
void dialog_end_lost(struct connection *connection); /* an answer that was lost is over */
void dialog_stop_waiting(
	struct connection *connection); /* it goes on, or its connection does not */

#endif
