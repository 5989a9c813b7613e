/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * test_assemble_runtime_api.c - the borders of invocations that come over the Runtime API, with whom
 * they belong to, and what becomes of them when something dies or is missing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "assemble_fixture.h"

/* Process 100 under emulator 50, one kept connection, both ends traced from here on. */
#define RUNTIME                                                                               \
	"start monotonic=0 realtime=1700000000000000000\n"                                    \
	"0ms exec pid=50 program=emulator\n"                                                  \
	"1ms fork pid=50 child_pid=100\n"                                                     \
	"2ms exec pid=100 program=boot runtime_api=127.0.0.1:9001 function=f memory_mb=128\n" \
	"4ms connection pid=100 id=1 local_port=40001 remote_port=9001 is_client=yes\n"       \
	"4.1ms connection pid=50 id=2 local_port=9001 remote_port=40001\n"
#define NEXT(time, sequence) \
	time " message pid=100 connection=1 sequence=" sequence " kind=runtime_next method=get\n"
#define EVENT(time, sequence, id, more)                                                          \
	time " message pid=100 connection=1 sequence=" sequence                                  \
	     " kind=runtime_next flags=is_response direction=received status=200 request_id=" id \
	     " " more "\n"
#define RESPONSE(time, sequence, id)                            \
	time " message pid=100 connection=1 sequence=" sequence \
	     " kind=runtime_response method=post request_id=" id "\n"

static void test_shell(void **state)
{
	struct told told;
	const struct invocation *first, *second;

	told_run_file(&told, "tests/traces/assemble-shell-curl.txt");
	assert_int_equal(told.count, 2);
	first = told.invocations[0];
	second = told.invocations[1];
	assert_borders(first, 10 * MS, 61 * MS, 70 * MS);
	assert_borders(second, 100 * MS, 121 * MS, 130 * MS);
	assert_ptr_equal(first->environment, second->environment);
	assert_int_equal(first->environment->tgid, 100);
	assert_int_equal(first->environment->dispatcher_tgid, 50);
	assert_int_equal(first->environment->memory_mb, 512);
	assert_int_equal(first->environment->invocations, 2);
	assert_string_equal(first->environment->version, "3");
	/* what the environment says goes before the ARN */
	assert_string_equal(first->function, "hello");
	assert_string_equal(first->arn, "arn:aws:lambda:us-east-1:012345678912:function:other");
	assert_string_equal(first->request_id, "r-1");
	assert_int_equal(first->deadline_ns, 3010 * MS);
	assert_int_equal(first->status, STATUS_OK);
	assert_int_equal(second->status, STATUS_ERROR);
	assert_string_equal(second->function_error, "Unhandled");
	assert_true(first->is_cold);
	assert_int_equal(first->init_start_ns, 2 * MS);
	assert_int_equal(first->init_end_ns, 5 * MS);
	assert_false(second->is_cold);
	assert_int_equal(first->dispatched_ns, 9800000);
	assert_int_equal(first->dispatcher_tid, 51);
	assert_int_equal(first->dispatch_connection, 2);
	assert_int_equal(second->dispatched_ns, 99900000);
	assert_int_equal(first->taken_ns, 61200000);
	assert_int_equal(first->taker_tid, 52);
	assert_int_equal(second->taken_ns, 0);
	assert_int_equal(first->event_body.value, 0xaa);
	assert_int_equal(first->result_body.bytes, 9);
	/* bash 49 ms, and the curl that ended inside it 1 ms */
	assert_int_equal(told.cpu_ns[0], 50 * MS);
	assert_true(told.has_scheduler_facts[0]);
	/* all else that ran: bash 2, curl 0.1, the slice that began at 110 and outlived r-2 by 70 */
	assert_int_equal(first->environment->outside_active_ns, 2 * MS + 100000 + 70 * MS);
	assert_int_equal(told.cpu_ns[1], 20 * MS);
	/* bash 1000, and the curl whose mark had risen to 700 when it ended */
	assert_int_equal(first->environment->peak_rss_bytes, 1700);
	assert_int_equal(first->environment->peak_processes, 2);
	assert_int_equal(first->environment->peak_process_bytes, 1000);
	assert_int_equal(first->peak_rss_bytes, 1700);
	assert_int_equal(told.taken, 1);
	assert_int_equal(told.exchanges_begun, 0);
	told_close(&told);
}

