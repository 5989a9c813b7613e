/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * test_assemble_workers.c - the borders of invocations that come as messages to Node worker threads and
 * as lines to child processes, and what part of a shared process is theirs.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "assemble_fixture.h"

static size_t position(const struct told *told, const char *request_id)
{
	for (size_t i = 0; i < told->count; i++)
		if (strcmp(told->invocations[i]->request_id, request_id) == 0)
			return i;
	fail();
	return 0;
}

static void test_offline(void **state)
{
	struct told told;
	const struct invocation *a, *b, *warm, *python, *ended;

	told_run_file(&told, "tests/traces/assemble-offline.txt");
	assert_int_equal(told.count, 5);
	a = told_find(&told, "w-1", 0);
	b = told_find(&told, "w-2", 0);
	warm = told_find(&told, "w-3", 0);
	ended = told_find(&told, "w-4", 0);
	python = told_find(&told, "p-1", 0);

	assert_borders(a, 70 * MS, 180 * MS, 180 * MS);
	assert_borders(b, 120 * MS, 160 * MS, 160 * MS);
	assert_borders(warm, 200 * MS, 210 * MS, 210 * MS);
	assert_string_equal(a->function, "svc-dev-a");
	assert_string_equal(b->function, "svc-dev-b");
	assert_int_equal(a->memory_mb, 1024);
	assert_int_equal(a->environment->worker_tid, 301);
	assert_int_equal(a->environment->tgid, 300);
	/* cold: from the thread's start; or from the sending, where that came first */
	assert_true(a->is_cold && b->is_cold && !warm->is_cold);
	assert_int_equal(a->init_start_ns, 10 * MS);
	assert_int_equal(a->init_end_ns, 70 * MS);
	assert_int_equal(b->init_start_ns, 83500000);
	assert_int_equal(b->init_end_ns, 120 * MS);
	assert_int_equal(warm->status, STATUS_ERROR);
	assert_ptr_equal(warm->environment, b->environment);
	assert_int_equal(b->dispatched_ns, 83500000);
	assert_int_equal(b->dispatcher_tid, 300);
	assert_int_equal(b->dispatcher_tgid, 300);
	assert_int_equal(b->taken_ns, 160500000);
	assert_int_equal(b->taker_tid, 300);
	assert_int_equal(b->result_json.value, 0xab);
	assert_int_equal(a->attempt_count, 1);
	assert_int_equal(a->attempts[0]->start_ns, 81 * MS);
	assert_int_equal(a->attempts[0]->peer_connection, 32);
	assert_int_equal(b->attempt_count, 0);

	/* a: 70-80 and 161.1-180, no helpers; b: 120-125 and 155-160, helper 125-130 and 132-140 */
	assert_int_equal(told.cpu_ns[position(&told, "w-1")], 10 * MS + 18900000);
	assert_int_equal(told.thread_count[position(&told, "w-1")], 1);
	assert_int_equal(told.cpu_ns[position(&told, "w-2")], 23 * MS);
	assert_int_equal(told.thread_count[position(&told, "w-2")], 2);
	assert_int_equal(b->environment->outside_active_ns, 1 * MS); /* 119-120, INIT */
	assert_int_equal(told.thread_count[position(&told, "w-3")], 1);

	/* terminated: no deadline is on the wire */
	assert_int_equal(ended->status, STATUS_KILLED);
	assert_borders(ended, 280 * MS, 0, 299 * MS);
	assert_int_equal(told.cpu_ns[position(&told, "w-4")], 19 * MS);

	assert_borders(python, 229 * MS, 271 * MS, 271 * MS);
	assert_int_equal(python->environment->tgid, 310);
	assert_int_equal(python->environment->dispatcher_tgid, 300);
	assert_int_equal(python->dispatched_ns, 222 * MS);
	assert_int_equal(python->dispatch_connection, 41);
	assert_int_equal(python->taken_ns, 272 * MS);
	assert_int_equal(python->memory_mb, 256);
	assert_int_equal(python->init_start_ns, 221 * MS);
	assert_int_equal(python->init_end_ns, 229 * MS);
	assert_int_equal(told.cpu_ns[position(&told, "p-1")], 11 * MS);
	told_close(&told);
}

/* Ten workers at once: each has its own thread and nothing else's time. */
static void test_ten_workers(void **state)
{
	struct told told;
	struct assembler_options options = { 0 };
	char ids[10][8];

	told_open(&told, &options);
	for (uint32_t i = 0; i < 10; i++) {
		struct fact fork = { .kind = FACT_FORK,
				     .time_ns = (1 + i) * MS,
				     .tgid = 300,
				     .tid = 300,
				     .fork = { .child_tgid = 300, .child_tid = 400 + i } };

		assert_int_equal(assembler_push(told.assembler, &fork), 0);
	}
	for (uint32_t i = 0; i < 10; i++) {
		struct fact event = { .kind = FACT_WORKER_EVENT,
				      .time_ns = (20 + i) * MS,
				      .tgid = 300,
				      .tid = 400 + i,
				      .worker = { .message = 100 + i,
						  .sent_ns = (15 + i) * MS,
						  .sender_tid = 300,
						  .request_id = ids[i],
						  .function = "f" } };

		snprintf(ids[i], sizeof(ids[i]), "id-%u", i);
		assert_int_equal(assembler_push(told.assembler, &event), 0);
	}
	for (uint32_t i = 0; i < 10; i++) {
		struct fact slice = { .kind = FACT_SLICE,
				      .time_ns = (50 + i) * MS,
				      .tgid = 300,
				      .tid = 400 + i,
				      .slice = { .woken_ns = 40 * MS,
						 .on_ns = (49 + i) * MS,
						 .off_reason = OFF_SLEEP } };
		struct fact result = { .kind = FACT_WORKER_RESULT,
				       .time_ns = (50 + i) * MS,
				       .tgid = 300,
				       .tid = 400 + i,
				       .worker = { .message = 200 + i } };
		struct fact taken = { .kind = FACT_WORKER_TAKEN,
				      .time_ns = (50 + i) * MS,
				      .tgid = 300,
				      .tid = 300,
				      .worker = { .message = 200 + i } };

		assert_int_equal(assembler_push(told.assembler, &slice), 0);
		assert_int_equal(assembler_push(told.assembler, &result), 0);
		assert_int_equal(assembler_push(told.assembler, &taken), 0);
	}
	told_finish(&told, 1000 * MS);
	assert_int_equal(told.count, 10);
	assert_int_equal(told.taken, 10);
	for (uint32_t i = 0; i < 10; i++) {
		assert_borders(told_find(&told, ids[i], 0), (20 + i) * MS, (50 + i) * MS,
			       (50 + i) * MS);
		assert_int_equal(told.cpu_ns[i], 1 * MS);
		assert_int_equal(told.thread_count[i], 1);
		assert_int_equal(told.invocations[i]->flags, 0);
	}
	told_close(&told);
}

