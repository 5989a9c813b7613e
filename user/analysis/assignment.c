// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * assignment.c - one dispatcher's rows and columns: who can go with whom, which groups hang together,
 * the best pairing of each group and how sure each pair is. See dispatcher.h.
 *
 * A request can have led to an event, or been sent on, only if it was open when that happened, so a sweep
 * over time meets few pairs; the number of requests that are known at once does not matter.
 */
#include "analysis/dispatcher.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/groups.h"
#include "analysis/matching.h"
#include "analysis/open_requests.h"
#include "analysis/relay.h"
#include "analysis/route.h"
#include "base/arena.h"
#include "base/array.h"

#define CROWD_SIDE 96 /* rows, columns */

struct pair {
	int64_t weight;
	uint32_t row, column;
	size_t previous; /* of the same column, as in last_pair */
};

struct assignment {
	struct dispatcher *dispatcher;
	uint64_t due_ns; /* see handover_is_due */
	uint32_t rows, columns;
	struct pair *pairs; /* those of one row together */
	size_t pair_count, pair_capacity;
	size_t *first_pair, *end_pair; /* per row */
	size_t *last_pair;	       /* per column: index + 1; 0 none */
	bool *is_closed;	       /* per column: answered, and all that compete are settled */
	uint32_t *events;	       /* per column: its pairs */
	struct groups groups;	       /* by all pairs */
	struct groups parts;	       /* by strong pairs */
	bool *is_barred;   /* per row, then column: a pair of it does not fit its part */
	bool *is_solved;   /* likewise: its part has been solved by itself */
	uint32_t *problem; /* per column: the latest one that it is part of */
	uint32_t *local;   /* per column: its place in that */
	uint32_t problem_count;
	enum link_kind *doubt; /* per column, see spread_doubt */
	int64_t *taken;	       /* per column: the weight of the pair that has it */
	struct arena *memory;  /* of all but the pairs, of which there can be very many */
};

static void *alloc(struct assignment *assignment, size_t count, size_t bytes)
{
	return arena_alloc(assignment->memory, (count + 1) * bytes);
}

static int prepare(struct assignment *assignment)
{
	uint32_t rows = assignment->rows, columns = assignment->columns;

	arena_clear(assignment->memory);
	assignment->first_pair = alloc(assignment, rows, sizeof(*assignment->first_pair));
	assignment->end_pair = alloc(assignment, rows, sizeof(*assignment->end_pair));
	assignment->last_pair = alloc(assignment, columns, sizeof(*assignment->last_pair));
	assignment->is_closed = alloc(assignment, columns, sizeof(*assignment->is_closed));
	assignment->events = alloc(assignment, columns, sizeof(*assignment->events));
	assignment->problem = alloc(assignment, columns, sizeof(*assignment->problem));
	assignment->local = alloc(assignment, columns, sizeof(*assignment->local));
	assignment->is_barred = alloc(assignment, (size_t)rows + columns, sizeof(bool));
	assignment->is_solved = alloc(assignment, (size_t)rows + columns, sizeof(bool));
	assignment->doubt = alloc(assignment, columns, sizeof(*assignment->doubt));
	assignment->taken = alloc(assignment, columns, sizeof(*assignment->taken));
	if (!assignment->first_pair || !assignment->end_pair || !assignment->last_pair ||
	    !assignment->is_closed || !assignment->events || !assignment->problem ||
	    !assignment->local || !assignment->is_barred || !assignment->is_solved ||
	    !assignment->doubt || !assignment->taken)
		return -ENOMEM;
	if (groups_init(&assignment->groups, assignment->memory, rows, columns))
		return -ENOMEM;
	return groups_init(&assignment->parts, assignment->memory, rows, columns);
}

/* ---- pairs ---- */

/* A row or a column, in order of the time from which it takes part. */
struct point {
	uint64_t time_ns;
	bool is_row; /* columns of the same time come first */
	uint32_t index;
};

static int compare_points(const void *left, const void *right)
{
	const struct point *a = left, *b = right;

	if (a->time_ns != b->time_ns)
		return a->time_ns < b->time_ns ? -1 : 1;
	if (a->is_row != b->is_row)
		return a->is_row ? 1 : -1;
	return (a->index > b->index) - (a->index < b->index);
}

