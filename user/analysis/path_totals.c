// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * path_totals.c - see path_totals.h. Rows are found by their interned names, whose addresses are their
 * identity. A critical path comes back to the same few rows again and again: those of the invocation that it
 * is in are at hand.
 */
#include "analysis/path_totals.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/edge.h"

#define PART_KEY_WORDS 4

void path_totals_init(struct path_totals *totals)
{
	memset(totals, 0, sizeof(*totals));
	string_pool_init(&totals->names);
	row_table_init(&totals->kinds, 1, sizeof(struct path_kind));
	row_table_init(&totals->parts, PART_KEY_WORDS, sizeof(struct path_part));
}

void path_totals_release(struct path_totals *totals)
{
	row_table_release(&totals->kinds);
	row_table_release(&totals->parts);
	string_pool_release(&totals->names);
}

static const char *intern_function(struct path_totals *totals, const struct invocation *invocation)
{
	return string_pool_intern(&totals->names,
				  invocation->function ? invocation->function : "?");
}

static struct path_kind *load_kind(struct path_totals *totals, const char *root)
{
	struct path_kind *kind = row_table_load(&totals->kinds, (uintptr_t[]){ (uintptr_t)root });

	if (kind)
		kind->root = root;
	return kind;
}

/* Of @key the names, the state and is_transit count. */
static struct path_part *load_part(struct path_totals *totals, const struct path_part *key)
{
	const uintptr_t words[PART_KEY_WORDS] = { (uintptr_t)key->root, (uintptr_t)key->function,
						  (uintptr_t)key->callee,
						  key->is_transit ? STATE_COUNT : key->state };
	struct path_part *part = row_table_load(&totals->parts, words);

	if (part && !part->root)
		*part = *key;
	return part;
}

/* Where a walk over one critical path is: at an invocation, and at one of its attempts. */
struct path_place {
	const char *root;
	const struct invocation *invocation;
	const char *function;			  /* of that, interned */
	struct path_part *own_parts[STATE_COUNT]; /* without an attempt; NULL: not met yet */
	const struct exchange *attempt;
	const char *callee;		      /* of that, interned */
	struct path_part *waits[STATE_COUNT]; /* for that; likewise */
	struct path_part *transit;
};

static int move_to_invocation(struct path_totals *totals, struct path_place *place,
			      const struct invocation *invocation)
{
	if (place->invocation == invocation)
		return 0;
	*place = (struct path_place){ .root = place->root, .invocation = invocation };
	place->function = intern_function(totals, invocation);
	return place->function ? 0 : -ENOMEM;
}

static int move_to_attempt(struct path_totals *totals, struct path_place *place,
			   const struct exchange *attempt)
{
	if (place->attempt == attempt)
		return 0;
	memset(place->waits, 0, sizeof(place->waits));
	place->transit = NULL;
	place->attempt = attempt;
	/* A client can make up a new host for every request. */
	place->callee = attempt_intern_callee(attempt, &totals->names,
					      totals->parts.count >= PATH_PARTS_MAX);
	return place->callee ? 0 : -ENOMEM;
}

static struct path_part **part_at(struct path_place *place, const struct path_segment *segment)
{
	if (segment->is_transit)
		return &place->transit;
	return segment->attempt ? &place->waits[segment->state] : &place->own_parts[segment->state];
}

static int add_segment(struct path_totals *totals, struct path_place *place,
		       const struct path_segment *segment)
{
	int error = move_to_invocation(totals, place,
				       segment->is_transit ? segment->attempt->callee->parent
							   : segment->invocation);
	struct path_part **part;

	if (!error && segment->attempt)
		error = move_to_attempt(totals, place, segment->attempt);
	if (error)
		return error;
	part = part_at(place, segment);
	if (!*part)
		*part = load_part(totals, &(struct path_part){
						  .root = place->root,
						  .function = place->function,
						  .callee = segment->attempt ? place->callee : NULL,
						  .state = segment->is_transit ? 0 : segment->state,
						  .is_transit = segment->is_transit });
	if (!*part)
		return -ENOMEM;
	(*part)->path_ns += segment->to_ns - segment->from_ns;
	return 0;
}

int path_totals_add(struct path_totals *totals, const struct chain *chain)
{
	const char *root = intern_function(totals, chain->root);
	struct path_kind *kind = root ? load_kind(totals, root) : NULL;
	struct path_place place = { .root = root };
	int error = 0;

	if (!kind)
		return -ENOMEM;
	kind->chains++;
	kind->latency_ns += chain->latency_ns;
	for (size_t i = 0; i < chain->critical_path_count && !error; i++)
		error = add_segment(totals, &place, &chain->critical_path[i]);
	return error;
}

/* ---- rows ---- */

static int compare_kinds(const void *left, const void *right)
{
	const struct path_kind *a = left, *b = right;

	return strcmp(a->root, b->root);
}

static int compare_texts(const char *left, const char *right)
{
	return strcmp(left ? left : "", right ? right : "");
}

/* By root, then the longest first. */
static int compare_parts(const void *left, const void *right)
{
	const struct path_part *a = left, *b = right;
	int order = strcmp(a->root, b->root);

	if (order)
		return order;
	if (a->path_ns != b->path_ns)
		return a->path_ns > b->path_ns ? -1 : 1;
	order = strcmp(a->function, b->function);
	if (!order)
		order = compare_texts(a->callee, b->callee);
	if (!order)
		order = (int)a->is_transit - (int)b->is_transit;
	return order ? order : (int)a->state - (int)b->state;
}

static void fill(const struct path_totals *totals, struct results *results)
{
	const struct path_part *part;
	const struct path_kind *kind;

	for (kind = row_table_first(&totals->kinds); kind; kind = row_table_next(kind))
		results->path_kinds[results->path_kind_count++] = *kind;
	for (part = row_table_first(&totals->parts); part; part = row_table_next(part))
		results->path_parts[results->path_part_count++] = *part;
}

int path_totals_finish(const struct path_totals *totals, struct results *results)
{
	size_t next = 0;

	results->path_kinds = calloc(totals->kinds.count + 1, sizeof(*results->path_kinds));
	results->path_parts = calloc(totals->parts.count + 1, sizeof(*results->path_parts));
	if (!results->path_kinds || !results->path_parts)
		return -ENOMEM;
	fill(totals, results);
	qsort(results->path_kinds, results->path_kind_count, sizeof(*results->path_kinds),
	      compare_kinds);
	qsort(results->path_parts, results->path_part_count, sizeof(*results->path_parts),
	      compare_parts);
	for (size_t i = 0; i < results->path_kind_count; i++) {
		struct path_kind *kind = &results->path_kinds[i];

		kind->first_part = next;
		while (next < results->path_part_count &&
		       results->path_parts[next].root == kind->root)
			next++;
		kind->part_count = next - kind->first_part;
	}
	return 0;
}
