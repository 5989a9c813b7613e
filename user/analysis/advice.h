/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * advice.h - one verdict per edge from function to function (verdict.h), with what it stands on. Fed with
 * every closed chain; memory grows with the number of functions and edges, not with that of invocations.
 *
 * A verdict is only given for what was seen often enough, and where it says "never" only where all was
 * seen. What the rules are stands at their places in advice_rules.c, and in idletax-advise(1).
 */
#ifndef IDLETAX_ANALYSIS_ADVICE_H
#define IDLETAX_ANALYSIS_ADVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "analysis/results.h"
#include "analysis/verdict.h"

/* Fewer calls of an edge than these say nothing. */
#define ADVICE_OBSERVATIONS_MIN 20
/* Different requests are counted so far. */
#define ADVICE_REQUESTS_MAX 32

/*
 * What was seen of one edge. A call is its last attempt. An observation is a call of which all was seen:
 * its caller's invocation, and (unless it is an Event call, which nobody answers) the one that it led to,
 * found by a link that is exact or inferred.
 */
struct edge_facts {
	uint64_t calls, attempts;
	uint64_t observations;
	/* calls that are none, each counted once, by what is missing */
	uint64_t unlinked;   /* the invocation that it led to was not found */
	uint64_t ambiguous;  /* several can be it */
	uint64_t incomplete; /* something was lost of it, of its caller or its callee */
	uint64_t cut;	     /* its caller or callee ran when the recording began or ended */
	/* of observations */
	uint64_t inferred;	/* by link */
	uint64_t estimated;	/* without scheduler facts: times are estimates, calls are not */
	uint64_t retried;	/* calls that were tried more than once */
	uint64_t recursive;	/* calls of the function that makes them */
	uint64_t request_bytes; /* of their bodies */

	/* the reply; of observations that are no Event calls */
	uint64_t unread_replies; /* the caller had answered before the reply began */
	uint64_t same_replies;	 /* successes with the same body as the first one that was read */
	uint64_t reply_bytes;	 /* of that body */
	uint64_t requests;	 /* different ones, counted up to ADVICE_REQUESTS_MAX */
	uint64_t last_calls; /* after which its invocation called nobody else: see advice_calls.h */
	/* what else their caller's invocation called */
	uint64_t sequences;	    /* other functions, too, all one after the other */
	uint64_t retried_sequences; /* of these, those in which some of that was tried again */
	uint64_t steps_max;	    /* different functions in one of them, at most */
	uint64_t fan_outs;	    /* other functions, too, with the same body */
	uint64_t consumers_max;	    /* functions that got one body, at most */

	/* the callee, in all its invocations, whoever called it */
	uint64_t callee_invocations;
	uint64_t callee_unseen;	    /* of which something was lost, or whose calls can be others' */
	uint64_t callee_calling;    /* that made a call */
	uint64_t callee_connecting; /* that opened a connection and asked nothing over it */
	uint64_t callee_preparing;  /* whose environment made calls outside of invocations */
	uint64_t callee_databases;  /* that reached a database that the caller reaches never */
	const char *database;	    /* that: "postgres", "redis", ...; NULL none */
	uint64_t caller_invocations;
	uint64_t caller_unseen;
	bool is_caller_unbounded; /* it reaches more servers than are remembered */

	/* a caller that is no function */
	bool is_outside;
	bool is_server;	   /* it answers requests itself */
	uint64_t overlaps; /* calls that began before the one before had been answered */

	bool is_same_service;
	const char *service; /* that both are of; NULL none */
};

/*
 * What would be saved if the verdict were followed, in the calls that were replayed: less than 0 where that
 * would take longer or cost more.
 */
struct advice_saving {
	bool is_known;
	bool is_unpriced;   /* some memory size is not known: cost_pico says nothing */
	uint64_t calls;	    /* of the edge, in the chains that were replayed */
	int64_t latency_ns; /* of their chains */
	int64_t billed_ns;
	int64_t cost_pico;
};

struct edge_advice {
	const char *caller; /* a function; or a program or script, with facts.is_outside */
	const char *callee;
	const char *service; /* as in struct edge_row */
	enum edge_mode mode;
	enum verdict verdict;
	uint32_t also; /* bits 1 << enum verdict: the others that hold */
	/* with VERDICT_UNKNOWN: what could hold, and is not known for what was not seen; bits likewise */
	uint32_t undecided;
	struct edge_facts facts;
	struct advice_saving saving;
};

/* The functions whose names match are of the service @name. */
struct service_rule {
	const char *glob; /* fnmatch(3) */
	const char *name;
};

struct advice_options {
	const struct service_rule *services; /* borrowed; the first that matches counts */
	size_t service_count;
};

struct advice;

int advice_new(struct advice **ret_advice, const struct advice_options *options);
void advice_free(struct advice *advice); /* NULL is allowed */

/* For results_sink.begin and .chain, with the advice as their context. 0 or negative errno. */
int advice_begin(void *advice, const struct results *results); /* without it nothing is replayed */
int advice_add_chain(void *advice, const struct chain *chain);

/*
 * After the last chain: one row for each edge, sorted by caller, callee, service, mode. They live as long
 * as @advice. 0 or -ENOMEM.
 */
int advice_finish(struct advice *advice, const struct edge_advice **ret_rows, size_t *ret_count);

#endif
