/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * test_assemble_life.c - the life of environments: which process is the root (SEMANTICS 1), what became of
 * INIT, and environments that never had an invocation.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "assemble/intervals.h"
#include "assemble/state.h"
#include "assemble_fixture.h"

#define EMULATOR                                           \
	"start monotonic=0 realtime=1700000000000000000\n" \
	"1ms exec pid=50 program=emulator\n"
#define INVOKE                                                            \
	"2ms connection pid=50 id=90 local_port=8080 remote_port=50000\n" \
	"2ms message pid=50 connection=90 sequence=1 kind=invoke method=post direction=received\n"
#define VARIABLES " runtime_api=127.0.0.1:9001 function=f memory_mb=128\n"
#define BOOT(time, process) time " exec pid=" process " program=boot" VARIABLES
/* A connection of @process, both ends traced, over which it asks and gets the event @id. */
#define ASKED(process, number)                                                               \
	"30ms connection pid=" process " id=" number "1 local_port=40" number                \
	" remote_port=9001 is_client=yes\n"                                                  \
	"30.1ms message pid=" process " connection=" number                                  \
	"1 sequence=1 kind=runtime_next method=get\n"                                        \
	"30.2ms connection pid=50 id=" number "2 local_port=9001 remote_port=40" number "\n" \
	"30.2ms message pid=50 connection=" number                                           \
	"2 sequence=1 kind=runtime_next method=get direction=received\n"
#define ANSWERED(process, number, id)                                                    \
	"40ms message pid=" process " connection=" number                                \
	"1 sequence=1 kind=runtime_next flags=is_response direction=received status=200" \
	" request_id=" id "\n"                                                           \
	"50ms message pid=" process " connection=" number                                \
	"1 sequence=2 kind=runtime_response method=post request_id=" id "\n"             \
	"51ms message pid=" process " connection=" number                                \
	"1 sequence=3 kind=runtime_next method=get\n"
#define ASK(process, number, id) ASKED(process, number) ANSWERED(process, number, id)

/* ---- the root ---- */

static void assert_root(const char *text, uint32_t tgid, uint64_t start_ns)
{
	struct told told;

	told_run_text(&told, text);
	assert_int_equal(told.count, 1);
	assert_int_equal(told.environment_count, 1);
	assert_int_equal(told.environments[0]->tgid, tgid);
	assert_int_equal(told.environments[0]->start_ns, start_ns);
	assert_int_equal(told.invocations[0]->init_start_ns, start_ns);
	assert_int_equal(told.invocations[0]->init_end_ns, 30100000);
	assert_int_equal(environment_init_status(told.environments[0]), INIT_OK);
	told_close(&told);
}

/* As AWS_LAMBDA_EXEC_WRAPPER does it: one process, which becomes the runtime. */
static void test_root_of_wrapper_that_becomes_the_runtime(void **state)
{
	assert_root(EMULATOR "3ms fork pid=50 child_pid=100\n"
			     "4ms exec pid=100 program=sh script=wrapper" VARIABLES
			     "10ms exec pid=100 program=python3" VARIABLES ASK("100", "1",
									       "a") "end 900ms\n",
		    100, 4 * MS);
}

/* It was started without the variables (env NAME=VALUE runtime): the time before is not its own. */
static void test_root_that_got_its_variables_late(void **state)
{
	assert_root(EMULATOR "3ms fork pid=50 child_pid=100\n"
			     "4ms exec pid=100 program=env\n" BOOT("10ms", "100")
				     ASK("100", "1", "a") "end 900ms\n",
		    100, 10 * MS);
}

static void test_root_of_wrapper_with_a_child(void **state)
{
	assert_root(EMULATOR "3ms fork pid=50 child_pid=100\n"
			     "4ms exec pid=100 program=sh script=wrapper" VARIABLES
			     "5ms fork pid=100 child_pid=101\n" BOOT("6ms", "101")
				     ASK("101", "1", "a") "end 900ms\n",
		    100, 4 * MS);
}

