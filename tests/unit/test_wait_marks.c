// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * test_wait_marks.c - marks come out in order of time, each once and as it was, whatever stretches they
 * came in.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "analysis/wait_marks.h"
#include "base/hash_map.h"

static uint64_t next_random;

static uint64_t random_below(uint64_t bound)
{
	return hash_mix(next_random++) % bound;
}

/* Numbered, so that one that is there twice or not at all is noticed. */
static void add(struct wait_marks *marks, uint64_t time_ns)
{
	uint32_t number = (uint32_t)marks->count;
	struct mark *mark = wait_marks_add(marks);

	assert_non_null(mark);
	*mark = (struct mark){
		.time_ns = time_ns, .index = number, .ends = MARK_LOSS, .begins = MARK_READY
	};
}

static void check_sorted(struct wait_marks *marks)
{
	size_t count = marks->count;
	uint64_t times[4096];
	uint8_t seen[4096] = { 0 };

	assert_in_range(count, 0, 4096);
	for (size_t i = 0; i < count; i++)
		times[i] = marks->marks[i].time_ns;
	wait_marks_sort(marks);
	assert_int_equal(marks->count, count);
	for (size_t i = 0; i < count; i++) {
		const struct mark *mark = &marks->marks[i];

		assert_in_range(mark->index, 0, count - 1);
		assert_int_equal(mark->time_ns, times[mark->index]);
		assert_int_equal(seen[mark->index]++, 0);
		assert_int_equal(mark->ends, MARK_LOSS);
		assert_int_equal(mark->begins, MARK_READY);
		assert_true(!i || mark[-1].time_ns <= mark->time_ns);
	}
	marks->count = 0;
}

/* One after the other in the same memory, of all lengths, as many stretches as there may be marks. */
static void test_stretches(void **state)
{
	struct wait_marks marks;

	wait_marks_init(&marks);
	for (next_random = 1; next_random < 500000;) {
		uint64_t stretches = random_below(40), longest = 1 + random_below(100);

		for (uint64_t i = 0; i < stretches; i++) {
			uint64_t time_ns = random_below(1000), length = random_below(longest);

			for (uint64_t j = 0; j < length; j++)
				add(&marks, time_ns += random_below(3));
		}
		check_sorted(&marks);
	}
	wait_marks_release(&marks);
}

/* Each stretch shorter than the one before: as many as can be wait for the next. */
static void test_falling(void **state)
{
	struct wait_marks marks;

	wait_marks_init(&marks);
	for (uint64_t length = 2048; length; length /= 2)
		for (uint64_t i = 0; i < length; i++)
			add(&marks, i * 4096 / length);
	check_sorted(&marks);
	for (uint64_t i = 0; i < 4096; i++)
		add(&marks, 4096 - i);
	check_sorted(&marks);
	wait_marks_release(&marks);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_stretches),
		cmocka_unit_test(test_falling),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
