/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * groups.h - which rows and columns hang together, directly or through others (union-find), and the
 * members of each group. Used by assignment.c only.
 */
#ifndef IDLETAX_ANALYSIS_GROUPS_H
#define IDLETAX_ANALYSIS_GROUPS_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

#define GROUPS_NOBODY UINT32_MAX

struct groups {
	uint32_t rows, columns;
	uint32_t *parent; /* of rows, then of columns */
	/* --- from groups_list on --- */
	uint32_t *next_row, *next_column;   /* of the same group, ascending */
	uint32_t *first_row, *first_column; /* by the group's root */
};

/* All are alone. Memory is @arena's. 0 or -ENOMEM. */
int groups_init(struct groups *groups, struct arena *arena, uint32_t rows, uint32_t columns);

/* The root of the group, which names it until two are joined. */
uint32_t groups_of_row(struct groups *groups, uint32_t row);
uint32_t groups_of_column(struct groups *groups, uint32_t column);
void groups_join(struct groups *groups, uint32_t row, uint32_t column);

/* Call once, after all joins. */
void groups_list(struct groups *groups);

/* The members of the group @root: first_row[root], next_row[that], ... up to GROUPS_NOBODY. */
#define groups_each_row(groups, root, row)        \
	uint32_t row = (groups)->first_row[root]; \
	row != GROUPS_NOBODY;                     \
	row = (groups)->next_row[row]
#define groups_each_column(groups, root, column)        \
	uint32_t column = (groups)->first_column[root]; \
	column != GROUPS_NOBODY;                        \
	column = (groups)->next_column[column]

#endif