/* The emulator was started with its function's variables, and serves: it is not the root. */
static void test_root_below_emulator_with_the_variables(void **state)
{
	assert_root("start monotonic=0 realtime=1700000000000000000\n"
		    "1ms exec pid=50 program=aws-lambda-rie" VARIABLES
		    "3ms fork pid=50 child_pid=100\n" BOOT("4ms", "100")
			    ASK("100", "1", "a") "end 900ms\n",
		    100, 4 * MS);
}

/* The same, and the emulator's end of the runtime's connection was not told: it was seen serving. */
static void test_root_below_emulator_known_by_its_service(void **state)
{
	assert_root(
		"start monotonic=0 realtime=1700000000000000000\n"
		"1ms exec pid=50 program=aws-lambda-rie" VARIABLES INVOKE
		"3ms fork pid=50 child_pid=100\n" BOOT(
			"4ms",
			"100") "30ms connection pid=100 id=11 local_port=401 remote_port=9001 is_client=yes\n"
			       "30.1ms message pid=100 connection=11 sequence=1 kind=runtime_next\n" ANSWERED(
				       "100", "1", "a") "end 900ms\n",
		100, 4 * MS);
}

/* A shell asks through a child each time; none of its variables can be read by a later exec. */
static void test_root_of_shell(void **state)
{
	struct told told;

	told_run_text(
		&told,
		EMULATOR "3ms fork pid=50 child_pid=100\n" BOOT(
			"4ms",
			"100") "20ms fork pid=100 child_pid=101\n"
			       "21ms exec pid=101 program=curl" VARIABLES
			       "30ms connection pid=101 id=11 local_port=401 remote_port=9001 is_client=yes\n"
			       "30.1ms message pid=101 connection=11 sequence=1 kind=runtime_next method=get\n"
			       "30.2ms connection pid=50 id=12 local_port=9001 remote_port=401\n"
			       "40ms message pid=101 connection=11 sequence=1 kind=runtime_next"
			       " flags=is_response direction=received status=200 request_id=a\n"
			       "41ms task_exit pid=101\n"
			       "45ms fork pid=100 child_pid=102\n"
			       "46ms exec pid=102 program=curl" VARIABLES
			       "47ms connection pid=102 id=13 local_port=402 remote_port=9001 is_client=yes\n"
			       "50ms message pid=102 connection=13 sequence=1 kind=runtime_response method=post"
			       " request_id=a\n"
			       "51ms task_exit pid=102\n"
			       "end 900ms\n");
	assert_int_equal(told.environment_count, 1);
	assert_int_equal(told.environments[0]->tgid, 100);
	assert_int_equal(told.count, 1);
	assert_int_equal(told.invocations[0]->response_ns, 50 * MS);
	assert_int_equal(told.invocations[0]->status, STATUS_CUT);
	told_close(&told);
}

/*
 * A function that runs an emulator for its own function name at the same address (in a network
 * namespace of its own) does not own the callee.
 */
static void test_root_of_the_inner_of_two_alike(void **state)
{
	struct told told;

	told_run_text(
		&told,
		EMULATOR "3ms fork pid=50 child_pid=100\n" BOOT("4ms", "100") ASKED(
			"100",
			"1") "40ms message pid=100 connection=11 sequence=1 kind=runtime_next"
			     " flags=is_response direction=received status=200 request_id=outer\n"
			     "41ms fork pid=100 child_pid=110\n"
			     "42ms exec pid=110 program=emulator" VARIABLES
			     "43ms fork pid=110 child_pid=120\n" BOOT(
				     "44ms",
				     "120") "45ms connection pid=120 id=31 netns=7 local_port=403 remote_port=9001\n"
					    "45ms connection pid=110 id=32 netns=7 local_port=9001 remote_port=403\n"
					    "46ms message pid=120 connection=31 sequence=1 kind=runtime_next method=get\n"
					    "50ms message pid=120 connection=31 sequence=1 kind=runtime_next"
					    " flags=is_response direction=received status=200 request_id=inner\n"
					    "60ms message pid=120 connection=31 sequence=2 kind=runtime_response"
					    " request_id=inner\n"
					    "61ms message pid=120 connection=31 sequence=3 kind=runtime_next method=get\n"
					    "70ms message pid=100 connection=11 sequence=2 kind=runtime_response"
					    " request_id=outer\n"
					    "71ms message pid=100 connection=11 sequence=3 kind=runtime_next method=get\n"
					    "end 900ms\n");
	assert_int_equal(told.environment_count, 2);
	assert_int_equal(told_find(&told, "outer", 0)->environment->tgid, 100);
	assert_int_equal(told_find(&told, "inner", 0)->environment->tgid, 120);
	assert_int_equal(told_find(&told, "inner", 0)->init_start_ns, 44 * MS);
	told_close(&told);
}

