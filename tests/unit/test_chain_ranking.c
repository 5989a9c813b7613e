/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * test_chain_ranking.c - of many chains those that weigh most, in whatever order they come.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "output/chain_ranking.h"

#define CHAINS 1000

static uint64_t weight_of(uint64_t id)
{
	return id * 7919 % 61; /* many are alike */
}

static void rank_all(struct chain_ranking *ranking, enum report_key key, size_t limit)
{
	struct invocation root = { .function = "f" }, cause = { .function = "g" };

	chain_ranking_init(ranking, key, limit);
	for (uint64_t id = 0; id < CHAINS; id++) {
		struct chain chain = { .id = id, .root = &root, .invocation_count = 1 };

		chain.sums.billed_ns = weight_of(id);
		chain.caused_by = id % 2 ? &cause : NULL;
		assert_int_equal(chain_ranking_add(ranking, &chain), 0);
	}
	chain_ranking_sort(ranking);
	assert_int_equal(ranking->ranked, CHAINS);
}

/* Sorted: the heaviest first, of equal ones the first. None outside is to stand before the last. */
static void keeps_the_heaviest(void **state)
{
	static const size_t limits[] = { 0, 1, 2, 10, 999, 1000, 5000 };

	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
		struct chain_ranking ranking;
		size_t count = limits[i] < CHAINS ? limits[i] : CHAINS, before = 0;

		rank_all(&ranking, REPORT_BY_BILLED, limits[i]);
		assert_int_equal(ranking.count, count);
		for (size_t j = 0; j < count; j++) {
			const struct chain_row *row = &ranking.rows[j];

			assert_int_equal(row->weight, weight_of(row->id));
			assert_int_equal(row->cause != NULL, row->id % 2);
			if (j)
				assert_true(
					row[-1].weight > row->weight ||
					(row[-1].weight == row->weight && row[-1].id < row->id));
		}
		for (uint64_t id = 0; count && id < CHAINS; id++) {
			const struct chain_row *last = &ranking.rows[count - 1];

			before += weight_of(id) > last->weight ||
				  (weight_of(id) == last->weight && id < last->id);
		}
		assert_int_equal(before, count ? count - 1 : 0);
		chain_ranking_release(&ranking);
	}
}

static void by_name_in_order_of_id(void **state)
{
	struct chain_ranking ranking;

	rank_all(&ranking, REPORT_BY_NAME, 5);
	for (size_t i = 0; i < 5; i++)
		assert_int_equal(ranking.rows[i].id, i);
	chain_ranking_release(&ranking);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keeps_the_heaviest),
		cmocka_unit_test(by_name_in_order_of_id),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
