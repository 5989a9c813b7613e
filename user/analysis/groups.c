// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * groups.c - see groups.h.
 */
#include "analysis/groups.h"

#include <errno.h>
#include <string.h>

static uint32_t *alloc(struct arena *arena, size_t count)
{
	return arena_alloc(arena, (count + 1) * sizeof(uint32_t));
}

int groups_init(struct groups *groups, struct arena *arena, uint32_t rows, uint32_t columns)
{
	size_t nodes = (size_t)rows + columns;

	*groups = (struct groups){ .rows = rows,
				   .columns = columns,
				   .parent = alloc(arena, nodes),
				   .next_row = alloc(arena, rows),
				   .next_column = alloc(arena, columns),
				   .first_row = alloc(arena, nodes),
				   .first_column = alloc(arena, nodes) };
	if (!groups->parent || !groups->next_row || !groups->next_column || !groups->first_row ||
	    !groups->first_column)
		return -ENOMEM;
	for (uint32_t i = 0; i < nodes; i++)
		groups->parent[i] = i;
	return 0;
}

static uint32_t find_root(struct groups *groups, uint32_t node)
{
	uint32_t *parent = groups->parent;

	while (parent[node] != node) {
		parent[node] = parent[parent[node]];
		node = parent[node];
	}
	return node;
}

uint32_t groups_of_row(struct groups *groups, uint32_t row)
{
	return find_root(groups, row);
}

uint32_t groups_of_column(struct groups *groups, uint32_t column)
{
	return find_root(groups, groups->rows + column);
}

void groups_join(struct groups *groups, uint32_t row, uint32_t column)
{
	groups->parent[groups_of_row(groups, row)] = groups_of_column(groups, column);
}

void groups_list(struct groups *groups)
{
	size_t bytes = ((size_t)groups->rows + groups->columns) * sizeof(uint32_t);

	memset(groups->first_row, 0xff, bytes);
	memset(groups->first_column, 0xff, bytes);
	for (uint32_t row = groups->rows; row-- > 0;) {
		uint32_t root = groups_of_row(groups, row);

		groups->next_row[row] = groups->first_row[root];
		groups->first_row[root] = row;
	}
	for (uint32_t column = groups->columns; column-- > 0;) {
		uint32_t root = groups_of_column(groups, column);

		groups->next_column[column] = groups->first_column[root];
		groups->first_column[root] = column;
	}
}