/* ---- INIT ---- */

#define INIT_ERROR_POST(process, number)                                      \
	"20ms connection pid=" process " id=" number "1 local_port=40" number \
	" remote_port=9001 is_client=yes\n"                                   \
	"20.1ms message pid=" process " connection=" number                   \
	"1 sequence=1 kind=runtime_init_error method=post function_error=Runtime.ImportModuleError\n"

static void assert_failed(const char *text, enum init_status status, uint64_t end_ns)
{
	struct told told;
	const struct environment *environment;

	told_run_text(&told, text);
	assert_int_equal(told.count, 0);
	assert_int_equal(told.environment_count, 1);
	environment = told.environments[0];
	assert_int_equal(environment_init_status(environment), status);
	assert_string_equal(environment->function, "f");
	assert_int_equal(environment->tgid, 100);
	assert_int_equal(environment->memory_mb, 128);
	assert_int_equal(environment->start_ns, 4 * MS);
	assert_int_equal(environment->ready_ns, 0);
	assert_int_equal(environment->end_ns, end_ns);
	assert_int_equal(environment->invocations, 0);
	told_close(&told);
}

#define STARTED EMULATOR INVOKE "3ms fork pid=50 child_pid=100\n" BOOT("4ms", "100")

static void test_init_error(void **state)
{
	/* the answer comes, and then the end; the end comes first; neither comes */
	assert_failed(
		STARTED INIT_ERROR_POST(
			"100",
			"1") "20.2ms message pid=100 connection=11 sequence=1 kind=runtime_init_error"
			     " flags=is_response direction=received status=202\n"
			     "25ms task_exit pid=100 exit_code=256\nend 900ms\n",
		INIT_ERROR, 25 * MS);
	assert_failed(STARTED INIT_ERROR_POST("100", "1") "25ms task_exit pid=100 exit_code=256\n"
							  "end 900ms\n",
		      INIT_ERROR, 25 * MS);
	assert_failed(STARTED INIT_ERROR_POST("100", "1") "end 900ms\n", INIT_ERROR, 0);
}

static void test_exit_before_asking(void **state)
{
	assert_failed(STARTED "25ms task_exit pid=100 exit_code=768\nend 900ms\n", INIT_EXITED,
		      25 * MS);
	assert_failed(STARTED "25ms task_exit pid=100 exit_code=9\nend 900ms\n", INIT_EXITED,
		      25 * MS);
	/* told to stop, as when the emulator ends: no failure of its own */
	assert_failed(STARTED "25ms task_exit pid=100 exit_code=15\nend 900ms\n", INIT_CUT,
		      25 * MS);
	assert_failed(STARTED "25ms task_exit pid=100 exit_code=36608\nend 900ms\n", INIT_CUT,
		      25 * MS); /* 143 */
	assert_failed(STARTED "end 900ms\n", INIT_CUT, 0);
}

/* What the runtime runs on its way is part of it; it alone has failed. */
static void test_exit_of_helpers_of_init(void **state)
{
	assert_failed(STARTED "5ms fork pid=100 child_pid=101\n"
			      "6ms exec pid=101 program=dirname" VARIABLES "7ms task_exit pid=101\n"
			      "25ms task_exit pid=100 exit_code=9\nend 900ms\n",
		      INIT_EXITED, 25 * MS);
}

/* The wrapper dies first: what is left of its environment is no other. */
static void test_end_of_what_a_dead_root_leaves(void **state)
{
	struct told told;

	told_run_text(&told,
		      EMULATOR INVOKE "3ms fork pid=50 child_pid=100\n"
				      "4ms exec pid=100 program=sh" VARIABLES
				      "5ms fork pid=100 child_pid=101\n" BOOT("6ms", "101")
					      ASK("101", "1", "a") "100ms task_exit pid=100\n"
								   "3000ms task_exit pid=101\n"
								   "end 4000ms\n");
	assert_int_equal(told.environment_count, 1);
	assert_int_equal(told.environments[0]->tgid, 100);
	assert_int_equal(told.environments[0]->end_ns, 100 * MS);
	told_close(&told);
}

