/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * connection.h - the sockets that are known: identity, life, and the state of what moves over them.
 * The table is bounded: beyond its limit the connection that was used longest ago is forgotten.
 */
#ifndef IDLETAX_FACTS_CONNECTION_H
#define IDLETAX_FACTS_CONNECTION_H

#include "facts/message.h"
#include "facts/state.h"
#include "wire/http.h"
#include "wire/lines.h"
#include "wire/protocol.h"
#include "wire/stream.h"

#define PENDING_MAX 16 /* requests of one connection without a response yet whose kind is kept */

enum connection_mode {
	CONNECTION_UNDECIDED = 0, /* no complete start line yet; http parsers look for one */
	CONNECTION_HTTP = 1,
	CONNECTION_BYTES = 2,  /* another protocol */
	CONNECTION_LINES = 3,  /* Unix: only event and result lines matter */
	CONNECTION_DIALOG = 4, /* PostgreSQL, Redis */
};

struct dialog;
struct naming;

struct flow { /* one direction */
	struct connection *connection;
	uint8_t direction;    /* enum message_direction */
	bool is_start_unsure; /* its first bytes may not be a protocol's first */
	uint8_t start_bytes;  /* kept in `start`, while the connection is_new */
	uint8_t start[PROTOCOL_START_BYTES];
	struct stream stream;
	struct message *message; /* open, or NULL */
	union {
		struct http_parser http;
		struct line_parser lines;
	};
};

struct pending_request {
	uint64_t sequence;
	uint8_t kind;	/* enum message_kind */
	uint8_t method; /* enum http_method */
	bool is_connect;
};

struct connection {
	struct facts *facts;
	struct connection *next; /* in one of the table's lists */
	struct connection *previous;
	uint64_t cookie;
	uint64_t id;
	uint64_t self; /* Unix sockets */
	uint64_t peer;
	uint64_t opened_ns;
	uint64_t closed_ns; /* 0: open */
	uint32_t tgid;	    /* owner; 0 unknown */
	uint32_t netns;
	uint16_t local_port;
	uint16_t remote_port;
	uint8_t family;	    /* enum connection_family; 0 unknown */
	uint8_t mode;	    /* enum connection_mode */
	uint8_t last_state; /* enum connection_state as emitted */
	bool is_client;
	bool is_listening; /* it moves no bytes: others come from it */
	bool is_old;	   /* it was open before its process was traced */
	bool is_announced; /* FACT_CONNECTION was emitted */
	bool is_watching;  /* BYTES that may turn out to be HTTP joined in the middle */
	bool is_new;	   /* its first bytes may say what it speaks, if not HTTP */
	bool is_quiet;	   /* its opening was lost: unrecognised bytes may be anything */
	bool was_http;
	bool has_run;		    /* BYTES: a run was seen */
	uint8_t last_run_direction; /* BYTES: of the latest run */
	uint8_t local_address[FACT_ADDRESS_BYTES];
	uint8_t remote_address[FACT_ADDRESS_BYTES];
	uint64_t requests; /* counted so far: the last sequence number given */
	struct pending_request pending[PENDING_MAX];
	uint8_t pending_first;
	uint8_t pending_count;
	uint64_t pending_beyond; /* later requests without a response: only counted */
	struct dialog *dialog;	 /* CONNECTION_DIALOG */
	struct naming *naming;	 /* of BYTES, or NULL */
	struct flow flows[2];	 /* by enum message_direction */
};

void connections_init(struct connection_table *table, uint32_t max);
/* Frees all without emitting anything. */
void connections_release(struct facts *facts);

/* Of RECORD_SOCKET_OPEN: makes it or completes its addresses. */
void connection_open(struct facts *facts, const struct record_socket_open *record);
void connection_set_state(struct facts *facts, const struct record_socket_state *record);

/* The connection that @cookie names, used now; made where its opening was lost. NULL: no memory. */
struct connection *connection_use(struct facts *facts, uint64_t cookie);

/*
 * It is kept for a while like one that closed, and told to be closed after that: of one whose end the kernel
 * does not tell.
 */
void connection_retire(struct connection *connection);

/* Emits FACT_CONNECTION if that has not been done. @is_from_start: nothing moved before. */
void connection_announce(struct connection *connection, bool is_from_start);

/* Ends all that is open; the recording ended. */
void connections_finish(struct facts *facts);

static inline struct flow *flow_other(struct flow *flow)
{
	return &flow->connection->flows[!flow->direction];
}

#endif
