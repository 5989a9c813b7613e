/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * dialog.h - what the parsers of protocols with framed questions and answers (PostgreSQL, Redis) tell of
 * one connection. Each takes any split of its input, and holes in it.
 *
 * Questions may be sent without waiting for answers; answers come in the order of the questions. A
 * question says what it awaits: so many acknowledgements, or that the server is ready for the next.
 */
#ifndef IDLETAX_WIRE_DIALOG_H
#define IDLETAX_WIRE_DIALOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire/redact.h"

struct dialog_question {
	const char *operation; /* of a fixed list, or NULL */
	const char *target;    /* redacted; or NULL */
	uint32_t awaits;       /* acknowledgements */
	bool awaits_ready;     /* until DIALOG_READY, whatever is acknowledged before */
	bool connects;	       /* of the connection's making, like a login */
	bool has_gap;	       /* it may be more than one */
};

enum dialog_answer_kind {
	DIALOG_ACKNOWLEDGED = 1,
	DIALOG_FAILED = 2, /* an acknowledgement, too */
	DIALOG_READY = 3,
};

struct dialog_answer {
	enum dialog_answer_kind kind;
	const char *error; /* DIALOG_FAILED: its code, redacted; or NULL */
	bool has_gap;	   /* others may have been before it */
};

enum dialog_leave {
	DIALOG_LEAVE_UNKNOWN = 1, /* what follows cannot be understood */
	DIALOG_LEAVE_TLS = 2,	  /* the peers agreed on TLS from here on */
};

struct dialog_events {
	void (*question_begin)(void *context);
	void (*question_end)(void *context, const struct dialog_question *question);
	void (*answer_begin)(void *context); /* the first byte of anything that the server says */
	void (*answer)(void *context, const struct dialog_answer *answer);
	/* A hole lay where an answer's framing was. Nothing is told of it until the parser is resumed. */
	void (*answer_lost)(void *context);
	void (*leave)(void *context, enum dialog_leave why); /* the last thing that is told */
};

#endif
