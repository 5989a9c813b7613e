// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * test_served_links.c - functions that are HTTP servers of their own, from the facts to the chains: whose
 * call a served request was where that is known late, and that none of it holds a chain back for good.
 */
#include <stdio.h>
#include <string.h>

#include "base/units.h"
#include "pipeline_fixture.h"

#define MS NS_PER_MS

struct linked {
	struct pipeline pipeline;
	const struct results *results;
	size_t told, told_before_end; /* chains */
};

static int on_chain(void *context, const struct chain *chain)
{
	struct linked *linked = context;

	linked->told++;
	return 0;
}

static void run_text(struct linked *linked, const char *text)
{
	const struct analysis_options options = {
		.keeps_chains = true, .sink = { .context = linked, .chain = on_chain }
	};
	struct trace_text trace;
	struct diag diag = { 0 };

	memset(linked, 0, sizeof(*linked));
	if (trace_text_parse(&trace, text, strlen(text), &diag))
		fail_msg("line %llu: %s", (unsigned long long)diag.offset, diag.text);
	pipeline_start(&linked->pipeline, &trace, &options);
	pipeline_push_all(&linked->pipeline, &trace);
	linked->told_before_end = linked->told;
	pipeline_finish(&linked->pipeline, &trace);
	linked->results = linked->pipeline.results;
	trace_text_release(&trace);
}

static const struct invocation *find_invocation(const struct linked *linked, const char *function,
						uint64_t start_ns)
{
	for (size_t i = 0; i < linked->results->chain_kept_count; i++) {
		const struct chain *chain = linked->results->chains[i];

		for (size_t j = 0; j < chain->invocation_count; j++)
			if (strcmp(chain->invocations[j]->function, function) == 0 &&
			    chain->invocations[j]->start_ns == start_ns)
				return chain->invocations[j];
	}
	fail_msg("no invocation of %s at %llu", function, (unsigned long long)start_ns);
	return NULL;
}

/* a is Java: one thread reads the requests, others work; both requests are open when 11 calls b. */
#define CALL_OF_EITHER                                                                             \
	"start monotonic=0 realtime=1700000000000000000\n"                                         \
	"0ms http_function port=81 function=a\n"                                                   \
	"0ms http_function port=82 function=b\n"                                                   \
	"0ms task_seen pid=10 parent_pid=1 name=java\n"                                            \
	"0ms exec pid=10 program=java\n"                                                           \
	"0ms task_seen pid=20 parent_pid=1 name=node\n"                                            \
	"0ms exec pid=20 program=node\n"                                                           \
	"1ms fork pid=10 child_tid=11\n"                                                           \
	"1ms fork pid=10 child_tid=12\n"                                                           \
	"1ms fork pid=10 child_tid=13\n"                                                           \
	"5ms connection pid=10 id=1 local_port=81 remote_port=50001\n"                             \
	"5ms connection pid=10 id=2 local_port=81 remote_port=50002\n"                             \
	"10ms message pid=10 tid=13 connection=1 sequence=1 method=get direction=received\n"       \
	"11ms message pid=10 tid=13 connection=2 sequence=1 method=get direction=received\n"       \
	"20ms connection pid=10 tid=11 id=3 local_port=50003 remote_port=82 is_client=yes\n"       \
	"20ms connection pid=20 id=4 local_port=82 remote_port=50003\n"                            \
	"20ms message pid=10 tid=11 connection=3 sequence=1 method=get\n"                          \
	"20ms message pid=20 connection=4 sequence=1 method=get direction=received\n"              \
	"100ms message pid=20 connection=4 sequence=1 flags=is_response status=200\n"              \
	"100ms message pid=10 tid=11 connection=3 sequence=1 flags=is_response direction=received" \
	" status=200\n"

