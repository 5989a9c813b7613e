/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * timeline_rows.c - see timeline_rows.h. Works on what the analysis measured; nothing is drawn here.
 */
#include "output/timeline_rows.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash_map.h"

/* The invocations of a chain in order of start, and who is below whom, as places in that order from 1 on. */
struct tree {
	const struct invocation **invocations;
	size_t *first_callee, *next_callee; /* [0]: of those that nobody called */
	struct hash_map places;
	size_t count;
};

static void tree_release(struct tree *tree)
{
	free(tree->invocations);
	free(tree->first_callee);
	free(tree->next_callee);
	hash_map_release(&tree->places);
}

static uint64_t key_of(const struct invocation *invocation)
{
	return (uint64_t)(uintptr_t)invocation;
}

/* The place of @invocation's caller; 0: it has none here. */
static size_t find_caller(const struct tree *tree, const struct invocation *invocation)
{
	const struct invocation **at = hash_map_find(&tree->places, key_of(invocation->parent));

	return at ? (size_t)(at - tree->invocations) : 0;
}

static int fill_tree(struct tree *tree, const struct chain *chain)
{
	for (size_t i = 1; i <= tree->count; i++)
		tree->invocations[i] = chain->invocations[i - 1];
	qsort(tree->invocations + 1, tree->count, sizeof(*tree->invocations),
	      invocation_compare_start);
	for (size_t i = 1; i <= tree->count; i++)
		if (hash_map_put(&tree->places, key_of(tree->invocations[i]),
				 &tree->invocations[i]))
			return -ENOMEM;
	for (size_t i = tree->count; i > 0; i--) {
		size_t caller = find_caller(tree, tree->invocations[i]);

		tree->next_callee[i] = tree->first_callee[caller];
		tree->first_callee[caller] = i;
	}
	return 0;
}

static int tree_init(struct tree *tree, const struct chain *chain)
{
	size_t places = chain->invocation_count + 1;

	*tree = (struct tree){ .invocations = calloc(places, sizeof(*tree->invocations)),
			       .first_callee = calloc(places, sizeof(*tree->first_callee)),
			       .next_callee = calloc(places, sizeof(*tree->next_callee)),
			       .count = chain->invocation_count };
	hash_map_init(&tree->places);
	if (!tree->invocations || !tree->first_callee || !tree->next_callee)
		return -ENOMEM;
	return fill_tree(tree, chain);
}

/* Down to the first callee, else on to the next one of the same caller or of one above. */
static size_t fill_rows(const struct tree *tree, struct timeline_row *rows)
{
	size_t place = tree->first_callee[0], filled = 0;
	unsigned int depth = 0;

	while (place) {
		rows[filled++] = (struct timeline_row){ tree->invocations[place], depth };
		if (tree->first_callee[place]) {
			place = tree->first_callee[place];
			depth++;
			continue;
		}
		while (place && !tree->next_callee[place]) {
			place = find_caller(tree, tree->invocations[place]);
			depth -= place != 0;
		}
		place = tree->next_callee[place];
	}
	return filled;
}

int timeline_rows(struct timeline_row **ret_rows, size_t *ret_count, const struct chain *chain)
{
	struct timeline_row *rows = calloc(chain->invocation_count + 1, sizeof(*rows));
	struct tree tree;
	int error = tree_init(&tree, chain);

	if (!rows)
		error = -ENOMEM;
	if (!error)
		*ret_count = fill_rows(&tree, rows);
	tree_release(&tree);
	if (error)
		free(rows);
	else
		*ret_rows = rows;
	return error;
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