/* When the dispatcher did it. */
static uint64_t row_ns(const struct handover *row)
{
	return row->invocation ? evidence_dispatched_ns(row->invocation)
			       : relay_sent_ns(row->forward);
}

/* No request that began after this can be its. */
static uint64_t row_latest_ns(const struct dispatcher *dispatcher, const struct handover *row)
{
	return dispatcher->is_network ? relay_arrived_ns(row->forward) : row_ns(row);
}

static int64_t weigh(const struct dispatcher *dispatcher, const struct handover *row,
		     const struct request *request)
{
	if (row->invocation)
		return evidence_weigh(request->server, row->invocation, &dispatcher->evidence);
	if (dispatcher->is_network)
		return relay_weigh_translated(request->server, row->forward);
	return relay_weigh(request->server, row);
}

static struct point *make_points(const struct assignment *assignment)
{
	const struct dispatcher *dispatcher = assignment->dispatcher;
	size_t count = (size_t)assignment->rows + assignment->columns;
	struct point *points = malloc((count + 1) * sizeof(*points));
	size_t filled = 0;

	if (!points)
		return NULL;
	for (uint32_t j = 0; j < assignment->columns; j++)
		points[filled++] =
			(struct point){ dispatcher->columns[j]->server->start_ns, false, j };
	for (uint32_t i = 0; i < assignment->rows; i++)
		points[filled++] =
			(struct point){ row_latest_ns(dispatcher, dispatcher->rows[i]), true, i };
	qsort(points, count, sizeof(*points), compare_points);
	return points;
}

/*
 * A served Invoke weighs about twice EVIDENCE_HARD with each event that it can be for, a plain HTTP request
 * about once: pairs are strong or weak. Rows and columns that strong pairs hold together are a part. Where all its
 * rows can have a strong pair at once they have one in every best pairing of the group, for a weak one instead
 * costs EVIDENCE_HARD: the part is solved by itself, and that answer is as exact as a small group's.
 */
#define SPREAD (16 * EVIDENCE_SOFT) /* what weaker evidence changes at most */

/* All pairs of a group together do not outweigh what is stronger. */
_Static_assert(EVIDENCE_HARD / 2 >= MATCHING_SIDE_MAX * SPREAD, "soft evidence is weaker");
_Static_assert(EVIDENCE_SOFT / 2 >= MATCHING_SIDE_MAX * EVIDENCE_ORDER, "order is weaker");
_Static_assert(8 * EVIDENCE_HARD <= MATCHING_WEIGHT_MAX, "each weight is one that fits");

static bool is_about(const struct pair *pair, int64_t weight)
{
	return pair->weight > weight - SPREAD && pair->weight < weight + SPREAD;
}

static bool is_strong(const struct pair *pair)
{
	return is_about(pair, 2 * EVIDENCE_HARD);
}

static void note_part(struct assignment *assignment, const struct pair *pair)
{
	if (is_strong(pair))
		groups_join(&assignment->parts, pair->row, pair->column);
	else
		assignment->is_barred[assignment->rows + pair->column] = true;
	if (!is_strong(pair) && !is_about(pair, EVIDENCE_HARD))
		assignment->is_barred[pair->row] = true; /* an id says more than all else */
}

static int add_pair(struct assignment *assignment, uint32_t row, uint32_t column, int64_t weight)
{
	if (array_make_room(&assignment->pairs, assignment->pair_count, &assignment->pair_capacity,
			    sizeof(*assignment->pairs)))
		return -ENOMEM;
	assignment->pairs[assignment->pair_count] =
		(struct pair){ weight, row, column, assignment->last_pair[column] };
	note_part(assignment, &assignment->pairs[assignment->pair_count]);
	assignment->last_pair[column] = ++assignment->pair_count;
	assignment->events[column]++;
	groups_join(&assignment->groups, row, column);
	return 0;
}