static void test_next_before_response(void **state)
{
	struct told told;

	told_run_text(&told, RUNTIME NEXT("5ms", "1") EVENT("10ms", "1", "a", "") NEXT("20ms", "2")
				     RESPONSE("30ms", "3", "a") "end 500ms\n");
	assert_int_equal(told.count, 1);
	assert_borders(told.invocations[0], 10 * MS, 30 * MS, 30 * MS);
	assert_int_equal(told.invocations[0]->flags, 0);
	told_close(&told);
}

/* The first byte of /next counts, also where its last comes much later. */
static void test_borders_at_first_and_last_bytes(void **state)
{
	struct told told;

	told_run_text(
		&told,
		RUNTIME NEXT(
			"5ms",
			"1") "20ms message pid=100 connection=1 sequence=1 kind=runtime_next flags=is_response"
			     " direction=received status=200 request_id=a first=10ms\n"
			     "40ms message pid=100 connection=1 sequence=2 kind=runtime_response request_id=a"
			     " flags=chunked,streamed first=30ms\n"
			     "50ms message pid=100 connection=1 sequence=3 kind=runtime_next first=45ms\n"
			     "end 500ms\n");
	assert_int_equal(told.count, 1);
	assert_borders(told.invocations[0], 10 * MS, 40 * MS, 45 * MS);
	told_close(&told);
}

static void test_concurrent(void **state)
{
	struct told told;
	const struct invocation *a, *b;

	told_run_text(
		&told,
		RUNTIME NEXT("5ms", "1") EVENT(
			"10ms", "1", "a",
			"") "11ms connection pid=100 id=3 local_port=40002 remote_port=9001\n"
			    "12ms message pid=100 connection=3 sequence=1 kind=runtime_next\n"
			    "15ms message pid=100 connection=3 sequence=1 kind=runtime_next"
			    " flags=is_response direction=received status=200 request_id=b\n" RESPONSE(
				    "30ms", "2", "b") RESPONSE("40ms", "3", "a")
				    NEXT("50ms", "4") "end 500ms\n");
	assert_int_equal(told.count, 2);
	b = told.invocations[0];
	a = told.invocations[1];
	assert_borders(b, 15 * MS, 30 * MS, 30 * MS);
	assert_borders(a, 10 * MS, 40 * MS, 40 * MS);
	assert_true(a->flags & INVOCATION_CONCURRENT);
	assert_true(b->flags & INVOCATION_CONCURRENT);
	assert_int_equal(a->environment->invocations, 2);
	told_close(&told);
}

/* An id that comes back in the same environment, and another process of it that asks, too. */
static void test_same_request_id_twice(void **state)
{
	struct told told;

	told_run_text(&told, RUNTIME NEXT("5ms", "1") EVENT("10ms", "1", "a", "") RESPONSE(
				     "20ms", "2", "a") NEXT("21ms", "3") EVENT("30ms", "3", "a", "")
				     RESPONSE("40ms", "4", "a") NEXT("41ms", "5")
					     EVENT("50ms", "5", "a", "") RESPONSE("60ms", "6", "a")
						     NEXT("61ms", "7") "end 500ms\n");
	assert_int_equal(told.count, 3);
	assert_borders(told_find(&told, "a", 0), 10 * MS, 20 * MS, 21 * MS);
	assert_borders(told_find(&told, "a", 1), 30 * MS, 40 * MS, 41 * MS);
	assert_borders(told_find(&told, "a", 2), 50 * MS, 60 * MS, 61 * MS);
	told_close(&told);
}

static void test_killed(void **state)
{
	struct told told;

	told_run_text(&told,
		      RUNTIME NEXT("5ms", "1") EVENT(
			      "10ms", "1", "a",
			      "deadline_ms=1700000003000") "100ms task_exit pid=100 exit_code=9\n"
							   "end 500ms\n");
	assert_int_equal(told.count, 1);
	assert_int_equal(told.invocations[0]->status, STATUS_KILLED);
	assert_borders(told.invocations[0], 10 * MS, 0, 100 * MS);
	assert_int_equal(told.invocations[0]->environment->end_ns, 100 * MS);
	assert_int_equal(told.environments_ended, 1);
	told_close(&told);
}