/* With the variables and below an emulator, and yet no runtime, or none that is known to be one. */
static void test_what_is_no_failed_init(void **state)
{
	static const char *const texts[] = {
		/* nobody is seen to serve functions */
		EMULATOR "3ms fork pid=50 child_pid=100\n" BOOT(
			"4ms", "100") "25ms task_exit pid=100 exit_code=256\nend 900ms\n",
		/* an extension */
		STARTED
		"20ms connection pid=100 id=11 local_port=401 remote_port=9001 is_client=yes\n"
		"20.1ms message pid=100 connection=11 sequence=1 kind=extension method=post\n"
		"25ms task_exit pid=100 exit_code=256\nend 900ms\n",
		/* without a function's name */
		EMULATOR INVOKE "3ms fork pid=50 child_pid=100\n"
				"4ms exec pid=100 program=boot runtime_api=127.0.0.1:9001\n"
				"25ms task_exit pid=100 exit_code=256\nend 900ms\n",
		/* a fork of the emulator that never became anything else */
		EMULATOR INVOKE "3ms fork pid=50 child_pid=100\n"
				"4ms task_exit pid=100\nend 900ms\n",
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct told told;

		told_run_text(&told, texts[i]);
		assert_int_equal(told.environment_count, 0);
		told_close(&told);
	}
}

/* A failure, and the next try, which succeeds: two environments, one cold start. */
static void test_init_repeated(void **state)
{
	struct told told;

	told_run_text(&told,
		      STARTED INIT_ERROR_POST(
			      "100", "1") "25ms task_exit pid=100 exit_code=256\n"
					  "26ms fork pid=50 child_pid=101\n" BOOT("27ms", "101")
						  ASK("101", "2", "a") "end 900ms\n");
	assert_int_equal(told.environment_count, 2);
	assert_int_equal(environment_init_status(told.environments[0]), INIT_ERROR);
	assert_int_equal(environment_init_status(told.environments[1]), INIT_OK);
	assert_int_equal(told.count, 1);
	assert_true(told.invocations[0]->is_cold);
	assert_int_equal(told.invocations[0]->init_start_ns, 27 * MS);
	told_close(&told);
}

/* A runtime that got no event is an environment; where it is not known to be one before, after a while. */
static void test_ready_without_an_event(void **state)
{
	struct told told;

	told_run_text(&told, EMULATOR "3ms fork pid=50 child_pid=100\n" BOOT("4ms", "100")
				     ASKED("100", "1") "200ms task_exit pid=100 exit_code=15\n"
						       "end 900ms\n");
	assert_int_equal(told.count, 0);
	assert_int_equal(told.environment_count, 1);
	assert_int_equal(environment_init_status(told.environments[0]), INIT_OK);
	assert_int_equal(told.environments[0]->ready_ns, 30100000);
	assert_int_equal(told.environments[0]->end_ns, 200 * MS);
	assert_int_equal(environment_status(told.environments[0]), ENVIRONMENT_KILLED);
	told_close(&told);
}

/* Restored from a snapshot: the INIT of this start is what came after the restore. */
static void test_restore(void **state)
{
	struct told told;
	const struct environment *environment;

	told_run_text(
		&told,
		EMULATOR "3ms fork pid=50 child_pid=100\n" BOOT(
			"4ms",
			"100") "10ms connection pid=100 id=21 local_port=402 remote_port=9001 is_client=yes\n"
			       "10.1ms connection pid=50 id=22 local_port=9001 remote_port=402\n"
			       "11ms message pid=100 connection=21 sequence=1 kind=runtime_restore method=get\n"
			       "25ms message pid=100 connection=21 sequence=1 kind=runtime_restore"
			       " flags=is_response direction=received status=200\n" ASK(
				       "100", "1", "a") "end 900ms\n");
	assert_int_equal(told.environment_count, 1);
	environment = told.environments[0];
	assert_int_equal(environment->start_ns, 4 * MS);
	assert_int_equal(environment->snapshot_ns, 11 * MS);
	assert_int_equal(environment->restored_ns, 25 * MS);
	assert_int_equal(environment->ready_ns, 30100000);
	assert_int_equal(environment_init_status(environment), INIT_OK);
	assert_int_equal(told.invocations[0]->init_start_ns, 25 * MS);
	assert_int_equal(told.invocations[0]->init_end_ns, 30100000);
	told_close(&told);
}