/* Pairs @row with what is open and can be its own. Where there may be more of these, no answer is exact. */
static int pair_row(struct assignment *assignment, uint32_t row, struct open_requests *open)
{
	struct dispatcher *dispatcher = assignment->dispatcher;
	struct handover *handover = dispatcher->rows[row];
	int error = 0;

	assignment->first_pair[row] = assignment->end_pair[row] = assignment->pair_count;
	if (handover->is_rerun)
		return 0;
	error = open_requests_find(open, handover, row_ns(handover));
	for (uint32_t i = 0; i < open->found_count && !error; i++) {
		struct request *request = dispatcher->columns[open->found[i]];
		int64_t weight = weigh(dispatcher, handover, request);

		if (weight == EVIDENCE_IMPOSSIBLE)
			continue;
		error = add_pair(assignment, row, open->found[i], weight);
		request->is_wanted = request->was_wanted = true;
	}
	if (open->is_cut && handover->doubt < LINK_INFERRED)
		handover->doubt = LINK_INFERRED;
	assignment->end_pair[row] = assignment->pair_count;
	return error;
}

static int find_pairs(struct assignment *assignment)
{
	size_t count = (size_t)assignment->rows + assignment->columns;
	struct point *points = make_points(assignment);
	struct open_requests open;
	int error = open_requests_init(&open, assignment->dispatcher, assignment->memory);

	if (!points)
		error = -ENOMEM;
	for (size_t n = 0; n < count && !error; n++) {
		if (points[n].is_row)
			error = pair_row(assignment, points[n].index, &open);
		else if (request_is_free(assignment->dispatcher->columns[points[n].index]))
			error = open_requests_add(&open, points[n].index);
	}
	open_requests_release(&open);
	free(points);
	return error;
}

/* ---- what a row can be sure of ---- */

static void find_closed(struct assignment *assignment)
{
	const struct dispatcher *dispatcher = assignment->dispatcher;

	for (uint32_t j = 0; j < assignment->columns; j++)
		assignment->is_closed[j] = dispatcher->columns[j]->server->is_over;
	for (size_t n = 0; n < assignment->pair_count; n++)
		if (!handover_is_settled(dispatcher->rows[assignment->pairs[n].row]))
			assignment->is_closed[assignment->pairs[n].column] = false;
}

/*
 * No event that comes later can be for a request that is answered, so a row is ripe when all its
 * requests are answered and all that compete for these are settled.
 */
static bool is_ripe(const struct assignment *assignment, uint32_t row)
{
	for (size_t n = assignment->first_pair[row]; n < assignment->end_pair[row]; n++)
		if (!assignment->is_closed[assignment->pairs[n].column])
			return false;
	return true;
}

static bool can_have_caller(const struct assignment *assignment, uint32_t row)
{
	const struct dispatcher *dispatcher = assignment->dispatcher;

	for (size_t n = assignment->first_pair[row]; n < assignment->end_pair[row]; n++) {
		const struct request *origin =
			request_origin(dispatcher->columns[assignment->pairs[n].column]);

		if (request_owner(origin) || origin->way)
			return true;
	}
	return false;
}

/* Who else could have the request, or which other the row could have, by everything hard. */
static uint32_t count_alternatives(const struct assignment *assignment, const struct pair *own)
{
	const struct pair *pairs = assignment->pairs;
	int64_t least = own->weight - EVIDENCE_HARD / 2;
	uint32_t requests = 0, events = 0;

	for (size_t n = assignment->first_pair[own->row]; n < assignment->end_pair[own->row]; n++)
		requests += pairs[n].weight > least && pairs[n].column != own->column;
	for (size_t n = assignment->last_pair[own->column]; n; n = pairs[n - 1].previous)
		events += pairs[n - 1].weight > least && pairs[n - 1].row != own->row;
	if (!requests && !events)
		return 1;
	return requests > events ? requests : events;
}

static void set_row(struct assignment *assignment, uint32_t row)
{
	struct handover *handover = assignment->dispatcher->rows[row];

	handover->request = NULL;
	handover->link = LINK_NONE;
	handover->alternatives = 0;
	handover->choice = 0;
	handover->requests = (uint32_t)(assignment->end_pair[row] - assignment->first_pair[row]);
	handover->events = 0;
	handover->is_ripe = is_ripe(assignment, row);
	handover->can_have_caller = can_have_caller(assignment, row);
}

/* What the choice alone allows. By how much more a margin is greater than this does not matter. */
#define MARGIN_MAX EVIDENCE_HARD

static enum link_kind label_by_margin(int64_t margin)
{
	if (margin > EVIDENCE_HARD / 2)
		return LINK_EXACT;
	return margin > EVIDENCE_SOFT / 2 ? LINK_INFERRED : LINK_AMBIGUOUS;
}

