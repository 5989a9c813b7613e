/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * test_assemble_http.c - functions that are HTTP servers on a port that the user named: which exchanges
 * are invocations, where these begin and end, whose environment, and which requests are calls to them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "assemble_fixture.h"

#define SERVER                                          \
	"start monotonic=5ms\n"                         \
	"5ms http_function port=80 function=f\n"        \
	"5ms task_seen pid=10 parent_pid=1 name=node\n" \
	"5ms exec pid=10 program=node\n"
#define OPEN(pid, id) \
	"6ms connection pid=" #pid " id=" #id " local_port=80 remote_port=5000" #id "\n"
#define REQUEST(time, pid, id, sequence)                                    \
	time " message pid=" #pid " connection=" #id " sequence=" #sequence \
	     " method=get direction=received\n"
#define RESPONSE(time, pid, id, sequence, status)                           \
	time " message pid=" #pid " connection=" #id " sequence=" #sequence \
	     " flags=is_response status=" #status "\n"

static void test_kept_connection(void **state)
{
	struct told told;

	/* two in a row, and two that are read before the first is answered (pipelined) */
	told_run_text(&told,
		      SERVER OPEN(10, 1) REQUEST("10ms", 10, 1, 1) RESPONSE("20ms", 10, 1, 1, 200)
			      REQUEST("30ms", 10, 1, 2) REQUEST("30ms", 10, 1, 3)
				      RESPONSE("40ms", 10, 1, 2, 499)
					      RESPONSE("50ms", 10, 1, 3, 500));
	assert_int_equal(told.count, 3);
	assert_borders(told.invocations[0], 10 * MS, 20 * MS, 20 * MS);
	assert_borders(told.invocations[1], 30 * MS, 40 * MS, 40 * MS);
	assert_borders(told.invocations[2], 30 * MS, 50 * MS, 50 * MS);
	assert_int_equal(told.invocations[1]->status, STATUS_OK);
	assert_int_equal(told.invocations[2]->status, STATUS_ERROR);
	assert_true(told.invocations[1]->flags & INVOCATION_CONCURRENT);
	assert_false(told.invocations[0]->flags & INVOCATION_CONCURRENT);
	for (size_t i = 0; i < told.count; i++) {
		assert_string_equal(told.invocations[i]->function, "f");
		assert_int_equal(told.invocations[i]->memory_mb, 0);
		assert_false(told.invocations[i]->is_cold);
		assert_null(told.invocations[i]->request_id);
		assert_int_equal(told.invocations[i]->environment->boundary,
				 BOUNDARY_HTTP_FUNCTION);
	}
	told_close(&told);
}

/* Other ports, clients' sides, and what is no HTTP, are nobody's invocations. */
static void test_no_function(void **state)
{
	struct told told;

	told_run_text(&told, SERVER
		      "6ms connection pid=10 id=1 local_port=81 remote_port=50001\n"
		      "10ms message pid=10 connection=1 sequence=1 method=get direction=received\n"
		      "12ms message pid=10 connection=1 sequence=1 flags=is_response status=200\n"
		      "13ms connection pid=10 id=2 local_port=80 remote_port=99 is_client=yes\n"
		      "14ms message pid=10 connection=2 sequence=1 method=get\n"
		      "15ms message pid=10 connection=2 sequence=1 flags=is_response status=200"
		      " direction=received\n" OPEN(
			      10,
			      3) "16ms message pid=10 connection=3 kind=bytes direction=received\n"
				 "17ms message pid=10 connection=3 kind=bytes\n");
	assert_int_equal(told.count, 0);
	told_close(&told);
}

static void test_without_answer(void **state)
{
	struct told told;

	/* 1: closed; 2: broke off inside the response; 3: the process is killed; 4: the recording ends */
	told_run_text(
		&told,
		SERVER OPEN(10, 1) REQUEST("10ms", 10, 1,
					   1) "20ms connection_state pid=10 id=1\n" OPEN(10, 2)
			REQUEST("30ms", 10, 2,
				1) "40ms message pid=10 connection=2 sequence=1 flags=is_response,cut status=200\n"
				   "40ms connection_state pid=10 id=2\n" OPEN(10, 3) REQUEST(
					   "50ms", 10, 3,
					   1) "60ms task_exit pid=10 exit_code=9\n"
					      "70ms fork pid=1 child_pid=20\n70ms exec pid=20 program=node\n"
					      "71ms connection pid=20 id=9 local_port=80 is_listening=yes\n" OPEN(
						      20, 4)
						      REQUEST("80ms", 20, 4,
							      1) "90ms message pid=20 connection=4 sequence=1 flags=is_response,cut status=200\n"
								 "end 90ms\n");
	assert_int_equal(told.count, 4);
	assert_borders(told.invocations[0], 10 * MS, 0, 20 * MS);
	assert_int_equal(told.invocations[0]->status, STATUS_ERROR);
	assert_borders(told.invocations[1], 30 * MS, 0, 40 * MS);
	assert_int_equal(told.invocations[1]->status, STATUS_ERROR);
	assert_borders(told.invocations[2], 50 * MS, 0, 60 * MS);
	assert_int_equal(told.invocations[2]->status, STATUS_KILLED);
	assert_borders(told.invocations[3], 80 * MS, 0, 90 * MS);
	assert_int_equal(told.invocations[3]->status, STATUS_CUT);
	assert_true(told.invocations[3]->is_cold);
	assert_int_equal(told.invocations[3]->init_end_ns - told.invocations[3]->init_start_ns,
			 1 * MS);
	told_close(&told);
}

