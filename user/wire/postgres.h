/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * postgres.h - the PostgreSQL protocol, version 3 (PostgreSQL documentation, "Frontend/Backend Protocol").
 *
 *   asked    = [ SSLRequest | GSSENCRequest ] Startup { TYPE length4 body }
 *   answered = [ 'S' | 'N' | 'G' ] { TYPE length4 body }
 *
 * A question is what the server answers with one ReadyForQuery: a Query, a function call, or all up to a
 * Sync. One that ends in a Flush awaits an acknowledgement of each of its messages. Of a statement's text
 * its first keyword is kept, of the startup message the name of the database.
 */
#ifndef IDLETAX_WIRE_POSTGRES_H
#define IDLETAX_WIRE_POSTGRES_H

#include "wire/dialog.h"
#include "wire/stream.h"

#define POSTGRES_START_BYTES 8
#define POSTGRES_TEXT_MAX 512  /* bytes of a message that are looked at */
#define POSTGRES_STATEMENTS 64 /* prepared statements whose kind is remembered */

enum postgres_state {
	POSTGRES_STARTUP = 0, /* in the head of a message before the login */
	POSTGRES_STARTUP_BODY,
	POSTGRES_HEAD,
	POSTGRES_BODY,
	POSTGRES_LOST, /* a hole lay where a head was */
};

struct postgres_side {
	enum postgres_state state;
	uint8_t head[POSTGRES_START_BYTES];
	uint8_t head_bytes;
	uint8_t tail[6]; /* LOST: the last bytes so far */
	uint8_t tail_bytes;
	uint32_t body_left;
	uint32_t text_bytes;
	bool has_hole; /* in text */
	uint8_t text[POSTGRES_TEXT_MAX];
};

struct postgres_statement {
	uint64_t name;	       /* hash */
	const char *operation; /* or NULL */
};

struct postgres {
	const struct dialog_events *events;
	void *context;
	struct postgres_side asked, answered;
	bool is_open;	  /* a question is begun */
	bool has_execute; /* it runs something */
	bool has_parse;	  /* it prepares something */
	bool has_gap;	  /* a part of it was lost */
	bool has_left;
	uint32_t unflushed;    /* messages that a Flush would have acknowledged */
	const char *operation; /* of the open question */
	uint8_t encryption;    /* the request for it that is not answered: 's', 'g', or 0 */
	char database[NAME_TEXT_MAX];
	unsigned int statement_next;
	struct postgres_statement statements[POSTGRES_STATEMENTS];
};

/* @is_from_start: the login comes first. */
void postgres_init(struct postgres *postgres, const struct dialog_events *events, void *context,
		   bool is_from_start);
/* They move @input on as they go, so that a callback can tell how far they are. */
void postgres_ask(struct postgres *postgres, struct stream_run *input);
void postgres_answer(struct postgres *postgres, struct stream_run *input);
/* The lost answer is over: the next operation begins with another. */
void postgres_resume(struct postgres *postgres);

/* Whether a client's first bytes begin such a dialog: 1 yes, 0 no, -1 too few to tell. */
int postgres_match_start(const uint8_t *data, size_t bytes);
/* Whether an operation of a client is a whole question, in the middle of a dialog. */
bool postgres_match_question(const uint8_t *data, size_t bytes);

#endif
