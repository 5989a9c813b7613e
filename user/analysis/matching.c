// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * matching.c - see matching.h. The problem is made square: row r may take a column of its own kind
 * "nobody", column c a row "nobody", all at cost 0. So every solution is a perfect one, and forbidding
 * one pair means to find one shortest alternating cycle through it.
 */
#include "analysis/matching.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Above any sum of real costs (96 * 2^53 < 2^60), with room to add potentials. */
#define COST_IMPOSSIBLE (1ll << 60)

static int64_t cost(const struct matching *matching, size_t row, size_t column)
{
	int64_t weight;

	if (row > matching->rows || column > matching->columns)
		return 0;
	weight = matching->weights[(row - 1) * matching->columns + column - 1];
	return weight == MATCHING_IMPOSSIBLE ? COST_IMPOSSIBLE : -weight;
}

/*
 * Gives @row (from 1) a column along the shortest alternating path to a free one; the pair
 * (@row, @forbidden) costs COST_IMPOSSIBLE.
 */
static void insert_row(struct matching *matching, size_t row, size_t forbidden)
{
	size_t side = matching->side, column = 0;
	int64_t *distance = matching->distance;

	for (size_t j = 0; j <= side; j++)
		distance[j] = INT64_MAX;
	memset(matching->is_done, 0, side + 1);
	matching->row_of[0] = row;
	do {
		size_t from = matching->row_of[column], next = 0;
		int64_t step = INT64_MAX;

		matching->is_done[column] = 1;
		for (size_t j = 1; j <= side; j++) {
			int64_t reduced;

			if (matching->is_done[j])
				continue;
			reduced = from == row && j == forbidden ? COST_IMPOSSIBLE
								: cost(matching, from, j);
			reduced -= matching->row_price[from] + matching->column_price[j];
			if (reduced < distance[j]) {
				distance[j] = reduced;
				matching->previous[j] = column;
			}
			if (distance[j] < step) {
				step = distance[j];
				next = j;
			}
		}
		for (size_t j = 0; j <= side; j++) {
			if (matching->is_done[j]) {
				matching->row_price[matching->row_of[j]] += step;
				matching->column_price[j] -= step;
			} else if (distance[j] != INT64_MAX) {
				distance[j] -= step;
			}
		}
		column = next;
	} while (matching->row_of[column]);
	while (column) {
		size_t before = matching->previous[column];

		matching->row_of[column] = matching->row_of[before];
		column = before;
	}
}

int matching_init(struct matching *matching, size_t rows, size_t columns, const int64_t *weights)
{
	size_t side = rows + columns;

	if (rows > MATCHING_SIDE_MAX || columns > MATCHING_SIDE_MAX)
		return -E2BIG;
	*matching = (struct matching){
		.rows = rows, .columns = columns, .weights = weights, .side = side
	};
	matching->row_price = calloc(side + 1, sizeof(*matching->row_price));
	matching->column_price = calloc(side + 1, sizeof(*matching->column_price));
	matching->row_of = calloc(side + 1, sizeof(*matching->row_of));
	matching->previous = calloc(side + 1, sizeof(*matching->previous));
	matching->distance = calloc(side + 1, sizeof(*matching->distance));
	matching->is_done = calloc(side + 1, sizeof(*matching->is_done));
	if (!matching->row_price || !matching->column_price || !matching->row_of ||
	    !matching->previous || !matching->distance || !matching->is_done) {
		matching_release(matching);
		return -ENOMEM;
	}
	for (size_t row = 1; row <= side; row++)
		insert_row(matching, row, 0);
	return 0;
}

void matching_release(struct matching *matching)
{
	free(matching->row_price);
	free(matching->column_price);
	free(matching->row_of);
	free(matching->previous);
	free(matching->distance);
	free(matching->is_done);
	memset(matching, 0, sizeof(*matching));
}

static size_t find_column(const struct matching *matching, size_t row)
{
	for (size_t j = 1; j <= matching->side; j++)
		if (matching->row_of[j] == row)
			return j;
	return 0;
}

size_t matching_column(const struct matching *matching, size_t row)
{
	size_t column = find_column(matching, row + 1);

	return column && column <= matching->columns ? column - 1 : MATCHING_NONE;
}

bool matching_is_full(const struct matching *matching)
{
	for (size_t row = 0; row < matching->rows; row++)
		if (matching_column(matching, row) == MATCHING_NONE)
			return false;
	return true;
}

static int64_t total_cost(const struct matching *matching)
{
	int64_t total = 0;

	for (size_t j = 1; j <= matching->side; j++)
		total += cost(matching, matching->row_of[j], j);
	return total;
}

int64_t matching_margin(struct matching *matching, size_t row)
{
	size_t bytes = (matching->side + 1) * sizeof(*matching->row_of);
	size_t column = find_column(matching, row + 1);
	size_t kept_rows[2 * MATCHING_SIDE_MAX + 1];
	int64_t kept_row_price[2 * MATCHING_SIDE_MAX + 1];
	int64_t kept_column_price[2 * MATCHING_SIDE_MAX + 1];
	int64_t best, other;

	if (column == 0 || column > matching->columns)
		return INT64_MAX;
	memcpy(kept_rows, matching->row_of, bytes);
	memcpy(kept_row_price, matching->row_price, bytes);
	memcpy(kept_column_price, matching->column_price, bytes);
	best = total_cost(matching);
	matching->row_of[column] = 0;
	insert_row(matching, row + 1, column);
	other = total_cost(matching);
	memcpy(matching->row_of, kept_rows, bytes);
	memcpy(matching->row_price, kept_row_price, bytes);
	memcpy(matching->column_price, kept_column_price, bytes);
	return other - best;
}