/* The result of the first was lost: it cannot go on beside the second in one worker. */
static void test_lost_result(void **state)
{
	struct told told;

	told_run_text(&told, "0ms exec pid=300 program=node\n"
			     "1ms fork pid=300 child_pid=300 child_tid=301\n"
			     "10ms worker_event pid=300 tid=301 message=1 request_id=a function=f\n"
			     "30ms worker_event pid=300 tid=301 message=3 request_id=b function=f\n"
			     "40ms worker_result pid=300 tid=301 message=4\n"
			     "end 500ms\n");
	assert_borders(told_find(&told, "a", 0), 10 * MS, 0, 30 * MS);
	assert_true(told_find(&told, "a", 0)->flags & INVOCATION_INCOMPLETE);
	assert_borders(told_find(&told, "b", 0), 30 * MS, 40 * MS, 40 * MS);
	assert_int_equal(told_find(&told, "b", 0)->flags, 0);
	told_close(&told);
}

/* The emulator is killed: every worker's invocation ends with it. */
static void test_emulator_killed(void **state)
{
	struct told told;

	told_run_text(&told, "0ms exec pid=300 program=node\n"
			     "1ms fork pid=300 child_pid=300 child_tid=301\n"
			     "1ms fork pid=300 child_pid=300 child_tid=302\n"
			     "10ms worker_event pid=300 tid=301 message=1 request_id=a function=f\n"
			     "11ms worker_event pid=300 tid=302 message=2 request_id=b function=f\n"
			     "20ms task_exit pid=300 exit_code=9 is_process=yes\n"
			     "end 500ms\n");
	assert_int_equal(told.count, 2);
	assert_int_equal(told.environments_ended, 2);
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(told.invocations[i]->status, STATUS_KILLED);
		assert_int_equal(told.invocations[i]->end_ns, 20 * MS);
	}
	told_close(&told);
}

/* TAKEN can come long after the result when the main thread is busy. */
static void test_taken_late(void **state)
{
	struct told told;

	told_run_text(&told, "1ms fork pid=300 child_pid=300 child_tid=301\n"
			     "10ms worker_event pid=300 tid=301 message=1 request_id=a function=f\n"
			     "20ms worker_result pid=300 tid=301 message=2\n"
			     "900ms memory pid=300 rss_bytes=1\n"
			     "901ms worker_taken pid=300 message=2\n"
			     "end 3000ms\n");
	assert_int_equal(told.taken, 1);
	assert_int_equal(told.invocations[0]->taken_ns, 901 * MS);
	told_close(&told);
}

static uint8_t status_of_end(const char *end, const char *exit)
{
	char text[512];
	struct told told;
	uint8_t status;

	snprintf(text, sizeof(text),
		 "0ms exec pid=300 program=node\n"
		 "1ms fork pid=300 child_pid=300 child_tid=301\n"
		 "10ms worker_event pid=300 tid=301 message=1 sent=5ms request_id=a function=f "
		 "timeout_ms=1000\n"
		 "%s task_exit pid=300 %s\n"
		 "end 5000ms\n",
		 end, exit);
	told_run_text(&told, text);
	assert_int_equal(told.count, 1);
	assert_int_equal(told.invocations[0]->deadline_ns, 1005 * MS);
	status = told.invocations[0]->status;
	told_close(&told);
	return status;
}

/* The emulator ends a worker at its function's time-out, counted from when it sent the event. */
static void test_time_out(void **state)
{
	assert_int_equal(status_of_end("1006ms", "tid=301"), STATUS_TIMEOUT);
	assert_int_equal(status_of_end("1004ms", "tid=301"), STATUS_TIMEOUT);
	assert_int_equal(status_of_end("900ms", "tid=301"), STATUS_KILLED);
	assert_int_equal(status_of_end("2500ms", "tid=301"), STATUS_KILLED);
	/* The whole emulator, killed just then. */
	assert_int_equal(status_of_end("1006ms", "exit_code=9 is_process=yes"), STATUS_KILLED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_offline),	    cmocka_unit_test(test_ten_workers),
		cmocka_unit_test(test_lost_result), cmocka_unit_test(test_emulator_killed),
		cmocka_unit_test(test_taken_late),  cmocka_unit_test(test_time_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
