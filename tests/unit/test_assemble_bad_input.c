/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * test_assemble_bad_input.c - runtimes and emulators that do not keep to the rules: they restart, hang up,
 * never answer, use a name or an id twice. None is lost, none is given to another.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "assemble_fixture.h"

/* Process 100 under emulator 50, one kept connection. */
#define EMULATOR "0ms exec pid=50 program=emulator\n"
#define RUNTIME_WITH(more)                                                                        \
	EMULATOR "1ms fork pid=50 child_pid=100\n"                                                \
		 "2ms exec pid=100 program=boot runtime_api=127.0.0.1:9001 function=f " more "\n" \
		 "4ms connection pid=100 id=1 local_port=40001 remote_port=9001 is_client=yes\n"
#define RUNTIME RUNTIME_WITH("memory_mb=128")
#define ON(pid, connection, sequence) \
	" message pid=" pid " connection=" connection " sequence=" sequence " "
#define NEXT "kind=runtime_next method=get\n"
#define EVENT(id) \
	"kind=runtime_next flags=is_response direction=received status=200 request_id=" id "\n"
#define RESPONSE(id) "kind=runtime_response method=post request_id=" id "\n"

/* The emulator dies and comes back on its port; the runtime goes on, over a new connection. */
static void test_emulator_restarts(void **state)
{
	struct told told;
	const struct invocation *first, *second;

	told_run_text(
		&told, RUNTIME "4ms connection pid=50 id=2 local_port=9001 remote_port=40001\n"
			       "5ms" ON("100", "1", "1") NEXT
		"10ms" ON("100", "1", "1") EVENT(
			"a") "15ms task_exit pid=50 exit_code=9\n"
			     "15ms connection_state pid=50 id=2\n"
			     "16ms connection_state pid=100 id=1\n"
			     "17ms exec pid=70 program=emulator\n"
			     "18ms connection pid=100 id=3 local_port=40002 remote_port=9001 is_client=yes\n"
			     "18ms connection pid=70 id=4 local_port=9001 remote_port=40002\n"
			     "20ms" ON("100", "3", "1") RESPONSE("a") "25ms" ON("100", "3", "2")
				     NEXT
		"30ms" ON("70", "4",
			  "2") "kind=runtime_next flags=is_response status=200"
			       " request_id=b\n"
			       "30ms" ON("100", "3", "2") EVENT("b") "40ms" ON("100", "3", "3")
				       RESPONSE("b") "41ms" ON("100", "3", "4") NEXT "end 500ms\n");
	assert_int_equal(told.count, 2);
	first = told_find(&told, "a", 0);
	second = told_find(&told, "b", 0);
	assert_borders(first, 10 * MS, 20 * MS, 25 * MS);
	assert_borders(second, 30 * MS, 40 * MS, 41 * MS);
	assert_ptr_equal(first->environment, second->environment);
	assert_int_equal(second->dispatcher_tgid, 70);
	assert_int_equal(first->flags | second->flags, 0);
	told_close(&told);
}

/* It asks again without having answered: that one is over, and is no company of the next. */
static void test_gives_up(void **state)
{
	struct told told;
	const struct invocation *first, *second;

	told_run_text(&told, RUNTIME "5ms" ON("100", "1", "1") NEXT "10ms" ON("100", "1", "1")
				     EVENT("a") "20ms" ON("100", "1", "2") NEXT
		      "30ms" ON("100", "1", "2") EVENT("b") "40ms" ON("100", "1", "3")
			      RESPONSE("b") "41ms" ON("100", "1", "4") NEXT "end 500ms\n");
	assert_int_equal(told.count, 2);
	first = told_find(&told, "a", 0);
	second = told_find(&told, "b", 0);
	assert_borders(first, 10 * MS, 0, 20 * MS);
	assert_int_equal(first->flags, INVOCATION_INCOMPLETE);
	assert_borders(second, 30 * MS, 40 * MS, 41 * MS);
	assert_int_equal(second->flags, 0);
	told_close(&told);
}

/* The same over another connection, the first one closed. */
static void test_gives_up_with_its_connection(void **state)
{
	struct told told;

	told_run_text(
		&told,
		RUNTIME "5ms" ON("100", "1", "1") NEXT "10ms" ON("100", "1", "1") EVENT(
			"a") "15ms connection_state pid=100 id=1\n"
			     "16ms connection pid=100 id=3 local_port=40002 remote_port=9001 is_client=yes\n"
			     "20ms" ON("100", "3", "1") NEXT
		"30ms" ON("100", "3", "1") EVENT("b") "40ms" ON("100", "3", "2")
			RESPONSE("b") "41ms" ON("100", "3", "3") NEXT "end 500ms\n");
	assert_int_equal(told.count, 2);
	assert_borders(told_find(&told, "a", 0), 10 * MS, 0, 20 * MS);
	assert_borders(told_find(&told, "b", 0), 30 * MS, 40 * MS, 41 * MS);
	assert_int_equal(told_find(&told, "b", 0)->flags, 0);
	told_close(&told);
}

