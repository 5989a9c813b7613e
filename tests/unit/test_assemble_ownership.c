// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * test_assemble_ownership.c - several invocations open in one environment (user/assemble/ownership.c):
 * borders, whose CPU time and whose call it is, and what stays in doubt. The shapes are those of AWS's
 * runtime clients with AWS_LAMBDA_MAX_CONCURRENCY: Python's processes, Java's threads, Node's worker
 * threads behind a thread pool, Go's goroutines on any thread, shells whose curl is another process.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "assemble_fixture.h"

#define TRACE_1 "Root=1-65f0a0b1-000000000000000000000001;Parent=0000000000000001;Sampled=1"
#define TRACE_2 "Root=1-65f0a0b1-000000000000000000000002;Parent=0000000000000002;Sampled=1"

/* Two events at 10 and 12 ms for the threads @TID_1, @TID_2 of @PID_1, @PID_2; connections 1 and 2. */
#define TWO_EVENTS(PID_1, TID_1, PID_2, TID_2)                                                    \
	"2ms message pid=" PID_1 " tid=" TID_1 " connection=1 sequence=1 kind=runtime_next"       \
	" method=get\n"                                                                           \
	"3ms message pid=" PID_2 " tid=" TID_2 " connection=2 sequence=1 kind=runtime_next"       \
	" method=get\n"                                                                           \
	"10ms message pid=" PID_1 " tid=" TID_1 " connection=1 sequence=1 kind=runtime_next"      \
	" direction=received flags=is_response status=200 request_id=r-1 trace_header=\"" TRACE_1 \
	"\"\n"                                                                                    \
	"12ms message pid=" PID_2 " tid=" TID_2 " connection=2 sequence=1 kind=runtime_next"      \
	" direction=received flags=is_response status=200 request_id=r-2 trace_header=\"" TRACE_2 \
	"\"\n"
#define RESPONSE(TIME, PID, TID, CONNECTION, ID)                                     \
	TIME " message pid=" PID " tid=" TID " connection=" CONNECTION " sequence=2" \
	     " kind=runtime_response method=post request_id=" ID "\n"
#define CALL(FROM, TO, PID, TID, CONNECTION, MORE)                                                 \
	FROM " message pid=" PID " tid=" TID " connection=" CONNECTION " sequence=1 kind=http"     \
	     " method=get " MORE "\n" TO " message pid=" PID " tid=" TID " connection=" CONNECTION \
	     " sequence=1 direction=received kind=http flags=is_response status=200\n"

static size_t index_of(const struct told *told, const char *request_id)
{
	const struct invocation *invocation = told_find(told, request_id, 0);

	for (size_t i = 0; i < told->count; i++)
		if (told->invocations[i] == invocation)
			return i;
	return 0;
}

static void assert_cpu(const struct told *told, const char *request_id, uint64_t ms)
{
	assert_int_equal(told->cpu_ns[index_of(told, request_id)], ms * MS);
}

static void assert_calls(const struct told *told, const char *request_id, size_t own,
			 size_t doubtful)
{
	const struct invocation *invocation = told_find(told, request_id, 0);

	assert_int_equal(invocation->attempt_count, own);
	assert_int_equal(invocation->doubtful_count, doubtful);
	assert_int_equal(!(invocation->flags & INVOCATION_SHARED), doubtful == 0);
}

