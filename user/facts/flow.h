/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * flow.h - what moves over a connection: runs of captured bytes and holes -> messages. Decides which
 * protocol a connection speaks and pairs its requests and responses.
 */
#ifndef IDLETAX_FACTS_FLOW_H
#define IDLETAX_FACTS_FLOW_H

#include "facts/connection.h"

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

/* Starts, goes on with and ends runs of unrecognised bytes. */
void bytes_flow_add(struct flow *flow, uint64_t bytes, uint32_t flags);
void bytes_flow_adopt(struct flow *flow, uint32_t flags); /* its open message becomes a run */
void bytes_flow_end(struct flow *flow, uint32_t flags);
void bytes_flow_drop(struct flow *flow);	/* as end, without a fact */
void bytes_flows_end_idle(struct facts *facts); /* runs that nothing followed for a while */

#endif
