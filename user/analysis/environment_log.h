/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * environment_log.h - what became of environments: how long each lived, how much of that it was busy, and
 * for each function how many there were at once. Memory grows with the number of functions; one row for
 * each environment is kept only where that is asked for, since an emulator may start one per event.
 */
#ifndef IDLETAX_ANALYSIS_ENVIRONMENT_LOG_H
#define IDLETAX_ANALYSIS_ENVIRONMENT_LOG_H

#include "analysis/aggregate.h"
#include "analysis/plan_table.h"
#include "analysis/results.h"
#include "analysis/steps.h"
#include "base/row_table.h"
#include "base/string_pool.h"

struct function_log {
	const char *name; /* interned */
	struct life_sums sums;
	struct steps environments, invocations;
};

struct environment_log {
	bool keeps_rows;
	struct plan_table *plans; /* borrowed: what standing by costs is added to it; may be NULL */
	struct string_pool names;
	struct row_table functions; /* struct function_log by name */
	struct function_log all;    /* of all functions together */
	struct environment_row *rows;
	size_t row_count, row_capacity;
	struct environment **alive; /* counted; their lives end when the recording does */
	size_t alive_count, alive_capacity;
};

void environment_log_init(struct environment_log *log, bool keeps_rows);
void environment_log_release(struct environment_log *log);

/* Each 0 or -ENOMEM. One that is alive when the recording ends is told of as ended, too. */
int environment_log_begin(struct environment_log *log, const struct environment *environment);
int environment_log_end(struct environment_log *log, struct environment *environment);
int environment_log_invocation_begin(struct environment_log *log,
				     const struct invocation *invocation);
int environment_log_invocation_end(struct environment_log *log,
				   const struct invocation *invocation);

/*
 * The recording is over at @end_ns: adds to the functions' rows of @aggregate and fills results->life
 * and the rows of environments, which are the results' from here on.
 */
int environment_log_finish(struct environment_log *log, uint64_t end_ns,
			   struct aggregate *aggregate, struct results *results);

#endif