static void test_processes_of_their_own(void **state)
{
	struct told told;

	told_run_text(
		&told,
		"0ms exec pid=10 program=python runtime_api=127.0.0.1:9001 function=a"
		" memory_mb=512 max_concurrency=2\n"
		"1ms fork pid=10 child_pid=11\n"
		"1ms fork pid=10 child_pid=12\n"
		"1ms connection pid=11 id=1 local_port=40001 remote_port=9001 is_client=yes\n"
		"1ms connection pid=12 id=2 local_port=40002 remote_port=9001 is_client=yes\n" TWO_EVENTS(
			"11", "11", "12",
			"12") "20ms fork pid=12 child_pid=13\n" CALL("25ms", "40ms", "11", "11",
								     "3", "")
			CALL("26ms", "41ms", "13", "13", "4",
			     "") "30ms slice pid=11 woken=10ms on=10ms blocked_in=poll\n"
				 "32ms slice pid=12 woken=12ms on=12ms blocked_in=poll\n"
				 "33ms slice pid=13 on=28ms blocked_in=poll\n"
				 "45ms slice pid=10 woken=44ms on=44ms blocked_in=wait\n" RESPONSE(
					 "60ms", "11", "11", "1", "r-1")
					 RESPONSE("70ms", "12", "12", "2", "r-2"));
	assert_borders(told_find(&told, "r-1", 0), 10 * MS, 60 * MS, 60 * MS);
	assert_borders(told_find(&told, "r-2", 0), 12 * MS, 70 * MS, 70 * MS);
	assert_cpu(&told, "r-1", 20 + 1); /* the parent's millisecond can be either's */
	assert_cpu(&told, "r-2", 20 + 5 + 1);
	assert_calls(&told, "r-1", 1, 0);
	assert_calls(&told, "r-2", 1, 0);
	told_close(&told);
}

/* A thread each; a helper works for who woke it, a timer's thread that nobody woke for nobody. */
static void test_threads_of_their_own(void **state)
{
	struct told told;

	told_run_text(
		&told,
		"0ms exec pid=10 program=java runtime_api=127.0.0.1:9001 function=a"
		" memory_mb=512 max_concurrency=2\n"
		"1ms fork pid=10 child_tid=21\n"
		"1ms fork pid=10 child_tid=22\n"
		"1ms fork pid=10 child_tid=30\n"
		"1ms fork pid=10 child_tid=31\n"
		"1ms fork pid=10 child_tid=32\n"
		"1ms connection pid=10 id=1 local_port=40001 remote_port=9001 is_client=yes\n"
		"1ms connection pid=10 id=2 local_port=40002 remote_port=9001 is_client=yes\n" TWO_EVENTS(
			"10", "21", "10",
			"22") "14ms slice pid=10 tid=21 woken=10ms on=10ms blocked_in=futex\n"
			      "16ms slice pid=10 tid=30 woken=15ms on=15ms waker_tid=22 blocked_in=futex\n"
			      "20ms slice pid=10 tid=22 woken=12ms on=12ms blocked_in=futex\n"
			      "25ms slice pid=10 tid=30 woken=19ms on=20ms waker_tid=22 blocked_in=futex\n"
			      "26ms slice pid=10 tid=31 woken=24ms on=24ms waker_tid=30 blocked_in=futex\n"
			      "28ms slice pid=10 tid=32 woken=27ms on=27ms waker=interrupt blocked_in=futex\n" RESPONSE(
				      "60ms", "10", "21", "1", "r-1")
				      RESPONSE("70ms", "10", "22", "2", "r-2"));
	assert_cpu(&told, "r-1", 4);
	assert_cpu(&told, "r-2", 8 + 1 + 5 + 2);
	assert_calls(&told, "r-1", 0, 0);
	assert_calls(&told, "r-2", 0, 0);
	assert_int_equal(told_find(&told, "r-2", 0)->home_tid, 22);
	told_close(&told);
}

/* r-2's thread woke the helper: the call can still be what r-1's has left for it. */
static void test_a_helper_that_two_could_ask(void **state)
{
	struct told told;

	told_run_text(
		&told,
		"0ms exec pid=10 program=java runtime_api=127.0.0.1:9001 function=a"
		" memory_mb=512 max_concurrency=2\n"
		"1ms fork pid=10 child_tid=30\n"
		"1ms connection pid=10 id=1 local_port=40001 remote_port=9001 is_client=yes\n"
		"1ms connection pid=10 id=2 local_port=40002 remote_port=9001 is_client=yes\n"
		"2ms slice pid=10 tid=30 on=1ms blocked_in=futex\n" TWO_EVENTS("10", "21", "10",
									       "22")
			CALL("18ms", "40ms", "10", "30", "3",
			     "") "19ms slice pid=10 tid=21 woken=10ms on=10ms blocked_in=futex\n"
				 "19ms slice pid=10 tid=22 woken=12ms on=12ms blocked_in=futex\n"
				 "20ms slice pid=10 tid=30 woken=16ms on=16ms waker_tid=22 blocked_in=futex\n" RESPONSE(
					 "60ms", "10", "21", "1", "r-1")
					 RESPONSE("70ms", "10", "22", "2", "r-2"));
	assert_calls(&told, "r-1", 0, 1);
	assert_calls(&told, "r-2", 0, 1);
	told_close(&told);
}

