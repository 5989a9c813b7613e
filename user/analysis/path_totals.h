/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * path_totals.h - where the latency of a kind of chain goes: the critical paths of all chains with the same
 * root function, added up by function, state and whom it waited for. Memory grows with the number of such
 * rows, not with that of chains.
 */
#ifndef IDLETAX_ANALYSIS_PATH_TOTALS_H
#define IDLETAX_ANALYSIS_PATH_TOTALS_H

#include "analysis/results.h"
#include "base/row_table.h"
#include "base/string_pool.h"

/* With more rows than these, further names of callees are one row. */
#define PATH_PARTS_MAX 20000

struct path_totals {
	struct string_pool names; /* the rows' own copies */
	struct row_table kinds;	  /* by root */
	struct row_table parts;	  /* by root, function, callee and state */
};

void path_totals_init(struct path_totals *totals);
void path_totals_release(struct path_totals *totals);

/* A chain whose critical path is known. 0 or -ENOMEM. */
int path_totals_add(struct path_totals *totals, const struct chain *chain);

/* Fills @results' path_kinds and path_parts, whose names are @totals'. 0 or -ENOMEM. */
int path_totals_finish(const struct path_totals *totals, struct results *results);

#endif