static enum link_kind label_of(const struct dispatcher *dispatcher, const struct handover *handover)
{
	enum link_kind link = handover->contest;

	if (handover->doubt > link)
		link = handover->doubt;
	if (link == LINK_EXACT && handover->forward)
		link = relay_surest(dispatcher, handover);
	return link;
}

static uint32_t choice_of(const struct handover *handover)
{
	uint32_t doubt = handover->doubt > handover->contest ? LINK_IN_DOUBT : 0;

	switch (handover->contest) {
	case LINK_EXACT:
		return doubt | (handover->requests || handover->events ? LINK_BY_EXCLUSION
								       : LINK_BY_BEING_ALONE);
	case LINK_INFERRED:
		return doubt | LINK_BY_CONTENT;
	default:
		return doubt | LINK_BY_ORDER;
	}
}

/*
 * Bodies that differ contradict a pair that only the absence of others proves: where facts were lost the
 * right one can be what is absent.
 */
static bool is_contradicted(const struct handover *handover)
{
	const uint32_t different = LINK_NOT_EVENT_DIGEST | LINK_NOT_RESULT_DIGEST;
	uint32_t agreement;

	if (!handover->invocation)
		return false;
	agreement = evidence_agreement(handover->request->server, handover->invocation);
	return agreement & different && !(agreement & LINK_BY_REQUEST_ID);
}

/*
 * Of a plain HTTP request nobody knows whether a function was asked: that it was open, and no other one was,
 * proves nothing of an event which can come from elsewhere (a timer, a queue).
 */
static bool is_unnamed_http(const struct handover *handover)
{
	const struct exchange *server = handover->request->server;

	return handover->invocation && server->kind == MESSAGE_HTTP &&
	       !route_is_named(handover->invocation->function) &&
	       !(evidence_agreement(server, handover->invocation) & LINK_BY_REQUEST_ID);
}

/* @margin: by how much everything gets worse without this pair. */
static void set_pair(struct assignment *assignment, const struct pair *pair, int64_t margin)
{
	struct handover *handover = assignment->dispatcher->rows[pair->row];

	handover->request = assignment->dispatcher->columns[pair->column];
	handover->requests--;
	handover->events = assignment->events[pair->column] - 1;
	handover->contest = label_by_margin(margin);
	handover->link = label_of(assignment->dispatcher, handover);
	handover->choice = choice_of(handover);
	if (handover->link == LINK_EXACT && is_contradicted(handover)) {
		handover->link = LINK_INFERRED;
		handover->choice |= LINK_IN_DOUBT;
	}
	if (handover->link == LINK_EXACT && is_unnamed_http(handover)) {
		handover->link = LINK_INFERRED;
		handover->choice |= LINK_UNNAMED;
	}
	if (handover->link == LINK_AMBIGUOUS)
		handover->alternatives = count_alternatives(assignment, pair);
	if (handover->contest == LINK_EXACT)
		handover->is_ripe |= handover->request->server->is_over;
}

static void raise_doubt(struct assignment *assignment, uint32_t column, enum link_kind doubt)
{
	if (doubt > LINK_EXACT && assignment->doubt[column] < doubt)
		assignment->doubt[column] = doubt;
}

/* How doubtful it makes its possible requests that the row is decided: it could have had another. */
static void find_doubt(struct assignment *assignment, uint32_t row)
{
	const struct handover *handover = assignment->dispatcher->rows[row];

	for (size_t n = assignment->first_pair[row]; n < assignment->end_pair[row]; n++) {
		const struct pair *pair = &assignment->pairs[n];

		if (handover->request)
			raise_doubt(assignment, pair->column, handover->contest);
		else /* it goes without, for who has this one fits better: by how much? */
			raise_doubt(
				assignment, pair->column,
				label_by_margin(assignment->taken[pair->column] - pair->weight));
	}
}

/* It takes part in the doubt about those of its possible requests that are about as good as the best. */
static void take_doubt(const struct assignment *assignment, uint32_t row)
{
	struct handover *handover = assignment->dispatcher->rows[row];
	int64_t best = 0;

	for (size_t n = assignment->first_pair[row]; n < assignment->end_pair[row]; n++)
		if (assignment->pairs[n].weight > best)
			best = assignment->pairs[n].weight;
	for (size_t n = assignment->first_pair[row]; n < assignment->end_pair[row]; n++) {
		const struct pair *pair = &assignment->pairs[n];
		enum link_kind doubt = assignment->doubt[pair->column];

		if (pair->weight > best - EVIDENCE_HARD / 2 && doubt > handover->doubt)
			handover->doubt = doubt;
	}
}