/* A pool thread gets the event and asks again before there is a response; another thread answers. */
static void test_worker_threads_behind_a_pool(void **state)
{
	struct told told;

	told_run_text(
		&told,
		"0ms exec pid=10 program=node runtime_api=127.0.0.1:9001 function=a"
		" memory_mb=512 max_concurrency=2\n"
		"1ms fork pid=10 child_tid=21\n"
		"1ms fork pid=10 child_tid=22\n"
		"1ms fork pid=10 child_tid=30\n"
		"1ms fork pid=10 child_tid=31\n"
		"1ms connection pid=10 id=1 local_port=40001 remote_port=9001 is_client=yes\n"
		"1ms connection pid=10 id=2 local_port=40002 remote_port=9001 is_client=yes\n" TWO_EVENTS(
			"10", "30", "10",
			"31") "11ms slice pid=10 tid=30 woken=9ms on=9ms waker=interrupt blocked_in=futex\n"
			      "13ms slice pid=10 tid=31 woken=11ms on=11ms waker=interrupt blocked_in=futex\n"
			      "14ms message pid=10 tid=30 connection=1 sequence=2 kind=runtime_next method=get\n"
			      "14ms message pid=10 tid=31 connection=2 sequence=2 kind=runtime_next method=get\n"
			      "15ms slice pid=10 tid=30 woken=13ms on=13ms waker_tid=21 blocked_in=poll\n" CALL(
				      "18ms", "40ms", "10", "22", "3",
				      "") "30ms slice pid=10 tid=21 woken=11ms on=11ms waker_tid=30 blocked_in=poll\n"
					  "31ms slice pid=10 tid=22 woken=13ms on=13ms waker_tid=31 blocked_in=poll\n"
					  "50ms message pid=10 tid=21 connection=4 sequence=1 kind=runtime_response"
					  " method=post request_id=r-1\n"
					  "70ms message pid=10 tid=22 connection=5 sequence=1 kind=runtime_response"
					  " method=post request_id=r-2\n");
	assert_borders(told_find(&told, "r-1", 0), 10 * MS, 50 * MS, 50 * MS);
	assert_borders(told_find(&told, "r-2", 0), 12 * MS, 70 * MS, 70 * MS);
	assert_cpu(&told, "r-1", 1 + 2 + 19);
	assert_cpu(&told, "r-2", 1 + 18);
	assert_calls(&told, "r-1", 0, 0);
	assert_calls(&told, "r-2", 1, 0);
	told_close(&told);
}

/* One event loop with two, and a thread that has none: only the trace id tells. */
static void test_one_event_loop(void **state)
{
	struct told told;

	told_run_text(
		&told,
		"0ms exec pid=10 program=node runtime_api=127.0.0.1:9001 function=a"
		" memory_mb=512 max_concurrency=2\n"
		"1ms connection pid=10 id=1 local_port=40001 remote_port=9001 is_client=yes\n"
		"1ms connection pid=10 id=2 local_port=40002 remote_port=9001 is_client=yes\n" TWO_EVENTS(
			"10", "10", "10", "10") CALL("22ms", "40ms", "10", "10", "3",
						     "trace_header=\"" TRACE_2 "\"")
			CALL("23ms", "41ms", "10", "10", "4",
			     "") "30ms slice pid=10 woken=12ms on=12ms blocked_in=poll\n" RESPONSE("60ms",
												   "10",
												   "10",
												   "1",
												   "r-1")
				RESPONSE("70ms", "10", "10", "2", "r-2"));
	assert_cpu(&told, "r-1", 18);
	assert_cpu(&told, "r-2", 18);
	assert_calls(&told, "r-1", 0, 1);
	assert_calls(&told, "r-2", 1, 1);
	told_close(&told);
}

