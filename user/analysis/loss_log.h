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
	uint64_t first_socket_ns;     /* of socket facts; UINT64_MAX none */
	uint64_t first_process_ns;    /* of process facts; UINT64_MAX none: see loss_log_bears_on */
	uint64_t records, bytes;
	bool has_loss;
};

void loss_log_init(struct loss_log *log);
void loss_log_release(struct loss_log *log);
int loss_log_add(struct loss_log *log, const struct fact_loss *loss); /* 0 or -ENOMEM */

/*
 * Whether figures of an invocation of [@start_ns, @end_ns] are bounds: something was lost while it was
 * open, or process facts before, for who belongs to which environment is in doubt from there on.
 */
bool loss_log_bears_on(const struct loss_log *log, uint64_t start_ns, uint64_t end_ns);

/* Index of the first range that ends after @time_ns; ranges->count where there is none. */
size_t loss_ranges_find(const struct loss_ranges *ranges, uint64_t time_ns);

#endif
