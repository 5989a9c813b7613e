/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * whatif.h - a whole trace before and after changes, added up chain by chain: both sides are replayed by
 * the same machine (replay.h). Memory does not grow with the trace.
 */
#ifndef IDLETAX_ANALYSIS_WHATIF_H
#define IDLETAX_ANALYSIS_WHATIF_H

#include "analysis/histogram.h"
#include "analysis/replay.h"

struct whatif_side {
	struct sums sums;
	uint64_t chains;
	/* of the requests in which something is changed; within 1 %; 0 where there are none */
	uint64_t p50_ns, p99_ns;
	struct histogram latency;
};

struct whatif {
	const struct replay_change *changes; /* borrowed */
	size_t change_count;
	const struct price_plan *plan; /* of the side before; of the side after but for a change */
	struct whatif_side before, after;
	struct replay_tally tallies[REPLAY_CHANGES_MAX]; /* by change */
	uint64_t requests; /* chains whose root nothing in the trace called: as in results.h */
	uint64_t touched;  /* chains in which something is changed */
	uint64_t unpriced; /* invocations that cost nothing before: their memory is not known */
	bool is_read_once; /* there was no pass before, to see how long asynchronous calls take */
};

void whatif_init(struct whatif *whatif, const struct replay_change *changes, size_t count,
		 const struct price_plan *plan);
void whatif_release(struct whatif *whatif); /* all zero is allowed */

/* Of a closed chain. 0 or -ENOMEM. */
int whatif_add_chain(struct whatif *whatif, const struct chain *chain);

/* Fills what is known at the end only: percentiles. */
void whatif_finish(struct whatif *whatif);

/* How long the Event calls of @chain waited for their 202 is added to @accepted. 0 or -ENOMEM. */
int whatif_note_accepted(struct histogram *accepted, const struct chain *chain);

/* INIT included. */
int64_t whatif_cost_pico(const struct whatif_side *side);

/* For a million requests; INT64_MAX where it does not fit, 0 without requests. */
int64_t whatif_cost_per_million_pico(const struct whatif *whatif, const struct whatif_side *side);

#endif
