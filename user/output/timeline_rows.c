/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * timeline_rows.c - see timeline_rows.h. Works on what the analysis measured; nothing is drawn here.
 */
#include "output/timeline_rows.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* How many callers are above @invocation; bounded in case links should ever form a ring. */
static unsigned int find_depth(const struct invocation *invocation, size_t limit)
{
	unsigned int depth = 0;

	while (invocation->parent && depth < limit) {
		invocation = invocation->parent;
		depth++;
	}
	return depth;
}

/* Behind its parent's row and the rows of callees that are already below that. */
static size_t find_place(const struct timeline_row *rows, size_t count,
			 const struct timeline_row *row)
{
	size_t place = count;

	for (size_t i = 0; i < count; i++)
		if (rows[i].invocation == row->invocation->parent)
			place = i + 1;
	while (place < count && rows[place].depth >= row->depth)
		place++;
	return place;
}

int timeline_rows(struct timeline_row **ret_rows, size_t *ret_count, const struct chain *chain)
{
	size_t count = chain->invocation_count;
	struct timeline_row *rows = calloc(count + 1, sizeof(*rows));
	const struct invocation **pending = calloc(count + 1, sizeof(*pending));
	size_t filled = 0;

	if (!rows || !pending) {
		free(rows);
		free(pending);
		return -ENOMEM;
	}
	for (size_t i = 0; i < count; i++)
		pending[i] = chain->invocations[i];
	qsort(pending, count, sizeof(*pending), invocation_compare_start);
	for (size_t i = 0; i < count; i++) {
		struct timeline_row row = { pending[i], find_depth(pending[i], count) };
		size_t place = find_place(rows, filled, &row);

		memmove(&rows[place + 1], &rows[place], (filled - place) * sizeof(*rows));
		rows[place] = row;
		filled++;
	}
	free(pending);
	*ret_rows = rows;
	*ret_count = filled;
	return 0;
}

static uint64_t first_ns(const struct invocation *invocation)
{
	if (invocation_init_ns(invocation) && invocation->init_start_ns < invocation->start_ns)
		return invocation->init_start_ns;
	return invocation->start_ns;
}

void timeline_window(const struct chain *chain, uint64_t *ret_from_ns, uint64_t *ret_to_ns)
{
	uint64_t from_ns = UINT64_MAX, to_ns = 0;

	for (size_t i = 0; i < chain->invocation_count; i++) {
		const struct invocation *invocation = chain->invocations[i];

		if (first_ns(invocation) < from_ns)
			from_ns = first_ns(invocation);
		if (invocation->end_ns > to_ns)
			to_ns = invocation->end_ns;
	}
	*ret_from_ns = from_ns <= to_ns ? from_ns : 0;
	*ret_to_ns = to_ns;
}

static uint64_t overlap(uint64_t a_from, uint64_t a_to, uint64_t b_from, uint64_t b_to)
{
	uint64_t from = a_from > b_from ? a_from : b_from;
	uint64_t to = a_to < b_to ? a_to : b_to;

	return from < to ? to - from : 0;
}

/* What fills most of [@from_ns, @to_ns); *position is the first segment that may reach into it. */
static uint8_t find_cell(const struct invocation *invocation, size_t *position, uint64_t from_ns,
			 uint64_t to_ns)
{
	uint64_t filled[CELL_EMPTY] = { 0 };
	uint8_t best = CELL_EMPTY;

	while (*position < invocation->segment_count &&
	       invocation->segments[*position].end_ns <= from_ns)
		(*position)++;
	for (size_t i = *position; i < invocation->segment_count; i++) {
		const struct segment *segment = &invocation->segments[i];

		if (segment->start_ns >= to_ns)
			break;
		filled[segment->state] +=
			overlap(segment->start_ns, segment->end_ns, from_ns, to_ns);
	}
	filled[CELL_INIT] =
		overlap(invocation->init_start_ns, invocation->init_end_ns, from_ns, to_ns);
	for (uint8_t kind = 0; kind < CELL_EMPTY; kind++)
		if (filled[kind] && (best == CELL_EMPTY || filled[kind] > filled[best]))
			best = kind;
	return best;
}

void timeline_cells(uint8_t *cells, size_t count, const struct invocation *invocation,
		    uint64_t from_ns, uint64_t to_ns)
{
	uint64_t span_ns = to_ns - from_ns;
	size_t position = 0;

	for (size_t i = 0; i < count; i++) {
		uint64_t cell_from = from_ns + (uint64_t)((unsigned __int128)span_ns * i / count);
		uint64_t cell_to =
			from_ns + (uint64_t)((unsigned __int128)span_ns * (i + 1) / count);

		/* Shorter than a nanosecond a cell: look at one. */
		cells[i] = find_cell(invocation, &position, cell_from,
				     cell_to > cell_from ? cell_to : cell_from + 1);
	}
}
