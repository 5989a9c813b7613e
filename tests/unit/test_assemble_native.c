/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * test_assemble_native.c - calls of native handlers: which are invocations of their own, where these begin and
 * end when a frame goes without a return, and whose function they are.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "assemble/state.h"
#include "assemble_fixture.h"

#define THERE(pid)                                              \
	"0ms task_seen pid=" #pid " parent_pid=1 name=native\n" \
	"0ms exec pid=" #pid " program=native\n"
#define THREAD_THERE(pid, tid) "0ms task_seen pid=" #pid " tid=" #tid " parent_pid=1 name=native\n"
#define STARTED(pid) "1ms fork pid=1 child_pid=" #pid "\n1ms exec pid=" #pid " program=native\n"
#define THREAD(pid, tid) "1ms fork pid=" #pid " child_tid=" #tid "\n"
#define CALL(time, tid, function, stack) \
	time " native_call pid=10 tid=" #tid " function=" #function " stack=" #stack
#define ENTRY(time, tid, function, stack) CALL(time, tid, function, stack) "\n"
#define RETURN(time, tid, function, stack) CALL(time, tid, function, stack) " is_return=yes\n"
#define GO_ENTRY(time, tid, g, stack) CALL(time, tid, go, stack) " goroutine=" #g "\n"
#define GO_RETURN(time, tid, g, stack) \
	CALL(time, tid, go, stack) " goroutine=" #g " is_return=yes\n"

static void assert_passed(const struct invocation *invocation, uint64_t start_ns, uint64_t end_ns)
{
	assert_borders(invocation, start_ns, 0, end_ns);
	assert_int_equal(invocation->status, STATUS_ERROR);
	assert_true(invocation->flags & INVOCATION_INCOMPLETE);
}

static void assert_whole(const struct invocation *invocation, uint64_t start_ns, uint64_t end_ns)
{
	assert_borders(invocation, start_ns, end_ns, end_ns);
	assert_int_equal(invocation->status, STATUS_OK);
	assert_false(invocation->flags & INVOCATION_INCOMPLETE);
}

/* Go gives the goroutine of a call that panicked to another one: as deep again, and less deep. */
static void test_go_panic(void **state)
{
	struct told told;

	told_run_text(&told,
		      STARTED(10) GO_ENTRY("10ms", 11, 0xc000, 0x7000) GO_ENTRY(
			      "30ms", 12, 0xc000, 0x7000) GO_RETURN("40ms", 12, 0xc000, 0x7000)
			      GO_ENTRY("50ms", 12, 0xc000, 0x7000)
				      GO_ENTRY("60ms", 11, 0xc000, 0x7100)
					      GO_RETURN("70ms", 11, 0xc000, 0x7100) "end 1s\n");
	assert_int_equal(told.count, 4);
	assert_passed(told.invocations[0], 10 * MS, 30 * MS);
	assert_whole(told.invocations[1], 30 * MS, 40 * MS);
	assert_passed(told.invocations[2], 50 * MS, 60 * MS);
	assert_whole(told.invocations[3], 60 * MS, 70 * MS);
	told_close(&told);
}

/* An inner call that a panic passed has no return: the outer one's is told by its stack. */
static void test_go_inner_panic(void **state)
{
	struct told told;

	told_run_text(&told,
		      STARTED(10) GO_ENTRY("10ms", 11, 0xc000, 0x7000) GO_ENTRY(
			      "20ms", 11, 0xc000, 0x6f00) GO_ENTRY("25ms", 11, 0xc000, 0x6f00)
			      GO_RETURN("30ms", 11, 0xc000, 0x6f00)
				      GO_RETURN("40ms", 11, 0xc000, 0x7000) "end 1s\n");
	assert_int_equal(told.count, 1);
	assert_whole(told.invocations[0], 10 * MS, 40 * MS);
	told_close(&told);
}

/* Where a stack pointer is unknown there are as many returns as entries. */
static void test_unknown_stack(void **state)
{
	struct told told;

	told_run_text(&told,
		      STARTED(10) GO_ENTRY("10ms", 11, 0xc000, 0)
			      GO_ENTRY("20ms", 11, 0xc000, 0x7000) GO_RETURN("30ms", 11, 0xc000, 0)
				      GO_RETURN("40ms", 11, 0xc000, 0x7000) "end 1s\n");
	assert_int_equal(told.count, 1);
	assert_whole(told.invocations[0], 10 * MS, 40 * MS);
	told_close(&told);
}

/* A thread that ends inside a call; one that is killed with all others; a goroutine does not end with it. */
static void test_thread_end(void **state)
{
	struct told told;

	told_run_text(
		&told,
		STARTED(10) THREAD(10, 11) THREAD(10, 12) ENTRY("10ms", 11, f, 0x7000)
			GO_ENTRY("12ms", 11, 0xc000, 0x7000) ENTRY(
				"15ms", 12, f,
				0x9000) "20ms task_exit pid=10 tid=11 is_process=no\n"
					"30ms task_exit pid=10 tid=12 is_process=no exit_code=9\n"
					"40ms task_exit pid=10 tid=10 exit_code=9\n"
					"end 1s\n");
	assert_int_equal(told.count, 3);
	assert_passed(told.invocations[0], 10 * MS, 20 * MS);
	assert_borders(told.invocations[1], 15 * MS, 0, 30 * MS);
	assert_int_equal(told.invocations[1]->status, STATUS_KILLED);
	assert_false(told.invocations[1]->flags & INVOCATION_INCOMPLETE);
	assert_borders(told.invocations[2], 12 * MS, 0, 40 * MS);
	assert_int_equal(told.invocations[2]->status, STATUS_KILLED);
	told_close(&told);
}

