/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * link_basis.h - why a link has its label (SEMANTICS 6): what speaks for it, what it had to be told from,
 * and where there is none why not. Numbers only: user/output says it in words.
 */
#ifndef IDLETAX_MODEL_LINK_BASIS_H
#define IDLETAX_MODEL_LINK_BASIS_H

#include <stdint.h>

/*
 * What was known of the call, the request that its receiver read, and the event that this handed over.
 * Bits, append only; each is set where it is decided (user/analysis).
 */
enum link_evidence {
	/* the call and the request */
	LINK_BY_SOCKET_PAIR = 1 << 0, /* the two ends of one connection, the same place on it */
	LINK_BY_RELAY = 1 << 1,	      /* past processes that passed it on: see relays */
	LINK_BY_SERVED = 1 << 2, /* the request is the invocation's event: nobody handed it over */
	/* the request and the event: what agrees, or contradicts */
	LINK_BY_REQUEST_ID = 1 << 3, /* the reply to the call tells the invocation's request id */
	LINK_BY_FUNCTION_NAME = 1 << 4,
	LINK_BY_EVENT_DIGEST = 1 << 5,
	LINK_BY_RESULT_DIGEST = 1 << 6,
	LINK_NOT_EVENT_DIGEST = 1 << 7, /* the bodies differ */
	LINK_NOT_RESULT_DIGEST = 1 << 8,
	/* the choice among what is possible by time, names and ids */
	LINK_BY_BEING_ALONE = 1 << 9, /* neither request nor event has another that is possible */
	LINK_BY_EXCLUSION = 1 << 10,  /* each other choice leaves some request without its event */
	LINK_BY_CONTENT = 1 << 11,    /* names and bodies fit best so */
	LINK_BY_ORDER = 1 << 12,      /* nothing but the order of time tells them apart */
	LINK_BY_FIRST_BEST = 1 << 13, /* too many at once: the strongest pairs first */
	/* the way from the call to the request */
	LINK_BY_THREAD = 1 << 14, /* one thread of a relay did nothing else in between */
	/* the two ends' addresses differ: by bodies, ports and time */
	LINK_BY_TRANSLATION = 1 << 15,
	LINK_BY_RERUN = 1 << 16, /* the same event had failed before: what caused that */
	LINK_IN_DOUBT = 1 << 17, /* bodies contradict the choice, or others were decided before */
	LINK_UNNAMED = 1 << 18,	 /* plain HTTP: nothing says that it asked for a function */
	LINK_EVIDENCE_BITS = 19,
};

/* Why there is no link; LINK_ROOT and LINK_NONE of an invocation, LINK_NONE of a call. Append only. */
enum link_reason {
	LINK_REASON_NONE = 0, /* it is linked */

	/* of an invocation: it is a root, or its caller is not known */
	ROOT_NO_DISPATCHER = 1,	  /* who handed its event over was not seen */
	ROOT_NO_REQUEST = 2,	  /* who did had no request that it can be for */
	ROOT_CLIENT_UNSEEN = 3,	  /* the request came from elsewhere, or from who is not traced */
	ROOT_CLIENT_OUTSIDE = 4,  /* or from a process that was in no invocation then */
	CALLER_OWNER_UNKNOWN = 5, /* from one of several invocations that were open at once */
	CALLER_TAKEN = 6, /* calls that it can be for were there: other events fit them better */
	CALLER_TOLD = 7,  /* the caller's chain was closed before the link was known */
	CALLER_IS_EFFECT = 8,	/* what would be its caller was called by it: times in disorder */
	CALLER_ANSWERED = 9,	/* that call has led to another invocation already */
	CALLER_UNFINISHED = 10, /* its caller's end was never told */

	/* of a call: the invocation that it led to is not known */
	CALLEE_NO_FUNCTION = 11,     /* it is not a function's */
	CALLEE_NO_SERVER = 12,	     /* the other end is not on this host, or not traced */
	CALLEE_UNREAD = 13,	     /* the other end is traced, but no request was read there */
	CALLEE_DRY_RUN = 14,	     /* no function runs for it */
	CALLEE_REFUSED = 15,	     /* answered 4xx */
	CALLEE_NOT_HANDED_OVER = 16, /* its receiver handed no event over that it can be */
	CALLEE_TAKEN = 17, /* events that it can be were handed over: other calls fit them better */
	CALLEE_UNLINKED = 18, /* the invocation it led to is there, but see its own reason */
	CALLEE_LOST = 19,     /* facts of sockets were lost before its end */

	/* requests that it can be for were there, none a call: others' events fit better */
	ROOT_TAKEN = 20,
	CALLEE_NOT_CONNECTED = 21, /* its connect was refused, or given up */
	LINK_REASON_COUNT = 22,
};

struct link_basis {
	uint32_t evidence;	/* enum link_evidence */
	uint8_t reason;		/* enum link_reason */
	uint8_t relays;		/* that passed the request on */
	uint8_t relayed;	/* enum link_kind: how surely; 0 without relays */
	uint32_t receiver_tgid; /* who read the request at last; 0 none */
	uint32_t requests; /* beside this one: those that can be for the event by all but content */
	uint32_t events;   /* beside this one: those that the request can have led to */
};

/* Names in JSON: "socket_pair", ... by bit number; NULL past the last. "no_dispatcher", ...; never NULL. */
const char *link_evidence_name(unsigned int bit);
const char *link_reason_name(enum link_reason reason);

#endif