/* A response without a request: the request came before the recording, or was lost. */
static void test_open_at_start(void **state)
{
	struct told told;

	told_run_text(
		&told, SERVER
		"6ms connection pid=10 id=1 local_port=80 remote_port=50001 is_from_start=no\n" RESPONSE(
			"30ms", 10, 1, 1, 200)
			OPEN(10,
			     2) "40ms message pid=10 connection=2 sequence=1 flags=is_response status=200"
				" first=38ms\n");
	assert_int_equal(told.count, 2);
	assert_borders(told.invocations[0], 5 * MS, 30 * MS, 30 * MS);
	assert_true(told.invocations[0]->flags & INVOCATION_START_INFERRED);
	assert_borders(told.invocations[1], 38 * MS, 40 * MS, 40 * MS);
	assert_true(told.invocations[1]->flags & INVOCATION_INCOMPLETE);
	told_close(&told);
}

/* Each worker that a server forks is an environment; when it was ready nobody has seen. */
static void test_forked_workers(void **state)
{
	struct told told;

	told_run_text(&told,
		      "0ms http_function port=80 function=f memory_mb=128\n"
		      "1ms fork pid=1 child_pid=10\n1ms exec pid=10 program=gunicorn\n"
		      "2ms connection pid=10 id=9 local_port=80 is_listening=yes\n"
		      "3ms fork pid=10 child_pid=11\n3ms fork pid=10 child_pid=12\n" OPEN(
			      11, 1) OPEN(12, 2) REQUEST("10ms", 11, 1, 1) REQUEST("11ms", 12, 2, 1)
			      RESPONSE("20ms", 11, 1, 1, 200) RESPONSE("21ms", 12, 2, 1, 200)
				      REQUEST("30ms", 11, 1, 2) RESPONSE("31ms", 11, 1, 2, 200));
	assert_int_equal(told.count, 3);
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(told.invocations[i]->environment->tgid, 11 + i);
		assert_true(told.invocations[i]->is_cold);
		assert_true(told.invocations[i]->flags & INVOCATION_NO_INIT);
		assert_int_equal(told.invocations[i]->init_end_ns, 0);
		assert_false(told.invocations[i]->flags & INVOCATION_CONCURRENT);
		assert_int_equal(told.invocations[i]->memory_mb, 128);
	}
	assert_ptr_equal(told.invocations[2]->environment, told.invocations[0]->environment);
	assert_false(told.invocations[2]->is_cold);
	told_close(&told);
}

/*
 * A function that calls another one in its own process calls it; so does one that calls an untraced
 * one of this host. The same port of another host is a service.
 */
static void test_calls(void **state)
{
	struct told told;
	const struct invocation *caller;

	told_run_text(
		&told,
		SERVER "5ms http_function port=81 function=g\n" OPEN(10, 1) REQUEST(
			"10ms", 10, 1,
			1) "11ms connection pid=10 id=2 local_port=50002 remote_port=81 is_client=yes\n"
			   "11ms connection pid=10 id=3 local_port=81 remote_port=50002\n"
			   "12ms message pid=10 connection=2 sequence=1 method=get\n"
			   "12ms message pid=10 connection=3 sequence=1 method=get direction=received\n"
			   "14ms message pid=10 connection=3 sequence=1 flags=is_response status=200\n"
			   "14ms message pid=10 connection=2 sequence=1 flags=is_response status=200"
			   " direction=received\n"
			   "15ms connection pid=10 id=4 local_port=50004 remote_port=81 is_client=yes"
			   " family=inet6\n"
			   "15ms message pid=10 connection=4 sequence=1 method=get\n"
			   "16ms message pid=10 connection=4 sequence=1 flags=is_response status=200"
			   " direction=received\n"
			   "17ms connection pid=10 id=5 local_port=50005 remote_port=81 is_client=yes"
			   " local_address=10.0.0.1 remote_address=10.0.0.2\n"
			   "17ms message pid=10 connection=5 sequence=1 method=get\n"
			   "18ms message pid=10 connection=5 sequence=1 flags=is_response status=200"
			   " direction=received\n" RESPONSE("20ms", 10, 1, 1, 200));
	assert_int_equal(told.count, 2);
	caller = told.invocations[1];
	assert_string_equal(told.invocations[0]->function, "g");
	assert_string_equal(caller->function, "f");
	assert_int_equal(caller->attempt_count, 3);
	assert_int_equal(caller->attempts[0]->service_class, SERVICE_LAMBDA_SYNC);
	assert_string_equal(caller->attempts[0]->function, "g");
	assert_int_equal(caller->attempts[1]->service_class, SERVICE_LAMBDA_SYNC);
	assert_int_equal(caller->attempts[2]->service_class, SERVICE_HTTP);
	assert_null(caller->attempts[2]->function);
	told_close(&told);
}

