// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * test_thread_marks.c - what the threads of random timelines are in at each instant is what the steps of their runs
 * say one by one, and there is a mark wherever a step is.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "analysis/thread_marks.h"
#include "base/hash_map.h"

#define THREADS_MAX 40
#define RUNS_MAX 8
#define TIME_MAX 60
#define CASES 20000

static uint64_t next_random;

static uint64_t random_below(uint64_t bound)
{
	return hash_mix(next_random++) % bound;
}

struct example {
	struct run runs[THREADS_MAX][RUNS_MAX];
	struct thread_timeline threads[THREADS_MAX];
	struct timeline timeline;
	uint64_t start_ns, end_ns;
};

/* Steps at the same time, and some back in time: facts may be damaged. */
static void make_runs(struct thread_timeline *thread, struct run *runs)
{
	uint64_t time_ns = random_below(20);

	thread->runs = runs;
	thread->run_count = random_below(RUNS_MAX + 1);
	for (size_t i = 0; i < thread->run_count; i++) {
		runs[i] = (struct run){ .ready_ns = time_ns += random_below(4),
					.on_ns = time_ns += random_below(3),
					.off_ns = time_ns += random_below(6),
					.off_reason = (uint8_t)random_below(OFF_THROTTLED + 1),
					.scope = (uint8_t)random_below(SCOPE_OTHERS + 1) };
		if (!random_below(30))
			time_ns -= random_below(time_ns + 1);
	}
	thread->end_ns = random_below(2) ? 0 : time_ns + random_below(3);
}

static void make_example(struct example *example)
{
	example->timeline = (struct timeline){ .threads = example->threads,
					       .thread_count = random_below(THREADS_MAX + 1) };
	for (size_t i = 0; i < example->timeline.thread_count; i++)
		make_runs(&example->threads[i], example->runs[i]);
	example->start_ns = random_below(TIME_MAX);
	example->end_ns = example->start_ns + random_below(TIME_MAX - example->start_ns);
}

/* ---- the same, one instant after the other ---- */

struct instant {
	unsigned int kind;
	bool is_step; /* one is at that time */
	uint64_t before_ns;
};

/* A step takes effect at its time, or at once where that is past. */
static void take_step(struct instant *instant, uint64_t time_ns, uint64_t step_ns,
		      unsigned int kind)
{
	if (step_ns < instant->before_ns)
		step_ns = instant->before_ns;
	instant->before_ns = step_ns;
	if (step_ns > time_ns)
		return;
	instant->kind = kind;
	instant->is_step |= step_ns == time_ns;
}

static unsigned int off_kind(const struct run *run)
{
	if (run->off_reason == OFF_STOPPED)
		return MARK_STOPPED;
	return run->off_reason == OFF_THROTTLED ? MARK_THROTTLED : MARK_NOTHING;
}

static struct instant look(const struct thread_timeline *thread, uint64_t time_ns)
{
	struct instant instant = { .kind = MARK_NOTHING };
	uint64_t end_ns = thread->end_ns;

	for (size_t i = 0; i < thread->run_count; i++) {
		const struct run *run = &thread->runs[i];
		bool is_others = run->scope == SCOPE_OTHERS;

		take_step(&instant, time_ns, run->ready_ns, is_others ? MARK_NOTHING : MARK_READY);
		take_step(&instant, time_ns, run->on_ns,
			  is_others ? MARK_NOTHING : MARK_CPU + run->scope);
		take_step(&instant, time_ns, run->off_ns, off_kind(run));
		if (!thread->end_ns && i + 1 == thread->run_count && run->off_reason == OFF_DEAD)
			end_ns = run->off_ns;
	}
	if (end_ns)
		take_step(&instant, time_ns, end_ns, MARK_NOTHING);
	return instant;
}

/* ---- the test ---- */

static void check_instant(const struct thread_marks *marks, const struct example *example,
			  uint64_t time_ns, const size_t *counters, bool is_mark)
{
	size_t expected[MARK_KINDS] = { 0 };
	bool is_step = false;

	for (size_t i = 0; i < example->timeline.thread_count; i++) {
		struct instant instant = look(&example->threads[i], time_ns);

		assert_int_equal(thread_marks_kind(marks, i), instant.kind);
		expected[instant.kind]++;
		is_step |= instant.is_step;
	}
	assert_memory_equal(counters, expected, MARK_NOTHING * sizeof(*counters));
	if (time_ns > example->start_ns)
		assert_int_equal(is_mark, is_step);
}

static void check_example(struct thread_marks *marks, const struct example *example)
{
	size_t counters[MARK_KINDS] = { 0 };

	assert_int_equal(thread_marks_start(marks, &example->timeline, example->start_ns,
					    example->end_ns),
			 0);
	for (size_t i = 0; i < example->timeline.thread_count; i++)
		counters[thread_marks_kind(marks, i)]++;
	for (uint64_t time_ns = example->start_ns; time_ns < example->end_ns; time_ns++) {
		uint64_t next_ns = thread_marks_next_ns(marks);

		assert_true(next_ns > example->start_ns && next_ns >= time_ns);
		thread_marks_pass(marks, time_ns, counters);
		check_instant(marks, example, time_ns, counters, next_ns == time_ns);
	}
	assert_int_equal(thread_marks_next_ns(marks), UINT64_MAX);
}

/* One after the other in the same memory. */
static void test_random_timelines(void **state)
{
	struct thread_marks marks;
	struct example example;

	thread_marks_init(&marks);
	for (int i = 0; i < CASES; i++) {
		make_example(&example);
		check_example(&marks, &example);
	}
	thread_marks_release(&marks);
}

/* Times that no clock tells end no loop. */
static void test_greatest_times(void **state)
{
	struct run run = { UINT64_MAX, UINT64_MAX, UINT64_MAX, 0, 0, 0, 0, 0, 0, 0, 0 };
	struct thread_timeline thread = { .end_ns = UINT64_MAX, .runs = &run, .run_count = 1 };
	struct timeline timeline = { &thread, 1, true };
	size_t counters[MARK_KINDS] = { 0 };
	struct thread_marks marks;

	thread_marks_init(&marks);
	assert_int_equal(thread_marks_start(&marks, &timeline, 5, UINT64_MAX), 0);
	assert_int_equal(thread_marks_next_ns(&marks), UINT64_MAX);
	assert_int_equal(thread_marks_start(&marks, &timeline, UINT64_MAX, UINT64_MAX), 0);
	run.ready_ns = run.on_ns = 7;
	assert_int_equal(thread_marks_start(&marks, &timeline, 5, UINT64_MAX), 0);
	assert_int_equal(thread_marks_next_ns(&marks), 7);
	thread_marks_pass(&marks, 7, counters);
	assert_int_equal(thread_marks_kind(&marks, 0), MARK_CPU);
	assert_int_equal(thread_marks_next_ns(&marks), UINT64_MAX);
	thread_marks_release(&marks);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random_timelines),
		cmocka_unit_test(test_greatest_times),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