/*
 * An event loop whose thread became known as a home in between: who received r-1 there is no proof that
 * the call is not r-3's.
 */
static void test_one_event_loop_found_out_late(void **state)
{
	struct told told;

	told_run_text(
		&told,
		"0ms exec pid=10 program=node runtime_api=127.0.0.1:9001 function=a"
		" memory_mb=512 max_concurrency=3\n"
		"1ms connection pid=10 id=1 local_port=40001 remote_port=9001 is_client=yes\n"
		"1ms connection pid=10 id=2 local_port=40002 remote_port=9001 is_client=yes\n"
		"1ms connection pid=10 id=3 local_port=40003 remote_port=9001 is_client=yes\n" TWO_EVENTS(
			"10", "10", "10", "10")
			RESPONSE(
				"15ms", "10", "10", "2",
				"r-2") "16ms message pid=10 tid=10 connection=3 sequence=1 kind=runtime_next method=get\n"
				       "20ms message pid=10 tid=10 connection=3 sequence=1 kind=runtime_next direction=received"
				       " flags=is_response status=200 request_id=r-3\n" CALL(
					       "25ms", "40ms", "10", "10", "4", "")
					       RESPONSE("60ms", "10", "10", "1", "r-1")
						       RESPONSE("70ms", "10", "10", "3", "r-3"));
	assert_calls(&told, "r-1", 0, 1);
	assert_calls(&told, "r-2", 0, 0);
	assert_calls(&told, "r-3", 0, 1);
	told_close(&told);
}

/* Code that moves between threads: a thread is no proof, though each event has one of its own here. */
static void test_goroutines(void **state)
{
	struct told told;

	told_run_text(
		&told,
		"0ms exec pid=10 program=bootstrap runtime_api=127.0.0.1:9001 function=a"
		" memory_mb=512 max_concurrency=2\n"
		"1ms fork pid=10 child_tid=21\n"
		"1ms fork pid=10 child_tid=22\n"
		"1ms connection pid=10 id=1 local_port=40001 remote_port=9001 is_client=yes\n"
		"1ms connection pid=10 id=2 local_port=40002 remote_port=9001 is_client=yes\n" TWO_EVENTS(
			"10", "21", "10", "22") CALL("22ms", "40ms", "10", "22", "3",
						     "trace_header=\"" TRACE_1 "\"")
			CALL("23ms", "41ms", "10", "22", "4",
			     "") "30ms slice pid=10 tid=21 woken=10ms on=10ms blocked_in=futex\n"
				 "31ms slice pid=10 tid=22 woken=12ms on=12ms blocked_in=futex\n"
				 "50ms message pid=10 tid=22 connection=2 sequence=2 kind=runtime_response"
				 " method=post request_id=r-1\n" RESPONSE("70ms", "10", "22", "1",
									  "r-2"));
	assert_borders(told_find(&told, "r-1", 0), 10 * MS, 50 * MS, 50 * MS);
	assert_cpu(&told, "r-1", 20 + 19);
	assert_cpu(&told, "r-2", 18 + 19);
	assert_calls(&told, "r-1", 1, 1);
	assert_calls(&told, "r-2", 0, 1);
	told_close(&told);
}

