/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * message.h - one message while it moves: its times, its redacted names, the digests of its body; at its
 * end a FACT_MESSAGE. Pooled: a message exists only between its first and its last byte.
 */
#ifndef IDLETAX_FACTS_MESSAGE_H
#define IDLETAX_FACTS_MESSAGE_H

#include "base/buffer.h"
#include "facts/state.h"
#include "wire/recognise.h"

/*
 * Of a longer body only so much is digested: the kernel keeps RECORD_PIECE_MAX bytes of an operation, which
 * a head may share, and both ends of a connection must come to the same digest.
 */
#define BODY_PREFIX_BYTES 2048
/* Bytes kept of a body while it is read; a longer one gets no JSON digest. */
#define BODY_TEXT_MAX 16384

struct flow;

struct body {
	struct siphash prefix;
	uint32_t prefix_bytes;
	bool has_hole; /* bytes of the prefix are missing */
	bool has_text; /* text holds its beginning: all of it where it is as long */
	uint64_t bytes;
	struct buffer text;
};

struct message {
	struct message *next; /* in the list of open runs, or of free messages */
	struct message *previous;
	struct flow *flow; /* of an open run */
	uint64_t sequence;
	uint64_t first_ns;
	uint64_t last_ns;
	uint64_t wire_bytes;
	uint32_t tgid;
	uint32_t tid;
	uint32_t last_tid;
	uint32_t memory_mb;
	uint8_t direction; /* enum message_direction */
	bool has_head;
	struct message_head head;
	struct digest body_digest; /* filled by message_digest_body */
	struct digest json_digest;
	struct body body;
};

/* Begins at the record at hand; NULL when out of memory (noted). */
struct message *message_new(struct facts *facts, uint8_t direction);
void message_free(struct facts *facts, struct message *message); /* back to the pool */
void message_pool_release(struct facts *facts);

/* The record at hand moved bytes of it. */
void message_touch(const struct facts *facts, struct message *message);

/* @data NULL: not captured. */
void message_add_body(struct message *message, const uint8_t *data, uint64_t bytes);

/* Reads what the body of a request to a service names; @is_complete: there is no more of it. */
void message_read_names(struct message *message, bool is_complete);

/* Computes the digests of the complete body. */
void message_digest_body(const struct facts *facts, struct message *message);

/* Emits it as a fact of @connection with @flags beside those of its head. */
void message_emit(struct facts *facts, const struct message *message, uint64_t connection,
		  uint32_t flags);

#endif