/* The callee settles first; whose call it was is known when the callers have answered. */
static void test_caller_known_late(void **state)
{
	const struct invocation *caller, *callee;
	struct linked linked;

	run_text(
		&linked, CALL_OF_EITHER
		"500ms task_seen pid=30 parent_pid=1 name=sh\n"
		"600ms message pid=10 tid=11 connection=1 sequence=1 flags=is_response status=200\n"
		"610ms message pid=10 tid=12 connection=2 sequence=1 flags=is_response status=200\n"
		"2000ms task_seen pid=31 parent_pid=1 name=sh\n"
		"2100ms task_seen pid=32 parent_pid=1 name=sh\n"
		"end 2200ms\n");
	assert_int_equal(linked.told_before_end, 2);
	assert_int_equal(linked.results->chain_count, 2);
	caller = find_invocation(&linked, "a", 10 * MS);
	callee = find_invocation(&linked, "b", 20 * MS);
	assert_int_equal(callee->link, LINK_EXACT);
	assert_ptr_equal(callee->parent, caller);
	assert_int_equal(caller->attempt_count, 1);
	assert_ptr_equal(caller->attempts[0]->callee, callee);
	assert_int_equal(caller->double_billed_ns, 80 * MS);
	pipeline_release(&linked.pipeline);
}

/* Both answered by one thread: it stays unknown, and is told as that. */
static void test_caller_never_known(void **state)
{
	const struct invocation *callee;
	struct linked linked;

	run_text(
		&linked, CALL_OF_EITHER
		"600ms message pid=10 tid=13 connection=1 sequence=1 flags=is_response status=200\n"
		"610ms message pid=10 tid=13 connection=2 sequence=1 flags=is_response status=200\n"
		"2000ms task_seen pid=31 parent_pid=1 name=sh\n"
		"2100ms task_seen pid=32 parent_pid=1 name=sh\n"
		"end 2200ms\n");
	assert_int_equal(linked.told_before_end, 3);
	callee = find_invocation(&linked, "b", 20 * MS);
	assert_int_equal(callee->link, LINK_NONE);
	assert_null(callee->parent);
	pipeline_release(&linked.pipeline);
}

/* Callers that go on for long do not hold the callee back, nor does the recording's end. */
static void test_callers_stay_open(void **state)
{
	static const char *const rests[] = {
		"9000ms task_seen pid=31 parent_pid=1 name=sh\n"
		"9100ms task_seen pid=32 parent_pid=1 name=sh\n"
		"end 9200ms\n",
		"11000ms task_seen pid=31 parent_pid=1 name=sh\n"
		"11100ms task_seen pid=32 parent_pid=1 name=sh\n"
		"12000ms message pid=10 tid=11 connection=1 sequence=1 flags=is_response status=200\n"
		"12010ms message pid=10 tid=12 connection=2 sequence=1 flags=is_response status=200\n"
		"end 13000ms\n",
	};

	for (size_t i = 0; i < 2; i++) {
		struct linked linked;
		char text[8192];

		snprintf(text, sizeof(text), "%s%s", CALL_OF_EITHER, rests[i]);
		run_text(&linked, text);
		assert_int_equal(linked.results->chain_count, 3);
		assert_int_equal(find_invocation(&linked, "b", 20 * MS)->link, LINK_NONE);
		pipeline_release(&linked.pipeline);
	}
}

/* b's port is one of a process whose invocations come over the Runtime API: what it got there is no event. */
static void test_port_of_another_border(void **state)
{
	const struct invocation *caller;
	struct linked linked;

	run_text(&linked,
		 "start monotonic=0 realtime=1700000000000000000\n"
		 "0ms http_function port=81 function=a\n"
		 "0ms http_function port=82 function=b\n"
		 "0ms task_seen pid=10 parent_pid=1 name=node\n"
		 "0ms exec pid=10 program=node\n"
		 "0ms task_seen pid=20 parent_pid=1 name=node\n"
		 "0ms exec pid=20 program=node\n"
		 "1ms connection pid=20 id=1 local_port=50001 remote_port=9001 is_client=yes\n"
		 "2ms message pid=20 connection=1 sequence=1 kind=runtime_next method=get\n"
		 "3ms message pid=20 connection=1 sequence=1 kind=runtime_next request_id=r"
		 " flags=is_response direction=received status=200\n"
		 "5ms connection pid=10 id=2 local_port=81 remote_port=50002\n"
		 "10ms message pid=10 connection=2 sequence=1 method=get direction=received\n"
		 "20ms connection pid=10 id=3 local_port=50003 remote_port=82 is_client=yes\n"
		 "20ms connection pid=20 id=4 local_port=82 remote_port=50003\n"
		 "20ms message pid=10 connection=3 sequence=1 method=get\n"
		 "20ms message pid=20 connection=4 sequence=1 method=get direction=received\n"
		 "50ms message pid=20 connection=4 sequence=1 flags=is_response status=200\n"
		 "50ms message pid=10 connection=3 sequence=1 flags=is_response direction=received"
		 " status=200\n"
		 "60ms message pid=10 connection=2 sequence=1 flags=is_response status=200\n"
		 "70ms message pid=20 connection=1 sequence=2 kind=runtime_response method=post"
		 " request_id=r\n"
		 "71ms message pid=20 connection=1 sequence=3 kind=runtime_next method=get\n"
		 "2000ms task_seen pid=31 parent_pid=1 name=sh\n"
		 "2100ms task_seen pid=32 parent_pid=1 name=sh\n"
		 "end 2200ms\n");
	assert_int_equal(linked.told_before_end, 2); /* the caller's does not wait for it */
	assert_int_equal(linked.results->chain_count, 2);
	caller = find_invocation(&linked, "a", 10 * MS);
	assert_int_equal(caller->attempt_count, 1);
	assert_int_equal(caller->attempts[0]->service_class, SERVICE_LAMBDA_SYNC);
	assert_null(caller->attempts[0]->callee);
	pipeline_release(&linked.pipeline);
}

