/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * tls.h - what can be seen of TLS from outside: records, and the name in a ClientHello (RFC 8446, RFC 6066).
 *
 *   stream = { type(20..23) version2 length2 bytes }
 *
 * One tls_side per direction takes any split of its input, and holes in it. Nothing is decrypted: which
 * bytes are still the handshake's is known from the types and, in TLS 1.3, from the length of Finished.
 */
#ifndef IDLETAX_WIRE_TLS_H
#define IDLETAX_WIRE_TLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "wire/redact.h"
#include "wire/stream.h"

#define TLS_HEAD_BYTES 5
#define TLS_HELLO_MAX 16384

enum tls_part {		 /* the furthest thing that a run of bytes was part of */
	TLS_NOTHING = 0, /* an alert, which ends a connection */
	TLS_HANDSHAKE = 1,
	TLS_DATA = 2,
};

struct tls_hello {
	char host[HOST_MAX]; /* server_name; empty: none */
	bool is_done;	     /* it was whole, or too odd to go on with */
	struct buffer text;  /* of its handshake message, until then */
};

struct tls_side {
	uint8_t head[TLS_HEAD_BYTES];
	uint8_t head_bytes;
	uint32_t body_left;
	bool is_lost; /* until an operation begins with a record */
	bool is_client;
	bool has_changed_cipher; /* ChangeCipherSpec was seen */
	bool has_finished;	 /* client: its part of the handshake is over */
	uint8_t flight;		 /* TLS 1.3 client: encrypted records of its handshake */
	enum tls_part part;	 /* of the record at hand */
	struct tls_hello hello;	 /* client */
};

void tls_side_init(struct tls_side *side, bool is_client);
void tls_side_release(struct tls_side *side);

/* What the run was part of. -ENOMEM leaves the name unknown. */
enum tls_part tls_feed(struct tls_side *side, const struct stream_run *input);

/* Whether a client's first bytes begin a ClientHello: 1 yes, 0 no, -1 too few to tell. */
int tls_match_start(const uint8_t *data, size_t bytes);

#endif