/* The same, but it says that it takes several at once: then it may still answer. */
static void test_may_still_answer(void **state)
{
	struct told told;

	told_run_text(&told, RUNTIME_WITH("max_concurrency=4") "5ms" ON("100", "1", "1") NEXT
		      "10ms" ON("100", "1", "1") EVENT("a") "20ms" ON("100", "1", "2") NEXT
		      "30ms" ON("100", "1", "2") EVENT("b") "40ms" ON("100", "1", "3")
			      RESPONSE("b") "60ms" ON("100", "1", "4") RESPONSE("a") "end 500ms\n");
	assert_int_equal(told.count, 2);
	assert_borders(told_find(&told, "a", 0), 10 * MS, 60 * MS, 60 * MS);
	assert_borders(told_find(&told, "b", 0), 30 * MS, 40 * MS, 40 * MS);
	assert_true(told_find(&told, "a", 0)->flags & INVOCATION_CONCURRENT);
	told_close(&told);
}

static void test_never_answers(void **state)
{
	struct told told;
	const struct invocation *only;

	told_run_text(&told, "start monotonic=0 realtime=1700000000000000000\n" RUNTIME
			     "5ms" ON("100", "1", "1") NEXT
		      "10ms message pid=100 connection=1 sequence=1 kind=runtime_next"
		      " flags=is_response direction=received status=200 request_id=a"
		      " deadline_ms=1700000000100\n"
		      "end 500ms\n");
	assert_int_equal(told.count, 1);
	only = told.invocations[0];
	assert_borders(only, 10 * MS, 0, 500 * MS);
	assert_int_equal(only->status, STATUS_CUT);
	assert_true(only->flags & INVOCATION_OVER_DEADLINE);
	told_close(&told);
}

/* It hangs up in the middle of its response and asks anew. */
static void test_hangs_up(void **state)
{
	struct told told;
	const struct invocation *first, *second;

	told_run_text(
		&told,
		RUNTIME "5ms" ON("100", "1", "1") NEXT "10ms" ON("100", "1", "1") EVENT(
			"a") "20ms message pid=100 connection=1 sequence=2 kind=runtime_response"
			     " request_id=a flags=cut\n"
			     "20ms connection_state pid=100 id=1\n"
			     "24ms connection pid=100 id=3 local_port=40002 remote_port=9001 is_client=yes\n"
			     "25ms" ON("100", "3", "1") NEXT
		"30ms" ON("100", "3", "1") EVENT("b") "40ms" ON("100", "3", "2")
			RESPONSE("b") "41ms" ON("100", "3", "3") NEXT "end 500ms\n");
	assert_int_equal(told.count, 2);
	first = told_find(&told, "a", 0);
	second = told_find(&told, "b", 0);
	assert_borders(first, 10 * MS, 0, 25 * MS);
	assert_int_equal(first->status, STATUS_ERROR);
	assert_borders(second, 30 * MS, 40 * MS, 41 * MS);
	assert_int_equal(second->flags, 0);
	told_close(&told);
}

/* It hangs up while it waits for an event, twice, and is given one then. */
static void test_hangs_up_waiting(void **state)
{
	struct told told;

	told_run_text(
		&told, RUNTIME "5ms" ON("100", "1", "1") NEXT
		"10ms connection_state pid=100 id=1\n"
		"11ms connection pid=100 id=3 local_port=40002 remote_port=9001 is_client=yes\n"
		"12ms" ON("100", "3", "1") NEXT
		"20ms connection_state pid=100 id=3\n"
		"21ms connection pid=100 id=5 local_port=40003 remote_port=9001 is_client=yes\n"
		"22ms" ON("100", "5", "1") NEXT "30ms" ON("100", "5", "1")
			EVENT("a") "40ms" ON("100", "5", "2")
				RESPONSE("a") "41ms" ON("100", "5", "3") NEXT "end 500ms\n");
	assert_int_equal(told.count, 1);
	assert_borders(told.invocations[0], 30 * MS, 40 * MS, 41 * MS);
	assert_int_equal(told.invocations[0]->flags, 0);
	told_close(&told);
}

/* A second runtime of the name and the API of the first, with an id that the first has, too. */
#define SECOND                                                                                \
	"6ms fork pid=50 child_pid=200\n"                                                     \
	"7ms exec pid=200 program=boot runtime_api=127.0.0.1:9001 function=f memory_mb=128\n" \
	"8ms connection pid=200 id=3 local_port=40002 remote_port=9001 is_client=yes\n"