static void test_restore_fails(void **state)
{
	assert_failed(
		STARTED
		"10ms connection pid=100 id=21 local_port=402 remote_port=9001 is_client=yes\n"
		"11ms message pid=100 connection=21 sequence=1 kind=runtime_restore method=get\n"
		"25ms message pid=100 connection=21 sequence=1 kind=runtime_restore"
		" flags=is_response direction=received status=200\n"
		"26ms message pid=100 connection=21 sequence=2 kind=runtime_restore method=post\n"
		"30ms task_exit pid=100 exit_code=256\nend 900ms\n",
		INIT_ERROR, 30 * MS);
}

/* ---- busy ---- */

/* The union of what was billed, also where several were open: 40-51 and 45-80. */
static void test_busy(void **state)
{
	struct told told;

	told_run_text(
		&told,
		EMULATOR "3ms fork pid=50 child_pid=100\n" BOOT("4ms", "100") ASK(
			"100", "1",
			"a") "42ms connection pid=100 id=21 local_port=402 remote_port=9001 is_client=yes\n"
			     "43ms message pid=100 connection=21 sequence=1 kind=runtime_next method=get\n"
			     "45ms message pid=100 connection=21 sequence=1 kind=runtime_next"
			     " flags=is_response direction=received status=200 request_id=b\n"
			     "80ms message pid=100 connection=21 sequence=2 kind=runtime_response"
			     " request_id=b\n"
			     "81ms message pid=100 connection=21 sequence=3 kind=runtime_next method=get\n"
			     "end 900ms\n");
	assert_int_equal(told.count, 2);
	assert_int_equal(told.environments[0]->busy_ns, 40 * MS);
	told_close(&told);
}

/* Calls that are over are forgotten though a request that the process serves stays open. */
static void test_calls_beside_an_open_request(void **state)
{
	const struct process *process;
	struct told told;
	char text[65536];
	int bytes = snprintf(
		text, sizeof(text), "%s",
		EMULATOR BOOT("3ms",
			      "100") "4ms connection pid=100 id=1 local_port=90 remote_port=50001\n"
				     "4ms message pid=100 connection=1 sequence=1 method=get"
				     " direction=received\n"
				     "4ms connection pid=100 id=2 local_port=50002 remote_port=443"
				     " is_client=yes remote_address=192.0.2.1\n");

	for (int i = 0; i < 200; i++) { /* 1 ms each, 1 ms apart */
		bytes += snprintf(text + bytes, sizeof(text) - (size_t)bytes,
				  "%dms message pid=100 connection=2 sequence=%d method=get\n"
				  "%dms message pid=100 connection=2 sequence=%d status=200"
				  " flags=is_response direction=received\n",
				  10 + 2 * i, i + 1, 11 + 2 * i, i + 1);
		assert_true((size_t)bytes < sizeof(text));
	}
	told_run_text(&told, text);
	process = process_find(&told.assembler->processes, 100);
	assert_non_null(process);
	assert_int_equal(process->wait_ns, 6 * MS + 200 * MS); /* with the connect */
	assert_in_range(process->calls.count, 1, 100);
	told_close(&told);
}

/*
 * What a process ran and waited before it was in an environment counts once: 110 outlives the environment
 * of the process that started it and is one of its own later.
 */
