/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * matching.h - the best one-to-one assignment of rows to columns where each row can have a few of the
 * columns, and how sure each pair is: by how much the best total falls when that pair is forbidden.
 * (H. W. Kuhn, "The Hungarian Method", 1955, in the form that inserts rows one by one along shortest paths.)
 */
#ifndef IDLETAX_ANALYSIS_MATCHING_H
#define IDLETAX_ANALYSIS_MATCHING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

#define MATCHING_SIDE_MAX 2048		/* rows, columns */
#define MATCHING_WEIGHT_MAX (1ll << 59) /* of one pair; weights are positive */
#define MATCHING_NONE UINT32_MAX

struct matching_pair { /* of a row */
	uint32_t column;
	int64_t weight;
};

/* Rows and columns may stay alone, at weight 0. */
struct matching_problem {
	uint32_t rows, columns;
	const uint32_t *
		first_pair; /* per row: index of its first pair; one more, where the last one's end */
	const struct matching_pair *pairs;
};

struct matching {
	const struct matching_problem *problem; /* borrowed */
	uint32_t *column_of;			/* per row, or MATCHING_NONE */
	/* --- private --- */
	uint32_t *row_of; /* per column */
	int64_t *row_price,
		*column_price; /* their sum is at least a pair's weight, and a chosen pair's */
	struct matching_search *search;
};

/*
 * Solves; memory is @arena's. 0, -ENOMEM, or -E2BIG: beyond MATCHING_SIDE_MAX, or harder than it is worth (then
 * the pairs are too many and too much alike).
 */
int matching_solve(struct matching *matching, const struct matching_problem *problem,
		   struct arena *arena);

bool matching_is_full(const struct matching *matching); /* no row stays alone */

/*
 * How much the best total falls without the pair that @row has, @limit at most; 0: another assignment is as good.
 * @limit for a row that has none. Less than that where it is harder to find than it is worth.
 */
int64_t matching_margin(struct matching *matching, uint32_t row, int64_t limit);

#endif