/* A process whose invocations come over the Runtime API has no others. */
static void test_other_border(void **state)
{
	struct told told;

	told_run_text(
		&told, SERVER
		"7ms connection pid=10 id=1 local_port=50001 remote_port=9001 is_client=yes\n"
		"8ms message pid=10 connection=1 sequence=1 kind=runtime_next method=get\n"
		"9ms message pid=10 connection=1 sequence=1 kind=runtime_next request_id=r"
		" flags=is_response direction=received status=200\n" OPEN(10, 2)
			REQUEST("10ms", 10, 2, 1) RESPONSE(
				"20ms", 10, 2, 1,
				200) "30ms message pid=10 connection=1 sequence=2 kind=runtime_response method=post"
				     " request_id=r\n"
				     "31ms message pid=10 connection=1 sequence=3 kind=runtime_next method=get\n");
	assert_int_equal(told.count, 1);
	assert_borders(told.invocations[0], 9 * MS, 30 * MS, 31 * MS);
	told_close(&told);
}

/* Two open on one event loop: whose call it is nobody knows, but it is a call of one of them. */
static void test_call_of_either(void **state)
{
	struct told told;

	told_run_text(
		&told,
		SERVER OPEN(10, 1) OPEN(10, 2) REQUEST("10ms", 10, 1, 1) REQUEST(
			"10ms", 10, 2,
			1) "11ms connection pid=10 id=3 local_port=50003 remote_port=99 is_client=yes\n"
			   "12ms message pid=10 connection=3 sequence=1 method=get\n"
			   "13ms message pid=10 connection=3 sequence=1 flags=is_response status=200"
			   " direction=received\n" RESPONSE("20ms", 10, 1, 1, 200)
				   RESPONSE("20ms", 10, 2, 1, 200));
	assert_int_equal(told.count, 2);
	for (size_t i = 0; i < told.count; i++) {
		assert_int_equal(told.invocations[i]->attempt_count, 0);
		assert_true(told.invocations[i]->flags & INVOCATION_SHARED);
	}
	assert_int_equal(told.unowned, 1);
	told_close(&told);
}

/* The thread is known as the home of a later one, not yet as that of the first: it may be either's call. */
static void test_first_of_several(void **state)
{
	struct told told;

	told_run_text(
		&told,
		SERVER OPEN(10, 1) OPEN(10, 2) REQUEST("10ms", 10, 1, 1) REQUEST("11ms", 10, 2, 1)
			RESPONSE("12ms", 10, 2, 1, 200) REQUEST(
				"13ms", 10, 2,
				2) "14ms connection pid=10 id=3 local_port=99 remote_port=81 is_client=yes\n"
				   "14ms message pid=10 connection=3 sequence=1 method=get\n"
				   "15ms message pid=10 connection=3 sequence=1 flags=is_response status=200"
				   " direction=received\n" RESPONSE("16ms", 10, 2, 2, 200)
					   RESPONSE("30ms", 10, 1, 1, 200));
	assert_int_equal(told.count, 3);
	for (size_t i = 0; i < told.count; i++)
		assert_int_equal(told.invocations[i]->attempt_count, 0);
	told_close(&told);
}

/* At most one invocation is missing without any one fact but the declarations; none is doubled. */
static void test_any_one_fact(void **state)
{
	struct trace_text trace;
	size_t whole;

	told_load(&trace, "tests/traces/http-function-calls.txt");
	whole = told_count(&trace, SIZE_MAX, SIZE_MAX);
	assert_int_equal(whole, 6);
	for (size_t i = 0; i < trace.fact_count; i++) {
		size_t without = told_count(&trace, i, SIZE_MAX);

		assert_int_equal(told_count(&trace, SIZE_MAX, i), whole);
		if (trace.facts[i].kind == FACT_HTTP_FUNCTION)
			assert_true(without < whole);
		else if (without + 1 < whole || without > whole)
			fail_msg("without fact %zu: %zu invocations", i, without);
	}
	trace_text_release(&trace);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kept_connection),	 cmocka_unit_test(test_no_function),
		cmocka_unit_test(test_without_answer),	 cmocka_unit_test(test_open_at_start),
		cmocka_unit_test(test_forked_workers),	 cmocka_unit_test(test_calls),
		cmocka_unit_test(test_other_border),	 cmocka_unit_test(test_call_of_either),
		cmocka_unit_test(test_first_of_several), cmocka_unit_test(test_any_one_fact),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
