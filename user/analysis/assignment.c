// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * assignment.c - one dispatcher's rows and columns: who can go with whom, which groups hang together,
 * the best pairing of each group and how sure each pair is. See dispatcher.h.
 */
#include "analysis/dispatcher.h"

#include <errno.h>
#include <stdlib.h>

#include "analysis/matching.h"

struct assignment {
	struct dispatcher *dispatcher;
	size_t rows, columns;
	int64_t *weights;  /* rows * columns */
	size_t *group;	   /* union-find over rows, then columns */
	size_t *member;	   /* scratch: the rows, then the columns of one group */
	int64_t *selected; /* scratch: weights of one group */
	bool *is_closed;   /* per column: answered, and all that compete for it are settled */
};

static void release(struct assignment *assignment)
{
	free(assignment->weights);
	free(assignment->group);
	free(assignment->member);
	free(assignment->selected);
	free(assignment->is_closed);
}

static int64_t weight(const struct assignment *assignment, size_t row, size_t column)
{
	return assignment->weights[row * assignment->columns + column];
}

static size_t find_group(struct assignment *assignment, size_t node)
{
	size_t *group = assignment->group;

	while (group[node] != node) {
		group[node] = group[group[node]];
		node = group[node];
	}
	return node;
}

static int prepare(struct assignment *assignment)
{
	struct dispatcher *dispatcher = assignment->dispatcher;
	size_t rows = assignment->rows, columns = assignment->columns;
	size_t pairs = rows * columns;

	assignment->weights = calloc(pairs + 1, sizeof(*assignment->weights));
	assignment->selected = calloc(pairs + 1, sizeof(*assignment->selected));
	assignment->group = calloc(rows + columns + 1, sizeof(*assignment->group));
	assignment->member = calloc(rows + columns + 1, sizeof(*assignment->member));
	assignment->is_closed = calloc(columns + 1, sizeof(*assignment->is_closed));
	if (!assignment->weights || !assignment->selected || !assignment->group ||
	    !assignment->member || !assignment->is_closed)
		return -ENOMEM;
	for (size_t i = 0; i < rows + columns; i++)
		assignment->group[i] = i;
	for (size_t i = 0; i < rows; i++) {
		for (size_t j = 0; j < columns; j++) {
			int64_t value = evidence_weigh(dispatcher->columns[j]->server,
						       dispatcher->rows[i]->invocation,
						       &dispatcher->evidence);

			assignment->weights[i * columns + j] = value;
			if (value != EVIDENCE_IMPOSSIBLE)
				assignment->group[find_group(assignment, i)] =
					find_group(assignment, rows + j);
		}
	}
	return 0;
}

static void find_closed(struct assignment *assignment)
{
	const struct dispatcher *dispatcher = assignment->dispatcher;

	for (size_t j = 0; j < assignment->columns; j++) {
		assignment->is_closed[j] = dispatcher->columns[j]->server->is_over;
		for (size_t i = 0; i < assignment->rows; i++)
			if (weight(assignment, i, j) != EVIDENCE_IMPOSSIBLE &&
			    !dispatcher->rows[i]->is_settled)
				assignment->is_closed[j] = false;
	}
}

/*
 * No event that comes later can be for a request that is answered, so a row is ripe when all its
 * requests are answered and all that compete for these are settled.
 */
static bool is_ripe(const struct assignment *assignment, size_t row)
{
	for (size_t j = 0; j < assignment->columns; j++)
		if (weight(assignment, row, j) != EVIDENCE_IMPOSSIBLE && !assignment->is_closed[j])
			return false;
	return true;
}

/* Who else could have the request, or which other the row could have, by everything hard. */
static uint32_t count_alternatives(const struct assignment *assignment, size_t row, size_t column)
{
	int64_t least = weight(assignment, row, column) - EVIDENCE_HARD / 2;
	uint32_t requests = 0, events = 0;

	for (size_t j = 0; j < assignment->columns; j++)
		requests += j != column && weight(assignment, row, j) > least;
	for (size_t i = 0; i < assignment->rows; i++)
		events += i != row && weight(assignment, i, column) > least;
	if (!requests && !events)
		return 1;
	return requests > events ? requests : events;
}

static bool can_have_caller(const struct assignment *assignment, size_t row)
{
	for (size_t j = 0; j < assignment->columns; j++)
		if (weight(assignment, row, j) != EVIDENCE_IMPOSSIBLE &&
		    request_owner(assignment->dispatcher->columns[j]))
			return true;
	return false;
}

