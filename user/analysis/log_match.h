/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * log_match.h - holds what logs report of invocations against what was measured. They are matched by their
 * request id; where one comes several times (an event that was handled again), the first in the logs is the
 * first that began. Memory grows with both.
 */
#ifndef IDLETAX_ANALYSIS_LOG_MATCH_H
#define IDLETAX_ANALYSIS_LOG_MATCH_H

#include "analysis/results.h"
#include "model/reported.h"

#define LOG_MATCH_MAX 50000000u /* of each side */

struct log_row {
	const char *request_id; /* NULL: the invocation has none */
	uint32_t occurrence;	/* of this id, from 0 */
	bool is_logged, is_measured;
	/* in the log */
	uint32_t file; /* its number, from 0 */
	uint64_t line;
	struct reported_figures logged;
	/* measured */
	const char *function;
	uint64_t start_ns;
	struct reported_figures measured;
};

struct log_match;

int log_match_new(struct log_match **ret_match); /* 0 or -ENOMEM */
void log_match_free(struct log_match *match);

/* In the order of the logs. 0, -E2BIG or -ENOMEM. */
int log_match_add(struct log_match *match, uint32_t file, const struct reported *reported);

/* A results_sink.chain. What had not ended when the recording did is left out. */
int log_match_chain(void *match, const struct chain *chain);

struct log_totals {
	uint64_t matched, only_logged, only_measured;
	/* Over the matched of which both sides tell a figure. */
	uint64_t pairs[REPORTED_COUNT];
	struct reported_figures logged, measured;
};

/*
 * All is told: rows of the logs in their order, then those that no log has in order of start; they live as
 * long as the match. 0 or -ENOMEM.
 */
int log_match_finish(struct log_match *match, const struct log_row **ret_rows, size_t *ret_count,
		     struct log_totals *ret_totals);

#endif
