/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * carrier.h - why an invocation stood still while nothing was asked of anybody (SEMANTICS 3, rule 4):
 * the thread that moves its bytes and runs next tells.
 */
#ifndef IDLETAX_ANALYSIS_CARRIER_H
#define IDLETAX_ANALYSIS_CARRIER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "analysis/candidates.h"
#include "model/explanation.h"
#include "model/invocation.h"
#include "model/timeline.h"

/* All threads, or those that carry; each part is empty until it is needed. */
struct carrier_group {
	bool has_runs, has_sleeps;
	struct candidates next_runs; /* per thread: until then it does not run */
	struct candidates sleeps;    /* each one with a deadline */
};

/* An index over one timeline; borrows it. */
struct carrier_index {
	const struct timeline *timeline;
	uint64_t end_ns;  /* of the invocation: later runs do not count */
	bool is_killed;	  /* its environment died under it */
	bool *is_carrier; /* per thread */
	uint64_t time_ns; /* of the last question */
	struct carrier_group own, all;
	uint32_t *tgids; /* of the environment, sorted; NULL until they are needed */
	size_t tgid_count;
};

int carrier_index_init(struct carrier_index *index, const struct invocation *invocation,
		       const struct timeline *timeline); /* 0 or -ENOMEM */
void carrier_index_release(struct carrier_index *index);

/*
 * The state of the instants from @time_ns on, up to the next start or end of a thread or a run, and what
 * decided it: no thread runs or waits for a CPU there, and no attempt is outstanding. @alive_carriers: how
 * many carriers live there. One index is asked in order of time. Leaves times, reason and attempt of *@cause alone. 0 or -ENOMEM.
 */
int carrier_explain(struct carrier_index *index, uint64_t time_ns, size_t alive_carriers,
		    struct wait_cause *cause);

/* When @thread ended: its death, or UINT64_MAX. */
uint64_t carrier_thread_end(const struct thread_timeline *thread);

#endif
