// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * chain_ranking.c - see chain_ranking.h. A heap whose first row is the one to give up next.
 */
#include "output/chain_ranking.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/heap.h"

void chain_ranking_init(struct chain_ranking *ranking, enum report_key key, size_t limit)
{
	memset(ranking, 0, sizeof(*ranking));
	ranking->key = key;
	ranking->limit = limit;
}

void chain_ranking_release(struct chain_ranking *ranking)
{
	free(ranking->rows);
	ranking->rows = NULL;
	ranking->count = 0;
}

/* Below 0: @left is shown first. */
static int compare_rows(const void *left, const void *right)
{
	const struct chain_row *a = left, *b = right;

	if (a->weight != b->weight)
		return a->weight > b->weight ? -1 : 1;
	return (a->id > b->id) - (a->id < b->id);
}

static bool is_shown_later(const void *left, const void *right, const void *unused)
{
	return compare_rows(left, right) > 0;
}

static const struct heap_order last_first = { sizeof(struct chain_row), is_shown_later };

int chain_ranking_add(void *context, const struct chain *chain)
{
	struct chain_ranking *ranking = context;
	struct chain_row row = {
		.weight = report_sums_weight(&chain->sums, ranking->key),
		.id = chain->id,
		.root = chain->root->function,
		.cause = chain->caused_by ? chain->caused_by->function : NULL,
		.invocations = chain->invocation_count,
		.latency_ns = chain->latency_ns,
		.sums = chain->sums,
	};

	ranking->ranked++;
	if (ranking->count == ranking->limit) {
		if (ranking->limit && compare_rows(&row, &ranking->rows[0]) < 0) {
			ranking->rows[0] = row;
			heap_sink_first(&last_first, ranking->rows, ranking->count, NULL);
		}
		return 0;
	}
	if (array_make_room(&ranking->rows, ranking->count, &ranking->capacity,
			    sizeof(*ranking->rows)))
		return -ENOMEM;
	ranking->rows[ranking->count++] = row;
	heap_rise_last(&last_first, ranking->rows, ranking->count, NULL);
	return 0;
}

void chain_ranking_sort(struct chain_ranking *ranking)
{
	if (ranking->count)
		qsort(ranking->rows, ranking->count, sizeof(*ranking->rows), compare_rows);
}
