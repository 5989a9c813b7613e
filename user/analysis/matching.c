// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * matching.c - see matching.h. Prices bound weights from above: row's + column's >= the pair's weight, equal for
 * the pairs that are chosen; what stays alone has price 0. By how much a pair's weight falls short of its two
 * prices is its slack, the length of a step from the row to the column; from a column the way goes on to the row
 * that has it, for nothing. A row that is reached may stay alone instead, for its price. So an assignment that is
 * changed along a way loses the way's length.
 */
#include "analysis/matching.h"

#include <errno.h>
#include <string.h>

/* How often a pair may be looked at, on average, before the problem is given up; and all at least. */
#define LOOKS_PER_PAIR 64
#define LOOKS_MIN (1 << 20)

/* The shortest ways from one row, up to what is looked for. */
struct matching_search {
	uint32_t number;    /* of this search */
	uint32_t *reached;  /* per column: the number of the last search that reached it */
	int64_t *distance;  /* per column that is reached */
	uint32_t *from_row; /* likewise: where the way comes from */
	uint32_t *open;	    /* reached, but nothing from there yet */
	uint32_t *passed;   /* the others, the nearest first */
	uint32_t open_count, passed_count;
	int64_t limit;	      /* what is as far is of no interest */
	bool stops_at_end;    /* the nearest end is what is looked for */
	int64_t end_distance; /* of that */
	uint32_t end_row;     /* it stays alone, or, if that is MATCHING_NONE, ... */
	uint32_t end_column;  /* ... nobody has this one */
	int64_t looks_left;
};

static void *alloc(struct arena *arena, size_t count, size_t bytes)
{
	return arena_alloc(arena, (count + 1) * bytes);
}

static struct matching_search *search_new(const struct matching_problem *problem,
					  struct arena *arena)
{
	struct matching_search *search = alloc(arena, 1, sizeof(*search));
	size_t columns = problem->columns;

	if (!search)
		return NULL;
	search->reached = alloc(arena, columns, sizeof(*search->reached));
	search->distance = alloc(arena, columns, sizeof(*search->distance));
	search->from_row = alloc(arena, columns, sizeof(*search->from_row));
	search->open = alloc(arena, columns, sizeof(*search->open));
	search->passed = alloc(arena, columns, sizeof(*search->passed));
	if (!search->reached || !search->distance || !search->from_row || !search->open ||
	    !search->passed)
		return NULL;
	search->looks_left =
		LOOKS_MIN + LOOKS_PER_PAIR * (int64_t)problem->first_pair[problem->rows];
	return search;
}

static void search_begin(struct matching_search *search, int64_t limit, bool stops_at_end)
{
	search->number++;
	search->open_count = search->passed_count = 0;
	search->limit = limit;
	search->stops_at_end = stops_at_end;
	search->end_distance = INT64_MAX;
	search->end_row = search->end_column = MATCHING_NONE;
}

/* A way to @column, which a row has. */
static void reach(struct matching_search *search, uint32_t column, int64_t distance,
		  uint32_t from_row)
{
	if (distance >= search->limit)
		return;
	if (search->reached[column] != search->number) {
		search->reached[column] = search->number;
		search->open[search->open_count++] = column;
	} else if (distance >= search->distance[column]) {
		return;
	}
	search->distance[column] = distance;
	search->from_row[column] = from_row;
}

/* A way to where it can end. */
static void reach_end(struct matching_search *search, int64_t distance, uint32_t row,
		      uint32_t column)
{
	search->end_distance = distance;
	search->end_row = row;
	search->end_column = column;
	if (search->stops_at_end)
		search->limit = distance;
}

/* The place in the list of the nearest open column; MATCHING_NONE: nothing is near enough. */
static uint32_t find_nearest(const struct matching_search *search)
{
	const uint32_t *open = search->open;
	uint32_t nearest = MATCHING_NONE;
	int64_t distance = search->limit;

	for (uint32_t i = 0; i < search->open_count; i++) {
		if (search->distance[open[i]] < distance) {
			distance = search->distance[open[i]];
			nearest = i;
		}
	}
	return nearest;
}

static uint32_t pass_column(struct matching_search *search, uint32_t place)
{
	uint32_t column = search->open[place];

	search->open[place] = search->open[--search->open_count];
	search->passed[search->passed_count++] = column;
	return column;
}

#define each_pair(problem, row, pair)                                                     \
	const struct matching_pair *pair = (problem)->pairs + (problem)->first_pair[row]; \
	pair < (problem)->pairs + (problem)->first_pair[(row) + 1];                       \
	pair++

/* All ways that go on from @row, to which it is @distance. */
static void pass_row(struct matching *matching, uint32_t row, int64_t distance)
{
	const struct matching_problem *problem = matching->problem;
	struct matching_search *search = matching->search;
	int64_t alone = distance + matching->row_price[row];

	search->looks_left -= problem->first_pair[row + 1] - problem->first_pair[row];
	if (alone < search->end_distance)
		reach_end(search, alone, row, MATCHING_NONE);
	for (each_pair(problem, row, pair)) {
		uint32_t column = pair->column;
		int64_t there = alone + matching->column_price[column] - pair->weight;

		if (column == matching->column_of[row])
			continue;
		if (matching->row_of[column] != MATCHING_NONE) {
			reach(search, column, there, row);
		} else if (there < search->end_distance) {
			reach_end(search, there, MATCHING_NONE, column);
			search->from_row[column] = row;
		}
	}
}

