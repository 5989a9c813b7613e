/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * state.h - what the modules of user/facts share: the state of one conversion and how a fact is emitted.
 * Not for other folders.
 */
#ifndef IDLETAX_FACTS_STATE_H
#define IDLETAX_FACTS_STATE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/hash_map.h"
#include "facts/facts.h"

struct connection;
struct flow;
struct message;

struct connection_list { /* oldest first */
	struct connection *first;
	struct connection *last;
	uint32_t count;
};

struct connection_table {
	struct hash_map by_cookie;
	struct hash_map by_self;       /* Unix sockets */
	struct connection_list live;   /* by last use */
	struct connection_list closed; /* by time of closing; forgotten a little later */
	uint64_t last_id;
	uint32_t max;
};

struct message_list { /* open runs of bytes, by last byte, oldest first */
	struct message *first;
	struct message *last;
};

struct worker_table {
	struct hash_map messages; /* by address and process: struct worker_message */
	struct hash_map ports;	  /* by address and process: those with other traffic */
	struct hash_map threads;  /* by tid: struct worker_thread */
	uint64_t last_message;
	uint64_t last_port;
	uint32_t max;
};

struct native_probe {
	uint32_t memory_mb;
	char name[RECORD_FUNCTION_MAX + 1];
};

struct facts {
	struct fact_sink sink;
	int error; /* of the sink, or -ENOMEM; nothing is emitted after it */
	uint8_t key[DIGEST_KEY_BYTES];
	struct facts_stats stats;

	/* the record at hand */
	uint64_t now_ns;
	uint32_t tgid;
	uint32_t tid;

	struct flow *feeding; /* that the record at hand moves bytes of */

	struct connection_table connections;
	struct message_list open_runs;
	struct message *free_messages; /* for reuse, through their `next` */
	unsigned int free_message_count;
	struct worker_table workers;
	struct native_probe *native_probes[RECORD_NATIVE_PROBES_MAX]; /* NULL: not told */
};

void facts_emit(struct facts *facts, const struct fact *fact);

/* @records were lost in user space. */
void facts_emit_loss(struct facts *facts, uint64_t records);

/* Notes that memory ran out: facts_push_record returns it. */
void facts_out_of_memory(struct facts *facts);

#endif