/*
 * Rows that are ripe are decided now, mostly; one that shares a possible request with them and stays will
 * get one that is no surer than what they got: they could have had that as well.
 */
static void spread_doubt(struct assignment *assignment, uint32_t root)
{
	struct handover **rows = assignment->dispatcher->rows;

	for (groups_each_row(&assignment->groups, root, i))
		if (rows[i]->is_ripe && handover_is_settled(rows[i]))
			find_doubt(assignment, i);
	for (groups_each_row(&assignment->groups, root, i))
		take_doubt(assignment, i);
}

/* ---- groups ---- */

/* Some rows and the columns that they can have, to be paired by themselves. */
struct problem {
	uint32_t number;
	uint32_t *rows, *columns;
	size_t row_count, column_count;
};

static size_t count_members(const uint32_t *next, uint32_t first)
{
	size_t count = 0;

	for (uint32_t i = first; i != GROUPS_NOBODY; i = next[i])
		count++;
	return count;
}

/* Room for the members of a group. */
static int begin_problem(struct assignment *assignment, const struct groups *groups, uint32_t root,
			 struct problem *ret)
{
	size_t rows = count_members(groups->next_row, groups->first_row[root]);
	size_t columns = count_members(groups->next_column, groups->first_column[root]);

	*ret = (struct problem){ .number = ++assignment->problem_count,
				 .rows = alloc(assignment, rows, sizeof(*ret->rows)),
				 .columns = alloc(assignment, columns, sizeof(*ret->columns)) };
	return ret->rows && ret->columns ? 0 : -ENOMEM;
}

/* All that is not solved of a group. */
static int make_problem(struct assignment *assignment, const struct groups *groups, uint32_t root,
			struct problem *ret)
{
	int error = begin_problem(assignment, groups, root, ret);

	if (error)
		return error;
	for (groups_each_row(groups, root, i))
		if (!assignment->is_solved[i])
			ret->rows[ret->row_count++] = i;
	for (groups_each_column(groups, root, j)) {
		if (assignment->is_solved[assignment->rows + j])
			continue;
		assignment->problem[j] = ret->number;
		assignment->local[j] = (uint32_t)ret->column_count;
		ret->columns[ret->column_count++] = j;
	}
	return 0;
}

static bool has_settled(const struct assignment *assignment, const struct problem *problem)
{
	for (size_t i = 0; i < problem->row_count; i++)
		if (handover_is_settled(assignment->dispatcher->rows[problem->rows[i]]))
			return true;
	return false;
}

/* Among so many there is always something open, so that not all can wait for that. */
static bool is_crowd(const struct problem *problem)
{
	return problem->row_count > CROWD_SIDE || problem->column_count > CROWD_SIDE;
}

static const struct pair *find_pair(const struct assignment *assignment, uint32_t row,
				    uint32_t column)
{
	for (size_t n = assignment->first_pair[row]; n < assignment->end_pair[row]; n++)
		if (assignment->pairs[n].column == column)
			return &assignment->pairs[n];
	return NULL;
}

/* The pairs whose row and column are both of @problem; NULL when out of memory. */
static struct matching_problem *make_matching_problem(struct assignment *assignment,
						      const struct problem *problem)
{
	struct matching_problem *matching = alloc(assignment, 1, sizeof(*matching));
	uint32_t *first_pair = alloc(assignment, problem->row_count, sizeof(*first_pair));
	struct matching_pair *pairs;
	size_t count = 0;

	for (size_t i = 0; i < problem->row_count; i++)
		count += assignment->end_pair[problem->rows[i]] -
			 assignment->first_pair[problem->rows[i]];
	pairs = alloc(assignment, count, sizeof(*pairs));
	if (!matching || !first_pair || !pairs)
		return NULL;
	count = 0;
	for (size_t i = 0; i < problem->row_count; i++) {
		uint32_t row = problem->rows[i];

		first_pair[i] = (uint32_t)count;
		for (size_t n = assignment->first_pair[row]; n < assignment->end_pair[row]; n++) {
			const struct pair *pair = &assignment->pairs[n];

			if (assignment->problem[pair->column] == problem->number)
				pairs[count++] =
					(struct matching_pair){ assignment->local[pair->column],
								pair->weight };
		}
	}
	first_pair[problem->row_count] = (uint32_t)count;
	*matching = (struct matching_problem){ (uint32_t)problem->row_count,
					       (uint32_t)problem->column_count, first_pair, pairs };
	return matching;
}