/* ---- rows one by one ---- */

/* Prices under which the way to the end has no length. */
static void set_prices(struct matching *matching, uint32_t row)
{
	const struct matching_search *search = matching->search;

	matching->row_price[row] -= search->end_distance;
	for (uint32_t i = 0; i < search->passed_count; i++) {
		uint32_t column = search->passed[i];
		int64_t rest = search->end_distance - search->distance[column];

		matching->column_price[column] += rest;
		matching->row_price[matching->row_of[column]] -= rest;
	}
}

/* Each row on the way from @row to the end takes its next column. */
static void change_way(struct matching *matching, uint32_t row)
{
	const struct matching_search *search = matching->search;
	uint32_t column = search->end_column;

	if (search->end_row == row)
		return;
	if (search->end_row != MATCHING_NONE) {
		column = matching->column_of[search->end_row];
		matching->column_of[search->end_row] = MATCHING_NONE;
	}
	while (column != MATCHING_NONE) {
		uint32_t taker = search->from_row[column], before = matching->column_of[taker];

		matching->column_of[taker] = column;
		matching->row_of[column] = taker;
		column = before; /* none at @row, which had none */
	}
}

static void insert_row(struct matching *matching, uint32_t row)
{
	struct matching_search *search = matching->search;
	int64_t price = 0;
	uint32_t place;

	for (each_pair(matching->problem, row, pair))
		if (pair->weight - matching->column_price[pair->column] > price)
			price = pair->weight - matching->column_price[pair->column];
	matching->row_price[row] = price;
	search_begin(search, INT64_MAX, true);
	pass_row(matching, row, 0);
	while ((place = find_nearest(search)) != MATCHING_NONE) {
		uint32_t column = pass_column(search, place);

		pass_row(matching, matching->row_of[column], search->distance[column]);
	}
	set_prices(matching, row);
	change_way(matching, row);
}

int matching_solve(struct matching *matching, const struct matching_problem *problem,
		   struct arena *arena)
{
	uint32_t rows = problem->rows, columns = problem->columns;

	if (rows > MATCHING_SIDE_MAX || columns > MATCHING_SIDE_MAX)
		return -E2BIG;
	*matching = (struct matching){
		.problem = problem,
		.column_of = alloc(arena, rows, sizeof(*matching->column_of)),
		.row_of = alloc(arena, columns, sizeof(*matching->row_of)),
		.row_price = alloc(arena, rows, sizeof(*matching->row_price)),
		.column_price = alloc(arena, columns, sizeof(*matching->column_price)),
		.search = search_new(problem, arena),
	};
	if (!matching->column_of || !matching->row_of || !matching->row_price ||
	    !matching->column_price || !matching->search)
		return -ENOMEM;
	memset(matching->column_of, 0xff, rows * sizeof(*matching->column_of));
	memset(matching->row_of, 0xff, columns * sizeof(*matching->row_of));
	for (uint32_t row = 0; row < rows; row++) {
		insert_row(matching, row);
		if (matching->search->looks_left < 0)
			return -E2BIG;
	}
	return 0;
}

bool matching_is_full(const struct matching *matching)
{
	for (uint32_t row = 0; row < matching->problem->rows; row++)
		if (matching->column_of[row] == MATCHING_NONE)
			return false;
	return true;
}

/* ---- how sure a pair is ---- */

/*
 * All ways that go on from the end: a row that is alone comes in for nothing, and a column leaves the row that
 * has it for its price.
 */
static void pass_end(struct matching *matching)
{
	const struct matching_problem *problem = matching->problem;
	int64_t distance = matching->search->end_distance;

	for (uint32_t column = 0; column < problem->columns; column++)
		if (matching->row_of[column] != MATCHING_NONE)
			reach(matching->search, column, distance + matching->column_price[column],
			      MATCHING_NONE);
	for (uint32_t row = 0; row < problem->rows; row++)
		if (matching->column_of[row] == MATCHING_NONE)
			pass_row(matching, row, distance);
}

/* The shortest way from @row back to its own column is what it loses. */
int64_t matching_margin(struct matching *matching, uint32_t row, int64_t limit)
{
	struct matching_search *search = matching->search;
	uint32_t own = matching->column_of[row];
	bool has_passed_end = false;
	int64_t distance = 0;

	if (own == MATCHING_NONE)
		return limit;
	search_begin(search, limit, false);
	pass_row(matching, row, 0);
	while (search->looks_left >= 0) {
		uint32_t place = find_nearest(search), column;

		distance = place == MATCHING_NONE ? limit : search->distance[search->open[place]];
		if (!has_passed_end && search->end_distance < distance) {
			has_passed_end = true;
			distance = search->end_distance;
			pass_end(matching);
			continue;
		}
		if (place == MATCHING_NONE || search->open[place] == own)
			return distance;
		column = pass_column(search, place);
		pass_row(matching, matching->row_of[column], distance);
	}
	return distance; /* at least */
}
