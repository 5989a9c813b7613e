/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * exchange.h - one request and its response on one connection, as one process saw it. Seen from the
 * client's side inside an invocation it is an attempt of a call; seen from the server's side it is
 * what an emulator received. Made by user/assemble; user/analysis fills the part it owns.
 */
#ifndef IDLETAX_MODEL_EXCHANGE_H
#define IDLETAX_MODEL_EXCHANGE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/trace_context.h"
#include "model/link_basis.h"
#include "model/owned_text.h"
#include "trace/fact.h"

struct invocation;

enum service_class {		  /* what an attempt waits for (SEMANTICS 3, rule 3) */
	SERVICE_LAMBDA_SYNC = 1,  /* RequestResponse, streaming */
	SERVICE_LAMBDA_EVENT = 2, /* Event, legacy async, DryRun */
	SERVICE_AWS = 3,
	SERVICE_HTTP = 4,
	SERVICE_OTHER = 5, /* no HTTP: a database, TLS, bytes of an unknown protocol */
};

enum link_kind {       /* SEMANTICS 6 */
	LINK_ROOT = 1, /* no traced caller at its entry */
	LINK_EXACT = 2,
	LINK_INFERRED = 3,
	LINK_AMBIGUOUS = 4, /* best candidate, see alternatives */
	LINK_NONE = 5,	    /* a caller (callee) was seen but could not be linked */
};

enum exchange_close {	       /* who ended the connection before the reply was complete */
	CLOSED_BY_UNKNOWN = 0, /* nobody, or the end of a process */
	CLOSED_BY_CALLER = 1,
	CLOSED_BY_CALLEE = 2,
	CLOSED_BY_RESET = 3, /* from either side, without a word before */
};

struct exchange {
	uint32_t references;
	uint64_t id; /* counts from 0 in the order in which exchanges are made */
	uint64_t connection;
	uint64_t peer_connection; /* the other end on this host; 0 none or not traced */
	uint64_t server; /* client's side: identity of the address that was asked; 0 unknown */
	/* likewise of the address alone, in whatever namespace; 0 unknown */
	uint64_t server_address;
	uint64_t sequence;
	uint32_t tgid;
	uint32_t tid;	       /* that moved the request's first byte */
	uint32_t response_tid; /* that moved the response's first byte; 0 none */
	/* The client's end as this side saw it; 0 unknown. NAT can have changed it on the way. */
	uint64_t source_address; /* hash */
	uint16_t source_port;
	bool is_client; /* this side sent the request */
	bool has_request;
	bool has_response;
	bool is_over; /* response complete, error, close, or cut */
	bool is_cut;  /* no complete response: closed, or cut by the invocation's end */
	enum exchange_close closed_by; /* client's side, with is_cut */
	bool is_refused;   /* there was no connection: what it asked is what was asked after it */
	bool is_dangling;  /* was still open at its invocation's end */
	bool is_unowned;   /* client's side: some invocation's attempt, of several that were open */
	bool is_undecided; /* unowned, but whose it is may become known */
	bool is_served;	   /* server's side: the request is an invocation's event itself */
	bool is_awaited;   /* client's side: its thread only slept in the read of the response */
	enum service_class service_class;
	uint8_t kind;		 /* enum message_kind */
	uint8_t method;		 /* enum http_method */
	uint8_t invocation_type; /* enum invocation_type */
	uint16_t status;
	uint16_t sdk_attempt;
	uint16_t sdk_max;
	uint32_t flags;		 /* enum message_flag of both messages, joined */
	uint64_t start_ns;	 /* first byte of the request, or start of the connect it needed */
	uint64_t request_end_ns; /* last byte of the request */
	uint64_t response_start_ns; /* first byte of the response; 0 none */
	uint64_t end_ns;	    /* last byte of the response, error, close, or cut */
	uint64_t connect_ns; /* part before the request's first byte: connect, handshake, login */
	uint64_t deadline_ms;
	struct digest request_body, request_json;
	struct digest response_body, response_json;
	/* or NULL; function, service, operation live as long as the assembler, the rest is in `texts` */
	const char *request_id;		 /* in the request: runtime API id */
	const char *response_request_id; /* x-amzn-RequestId or the like in the response */
	const char *function, *qualifier, *arn;
	const char *host, *path, *service, *operation, *target;
	const char *trace_header, *traceparent;
	const char *sdk_invocation_id;
	const char *function_error;

	/* --- of a client that belongs to no environment: a script, a server --- */
	const char *program, *parent_program; /* what it runs; live as `function` does; or NULL */
	uint32_t parent_tgid;		      /* 0 unknown */
	bool is_of_server; /* it, or its parent, had been asked for something itself */

	/* --- as an attempt (is_client inside an invocation) --- */
	struct invocation *owner; /* not counted: the owner holds the attempt */
	/* these once the owner is settled */
	uint32_t call;	      /* call number inside its invocation; attempts of one call share it */
	uint32_t attempt;     /* 1 for the first attempt of its call */
	enum link_kind retry; /* how it is known that it is not the first; 0: it is the first */

	/* --- filled by analysis --- */
	struct invocation *callee; /* counted; NULL: not linked */
	enum link_kind link;
	uint32_t alternatives;	 /* candidates beside the best, with LINK_AMBIGUOUS */
	struct link_basis basis; /* why `link` is what it is */
	uint64_t wait_ns;	 /* given to this attempt (SEMANTICS 3) */
	uint64_t double_billed_ns;
	uint64_t double_init_ns;
	uint64_t transit_ns;
	const char *call_callee; /* function that another attempt of its call reached; or NULL */
	int64_t cost_pico;	 /* double_billed_ns in the money of its owner */
	/* its invocation waited on a timer for so long before it tried again */
	uint64_t backoff_ns;
	bool is_repeated;		/* another attempt of its call followed */
	uint8_t span_id[SPAN_ID_BYTES]; /* once its owner's chain is told */
	bool is_shared; /* unowned, and some invocation knows that it can be its (doubtful) */

	struct owned_text *texts; /* strings of this exchange alone */
};

/* Nothing is known of where its messages begin and end, nor of what they say. */
static inline bool exchange_is_of_runs(uint8_t kind)
{
	return kind == MESSAGE_BYTES || kind == MESSAGE_MYSQL || kind == MESSAGE_TLS;
}

struct exchange *exchange_new(void); /* one reference; NULL when out of memory */
struct exchange *exchange_ref(struct exchange *exchange);
void exchange_unref(struct exchange *exchange); /* releases its callee too */

/* "caller", "callee", "reset"; NULL where it is not known. */
const char *exchange_close_name(enum exchange_close closed_by);

#endif
