/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * connection_table.h - sockets as CONNECTION and CONNECTION_STATE tell of them, and which two are the
 * ends of one connection: TCP by mirrored addresses, those of a loopback in one network namespace only;
 * Unix by peer id.
 */
#ifndef IDLETAX_ASSEMBLE_CONNECTION_TABLE_H
#define IDLETAX_ASSEMBLE_CONNECTION_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "assemble/list.h"
#include "assemble/process_table.h"
#include "base/hash_map.h"
#include "trace/fact.h"

struct connection_address {
	uint8_t bytes[FACT_ADDRESS_BYTES]; /* IPv4 mapped into IPv6 is written as IPv4 */
	uint16_t port;
};

/* The emulator's side of a Runtime API event, kept on the runtime's end until that is told, too. */
struct dispatch {
	bool is_set;
	uint64_t request_id; /* hash; 0 none */
	uint64_t sequence;
	uint64_t first_ns;
	uint64_t connection;
	uint32_t tgid, tid;
};

enum connection_role { /* who asks, where the protocol does not say */
	ROLE_UNKNOWN = 0,
	ROLE_CLIENT = 1,
	ROLE_SERVER = 2,
};

struct connection {
	uint64_t id;
	uint64_t peer_id;	 /* of the other end; 0 unknown or not traced */
	struct connection *peer; /* while it is known */
	uint64_t opened_ns;
	uint64_t peer_closed_ns; /* the other side will send no more; 0 not yet */
	uint64_t own_closed_ns;	 /* this side will send no more, and was the first; 0 not yet */
	uint64_t closed_ns;	 /* 0 open */
	uint32_t tgid;		 /* 0 unknown */
	uint32_t tid;		 /* that its CONNECTION tells; 0 unknown */
	uint32_t netns;
	uint8_t family; /* enum connection_family; 0: its CONNECTION was not told */
	bool is_client;
	bool is_from_start;
	bool is_established; /* told to be: else its connect failed, or was before the recording */
	bool is_close_told;  /* what closed it is known */
	bool is_abandoned;   /* closed because its process ended; a child may use it on */
	bool is_daemons;     /* what was asked over it was for a log or trace daemon */
	bool has_requests;   /* one was seen: a connect before belongs to the first only */
	enum connection_role role;
	struct connection_address local, remote;
	struct list link;      /* process.connections */
	struct list closed;    /* connection_table.closed */
	struct list exchanges; /* struct exchange_state, open ones in order of their requests */
	struct list questions; /* struct question: open GET /next */
	struct dispatch dispatch;
	uint64_t done_sequence, done_first_ns; /* the last exchange that was over: told twice? */
	bool has_done;
};

struct connection_table {
	struct hash_map by_id;
	struct hash_map by_address;	/* of TCP: hash of both addresses as seen from this end */
	struct hash_map by_far_address; /* the same without the network namespace; no loopback */
	struct list closed;		/* in order of closed_ns */
};

void connection_table_init(struct connection_table *table);
void connection_table_release(struct connection_table *table);

struct connection *connection_find(const struct connection_table *table, uint64_t id);
/* As told, else made; NULL when out of memory. */
struct connection *connection_get(struct connection_table *table, uint64_t id);
/* Applies FACT_CONNECTION; 0 or -ENOMEM. */
int connection_table_open(struct connection_table *table, const struct fact *fact);
/* A message of @process moved over it: it is its, if it was nobody's, and it is open. */
void connection_touch(struct connection *connection, struct process *process);
/* Queues it for removal (with a Unix socket its peer); its exchanges are the caller's. */
void connection_close(struct connection_table *table, struct connection *connection,
		      uint64_t time_ns);
/* The first connection that was closed before @horizon_ns, or NULL. */
struct connection *connection_next_closed(struct connection_table *table, uint64_t horizon_ns);
void connection_free(struct connection_table *table, struct connection *connection);

/* Identity of the address it was connected to, in its network namespace. */
uint64_t connection_target(const struct connection *connection);
/* The same in whatever namespace. */
uint64_t connection_target_address(const struct connection *connection);

#endif