/* @column: MATCHING_NONE, or the one given to it with @margin. */
static void set_row(struct assignment *assignment, size_t row, size_t column, int64_t margin)
{
	struct dispatcher *dispatcher = assignment->dispatcher;
	struct handover *handover = dispatcher->rows[row];

	handover->is_ripe = is_ripe(assignment, row);
	handover->can_have_caller = can_have_caller(assignment, row);
	handover->alternatives = 0;
	if (column == MATCHING_NONE) {
		handover->link = LINK_NONE;
		return;
	}
	handover->request = dispatcher->columns[column];
	if (margin > EVIDENCE_HARD / 2) {
		handover->link = LINK_EXACT;
		handover->is_ripe |= handover->request->server->is_over;
	} else if (margin > EVIDENCE_SOFT / 2) {
		handover->link = LINK_INFERRED;
	} else {
		handover->link = LINK_AMBIGUOUS;
		handover->alternatives = count_alternatives(assignment, row, column);
	}
}

struct pair {
	int64_t weight;
	size_t row, column;
};

/* The strongest first; those of one strength in order of row, then column. */
static int compare_pairs(const void *left, const void *right)
{
	const struct pair *a = left, *b = right;

	if (a->weight != b->weight)
		return a->weight > b->weight ? -1 : 1;
	if (a->row != b->row)
		return a->row < b->row ? -1 : 1;
	return (a->column > b->column) - (a->column < b->column);
}

/* Beyond the bound of an exact answer: the strongest pair first. */
static int assign_greedily(struct assignment *assignment, size_t row_count, size_t column_count)
{
	const size_t *rows = assignment->member, *columns = rows + assignment->rows;
	struct dispatcher *dispatcher = assignment->dispatcher;
	struct pair *pairs = malloc(row_count * column_count * sizeof(*pairs));
	bool *is_taken = calloc(assignment->columns, sizeof(*is_taken));
	size_t count = 0;
	int error = 0;

	for (size_t i = 0; pairs && i < row_count; i++) {
		set_row(assignment, rows[i], MATCHING_NONE, 0);
		for (size_t j = 0; j < column_count; j++)
			if (weight(assignment, rows[i], columns[j]) != EVIDENCE_IMPOSSIBLE)
				pairs[count++] =
					(struct pair){ weight(assignment, rows[i], columns[j]),
						       rows[i], columns[j] };
	}
	if (pairs && is_taken) {
		qsort(pairs, count, sizeof(*pairs), compare_pairs);
		for (size_t i = 0; i < count; i++) {
			if (dispatcher->rows[pairs[i].row]->request || is_taken[pairs[i].column])
				continue;
			is_taken[pairs[i].column] = true;
			set_row(assignment, pairs[i].row, pairs[i].column, 0);
		}
	} else {
		error = -ENOMEM;
	}
	free(pairs);
	free(is_taken);
	return error;
}

static int assign_group(struct assignment *assignment, size_t row_count, size_t column_count)
{
	const size_t *rows = assignment->member, *columns = rows + assignment->rows;
	struct matching matching;
	int error;

	for (size_t i = 0; i < row_count; i++)
		for (size_t j = 0; j < column_count; j++)
			assignment->selected[i * column_count + j] =
				weight(assignment, rows[i], columns[j]);
	error = matching_init(&matching, row_count, column_count, assignment->selected);
	if (error == -E2BIG)
		return assign_greedily(assignment, row_count, column_count);
	if (error)
		return error;
	for (size_t i = 0; i < row_count; i++) {
		size_t column = matching_column(&matching, i);

		if (!assignment->dispatcher->rows[rows[i]]->is_settled)
			continue;
		set_row(assignment, rows[i],
			column == MATCHING_NONE ? MATCHING_NONE : columns[column],
			matching_margin(&matching, i));
	}
	matching_release(&matching);
	return 0;
}

/* Gathers the members of the group of @first_row, which is its lowest row; false where it is not. */
static bool gather(struct assignment *assignment, size_t first_row, size_t *ret_rows,
		   size_t *ret_columns)
{
	size_t group = find_group(assignment, first_row);
	size_t rows = 0, columns = 0;

	for (size_t i = 0; i < assignment->rows; i++) {
		if (find_group(assignment, i) != group)
			continue;
		if (i < first_row)
			return false;
		assignment->member[rows++] = i;
	}
	for (size_t j = 0; j < assignment->columns; j++)
		if (find_group(assignment, assignment->rows + j) == group)
			assignment->member[assignment->rows + columns++] = j;
	*ret_rows = rows;
	*ret_columns = columns;
	return true;
}

int dispatcher_assign(struct dispatcher *dispatcher)
{
	struct assignment assignment = { .dispatcher = dispatcher,
					 .rows = dispatcher->row_count,
					 .columns = dispatcher->column_count };
	int error = prepare(&assignment);

	for (size_t i = 0; i < assignment.rows; i++) {
		dispatcher->rows[i]->request = NULL;
		dispatcher->rows[i]->is_ripe = false;
	}
	if (!error)
		find_closed(&assignment);
	for (size_t i = 0; i < assignment.rows && !error; i++) {
		size_t rows, columns;

		if (gather(&assignment, i, &rows, &columns))
			error = assign_group(&assignment, rows, columns);
	}
	release(&assignment);
	return error;
}