/* 0, -ENOMEM, or -E2BIG. */
static int solve(struct assignment *assignment, const struct problem *problem, struct matching *ret)
{
	struct matching_problem *pairs = make_matching_problem(assignment, problem);

	return pairs ? matching_solve(ret, pairs, assignment->memory) : -ENOMEM;
}

/* Whether it matters by now how sure a pair is. */
static bool can_be_decided(const struct assignment *assignment, const struct pair *pair)
{
	const struct handover *handover = assignment->dispatcher->rows[pair->row];

	return handover->is_ripe || handover_is_due(handover, assignment->due_ns) ||
	       assignment->dispatcher->columns[pair->column]->server->is_over;
}

static void set_rows(struct assignment *assignment, const struct problem *problem,
		     struct matching *matching)
{
	for (uint32_t i = 0; i < problem->row_count; i++) {
		uint32_t row = problem->rows[i], column = matching->column_of[i];
		const struct pair *pair;

		set_row(assignment, row);
		if (column == MATCHING_NONE ||
		    !handover_is_settled(assignment->dispatcher->rows[row]))
			continue;
		pair = find_pair(assignment, row, problem->columns[column]);
		assignment->taken[pair->column] = pair->weight;
		if (can_be_decided(assignment, pair))
			set_pair(assignment, pair, matching_margin(matching, i, MARGIN_MAX));
		else
			assignment->dispatcher->rows[row]->is_put_off = true;
	}
}

/* A settled row which has one possible request that is nobody else's, or none. */
static void assign_alone(struct assignment *assignment, uint32_t row)
{
	const struct pair *pair = &assignment->pairs[assignment->first_pair[row]];

	set_row(assignment, row);
	if (assignment->first_pair[row] == assignment->end_pair[row])
		return;
	assignment->taken[pair->column] = pair->weight;
	set_pair(assignment, pair, pair->weight);
}

/* ---- parts of groups ---- */

static bool is_part_barred(const struct assignment *assignment, const struct problem *part)
{
	for (size_t i = 0; i < part->row_count; i++)
		if (assignment->is_barred[part->rows[i]])
			return true;
	for (size_t j = 0; j < part->column_count; j++)
		if (assignment->is_barred[assignment->rows + part->columns[j]])
			return true;
	return false;
}

/* A row of a solved part waits for those requests alone that it can have there. */
static bool is_ripe_in_part(const struct assignment *assignment, uint32_t row)
{
	for (size_t n = assignment->first_pair[row]; n < assignment->end_pair[row]; n++)
		if (is_strong(&assignment->pairs[n]) &&
		    !assignment->is_closed[assignment->pairs[n].column])
			return false;
	return true;
}

static void note_solved(struct assignment *assignment, const struct problem *part)
{
	for (size_t i = 0; i < part->row_count; i++)
		assignment->is_solved[part->rows[i]] = true;
	for (size_t j = 0; j < part->column_count; j++)
		assignment->is_solved[assignment->rows + part->columns[j]] = true;
}

static int solve_part(struct assignment *assignment, uint32_t root)
{
	struct problem part;
	struct matching matching;
	int error = make_problem(assignment, &assignment->parts, root, &part);

	if (error || part.row_count > part.column_count || is_part_barred(assignment, &part))
		return error;
	error = solve(assignment, &part, &matching);
	if (error)
		return error == -E2BIG ? 0 : error;
	if (matching_is_full(&matching)) {
		set_rows(assignment, &part, &matching);
		note_solved(assignment, &part);
	}
	return 0;
}

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

