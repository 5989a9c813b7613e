/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * test_sequence.c - ids and the order of chains while facts still come.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "analysis/chain.h"
#include "analysis/sequence.h"

struct told {
	uint64_t roots[8]; /* start_ns, in the order in which they were told */
	uint64_t count;
};

static int tell(void *context, struct chain *chain)
{
	struct told *told = context;

	assert_int_equal(chain->id, told->count);
	if (told->count < 8)
		told->roots[told->count] = chain->root->start_ns;
	told->count++;
	chain_free(chain);
	return 0;
}

static void start(struct sequence *sequence, struct told *told)
{
	*told = (struct told){ 0 };
	sequence_init(sequence);
	sequence->context = told;
	sequence->tell = tell;
}

static struct invocation *begin(struct sequence *sequence, uint64_t id, uint64_t start_ns)
{
	struct invocation *invocation = invocation_new();

	assert_non_null(invocation);
	invocation->id = id;
	invocation->start_ns = start_ns;
	assert_int_equal(sequence_begin(sequence, invocation), 0);
	return invocation;
}

/* Its only invocation is the root, whose reference the chain takes over. */
static void hold(struct sequence *sequence, struct invocation *root)
{
	struct chain *chain = calloc(1, sizeof(*chain));

	assert_non_null(chain);
	chain->invocations = calloc(1, sizeof(*chain->invocations));
	assert_non_null(chain->invocations);
	chain->invocations[chain->invocation_count++] = root;
	chain->root = root;
	assert_int_equal(sequence_hold(sequence, chain), 0);
}

/* Told late, but begun earlier: it gets the lower id as long as that is not given away. */
static void ids_follow_the_start(void **state)
{
	struct sequence sequence;
	struct told told;
	struct invocation *second, *first, *third;

	start(&sequence, &told);
	second = begin(&sequence, 0, 200);
	first = begin(&sequence, 1, 100);
	third = begin(&sequence, 2, 300);
	sequence_number(&sequence, 250);
	assert_int_equal(first->id, 0);
	assert_int_equal(second->id, 1);
	sequence_number(&sequence, UINT64_MAX);
	assert_int_equal(third->id, 2);
	invocation_unref(first);
	invocation_unref(second);
	invocation_unref(third);
	sequence_release(&sequence);
}

static void a_chain_waits_for_those_that_began_before(void **state)
{
	struct sequence sequence;
	struct told told;
	struct invocation *first, *second;

	start(&sequence, &told);
	first = begin(&sequence, 0, 100);
	second = begin(&sequence, 1, 200);
	sequence_number(&sequence, UINT64_MAX);
	hold(&sequence, second);
	assert_int_equal(sequence_tell(&sequence, 100), 0);
	assert_int_equal(told.count, 0);
	hold(&sequence, first);
	assert_int_equal(sequence_tell(&sequence, UINT64_MAX), 0);
	assert_int_equal(told.count, 2);
	assert_int_equal(told.roots[0], 100);
	assert_int_equal(told.roots[1], 200);
	sequence_release(&sequence);
}

/* Its id is higher than theirs whom it began before; its chain comes before theirs all the same. */
static void one_that_is_told_of_late_is_told_in_order(void **state)
{
	struct sequence sequence;
	struct told told;
	struct invocation *open, *known, *late;

	start(&sequence, &told);
	open = begin(&sequence, 0, 50);
	known = begin(&sequence, 1, 300);
	sequence_number(&sequence, 300);
	late = begin(&sequence, 2, 100);
	sequence_number(&sequence, UINT64_MAX);
	assert_int_equal(late->id, 2);
	hold(&sequence, known);
	hold(&sequence, late);
	assert_int_equal(sequence_tell(&sequence, 50), 0);
	assert_int_equal(told.count, 0);
	assert_int_equal(sequence_tell(&sequence, 200), 0);
	assert_int_equal(told.count, 1);
	assert_int_equal(told.roots[0], 100);
	invocation_unref(open);
	sequence_release(&sequence);
}

/* One that never ends holds back only so many. */
static void no_more_than_so_many_wait(void **state)
{
	struct sequence sequence;
	struct told told;
	struct invocation *endless;

	start(&sequence, &told);
	endless = begin(&sequence, 0, 100);
	for (uint64_t i = 1; i <= SEQUENCE_HELD_MAX + 3; i++) {
		struct invocation *invocation = begin(&sequence, i, 100 + i);

		sequence_number(&sequence, UINT64_MAX);
		hold(&sequence, invocation);
		assert_int_equal(sequence_tell(&sequence, 100), 0);
		assert_true(sequence.held_count <= SEQUENCE_HELD_MAX);
	}
	assert_int_equal(told.count, 3);
	assert_int_equal(told.roots[0], 101);
	hold(&sequence, endless);
	assert_int_equal(sequence_tell(&sequence, UINT64_MAX), 0);
	assert_int_equal(told.count, SEQUENCE_HELD_MAX + 4);
	sequence_release(&sequence);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ids_follow_the_start),
		cmocka_unit_test(a_chain_waits_for_those_that_began_before),
		cmocka_unit_test(one_that_is_told_of_late_is_told_in_order),
		cmocka_unit_test(no_more_than_so_many_wait),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