static void test_survivor_counts_once(void **state)
{
	struct told told;

	told_run_text(
		&told,
		EMULATOR "1ms http_function port=80 function=f\n" BOOT(
			"3ms",
			"100") "4ms fork pid=100 child_pid=110\n"
			       "5ms connection pid=110 id=1 local_port=50001 remote_port=443"
			       " is_client=yes remote_address=192.0.2.1\n"
			       "5ms message pid=110 connection=1 sequence=1 method=get\n"
			       "7ms message pid=110 connection=1 sequence=1 flags=is_response"
			       " direction=received status=200\n"
			       "8ms slice pid=110 woken=5ms on=5ms blocked_in=poll\n"
			       "9ms connection pid=100 id=2 local_port=80 remote_port=50002\n"
			       "10ms message pid=100 connection=2 sequence=1 method=get direction=received\n"
			       "20ms message pid=100 connection=2 sequence=1 flags=is_response status=200\n"
			       "30ms task_exit pid=100\n"
			       "1000ms slice pid=50 on=999ms\n"
			       "4000ms slice pid=50 on=3999ms\n"
			       "5000ms connection pid=110 id=3 local_port=80 remote_port=50003\n"
			       "5000ms message pid=110 connection=3 sequence=1 method=get direction=received\n"
			       "5010ms message pid=110 connection=3 sequence=1 flags=is_response status=200\n"
			       "end 6000ms\n");
	assert_int_equal(told.count, 2);
	assert_int_equal(told.environment_count, 2);
	assert_int_equal(told.environments[0]->tgid, 100);
	assert_int_equal(told.environments[0]->outside_active_ns, 3 * MS);
	assert_int_equal(told.environments[0]->outside_wait_ns, 2 * MS);
	assert_int_equal(told.environments[1]->tgid, 110);
	assert_int_equal(told.environments[1]->outside_active_ns, 0);
	assert_int_equal(told.environments[1]->outside_wait_ns, 0);
	told_close(&told);
}

static void test_intervals(void **state)
{
	struct intervals intervals = { 0 };

	assert_int_equal(intervals_uncovered(&intervals, 10, 30), 20);
	assert_int_equal(intervals_add(&intervals, 10, 20, 0), 0);
	assert_int_equal(intervals_add(&intervals, 40, 50, 0), 0);
	assert_int_equal(intervals_add(&intervals, 60, 70, 0), 0);
	assert_int_equal(intervals.count, 3);
	assert_int_equal(intervals_uncovered(&intervals, 0, 100), 70);
	assert_int_equal(intervals_uncovered(&intervals, 12, 18), 0);
	assert_int_equal(intervals_uncovered(&intervals, 15, 45), 20);
	assert_int_equal(intervals_add(&intervals, 20, 45, 0), 0); /* touches one, overlaps one */
	assert_int_equal(intervals.count, 2);
	assert_int_equal(intervals.spans[0].start_ns, 10);
	assert_int_equal(intervals.spans[0].end_ns, 50);
	assert_int_equal(intervals_add(&intervals, 80, 90, 70), 0); /* forgets the first two */
	assert_int_equal(intervals.count, 1);
	assert_int_equal(intervals_uncovered(&intervals, 0, 100), 90);
	intervals_release(&intervals);
	assert_int_equal(intervals.count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_root_of_wrapper_that_becomes_the_runtime),
		cmocka_unit_test(test_root_that_got_its_variables_late),
		cmocka_unit_test(test_root_of_wrapper_with_a_child),
		cmocka_unit_test(test_root_below_emulator_with_the_variables),
		cmocka_unit_test(test_root_below_emulator_known_by_its_service),
		cmocka_unit_test(test_root_of_shell),
		cmocka_unit_test(test_root_of_the_inner_of_two_alike),
		cmocka_unit_test(test_init_error),
		cmocka_unit_test(test_exit_before_asking),
		cmocka_unit_test(test_exit_of_helpers_of_init),
		cmocka_unit_test(test_end_of_what_a_dead_root_leaves),
		cmocka_unit_test(test_what_is_no_failed_init),
		cmocka_unit_test(test_init_repeated),
		cmocka_unit_test(test_ready_without_an_event),
		cmocka_unit_test(test_restore),
		cmocka_unit_test(test_restore_fails),
		cmocka_unit_test(test_busy),
		cmocka_unit_test(test_calls_beside_an_open_request),
		cmocka_unit_test(test_survivor_counts_once),
		cmocka_unit_test(test_intervals),
	};

	return cmocka_run_group_tests_name("assemble_life", tests, NULL, NULL);
}
