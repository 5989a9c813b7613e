/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * waste.h - of what an invocation was billed, what served nobody (SEMANTICS 4). The three parts are views
 * of one bill and can be of the same nanoseconds: they are not to be added to each other. Filled by
 * user/analysis once the invocation's chain is closed.
 */
#ifndef IDLETAX_MODEL_WASTE_H
#define IDLETAX_MODEL_WASTE_H

#include <stdbool.h>
#include <stdint.h>

enum orphan_cause {		 /* why nobody reads a result any more; append only */
	ORPHAN_NONE = 0,	 /* somebody does, or that nobody does is not known */
	ORPHAN_CALLER_DIED = 1,	 /* or was ended at its time-out */
	ORPHAN_GAVE_UP = 2,	 /* the caller closed the connection before the reply */
	ORPHAN_BROKEN = 3,	 /* the callee's side closed it, or it was reset */
	ORPHAN_NOT_AWAITED = 4,	 /* the caller came to its end without waiting for the reply */
	ORPHAN_ANSWERED_FOR = 5, /* the caller was told of a failure before the callee answered */
	ORPHAN_ABOVE = 6,	 /* a caller further up was an orphan before */
};

struct waste {
	uint64_t orphaned_since_ns; /* from then on nobody would read its result; 0: somebody did */
	uint64_t orphaned_ns;	    /* of its billed interval after that */
	int64_t orphaned_pico;	    /* that, at its own memory */
	/* all of it where its result was thrown away; else its waits for attempts that others followed, and the
	 * back-off between them */
	uint64_t retry_ns;
	int64_t retry_pico;
	uint8_t orphaned_by; /* enum orphan_cause, where orphaned_since_ns is not 0 */
	bool is_discarded; /* it ran for an attempt that another one followed, or below such a run */
	bool is_duplicate; /* another run of the same call or event did, or had begun, its work */
};

/* "caller_died", "gave_up", ...; NULL for none. */
const char *orphan_cause_name(enum orphan_cause cause);

#endif