static void test_timeout(void **state)
{
	static const struct {
		const char *death;
		enum invocation_status status;
	} cases[] = {
		{ "3001ms task_exit pid=100 exit_code=9\n", STATUS_TIMEOUT },
		{ "2950ms task_exit pid=100 exit_code=15\n", STATUS_TIMEOUT },
		{ "2800ms task_exit pid=100 exit_code=9\n", STATUS_KILLED },
		{ "3001ms task_exit pid=100 exit_code=11\n", STATUS_KILLED },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct told told;
		char text[4096];

		snprintf(text, sizeof(text), "%s%send 4000ms\n",
			 RUNTIME NEXT("5ms", "1")
				 EVENT("10ms", "1", "a", "deadline_ms=1700000003000"),
			 cases[i].death);
		told_run_text(&told, text);
		assert_int_equal(told.count, 1);
		assert_int_equal(told.invocations[0]->status, cases[i].status);
		if (cases[i].status == STATUS_TIMEOUT)
			assert_false(told.invocations[0]->flags & INVOCATION_OVER_DEADLINE);
		told_close(&told);
	}
}

static void test_over_deadline(void **state)
{
	struct told told;

	told_run_text(&told,
		      RUNTIME NEXT("5ms", "1") EVENT("10ms", "1", "a", "deadline_ms=1700000000050")
			      RESPONSE("80ms", "2", "a") NEXT("81ms", "3") "end 500ms\n");
	assert_int_equal(told.invocations[0]->status, STATUS_OK);
	assert_true(told.invocations[0]->flags & INVOCATION_OVER_DEADLINE);
	assert_int_equal(told.invocations[0]->end_ns, 81 * MS);
	told_close(&told);
}

static void test_cut(void **state)
{
	struct told told;

	told_run_text(&told, RUNTIME NEXT("5ms", "1") EVENT("10ms", "1", "a", "") "end 90ms\n");
	assert_int_equal(told.count, 1);
	assert_int_equal(told.invocations[0]->status, STATUS_CUT);
	assert_borders(told.invocations[0], 10 * MS, 0, 90 * MS);
	told_close(&told);
}

/* Emulator's end alone: its borders, flagged; a restarted runtime process is a new environment. */
static void test_runtime_not_traced(void **state)
{
	struct told told;

	told_run_text(
		&told,
		"0ms exec pid=50 program=emulator\n"
		"1ms connection pid=50 id=2 local_port=9001 remote_port=40001\n"
		"5ms message pid=50 connection=2 sequence=1 kind=runtime_next direction=received\n"
		"10ms message pid=50 connection=2 sequence=1 kind=runtime_next flags=is_response"
		" status=200 request_id=a arn=arn:aws:lambda:us-east-1:012345678912:function:g:7\n"
		"30ms message pid=50 connection=2 sequence=2 kind=runtime_response request_id=a"
		" direction=received first=29ms\n"
		"31ms message pid=50 connection=2 sequence=3 kind=runtime_next direction=received\n"
		"end 500ms\n");
	assert_int_equal(told.count, 1);
	assert_borders(told.invocations[0], 10 * MS, 30 * MS, 31 * MS);
	assert_string_equal(told.invocations[0]->function, "g");
	assert_string_equal(told.invocations[0]->qualifier, "7");
	assert_true(told.invocations[0]->flags & INVOCATION_ESTIMATED);
	assert_false(told.has_scheduler_facts[0]);
	assert_int_equal(told.taken, 1);
	told_close(&told);
}

/* A process id that comes back is another process: it does not inherit the dead one's environment. */
static void test_pid_reuse(void **state)
{
	struct told told;

	told_run_text(
		&told,
		RUNTIME NEXT("5ms", "1") EVENT(
			"10ms", "1", "a",
			"") "20ms task_exit pid=100 exit_code=9\n"
			    "21ms connection_state id=1\n"
			    "22ms fork pid=50 child_pid=100\n"
			    "23ms exec pid=100 program=boot runtime_api=127.0.0.1:9001 function=h\n"
			    "24ms connection pid=100 id=5 local_port=40009 remote_port=9001\n"
			    "25ms message pid=100 connection=5 sequence=1 kind=runtime_next\n"
			    "30ms message pid=100 connection=5 sequence=1 kind=runtime_next"
			    " flags=is_response direction=received status=200 request_id=b\n"
			    "40ms message pid=100 connection=5 sequence=2 kind=runtime_response"
			    " request_id=b\n"
			    "41ms message pid=100 connection=5 sequence=3 kind=runtime_next\n"
			    "end 500ms\n");
	assert_int_equal(told.count, 2);
	assert_string_equal(told_find(&told, "a", 0)->function, "f");
	assert_string_equal(told_find(&told, "b", 0)->function, "h");
	assert_true(told_find(&told, "b", 0)->is_cold);
	assert_ptr_not_equal(told.invocations[0]->environment, told.invocations[1]->environment);
	told_close(&told);
}

