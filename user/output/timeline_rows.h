/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * timeline_rows.h - the layout of a timeline: a chain's invocations as rows, callers before their
 * callees, and one row's segments as cells of equal time.
 */
#ifndef IDLETAX_OUTPUT_TIMELINE_ROWS_H
#define IDLETAX_OUTPUT_TIMELINE_ROWS_H

#include <stddef.h>
#include <stdint.h>

#include "analysis/results.h"

struct timeline_row {
	const struct invocation *invocation;
	unsigned int depth; /* 0 for the root; +1 for each caller above */
};

/* One row per invocation of @chain, callees below their caller in order of start. Free *ret_rows with
 * free(). 0 or -ENOMEM. */
int timeline_rows(struct timeline_row **ret_rows, size_t *ret_count, const struct chain *chain);

/* From the first INIT or start to the last end of its invocations. */
void timeline_window(const struct chain *chain, uint64_t *ret_from_ns, uint64_t *ret_to_ns);

enum cell { /* values below STATE_COUNT are states */
	CELL_INIT = STATE_COUNT,
	CELL_EMPTY,
};

/*
 * Divides [@from_ns, @to_ns) into @count cells; each gets what fills most of it (an invocation that is
 * anywhere in a cell beats emptiness). Cells are enum state or enum cell.
 */
void timeline_cells(uint8_t *cells, size_t count, const struct invocation *invocation,
		    uint64_t from_ns, uint64_t to_ns);

#endif
