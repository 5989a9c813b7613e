// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * log_match.c - see log_match.h.
 */
#include "analysis/log_match.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/billing.h"
#include "analysis/memory_size.h"
#include "base/array.h"
#include "base/hash_map.h"
#include "base/string_pool.h"
#include "base/units.h"

struct log_match {
	struct string_pool names; /* request ids and functions */
	struct log_row *logged, *measured;
	size_t logged_count, logged_capacity, measured_count, measured_capacity;
	struct log_row *rows;
};

/* ---- adding ---- */

static void set_figure(struct reported_figures *figures, enum reported_member member,
		       uint64_t value)
{
	figures->known |= 1u << member;
	figures->values[member] = value;
}

static void measure(struct reported_figures *figures, const struct invocation *invocation)
{
	struct billing_usage usage;

	billing_measure(&usage, invocation);
	set_figure(figures, REPORTED_DURATION, usage.duration_ns);
	set_figure(figures, REPORTED_BILLED, invocation->billed_ms * NS_PER_MS);
	if (usage.init_ns)
		set_figure(figures, REPORTED_INIT, usage.init_ns);
	if (invocation->memory_mb)
		set_figure(figures, REPORTED_MEMORY, invocation->memory_mb);
	if (invocation->peak_rss_bytes)
		set_figure(figures, REPORTED_MAX_MEMORY,
			   memory_size_mb(invocation->peak_rss_bytes));
}

int log_match_new(struct log_match **ret_match)
{
	struct log_match *match = calloc(1, sizeof(*match));

	if (!match)
		return -ENOMEM;
	string_pool_init(&match->names);
	*ret_match = match;
	return 0;
}

void log_match_free(struct log_match *match)
{
	if (!match)
		return;
	string_pool_release(&match->names);
	free(match->logged);
	free(match->measured);
	free(match->rows);
	free(match);
}

int log_match_add(struct log_match *match, uint32_t file, const struct reported *reported)
{
	struct log_row row = {
		.is_logged = true, .file = file, .line = reported->line, .logged = reported->figures
	};

	if (match->logged_count == LOG_MATCH_MAX)
		return -E2BIG;
	row.request_id = string_pool_intern(&match->names, reported->request_id);
	if (!row.request_id || array_make_room(&match->logged, match->logged_count,
					       &match->logged_capacity, sizeof(row)))
		return -ENOMEM;
	match->logged[match->logged_count++] = row;
	return 0;
}

static int add_measured(struct log_match *match, const struct invocation *invocation)
{
	struct log_row row = { .is_measured = true, .start_ns = invocation->start_ns };

	if (match->measured_count == LOG_MATCH_MAX)
		return -E2BIG;
	row.request_id = string_pool_intern(&match->names, invocation->request_id);
	row.function = string_pool_intern(&match->names, invocation->function);
	if ((invocation->request_id && !row.request_id) ||
	    array_make_room(&match->measured, match->measured_count, &match->measured_capacity,
			    sizeof(row)))
		return -ENOMEM;
	measure(&row.measured, invocation);
	match->measured[match->measured_count++] = row;
	return 0;
}

int log_match_chain(void *context, const struct chain *chain)
{
	struct log_match *match = context;
	int error = 0;

	for (size_t i = 0; i < chain->invocation_count && !error; i++)
		if (chain->invocations[i]->status != STATUS_CUT)
			error = add_measured(match, chain->invocations[i]);
	return error;
}

/* ---- matching ---- */

static int compare_starts(const void *left, const void *right)
{
	const struct log_row *a = left, *b = right;

	return (a->start_ns > b->start_ns) - (a->start_ns < b->start_ns);
}

/* Those of one request id, in their order: the next that is not matched yet. */
struct id_queue {
	size_t next, seen;
};

/* Each measured row's follower with the same id, and the first of each id by the id's address. */
struct id_index {
	size_t *followers;	 /* SIZE_MAX: none */
	struct id_queue *queues; /* of the ids, in order of their first row */
	struct hash_map by_id;	 /* id -> its queue */
	size_t *last;		 /* of each queue */
	size_t count;
};

static void index_release(struct id_index *index)
{
	hash_map_release(&index->by_id);
	free(index->followers);
	free(index->queues);
	free(index->last);
}

