/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * load.h - the facts of a load that never was: functions behind a simulated emulator, as many as one
 * likes, in order of time. The same plan gives the same facts. Memory grows with what is in flight and
 * with the number of functions, never with the length.
 */
#ifndef IDLETAX_MKTRACE_LOAD_H
#define IDLETAX_MKTRACE_LOAD_H

#include <stdint.h>

#include "trace/fact.h"

#define LOAD_START_NS 1000000000000ull
#define LOAD_REALTIME_NS 1700000000000000000ull

/* What one request from outside sets off. */
enum load_shape {
	LOAD_MIX,     /* the others in turns, but the loop */
	LOAD_CHAIN,   /* `depth` functions in a row, each waits for the next */
	LOAD_FAN_OUT, /* one calls `width` others at the same time */
	LOAD_LOOP,    /* one calls another `width` times, one after the other */
	LOAD_SERVICES, /* one asks a database and DynamoDB, and starts another that it does not wait for */
};

struct load_plan {
	uint64_t seed;
	uint64_t facts;	      /* no chain begins after so many; 0: no limit */
	uint64_t invocations; /* likewise */
	enum load_shape shape;
	uint32_t depth;
	uint32_t width;
	uint32_t functions; /* at least; whole applications of the shapes */
	uint32_t in_flight; /* invocations that are open at the same time, at most */
	uint32_t slices;    /* of all threads for one invocation, on average */
	/* Of 1000: */
	uint32_t errors;   /* invocations that end with an error */
	uint32_t retries;  /* attempts that are answered 429 and made again */
	uint32_t timeouts; /* invocations that the emulator ends */
	uint32_t cold;	   /* invocations after which their worker thread ends */
};

struct load_result {
	uint64_t facts;
	uint64_t invocations;
	uint64_t chains;
	uint64_t end_ns;
};

struct load_plan load_default(void); /* but for its size */

/* How many invocations one chain may have at the same time, at most. */
uint32_t load_needs(const struct load_plan *plan);

/*
 * Pushes all facts to @sink. plan->in_flight is at least load_needs. 0, what @sink returned, or
 * -ENOMEM.
 */
int load_generate(const struct load_plan *plan, const struct fact_sink *sink,
		  struct load_result *ret);

#endif