/* A function that starts an emulator does not own its callees. */
static void test_innermost_root(void **state)
{
	struct told told;
	const struct invocation *inner, *outer;

	told_run_text(
		&told,
		RUNTIME NEXT("5ms", "1") EVENT(
			"10ms", "1", "outer",
			"") "11ms fork pid=100 child_pid=110\n"
			    "12ms exec pid=110 program=emulator\n"
			    "13ms fork pid=110 child_pid=120\n"
			    "14ms exec pid=120 program=boot runtime_api=127.0.0.1:9002 function=in\n"
			    "15ms connection pid=120 id=5 local_port=40009 remote_port=9002\n"
			    "15ms connection pid=110 id=6 local_port=9002 remote_port=40009\n"
			    "16ms message pid=120 connection=5 sequence=1 kind=runtime_next\n"
			    "20ms message pid=120 connection=5 sequence=1 kind=runtime_next"
			    " flags=is_response direction=received status=200 request_id=inner\n"
			    "25ms slice pid=120 woken=20ms on=20ms\n"
			    "30ms message pid=120 connection=5 sequence=2 kind=runtime_response"
			    " request_id=inner\n"
			    "31ms message pid=120 connection=5 sequence=3 kind=runtime_next\n"
			    "33ms slice pid=110 woken=32ms on=32ms\n" RESPONSE("40ms", "2", "outer")
				    NEXT("41ms", "3") "end 500ms\n");
	inner = told_find(&told, "inner", 0);
	outer = told_find(&told, "outer", 0);
	assert_int_equal(inner->environment->tgid, 120);
	assert_int_equal(outer->environment->tgid, 100);
	assert_borders(inner, 20 * MS, 30 * MS, 31 * MS);
	assert_borders(outer, 10 * MS, 40 * MS, 41 * MS);
	assert_int_equal(told.cpu_ns[0], 5 * MS);
	assert_int_equal(told.cpu_ns[1], 1 * MS); /* the emulator's, not the inner function's */
	told_close(&told);
}

/* No readable environment: below the process that serves the API. Name: from the ARN. */
static void test_root_below_server(void **state)
{
	struct told told;

	told_run_text(&told, "0ms exec pid=50 program=emulator\n"
			     "1ms fork pid=50 child_pid=100\n"
			     "2ms fork pid=100 child_pid=101\n"
			     "4ms connection pid=101 id=1 local_port=40001 remote_port=9001\n"
			     "4.1ms connection pid=50 id=2 local_port=9001 remote_port=40001\n"
			     "5ms message pid=101 connection=1 sequence=1 kind=runtime_next\n"
			     "9ms message pid=101 connection=1 sequence=1 kind=runtime_next"
			     " flags=is_response direction=received status=200 request_id=a"
			     " arn=arn:aws:lambda:us-east-1:012345678912:function:g\n"
			     "end 50ms\n");
	assert_int_equal(told.count, 1);
	assert_int_equal(told.invocations[0]->environment->tgid, 100);
	assert_string_equal(told.invocations[0]->function, "g");
	told_close(&told);
}

/* The recording began while an event was being handled. */
static void test_joined_in_the_middle(void **state)
{
	struct told told;

	told_run_text(&told,
		      "start monotonic=100ms realtime=1700000000000000000\n"
		      "100ms task_seen pid=100 start=10ms\n"
		      "100ms exec pid=100 program=boot runtime_api=127.0.0.1:9001 function=f\n"
		      "120ms connection pid=100 id=1 local_port=40001 remote_port=9001\n"
		      "130ms message pid=100 connection=1 sequence=1 kind=runtime_response"
		      " request_id=a\n"
		      "131ms message pid=100 connection=1 sequence=2 kind=runtime_next\n"
		      "140ms message pid=100 connection=1 sequence=2 kind=runtime_next"
		      " flags=is_response direction=received status=200 request_id=b\n"
		      "150ms message pid=100 connection=1 sequence=3 kind=runtime_response"
		      " request_id=b\n"
		      "151ms message pid=100 connection=1 sequence=4 kind=runtime_next\n"
		      "end 500ms\n");
	assert_int_equal(told.count, 2);
	assert_borders(told_find(&told, "a", 0), 100 * MS, 130 * MS, 131 * MS);
	assert_true(told_find(&told, "a", 0)->flags & INVOCATION_START_INFERRED);
	assert_false(told_find(&told, "b", 0)->is_cold);
	told_close(&told);
}