static int index_row(struct id_index *index, const struct log_row *row, size_t at)
{
	struct id_queue *queue;

	index->followers[at] = SIZE_MAX;
	if (!row->request_id)
		return 0;
	queue = hash_map_find(&index->by_id, (uintptr_t)row->request_id);
	if (queue) {
		size_t number = (size_t)(queue - index->queues);

		index->followers[index->last[number]] = at;
		index->last[number] = at;
		return 0;
	}
	queue = &index->queues[index->count];
	queue->next = at;
	index->last[index->count++] = at;
	return hash_map_put(&index->by_id, (uintptr_t)row->request_id, queue);
}

/* The rows must be in order of start. */
static int index_make(struct id_index *index, const struct log_match *match)
{
	size_t room = match->measured_count + 1;
	int error = 0;

	memset(index, 0, sizeof(*index));
	hash_map_init(&index->by_id);
	index->followers = malloc(room * sizeof(*index->followers));
	index->queues = calloc(room, sizeof(*index->queues));
	index->last = malloc(room * sizeof(*index->last));
	if (!index->followers || !index->queues || !index->last)
		error = -ENOMEM;
	for (size_t i = 0; i < match->measured_count && !error; i++)
		error = index_row(index, &match->measured[i], i);
	return error;
}

static void add_total(struct log_totals *totals, const struct log_row *row)
{
	uint32_t both = row->logged.known & row->measured.known;

	totals->matched++;
	for (unsigned int i = 0; i < REPORTED_COUNT; i++) {
		if (!(both & 1u << i))
			continue;
		totals->pairs[i]++;
		totals->logged.known |= 1u << i;
		totals->measured.known |= 1u << i;
		totals->logged.values[i] += row->logged.values[i];
		totals->measured.values[i] += row->measured.values[i];
	}
}

/* Takes the next measured row of the id of @row into it; false: there is none left. */
static bool take_measured(struct log_row *row, const struct log_match *match,
			  struct id_index *index, bool *is_taken)
{
	struct id_queue *queue = hash_map_find(&index->by_id, (uintptr_t)row->request_id);
	const struct log_row *measured;

	if (!queue || queue->next == SIZE_MAX)
		return false;
	measured = &match->measured[queue->next];
	is_taken[queue->next] = true;
	queue->next = index->followers[queue->next];
	row->is_measured = true;
	row->function = measured->function;
	row->start_ns = measured->start_ns;
	row->measured = measured->measured;
	row->occurrence = (uint32_t)queue->seen++;
	return true;
}

static size_t fill_rows(struct log_match *match, struct id_index *index, bool *is_taken,
			struct log_totals *totals)
{
	size_t count = 0;

	for (size_t i = 0; i < match->logged_count; i++) {
		struct log_row *row = &match->rows[count++];

		*row = match->logged[i];
		if (take_measured(row, match, index, is_taken))
			add_total(totals, row);
		else
			totals->only_logged++;
	}
	for (size_t i = 0; i < match->measured_count; i++) {
		const struct log_row *measured = &match->measured[i];
		struct id_queue *queue =
			hash_map_find(&index->by_id, (uintptr_t)measured->request_id);

		if (is_taken[i])
			continue;
		match->rows[count] = *measured;
		match->rows[count++].occurrence =
			measured->request_id && queue ? (uint32_t)queue->seen++ : 0;
		totals->only_measured++;
	}
	return count;
}

int log_match_finish(struct log_match *match, const struct log_row **ret_rows, size_t *ret_count,
		     struct log_totals *ret_totals)
{
	bool *is_taken = calloc(match->measured_count + 1, sizeof(*is_taken));
	struct log_totals totals = { 0 };
	struct id_index index;
	int error;

	if (match->measured_count)
		qsort(match->measured, match->measured_count, sizeof(*match->measured),
		      compare_starts);
	error = index_make(&index, match);
	match->rows = calloc(match->logged_count + match->measured_count + 1, sizeof(*match->rows));
	if (!error && (!match->rows || !is_taken))
		error = -ENOMEM;
	if (!error) {
		*ret_count = fill_rows(match, &index, is_taken, &totals);
		*ret_rows = match->rows;
		*ret_totals = totals;
	}
	index_release(&index);
	free(is_taken);
	return error;
}
