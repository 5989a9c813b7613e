/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * matching.h - the best one-to-one assignment of rows to columns, and how sure each pair is: by how
 * much the best total falls when that pair is forbidden. (H. W. Kuhn, "The Hungarian Method", 1955, in
 * the form that inserts rows one by one along shortest paths.)
 */
#ifndef IDLETAX_ANALYSIS_MATCHING_H
#define IDLETAX_ANALYSIS_MATCHING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MATCHING_SIDE_MAX 96		/* rows, columns */
#define MATCHING_WEIGHT_MAX (1ll << 53) /* of one pair; weights are positive */
#define MATCHING_IMPOSSIBLE 0		/* the weight of a pair that cannot be */
#define MATCHING_NONE SIZE_MAX

struct matching {
	size_t rows, columns;
	const int64_t *weights; /* rows * columns, row by row; borrowed */
	/* --- private --- */
	size_t side;	    /* rows + columns: every row and column may also stay alone */
	int64_t *row_price; /* duals, from 1 */
	int64_t *column_price;
	size_t *row_of;	  /* per column, from 1 */
	size_t *previous; /* scratch */
	int64_t *distance;
	char *is_done;
};

/* Solves. 0, -E2BIG beyond MATCHING_SIDE_MAX, or -ENOMEM; then nothing needs to be released. */
int matching_init(struct matching *matching, size_t rows, size_t columns, const int64_t *weights);
void matching_release(struct matching *matching);

size_t matching_column(const struct matching *matching, size_t row); /* or MATCHING_NONE */
bool matching_is_full(const struct matching *matching); /* every row has a possible column */

/*
 * How much the best total falls without the pair that @row has; 0: another assignment is as good.
 * INT64_MAX for a row that has none.
 */
int64_t matching_margin(struct matching *matching, size_t row);

#endif
