/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * mysql.h - what clients of MySQL and MariaDB ask (MySQL Internals Manual, "Client/Server Protocol").
 *
 *   answered = greeting ...         the server speaks first
 *   asked    = [ SSLRequest ] login ... { command }
 *   each     = length3 (little endian) number1 bytes; a command's number is 0
 *
 * Of a command its kind is kept, of a statement its first keyword, of the login the name of the database.
 * Answers are not parsed.
 */
#ifndef IDLETAX_WIRE_MYSQL_H
#define IDLETAX_WIRE_MYSQL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire/redact.h"
#include "wire/stream.h"

#define MYSQL_HEAD_BYTES 4
#define MYSQL_TEXT_MAX 512 /* bytes of a packet that are looked at */

enum mysql_part {	      /* the furthest thing that a run of bytes was part of */
	MYSQL_UNANSWERED = 0, /* a command to which nothing is answered */
	MYSQL_LOGIN = 1,
	MYSQL_COMMAND = 2,
	MYSQL_ENCRYPTED = 3, /* what follows the packet is TLS */
};

struct mysql { /* what the client sends */
	uint8_t head[MYSQL_HEAD_BYTES];
	uint8_t head_bytes;
	uint32_t body_left;
	uint32_t text_bytes;
	bool is_lost; /* until an operation begins with a command */
	bool has_hole;
	bool has_command; /* the login is over */
	bool is_encrypted;
	enum mysql_part part;
	const char *operation; /* of the latest command; NULL unknown */
	char database[NAME_TEXT_MAX];
	uint8_t text[MYSQL_TEXT_MAX];
};

void mysql_init(struct mysql *mysql);
/* What the run was part of; it is not read beyond an SSLRequest. Returns how much was taken. */
uint64_t mysql_feed(struct mysql *mysql, const struct stream_run *input, enum mysql_part *ret_part);

/* Whether a server's first bytes begin a greeting: 1 yes, 0 no, -1 too few to tell. */
int mysql_match_greeting(const uint8_t *data, size_t bytes);

#endif
