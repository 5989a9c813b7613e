/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * lanes.h - the layout of `timeline --environments`: each environment is a lane from its start to its end,
 * and when it was in INIT, busy, or warm and idle; for each function how many invocations were open.
 */
#ifndef IDLETAX_OUTPUT_LANES_H
#define IDLETAX_OUTPUT_LANES_H

#include <stddef.h>
#include <stdint.h>

#include "analysis/results.h"

enum lane_cell {
	LANE_NONE = 0, /* it does not live */
	LANE_INIT,     /* also after a restore */
	LANE_SNAPSHOT, /* waits for its restore */
	LANE_BUSY,
	LANE_IDLE,
	LANE_KINDS,
};

struct lane_span {
	uint64_t from_ns, to_ns;
	enum lane_cell kind; /* not LANE_NONE */
};

struct lane {
	const struct environment_row *row;
	struct lane_span *spans; /* adjacent, in order; from its first to its last moment */
	size_t span_count;
};

/* A function's environments, in order of start. */
struct lane_group {
	const struct function_row *function;
	struct lane *lanes; /* part of those of struct lanes */
	size_t lane_count;
	const struct invocation **invocations; /* in order of start; likewise */
	size_t invocation_count;
};

struct lanes {
	struct lane_group *groups; /* in order of name */
	size_t group_count;
	struct lane *lanes;
	const struct invocation **invocations;
};

/* Of @results with environments and chains kept; only @function where it is not NULL. 0 or -ENOMEM. */
int lanes_make(struct lanes *ret, const struct results *results, const char *function);
void lanes_release(struct lanes *lanes);

/*
 * Divides [@from_ns, @to_ns) into @count cells. A cell in which anything was busy is busy, else one with
 * some INIT is INIT; else it is what fills most of it.
 */
void lane_cells(uint8_t *cells, size_t count, const struct lane *lane, uint64_t from_ns,
		uint64_t to_ns);
/* The same for the most invocations that were open at once in each. 0 or -ENOMEM. */
int lane_counts(uint32_t *counts, size_t count, const struct lane_group *group, uint64_t from_ns,
		uint64_t to_ns);

#endif