static void test_two_of_one_name(void **state)
{
	struct told told;
	const struct invocation *one, *other;

	told_run_text(&told,
		      RUNTIME SECOND "5ms" ON("100", "1", "1") NEXT "9ms" ON("200", "3", "1") NEXT
		      "10ms" ON("100", "1", "1") EVENT("a") "12ms" ON("200", "3", "1")
			      EVENT("a") "30ms" ON("100", "1", "2")
				      RESPONSE("a") "31ms" ON("100", "1", "3") NEXT
		      "50ms" ON("200", "3", "2") RESPONSE("a") "51ms" ON("200", "3", "3") NEXT
		      "end 500ms\n");
	assert_int_equal(told.count, 2);
	one = told.invocations[0];
	other = told.invocations[1];
	assert_borders(one, 10 * MS, 30 * MS, 31 * MS);
	assert_borders(other, 12 * MS, 50 * MS, 51 * MS);
	assert_int_equal(one->environment->tgid, 100);
	assert_int_equal(other->environment->tgid, 200);
	assert_int_equal(one->occurrence | other->occurrence, 0);
	assert_int_equal(one->flags | other->flags, 0);
	told_close(&told);
}

/* One id twice at once in one environment: which response is whose cannot be known, but both end. */
static void test_one_id_at_once(void **state)
{
	struct told told;

	told_run_text(
		&told,
		RUNTIME_WITH(
			"max_concurrency=2") "4ms connection pid=100 id=3 local_port=40002 remote_port=9001 is_client=yes\n"
					     "5ms" ON("100", "1", "1") NEXT
		"6ms" ON("100", "3", "1") NEXT "10ms" ON("100", "1", "1")
			EVENT("a") "12ms" ON("100", "3", "1") EVENT("a") "30ms" ON("100", "1", "2")
				RESPONSE("a") "50ms" ON("100", "3", "2")
					RESPONSE("a") "end 500ms\n");
	assert_int_equal(told.count, 2);
	assert_int_equal(told.invocations[0]->occurrence + told.invocations[1]->occurrence, 1);
	assert_int_equal(told.invocations[0]->end_ns, 30 * MS);
	assert_int_equal(told.invocations[1]->end_ns, 50 * MS);
	told_close(&told);
}

/* Its process id came back, and nothing told of its end. */
static void test_id_comes_back_without_an_exit(void **state)
{
	struct told told;
	const struct invocation *first;

	told_run_text(
		&told,
		RUNTIME "5ms" ON("100", "1", "1") NEXT "10ms" ON("100", "1", "1") EVENT(
			"a") "22ms fork pid=50 child_pid=100\n"
			     "23ms exec pid=100 program=boot runtime_api=127.0.0.1:9001 function=h\n"
			     "24ms connection pid=100 id=5 local_port=40009 remote_port=9001\n"
			     "25ms" ON("100", "5", "1") NEXT
		"30ms" ON("100", "5", "1") EVENT("b") "40ms" ON("100", "5", "2")
			RESPONSE("b") "41ms" ON("100", "5", "3") NEXT "end 500ms\n");
	assert_int_equal(told.count, 2);
	first = told_find(&told, "a", 0);
	assert_string_equal(first->function, "f");
	assert_borders(first, 10 * MS, 0, 22 * MS);
	assert_int_equal(first->status, STATUS_KILLED);
	assert_string_equal(told_find(&told, "b", 0)->function, "h");
	assert_borders(told_find(&told, "b", 0), 30 * MS, 40 * MS, 41 * MS);
	told_close(&told);
}

/* Requests to the Runtime API that could not be read are no calls. */
static void test_unreadable_is_no_call(void **state)
{
	struct told told;

	told_run_text(
		&told, RUNTIME "5ms" ON("100", "1", "1") NEXT
		"10ms" ON("100", "1", "1") EVENT("a") "15ms" ON(
			"100", "1",
			"2") "kind=http flags=has_gap,end_inferred\n"
			     "16ms" ON(
				     "100", "1",
				     "2") "kind=http flags=is_response direction=received status=202\n"
					  "17ms connection pid=100 id=9 local_port=40009 remote_port=80 is_client=yes\n"
					  "18ms" ON("100", "9", "1") "kind=http flags=has_gap\n"
								     "20ms" ON("100", "1", "3") NEXT
		"end 500ms\n");
	assert_int_equal(told.count, 1);
	assert_int_equal(told.invocations[0]->attempt_count, 1);
	assert_int_equal(told.invocations[0]->attempts[0]->connection, 9);
	told_close(&told);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_emulator_restarts),
		cmocka_unit_test(test_gives_up),
		cmocka_unit_test(test_gives_up_with_its_connection),
		cmocka_unit_test(test_may_still_answer),
		cmocka_unit_test(test_never_answers),
		cmocka_unit_test(test_hangs_up),
		cmocka_unit_test(test_hangs_up_waiting),
		cmocka_unit_test(test_two_of_one_name),
		cmocka_unit_test(test_one_id_at_once),
		cmocka_unit_test(test_id_comes_back_without_an_exit),
		cmocka_unit_test(test_unreadable_is_no_call),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