/*
 * What p answered was decided before its request was bound to an end that translated addresses could hide: it
 * must not be bound then, for it is freed.
 */
static void test_decided_before_it_is_bound(void **state)
{
	struct linked linked;

	run_text(&linked,
		 "0ms http_function port=8082 function=b\n"
		 "0ms http_function port=8083 function=p\n"
		 "1ms connection pid=10 id=1 local_port=40001 remote_port=8083 is_client=yes\n"
		 "5ms connection pid=10 id=2 local_port=8082 remote_port=40002\n"
		 "5ms message pid=10 connection=2 sequence=1 method=post direction=received\n"
		 "6ms connection pid=20 id=3 local_port=8083 remote_port=40001\n"
		 "25ms message pid=20 connection=3 sequence=2 flags=is_response status=200\n"
		 "80ms message pid=10 connection=1 sequence=2 first=30ms direction=received"
		 " flags=is_response status=200\n"
		 "180ms message pid=20 connection=4 sequence=3 flags=is_response status=200\n"
		 "end 10s\n");
	assert_int_equal(linked.results->totals.invocations, 2);
	assert_int_equal(find_invocation(&linked, "b", 5 * MS)->attempt_count, 1);
	pipeline_release(&linked.pipeline);
}

/* The emulator hands b an event of which no request was seen while a asks it for its health. */
#define HEALTH_BESIDE_EVENT                                                                                                                                           \
	"start monotonic=0 realtime=1700000000000000000\n"                                                                                                            \
	"0ms task_seen pid=50 parent_pid=1 blocked_in=poll name=emulator\n"                                                                                           \
	"0ms exec pid=50 program=emulator\n"                                                                                                                          \
	"0ms task_seen pid=100 parent_pid=50 blocked_in=poll name=bootstrap\n"                                                                                        \
	"0ms exec pid=100 program=bootstrap runtime_api=127.0.0.1:9001 function=a memory_mb=1024\n"                                                                   \
	"0ms task_seen pid=200 parent_pid=50 blocked_in=poll name=bootstrap\n"                                                                                        \
	"0ms exec pid=200 program=bootstrap runtime_api=127.0.0.1:9001 function=b memory_mb=1024\n"                                                                   \
	"1ms connection pid=100 id=1 local_port=40001 remote_port=9001 is_client=yes\n"                                                                               \
	"1ms connection pid=50 id=2 local_port=9001 remote_port=40001\n"                                                                                              \
	"1ms connection pid=200 id=3 local_port=40003 remote_port=9001 is_client=yes\n"                                                                               \
	"1ms connection pid=50 id=4 local_port=9001 remote_port=40003\n"                                                                                              \
	"2ms message pid=100 connection=1 sequence=1 kind=runtime_next method=get\n"                                                                                  \
	"2ms message pid=50 connection=2 sequence=1 kind=runtime_next method=get direction=received\n"                                                                \
	"2ms message pid=200 connection=3 sequence=1 kind=runtime_next method=get\n"                                                                                  \
	"2ms message pid=50 connection=4 sequence=1 kind=runtime_next method=get direction=received\n"                                                                \
	"3ms connection pid=100 id=6 local_port=40006 remote_port=9000 is_client=yes\n"                                                                               \
	"3ms connection pid=50 id=7 local_port=9000 remote_port=40006\n"                                                                                              \
	"5ms connection pid=50 id=5 local_port=9000 remote_port=50005\n"                                                                                              \
	"100ms message pid=50 connection=5 sequence=1 kind=invoke method=post invocation_type=request_response function=a direction=received json=a1/31 body=a1/31\n" \
	"100ms message pid=50 connection=2 sequence=1 kind=runtime_next flags=is_response status=200 request_id=r-a json=a1/31 body=a1/31\n"                          \
	"100ms message pid=100 connection=1 sequence=1 kind=runtime_next flags=is_response direction=received status=200 request_id=r-a json=a1/31 body=a1/31\n"      \
	"100ms message pid=100 connection=6 sequence=1 kind=http method=get path=/_localstack/health direction=sent\n"                                                \
	"100ms message pid=50 connection=7 sequence=1 kind=http method=get path=/_localstack/health direction=received\n"                                             \
	"105ms message pid=50 connection=4 sequence=1 kind=runtime_next flags=is_response status=200 request_id=r-b json=b1/27 body=b1/27\n"                          \
	"105ms message pid=200 connection=3 sequence=1 kind=runtime_next flags=is_response direction=received status=200 request_id=r-b json=b1/27 body=b1/27\n"      \
	"310ms message pid=50 connection=7 sequence=1 kind=http flags=is_response direction=sent status=200\n"                                                        \
	"310ms message pid=100 connection=6 sequence=1 kind=http flags=is_response direction=received status=200\n"                                                   \
	"320ms message pid=100 connection=1 sequence=2 kind=runtime_response method=post request_id=r-a body=a9/12\n"                                                 \
	"320ms message pid=50 connection=2 sequence=2 kind=runtime_response method=post request_id=r-a direction=received body=a9/12\n"                               \
	"320ms message pid=50 connection=2 sequence=2 kind=runtime_response flags=is_response status=202\n"                                                           \
	"320ms message pid=100 connection=1 sequence=2 kind=runtime_response flags=is_response direction=received status=202\n"                                       \
	"320ms message pid=100 connection=1 sequence=3 kind=runtime_next method=get\n"                                                                                \
	"320ms message pid=50 connection=2 sequence=3 kind=runtime_next method=get direction=received\n"                                                              \
	"320ms message pid=50 connection=5 sequence=1 kind=invoke flags=is_response status=200 body=a9/12\n"                                                          \
	"305ms message pid=200 connection=3 sequence=2 kind=runtime_response method=post request_id=r-b body=b9/15\n"                                                 \
	"305ms message pid=50 connection=4 sequence=2 kind=runtime_response method=post request_id=r-b direction=received body=b9/15\n"                               \
	"305ms message pid=50 connection=4 sequence=2 kind=runtime_response flags=is_response status=202\n"                                                           \
	"305ms message pid=200 connection=3 sequence=2 kind=runtime_response flags=is_response direction=received status=202\n"                                       \
	"305ms message pid=200 connection=3 sequence=3 kind=runtime_next method=get\n"                                                                                \
	"305ms message pid=50 connection=4 sequence=3 kind=runtime_next method=get direction=received\n"

/* Nothing says that the two belong together, and nothing that they do not. */
static void test_plain_request_proves_nothing(void **state)
{
	const struct invocation *event;
	struct linked linked;

	run_text(&linked, HEALTH_BESIDE_EVENT);
	event = find_invocation(&linked, "b", 105 * MS);
	assert_int_equal(event->link, LINK_INFERRED);
	assert_true(event->basis.evidence & LINK_UNNAMED);
	pipeline_release(&linked.pipeline);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_caller_known_late),
		cmocka_unit_test(test_plain_request_proves_nothing),
		cmocka_unit_test(test_caller_never_known),
		cmocka_unit_test(test_callers_stay_open),
		cmocka_unit_test(test_port_of_another_border),
		cmocka_unit_test(test_decided_before_it_is_bound),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
