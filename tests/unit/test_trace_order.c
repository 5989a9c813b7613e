/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * test_trace_order.c - facts that come out of order leave in order, with their strings, within
 * bounds.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>

#include "trace/order.h"
#include "trace_samples.h"

#define T0 1000000000ull
#define WINDOW 1000

struct collector {
	struct fact facts[4096];
	char names[4096][16];
	size_t count;
	int error; /* to return */
};

static int collect(void *context, const struct fact *fact)
{
	struct collector *collector = context;

	if (collector->error)
		return collector->error;
	if (collector->count)
		assert_true(fact->time_ns >= collector->facts[collector->count - 1].time_ns);
	if (fact->kind == FACT_EXEC && fact->exec.program)
		snprintf(collector->names[collector->count], 16, "%s", fact->exec.program);
	collector->facts[collector->count++] = *fact;
	return 0;
}

static struct collector collector;

static struct fact_order *make(size_t facts_max)
{
	struct fact_sink sink = { collect, &collector };
	struct fact_order *order;

	memset(&collector, 0, sizeof(collector));
	assert_int_equal(fact_order_new(&order, &sink, WINDOW, facts_max), 0);
	return order;
}

static int push(struct fact_order *order, enum fact_kind kind, uint64_t time_ns, uint32_t tid)
{
	struct fact fact;

	sample_empty(&fact, kind, time_ns);
	fact.tid = tid;
	return fact_order_push(order, &fact);
}

static void test_sorts(void **state)
{
	struct fact_order *order = make(4096);
	uint32_t random = 1;

	for (uint32_t i = 0; i < 4000; i++) {
		struct fact fact;
		char name[16];

		random = random * 1664525u + 1013904223u;
		sample_empty(&fact, FACT_EXEC, T0 + i * 10 + random % 900);
		snprintf(name, sizeof(name), "n%u", i);
		fact.exec.program = name;
		fact.tid = i;
		assert_int_equal(fact_order_push(order, &fact), 0);
		memset(name, 'x', sizeof(name));
	}
	assert_true(collector.count > 3500);
	assert_int_equal(fact_order_flush(order), 0);
	assert_int_equal(collector.count, 4000);
	for (size_t i = 0; i < 4000; i++) {
		char name[16];

		snprintf(name, sizeof(name), "n%u", collector.facts[i].tid);
		assert_string_equal(collector.names[i], name);
	}
	assert_int_equal(fact_order_stats(order).late, 0);
	fact_order_free(order);
}

static void test_ties(void **state)
{
	static const enum fact_kind pushed[] = { FACT_TASK_EXIT, FACT_MESSAGE, FACT_CONNECTION,
						 FACT_SLICE,	 FACT_EXEC,    FACT_FORK,
						 FACT_TASK_SEEN };
	static const enum fact_kind wanted[] = { FACT_TASK_SEEN,  FACT_FORK,	FACT_EXEC,
						 FACT_CONNECTION, FACT_MESSAGE, FACT_SLICE,
						 FACT_TASK_EXIT };
	struct fact_order *order = make(100);

	for (unsigned int i = 0; i < 7; i++)
		assert_int_equal(push(order, pushed[i], T0, i), 0);
	assert_int_equal(collector.count, 0);
	assert_int_equal(fact_order_advance(order, T0 + WINDOW - 1), 0);
	assert_int_equal(collector.count, 0);
	assert_int_equal(fact_order_advance(order, T0 + WINDOW), 0);
	assert_int_equal(collector.count, 7);
	for (unsigned int i = 0; i < 7; i++)
		assert_int_equal(collector.facts[i].kind, wanted[i]);
	fact_order_free(order);
}

static void test_late(void **state)
{
	struct fact_order *order = make(100);
	struct fact fact;

	push(order, FACT_MEMORY, T0, 1);
	push(order, FACT_MEMORY, T0 + 5000, 2);
	assert_int_equal(collector.count, 1);
	push(order, FACT_MEMORY, T0 - 10, 3);
	sample_empty(&fact, FACT_SLICE, T0 - 5);
	fact.slice.on_ns = T0 - 7;
	assert_int_equal(fact_order_push(order, &fact), 0);
	assert_int_equal(fact_order_flush(order), 0);
	assert_int_equal(collector.count, 4);
	assert_int_equal(collector.facts[1].tid, 3);
	assert_int_equal(collector.facts[1].time_ns, T0);
	assert_int_equal(collector.facts[2].kind, FACT_LOSS);
	assert_int_equal(collector.facts[2].loss.from_ns, T0 - 7);
	assert_int_equal(collector.facts[2].loss.to_ns, T0 - 5);
	assert_int_equal(collector.facts[2].loss.loss_class, LOSS_SCHEDULER);
	assert_null(fact_check(&collector.facts[2]));
	assert_int_equal(fact_order_stats(order).late, 1);
	assert_int_equal(fact_order_stats(order).dropped, 1);
	fact_order_free(order);
}

static void test_bounds(void **state)
{
	struct fact_order *order = make(10);

	for (unsigned int i = 0; i < 100; i++)
		assert_int_equal(push(order, FACT_MEMORY, T0 + i, i), 0);
	assert_int_equal(collector.count, 90);
	assert_int_equal(fact_order_stats(order).early, 90);
	collector.error = -EPIPE;
	assert_int_equal(push(order, FACT_MEMORY, T0 + 200, 0), -EPIPE);
	assert_int_equal(fact_order_push(order, &(struct fact){ .kind = FACT_KIND_END }), -EINVAL);
	fact_order_free(order); /* drops what is held */
	fact_order_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sorts),
		cmocka_unit_test(test_ties),
		cmocka_unit_test(test_late),
		cmocka_unit_test(test_bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
