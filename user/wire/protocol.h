/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * protocol.h - which protocol other than HTTP a connection speaks, by its first bytes.
 */
#ifndef IDLETAX_WIRE_PROTOCOL_H
#define IDLETAX_WIRE_PROTOCOL_H

#include <stddef.h>
#include <stdint.h>

#define PROTOCOL_START_BYTES 16 /* enough to tell each */

enum protocol {
	PROTOCOL_UNDECIDED = 0, /* more bytes are needed */
	PROTOCOL_UNKNOWN,	/* none of these */
	PROTOCOL_POSTGRES,
	PROTOCOL_REDIS,
	PROTOCOL_TLS,
	PROTOCOL_MYSQL,	  /* by what the server says first */
	PROTOCOL_HTTP2,	  /* without TLS, by prior knowledge */
	PROTOCOL_MONGODB, /* from here on only the name is known */
	PROTOCOL_KAFKA,
	PROTOCOL_AMQP,
};

/* By the first bytes that a client sends, all of them so far. */
enum protocol protocol_of_client(const uint8_t *data, size_t bytes);

/* By the first bytes that a server sends before its client has sent anything. */
enum protocol protocol_of_server(const uint8_t *data, size_t bytes);

#endif