/* Two loops around curl in one environment: curl is gone, the shell that waited for it works. */
static void test_shells(void **state)
{
	struct told told;

	told_run_text(
		&told,
		"0ms exec pid=10 program=bash runtime_api=127.0.0.1:9001 function=a"
		" memory_mb=512 max_concurrency=2\n"
		"1ms fork pid=10 child_pid=11\n"
		"1ms fork pid=10 child_pid=12\n"
		"1ms fork pid=11 child_pid=21\n"
		"1ms fork pid=12 child_pid=22\n"
		"1ms connection pid=21 id=1 local_port=40001 remote_port=9001 is_client=yes\n"
		"1ms connection pid=22 id=2 local_port=40002 remote_port=9001 is_client=yes\n" TWO_EVENTS(
			"21", "21", "22",
			"22") "15ms task_exit pid=21\n"
			      "15ms task_exit pid=22\n"
			      "16ms slice pid=21 woken=9ms on=9ms off=dead\n"
			      "20ms fork pid=12 child_pid=23\n" CALL(
				      "22ms", "40ms", "23", "23", "3",
				      "") "30ms slice pid=11 woken=16ms on=20ms blocked_in=wait\n"
					  "31ms slice pid=12 woken=16ms on=16ms blocked_in=wait\n"
					  "50ms fork pid=11 child_pid=24\n"
					  "60ms fork pid=12 child_pid=25\n"
					  "60ms message pid=24 connection=4 sequence=1 kind=runtime_response method=post"
					  " request_id=r-1\n"
					  "70ms message pid=25 connection=5 sequence=1 kind=runtime_response method=post"
					  " request_id=r-2\n");
	assert_int_equal(told_find(&told, "r-1", 0)->home_tgid, 11);
	assert_cpu(&told, "r-1", 6 + 10);
	assert_cpu(&told, "r-2", 15);
	assert_calls(&told, "r-1", 0, 0);
	assert_calls(&told, "r-2", 1, 0);
	told_close(&told);
}

/* Who is settled before another's home is known waits for it; not for ever. */
static void test_a_home_that_is_known_late(void **state)
{
	static const char *const begin =
		"0ms exec pid=10 program=java runtime_api=127.0.0.1:9001 function=a"
		" memory_mb=512 max_concurrency=2\n"
		"1ms connection pid=10 id=1 local_port=40001 remote_port=9001 is_client=yes\n"
		"1ms connection pid=10 id=2 local_port=40002 remote_port=9001 is_client=yes\n" TWO_EVENTS(
			"10", "21", "10",
			"22") "30ms slice pid=10 tid=21 woken=10ms on=10ms blocked_in=futex\n"
			      "30ms slice pid=10 tid=22 woken=12ms on=12ms blocked_in=futex\n" RESPONSE(
				      "50ms", "10", "21", "1",
				      "r-1") "400ms memory pid=10 rss_bytes=1\n";
	struct trace_text trace;
	struct diag diag = { 0 };
	struct told told;
	char text[4096];

	snprintf(text, sizeof(text), "%s%s", begin, RESPONSE("900ms", "10", "22", "2", "r-2"));
	told_run_text(&told, text);
	assert_cpu(&told, "r-1", 20);
	assert_cpu(&told, "r-2", 18);
	told_close(&told);

	snprintf(text, sizeof(text), "%s3000ms memory pid=10 rss_bytes=1\n", begin);
	assert_int_equal(trace_text_parse(&trace, text, strlen(text), &diag), 0);
	told_open(&told, &(struct assembler_options){ 0 });
	for (size_t i = 0; i < trace.fact_count; i++) {
		assert_int_equal(assembler_push(told.assembler, &trace.facts[i]), 0);
		assert_int_equal(told.count, trace.facts[i].time_ns > 2050 * MS);
	}
	told_finish(&told, 0);
	told_close(&told);
	trace_text_release(&trace);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_processes_of_their_own),
		cmocka_unit_test(test_threads_of_their_own),
		cmocka_unit_test(test_a_helper_that_two_could_ask),
		cmocka_unit_test(test_worker_threads_behind_a_pool),
		cmocka_unit_test(test_one_event_loop),
		cmocka_unit_test(test_one_event_loop_found_out_late),
		cmocka_unit_test(test_goroutines),
		cmocka_unit_test(test_shells),
		cmocka_unit_test(test_a_home_that_is_known_late),
	};

	return cmocka_run_group_tests_name("assemble: ownership", tests, NULL, NULL);
}
