/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * replay.h - a closed chain's recorded timeline, played again with something changed. What an invocation
 * did keeps its length; what waited for something ends when that ends in its new time. Without a change
 * the figures are the recorded ones, to the nanosecond and the pico-dollar.
 *
 * It is a model, and what it takes for granted is to be told with its figures: the user sees `taken` and
 * `left` for every change.
 */
#ifndef IDLETAX_ANALYSIS_REPLAY_H
#define IDLETAX_ANALYSIS_REPLAY_H

#include <stddef.h>
#include <stdint.h>

#include "analysis/price_plan.h"
#include "analysis/results.h"

#define REPLAY_CHANGES_MAX 16

/* AWS: a function of so many megabytes has one CPU, one of less its share of one. */
#define REPLAY_MB_PER_CPU 1769

/* Between two calls that could begin at once nothing longer than this happened, nor than their quarter. */
#define REPLAY_GAP_MAX_NS 10000000ull

enum replay_kind {
	/*
	 * The callee's work runs inside the caller: its own bill, INIT, request charge and transit are no
	 * more; its work, waits and calls are the caller's, at the caller's memory. There they share one
	 * CPU: work that overlapped is done in turn, waits overlap as before.
	 */
	REPLAY_INLINE = 1,
	/* The caller waits for the 202 only; the callee is a chain of its own, billed as before. */
	REPLAY_ASYNC = 2,
	/* Calls of the caller that followed each other with nothing in between begin at once. */
	REPLAY_PARALLEL = 3,
	/*
	 * What the function did on a CPU, and where it was throttled, takes as long as its share of one
	 * allows; INIT stays.
	 */
	REPLAY_MEMORY = 4,
	REPLAY_PRICE_PLAN = 5,
};

struct replay_change {
	enum replay_kind kind;
	const char *caller; /* a function; with REPLAY_MEMORY the one that is meant */
	const char *callee; /* as its edge is named; with REPLAY_INLINE and REPLAY_ASYNC */
	uint32_t memory_mb;
	const struct price_plan *plan;
	uint64_t accept_ns; /* REPLAY_ASYNC: until the 202 is there; 0: each call's own transit */
};

enum replay_left { /* why a call, or an invocation, was left as it is; words in output/whatif_words.c */
	REPLAY_LEFT_UNLINKED = 0,   /* nobody was seen to answer it */
	REPLAY_LEFT_AMBIGUOUS = 1,  /* the one that did may be another */
	REPLAY_LEFT_INCOMPLETE = 2, /* its figures, or the other side's, are bounds */
	/* killed, timed out, or without a reply: what would follow is unknown */
	REPLAY_LEFT_ENDED = 3,
	REPLAY_LEFT_RETRIED = 4,   /* it was tried several times */
	REPLAY_LEFT_EVENT = 5,	   /* nobody waits for it as it is */
	REPLAY_LEFT_BUSY = 6,	   /* something happened since the call before */
	REPLAY_LEFT_NO_MEMORY = 7, /* its memory is not known */
	REPLAY_LEFT_COUNT = 8,
};

struct replay_tally {
	uint64_t taken; /* calls, or with REPLAY_MEMORY invocations, that are changed */
	uint64_t left[REPLAY_LEFT_COUNT];
};

struct replay_figures {
	struct sums
		sums; /* what served nobody (model/waste.h) is in the bill; its parts are as recorded */
	uint64_t latency_ns; /* the root's response - its start */
	uint64_t chains;     /* this one, and those that REPLAY_ASYNC makes */
	struct replay_tally tallies[REPLAY_CHANGES_MAX]; /* by change */
};

/*
 * The figures of @chain, which is closed, with all of @changes, of which the first that concerns a call is
 * the one that is made. Prices are of @plan, or of the last change's that has one. @changes may be NULL.
 * 0, -ENOMEM, or -EINVAL where there are more than REPLAY_CHANGES_MAX.
 */
int replay_chain(const struct chain *chain, const struct replay_change *changes, size_t count,
		 const struct price_plan *plan, struct replay_figures *ret_after);

#endif