/* The strongest pair first. */
static int assign_greedily(struct assignment *assignment, const struct problem *problem)
{
	struct dispatcher *dispatcher = assignment->dispatcher;
	struct pair *pairs = malloc((assignment->pair_count + 1) * sizeof(*pairs));
	bool *is_taken = alloc(assignment, assignment->columns, sizeof(*is_taken));
	size_t count = 0;

	if (!pairs || !is_taken) {
		free(pairs);
		return -ENOMEM;
	}
	for (size_t i = 0; i < problem->row_count; i++) {
		uint32_t row = problem->rows[i];

		set_row(assignment, row);
		for (size_t n = assignment->first_pair[row]; n < assignment->end_pair[row]; n++)
			pairs[count++] = assignment->pairs[n];
	}
	qsort(pairs, count, sizeof(*pairs), compare_pairs);
	for (size_t n = 0; n < count; n++) {
		if (dispatcher->rows[pairs[n].row]->request || is_taken[pairs[n].column])
			continue;
		is_taken[pairs[n].column] = true;
		assignment->taken[pairs[n].column] = pairs[n].weight;
		set_pair(assignment, &pairs[n], 0);
		dispatcher->rows[pairs[n].row]->choice = LINK_BY_FIRST_BEST;
	}
	free(pairs);
	return 0;
}

/* Whichever of its possible requests it answers, that came from elsewhere. */
static bool is_surely_root(const struct assignment *assignment, uint32_t row)
{
	for (size_t n = assignment->first_pair[row]; n < assignment->end_pair[row]; n++) {
		const struct request *request =
			assignment->dispatcher->columns[assignment->pairs[n].column];

		if (request->client || request->way || request->upstream)
			return false;
	}
	return true;
}

/* There is too much to wait until all is known that does not matter. */
static void ripen(struct assignment *assignment, const struct problem *group)
{
	for (size_t n = 0; n < group->row_count; n++) {
		uint32_t row = group->rows[n];
		struct handover *handover = assignment->dispatcher->rows[row];

		if (assignment->is_solved[row])
			handover->is_ripe |= is_ripe_in_part(assignment, row);
		else if (handover->request && is_surely_root(assignment, row))
			handover->is_ripe |= handover->request->server->is_over;
	}
}

static int assign_parts(struct assignment *assignment, const struct problem *group, uint32_t root)
{
	struct matching matching;
	struct problem rest;
	int error = 0;

	for (size_t i = 0; i < group->row_count && !error; i++) {
		uint32_t part = groups_of_row(&assignment->parts, group->rows[i]);

		if (assignment->parts.first_row[part] == group->rows[i])
			error = solve_part(assignment, part);
	}
	if (!error)
		error = make_problem(assignment, &assignment->groups, root, &rest);
	if (!error)
		error = solve(assignment, &rest, &matching);
	if (!error)
		set_rows(assignment, &rest, &matching);
	else if (error == -E2BIG)
		error = assign_greedily(assignment, &rest);
	if (!error && is_crowd(group))
		ripen(assignment, group);
	return error;
}

static int assign_group(struct assignment *assignment, uint32_t root)
{
	struct problem group;
	int error = make_problem(assignment, &assignment->groups, root, &group);

	if (error || !has_settled(assignment, &group))
		return error;
	if (group.row_count == 1 && group.column_count <= 1)
		assign_alone(assignment, group.rows[0]);
	else
		error = assign_parts(assignment, &group, root);
	if (!error)
		spread_doubt(assignment, root);
	return error;
}

int dispatcher_assign(struct dispatcher *dispatcher, uint64_t due_ns, struct arena *scratch)
{
	struct assignment assignment = { .dispatcher = dispatcher,
					 .due_ns = due_ns,
					 .memory = scratch,
					 .rows = (uint32_t)dispatcher->row_count,
					 .columns = (uint32_t)dispatcher->column_count };
	struct groups *groups = &assignment.groups;
	int error = prepare(&assignment);

	for (uint32_t j = 0; j < assignment.columns; j++)
		dispatcher->columns[j]->is_wanted = false;
	for (uint32_t i = 0; i < assignment.rows; i++) {
		dispatcher->rows[i]->request = NULL;
		dispatcher->rows[i]->is_ripe = dispatcher->rows[i]->is_put_off = false;
	}
	if (!error)
		error = find_pairs(&assignment);
	if (!error) {
		find_closed(&assignment);
		groups_list(groups);
		groups_list(&assignment.parts);
	}
	for (uint32_t i = 0; i < assignment.rows && !error; i++) {
		uint32_t root = groups_of_row(groups, i);

		if (groups->first_row[root] == i)
			error = assign_group(&assignment, root);
	}
	free(assignment.pairs);
	return error;
}