/* Each call is its own handler's; the environment keeps the name it began with. */
static void test_two_handlers(void **state)
{
	struct told told;

	told_run_text(&told, STARTED(10) ENTRY("10ms", 11, f, 0x7000) RETURN("20ms", 11, f, 0x7008)
				     ENTRY("30ms", 11, g, 0x7000)
					     RETURN("40ms", 11, g, 0x7008) "end 1s\n");
	assert_int_equal(told.count, 2);
	assert_string_equal(told.invocations[0]->function, "f");
	assert_string_equal(told.invocations[1]->function, "g");
	assert_int_equal(told.environment_count, 1);
	assert_string_equal(told.environments[0]->function, "f");
	told_close(&told);
}

static void assert_inferred(const struct invocation *invocation, uint64_t end_ns)
{
	assert_borders(invocation, 5 * MS, end_ns, end_ns);
	assert_true(invocation->flags & INVOCATION_START_INFERRED);
	assert_false(invocation->is_cold);
}

/* Whoever was inside a call when the recording began returns from it once, whatever others have done. */
static void test_inside_at_start(void **state)
{
	struct told told;

	told_run_text(&told,
		      "start monotonic=5ms\n" THERE(10) THREAD_THERE(10, 11) THREAD_THERE(
			      10, 12) "6ms fork pid=10 child_tid=13\n" RETURN("10ms", 11, f, 0x7008)
			      ENTRY("11ms", 11, f, 0x7000) RETURN("12ms", 11, f, 0x7008)
				      RETURN("13ms", 11, f, 0x7108) RETURN("20ms", 12, f, 0x9008)
					      RETURN("25ms", 13, f, 0xb008)
						      GO_RETURN("30ms", 13, 0xc000, 0x7000)
							      GO_RETURN("31ms", 13, 0xc000, 0x7000)
								      GO_RETURN("40ms", 13, 0xd000,
										0x7000) "end 1s\n");
	assert_int_equal(told.count, 5);
	assert_inferred(told.invocations[0], 10 * MS);
	assert_whole(told.invocations[1], 11 * MS, 12 * MS);
	assert_inferred(told.invocations[2], 20 * MS);
	assert_inferred(told.invocations[3], 30 * MS);
	assert_inferred(told.invocations[4], 40 * MS);
	told_close(&told);
}

/* One that was started while it was recorded has no call of before. */
static void test_no_entry(void **state)
{
	struct told told;

	told_run_text(&told, STARTED(10) RETURN("10ms", 10, f, 0x7008) "end 1s\n");
	assert_int_equal(told.count, 0);
	told_close(&told);
}

static size_t count(const struct list *head)
{
	size_t items = 0;

	for (list_each(head, at))
		items++;
	return items;
}

static void push_call(struct told *told, uint64_t time_ns, uint32_t tid, bool is_return)
{
	const struct fact fact = {
		.kind = FACT_NATIVE_CALL,
		.time_ns = time_ns,
		.tgid = 10,
		.tid = tid,
		.native_call = { .stack = 0x7000, .is_return = is_return, .function = "f" },
	};

	assert_int_equal(assembler_push(told->assembler, &fact), 0);
}

/* Calls that are over wait to be settled: who looks for open ones does not come across them. */
static void test_many(void **state)
{
	const struct assembler_options options = { 0 };
	const struct environment_state *environment;
	uint64_t time_ns = 1 * MS;
	struct told told;

	told_open(&told, &options);
	push_call(&told, time_ns, 11, false);
	for (size_t i = 0; i < 200; i++) {
		push_call(&told, ++time_ns, 12, false);
		push_call(&told, ++time_ns, 12, true);
	}
	environment = list_item(told.assembler->environments.next, struct environment_state, link);
	assert_int_equal(count(&environment->invocations), 201);
	assert_int_equal(count(&environment->open), 1);
	push_call(&told, ++time_ns, 11, true);
	assert_int_equal(count(&environment->open), 0);
	push_call(&told, ++time_ns, 12, false);
	push_call(&told, ++time_ns, 12, true);
	told_finish(&told, time_ns);
	assert_int_equal(told.count, 202);
	for (size_t i = 0; i < told.count; i++) {
		const struct invocation *invocation = told.invocations[i];

		assert_int_equal(invocation->status, STATUS_OK);
		/* the last one began when all others were over */
		assert_int_equal(!(invocation->flags & INVOCATION_CONCURRENT),
				 invocation->end_ns == time_ns);
	}
	told_close(&told);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_go_panic),      cmocka_unit_test(test_go_inner_panic),
		cmocka_unit_test(test_unknown_stack), cmocka_unit_test(test_thread_end),
		cmocka_unit_test(test_two_handlers),  cmocka_unit_test(test_inside_at_start),
		cmocka_unit_test(test_no_entry),      cmocka_unit_test(test_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
