/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * loss_log.h - what was lost, as sorted ranges per class. Ranges of one class that overlap or touch
 * are one, so the log grows with the number of separate losses only.
 */
#ifndef IDLETAX_ANALYSIS_LOSS_LOG_H
#define IDLETAX_ANALYSIS_LOSS_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "trace/fact.h"

struct loss_range {
	uint64_t from_ns, to_ns;
};

struct loss_ranges {
	struct loss_range *ranges; /* disjoint, in order of time */
	size_t count, capacity;
};

struct loss_log {
	struct loss_ranges any;	      /* of every class */
	struct loss_ranges scheduler; /* where slices can be missing */
	uint64_t records, bytes;
	bool has_loss;
};

void loss_log_init(struct loss_log *log);
void loss_log_release(struct loss_log *log);
int loss_log_add(struct loss_log *log, const struct fact_loss *loss); /* 0 or -ENOMEM */

/* Index of the first range that ends after @time_ns; ranges->count where there is none. */
size_t loss_ranges_find(const struct loss_ranges *ranges, uint64_t time_ns);

/* Whether a range touches [@from_ns, @to_ns]; a loss of no length touches its moment. */
bool loss_ranges_touch(const struct loss_ranges *ranges, uint64_t from_ns, uint64_t to_ns);

#endif
