/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * redis.h - the Redis protocol, RESP2 and RESP3 (redis.io, "Redis serialization protocol specification").
 *
 *   command = "*" N CRLF N ( "$" LENGTH CRLF bytes CRLF )
 *   reply   = one value of any type; a push (">", or in RESP2 a message to a subscriber) is none
 *
 * What a client sends up to the end of an operation that ends with a command is one question: a command,
 * or a pipeline, which awaits as many replies as it has commands. Of a command its name is kept.
 */
#ifndef IDLETAX_WIRE_REDIS_H
#define IDLETAX_WIRE_REDIS_H

#include "wire/dialog.h"
#include "wire/stream.h"

#define REDIS_LINE_MAX 24 /* of a length or a number: longer lines are no lengths */
#define REDIS_WORD_MAX 20 /* of a command's name */

enum redis_state {
	REDIS_START = 0, /* at the first byte of a command or of a value */
	REDIS_LINE,
	REDIS_BULK,
	REDIS_LOST,
};

struct redis_side {
	enum redis_state state;
	uint8_t line_bytes; /* kept; the type is the first */
	bool is_line_long;
	char line[REDIS_LINE_MAX];
	uint64_t bulk_left; /* with its CRLF */
	uint64_t values_left;
	uint8_t word_bytes; /* a command's name, an error's or a push's first word */
	bool is_in_word;
	char word[REDIS_WORD_MAX + 1];
};

struct redis {
	const struct dialog_events *events;
	void *context;
	struct redis_side asked, answered;
	bool has_left;
	bool has_worked; /* a command was seen that is not of the connection's making */
	bool is_subscribed;
	/* the command at hand */
	uint32_t arguments;
	const char *command;
	bool is_reply_off; /* CLIENT REPLY: nobody knows what comes */
	/* the question at hand */
	bool is_open;
	bool has_gap;
	bool connects;
	uint32_t awaits;
	const char *operation;
	/* the reply at hand */
	bool is_reply_begun;
	char reply_type;
};

void redis_init(struct redis *redis, const struct dialog_events *events, void *context,
		bool is_from_start);
/* They move @input on as they go, so that a callback can tell how far they are. */
void redis_ask(struct redis *redis, struct stream_run *input);
void redis_answer(struct redis *redis, struct stream_run *input);
/* The lost answer is over: the next operation begins with another. */
void redis_resume(struct redis *redis);

/* Whether an operation of a client begins with a command: 1 yes, 0 no, -1 too few bytes to tell. */
int redis_match_start(const uint8_t *data, size_t bytes);

#endif