/* With an extension the environment is done when that, too, has asked for the next event. */
static void test_extension(void **state)
{
	struct told told;

	told_run_text(
		&told, RUNTIME
		"4.5ms fork pid=50 child_pid=150\n"
		"4.5ms connection pid=150 id=7 local_port=40007 remote_port=9001\n"
		"4.6ms message pid=150 connection=7 sequence=1 kind=extension_next\n" NEXT("5ms",
											   "1")
			EVENT("10ms", "1", "a",
			      "") "10.1ms message pid=150 connection=7 sequence=1 kind=extension_next"
				  " flags=is_response direction=received status=200\n" RESPONSE(
					  "20ms", "2", "a")
					  NEXT("21ms",
					       "3") "25ms message pid=150 connection=7 sequence=2 kind=extension_next\n"
						    "end 500ms\n");
	assert_int_equal(told.count, 1);
	assert_borders(told.invocations[0], 10 * MS, 20 * MS, 25 * MS);
	told_close(&told);
}

static void test_loss(void **state)
{
	struct told told;

	told_run_text(
		&told,
		RUNTIME NEXT("5ms", "1") EVENT("10ms", "1", "a", "") RESPONSE("20ms", "2", "a")
			NEXT("21ms", "3") EVENT("40ms", "3", "b",
						"") RESPONSE("50ms", "4", "b") NEXT("51ms", "5")
				EVENT("70ms", "5", "c", "") RESPONSE("80ms", "6", "c") NEXT(
					"81ms",
					"7") "60ms loss from=30ms records=3 loss_class=scheduler\n"
					     "end 500ms\n");
	assert_int_equal(told.count, 3);
	assert_false(told_find(&told, "a", 0)->flags & INVOCATION_INCOMPLETE);
	assert_true(told_find(&told, "b", 0)->flags & INVOCATION_INCOMPLETE);
	assert_false(told_find(&told, "c", 0)->flags & INVOCATION_INCOMPLETE);
	assert_int_equal(told.losses, 1);
	told_close(&told);
}

/* One of each side's facts missing: the other side's stands in. */
static void test_response_known_from_dispatcher_only(void **state)
{
	struct told told;

	told_run_text(
		&told,
		RUNTIME NEXT("5ms", "1") EVENT(
			"10ms", "1", "a",
			"") "20ms message pid=50 connection=2 sequence=2 kind=runtime_response"
			    " request_id=a direction=received\n" NEXT("21ms", "3")
				    EVENT("90ms", "3", "b", "") RESPONSE("95ms", "4", "b")
					    NEXT("96ms", "5") "end 500ms\n");
	assert_int_equal(told.count, 2);
	assert_borders(told_find(&told, "a", 0), 10 * MS, 20 * MS, 21 * MS);
	assert_int_equal(told_find(&told, "a", 0)->status, STATUS_OK);
	assert_true(told_find(&told, "a", 0)->flags & INVOCATION_INCOMPLETE);
	assert_borders(told_find(&told, "b", 0), 90 * MS, 95 * MS, 96 * MS);
	assert_int_equal(told_find(&told, "b", 0)->flags, 0);
	told_close(&told);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shell),
		cmocka_unit_test(test_next_before_response),
		cmocka_unit_test(test_borders_at_first_and_last_bytes),
		cmocka_unit_test(test_concurrent),
		cmocka_unit_test(test_same_request_id_twice),
		cmocka_unit_test(test_killed),
		cmocka_unit_test(test_timeout),
		cmocka_unit_test(test_over_deadline),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_runtime_not_traced),
		cmocka_unit_test(test_pid_reuse),
		cmocka_unit_test(test_innermost_root),
		cmocka_unit_test(test_root_below_server),
		cmocka_unit_test(test_joined_in_the_middle),
		cmocka_unit_test(test_extension),
		cmocka_unit_test(test_loss),
		cmocka_unit_test(test_response_known_from_dispatcher_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
