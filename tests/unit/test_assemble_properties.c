/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * test_assemble_properties.c - what must hold of any trace: whichever one fact is missing, told twice,
 * or of another process, the fixture's checks hold. Memory is that of what is in flight.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <malloc.h>

#include "analysis/analysis.h"
#include "analysis/wait.h"
#include "assemble_fixture.h"

static const char *const scenarios[] = {
	"tests/traces/assemble-shell-curl.txt", "tests/traces/assemble-node-pool.txt",
	"tests/traces/assemble-offline.txt",	"tests/traces/life-init-error-and-repeat.txt",
	"tests/traces/life-restore.txt",	"tests/traces/life-wrapper.txt",
};

#define SCENARIO_COUNT (sizeof(scenarios) / sizeof(scenarios[0]))

/* At most one invocation is found more or less than with all facts. */
static void test_any_one_fact_missing(void **state)
{
	for (size_t i = 0; i < SCENARIO_COUNT; i++) {
		struct trace_text trace;
		size_t whole;

		told_load(&trace, scenarios[i]);
		whole = told_count(&trace, SIZE_MAX, SIZE_MAX);
		for (size_t skip = 0; skip < trace.fact_count; skip++) {
			size_t count = told_count(&trace, skip, SIZE_MAX);

			if (count + 1 < whole || count > whole)
				fail_msg("%s without fact %zu: %zu invocations", scenarios[i], skip,
					 count);
		}
		trace_text_release(&trace);
	}
}

static void test_any_one_fact_twice(void **state)
{
	for (size_t i = 0; i < SCENARIO_COUNT; i++) {
		struct trace_text trace;
		size_t whole;

		told_load(&trace, scenarios[i]);
		whole = told_count(&trace, SIZE_MAX, SIZE_MAX);
		for (size_t twice = 0; twice < trace.fact_count; twice++)
			if (told_count(&trace, SIZE_MAX, twice) != whole)
				fail_msg("%s with fact %zu twice", scenarios[i], twice);
		trace_text_release(&trace);
	}
}

/* A small generator, so that every run is the same. */
static uint64_t next_random(uint64_t *seed)
{
	*seed = *seed * 6364136223846793005u + 1442695040888963407u;
	return *seed >> 33;
}

/* Facts that are dropped, swapped and given to other processes at random. */
static void test_disorder(void **state)
{
	for (uint64_t round = 0; round < 600; round++) {
		struct assembler_options options = { 0 };
		struct trace_text trace;
		struct told told;
		uint64_t seed = round;

		told_load(&trace, scenarios[round % SCENARIO_COUNT]);
		told_open(&told, &options);
		for (size_t i = 0; i < trace.fact_count; i++) {
			size_t other = next_random(&seed) % 8;
			struct fact fact = trace.facts[i];

			if (other == 0)
				continue;
			if (other == 1 && i + 1 < trace.fact_count)
				fact = trace.facts[i + 1];
			if (other == 2)
				fact = trace.facts[next_random(&seed) % trace.fact_count];
			if (other == 3)
				fact.tid = trace.facts[next_random(&seed) % trace.fact_count].tid;
			if (other == 4)
				fact.tgid = trace.facts[next_random(&seed) % trace.fact_count].tgid;
			assert_int_equal(assembler_push(told.assembler, &fact), 0);
		}
		told_finish(&told, trace.end_ns);
		told_close(&told);
		trace_text_release(&trace);
	}
}

/* ---- the clock (model_sink.advance) ---- */

#define CLOCK_SETTLE (30 * MS)

struct clock {
	uint64_t fact_ns, advanced_ns;
	size_t begun, begun_before; /* invocations; told of when their beginning was past */
	bool is_finishing, is_over;
};

static int clock_begin(void *context, struct invocation *invocation)
{
	struct clock *clock = context;

	assert_false(clock->is_over);
	clock->begun++;
	clock->begun_before += invocation->start_ns < clock->advanced_ns;
	return 0;
}

static int clock_settled(void *context, struct invocation *invocation,
			 const struct timeline *timeline)
{
	struct clock *clock = context;

	assert_false(clock->is_over);
	return 0;
}

static int clock_environment_end(void *context, struct environment *environment)
{
	struct clock *clock = context;

	assert_false(clock->is_over);
	return 0;
}

static int clock_advance(void *context, uint64_t now_ns)
{
	struct clock *clock = context;

	assert_true(clock->is_finishing || now_ns + CLOCK_SETTLE <= clock->fact_ns);
	assert_true(now_ns >= clock->advanced_ns);
	clock->advanced_ns = now_ns;
	clock->is_over = clock->is_finishing;
	return 0;
}

static struct clock clock_run(const struct trace_text *trace)
{
	struct clock clock = { 0 };
	struct model_sink sink = { .context = &clock,
				   .invocation_begin = clock_begin,
				   .invocation_settled = clock_settled,
				   .environment_end = clock_environment_end,
				   .advance = clock_advance };
	struct assembler_options options = { .start_monotonic_ns = trace->start.monotonic_ns,
					     .settle_ns = CLOCK_SETTLE };
	struct assembler *assembler;

	assert_int_equal(assembler_new(&assembler, &options, &sink), 0);
	for (size_t i = 0; i < trace->fact_count; i++) {
		clock.fact_ns = trace->facts[i].time_ns;
		assert_int_equal(assembler_push(assembler, &trace->facts[i]), 0);
	}
	clock.is_finishing = true;
	assert_int_equal(assembler_finish(assembler, trace->end_ns), 0);
	assert_true(clock.is_over);
	assembler_free(assembler);
	return clock;
}

static void test_clock(void **state)
{
	for (size_t i = 0; i < SCENARIO_COUNT; i++) {
		struct trace_text trace;
		struct clock clock;

		told_load(&trace, scenarios[i]);
		clock = clock_run(&trace);
		assert_true(clock.begun > 0);
		assert_int_equal(clock.begun_before, 0);
		trace_text_release(&trace);
	}
}

/* Two of the ways in which an invocation is told of when its beginning is long past. */
static void test_clock_of_what_is_told_late(void **state)
{
	static const char *const texts[] = {
		/* its event came before the recording: the response tells of it */
		"start monotonic=0 realtime=1700000000000000000\n"
		"0ms task_seen pid=100 parent_pid=1 blocked_in=poll name=boot\n"
		"0ms exec pid=100 program=boot runtime_api=127.0.0.1:9001 function=f\n"
		"0ms connection pid=100 id=1 local_port=40001 remote_port=9001 is_client=yes\n"
		"500ms slice pid=100 woken=490ms on=490ms off=sleep\n"
		"900ms message pid=100 connection=1 sequence=1 kind=runtime_response method=post "
		"request_id=r-1\n",
		/* its event was 400 ms in coming */
		"start monotonic=0 realtime=1700000000000000000\n"
		"1ms exec pid=100 program=boot runtime_api=127.0.0.1:9001 function=f\n"
		"4ms connection pid=100 id=1 local_port=40001 remote_port=9001 is_client=yes\n"
		"5ms message pid=100 connection=1 sequence=1 kind=runtime_next method=get\n"
		"200ms slice pid=100 woken=190ms on=190ms off=sleep\n"
		"410ms message pid=100 connection=1 sequence=1 kind=runtime_next flags=is_response "
		"direction=received first=10ms status=200 request_id=r-1\n",
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct trace_text trace;
		struct clock clock;
		struct diag diag = { 0 };

		if (trace_text_parse(&trace, texts[i], strlen(texts[i]), &diag))
			fail_msg("%zu: line %llu: %s", i, (unsigned long long)diag.offset,
				 diag.text);
		clock = clock_run(&trace);
		assert_int_equal(clock.begun, 1);
		assert_int_equal(clock.begun_before, 1);
		trace_text_release(&trace);
	}
}

/* ---- memory ---- */

struct stream {
	struct assembler *assembler;
	uint64_t now_ns;
	uint64_t told; /* invocations in closed chains */
	struct beside *beside;
};

static int count_told(void *context, const struct chain *chain)
{
	struct stream *stream = context;

	stream->told += chain->invocation_count;
	return 0;
}

static void push(struct stream *stream, struct fact fact, uint64_t step_ns)
{
	stream->now_ns += step_ns;
	fact.time_ns = stream->now_ns;
	if (fact.kind == FACT_MESSAGE)
		fact.message.first_ns = fact.message.last_ns = stream->now_ns;
	if (fact.kind == FACT_SLICE)
		fact.slice.on_ns = stream->now_ns - step_ns;
	if (fact.kind == FACT_CONNECTION)
		fact.connection.opened_ns = stream->now_ns;
	assert_int_equal(assembler_push(stream->assembler, &fact), 0);
}

static void push_message(struct stream *stream, uint32_t tgid, uint64_t connection,
			 struct fact_message message)
{
	message.connection = connection;
	message.last_tid = tgid;
	push(stream,
	     (struct fact){ .kind = FACT_MESSAGE, .tgid = tgid, .tid = tgid, .message = message },
	     100000);
}

/* One event of a shell runtime: new processes and connections each time, and one call. */
static void push_invocation(struct stream *stream, uint32_t number)
{
	uint32_t child = 1000 + 2 * (number % 10000);
	uint64_t connection = 1 + 3 * (uint64_t)number;
	char id[32];

	snprintf(id, sizeof(id), "id-%u", number);
	for (uint32_t i = 0; i < 2; i++) {
		push(stream,
		     (struct fact){ .kind = FACT_FORK,
				    .tgid = 100,
				    .tid = 100,
				    .fork = { .child_tgid = child + i, .child_tid = child + i } },
		     100000);
		push(stream,
		     (struct fact){ .kind = FACT_CONNECTION,
				    .tgid = child + i,
				    .tid = child + i,
				    .connection = { .id = connection + i,
						    .family = CONNECTION_INET,
						    .local_port = (uint16_t)(connection + i),
						    .remote_port = 9001,
						    .is_client = true } },
		     0);
		if (i == 0) {
			push_message(stream, child, connection,
				     (struct fact_message){ .kind = MESSAGE_RUNTIME_NEXT });
			push_message(stream, child, connection,
				     (struct fact_message){ .kind = MESSAGE_RUNTIME_NEXT,
							    .direction = MESSAGE_RECEIVED,
							    .flags = MESSAGE_IS_RESPONSE,
							    .request_id = id });
			push_message(stream, 100, connection + 2,
				     (struct fact_message){ .kind = MESSAGE_HTTP, .path = id });
			push_message(stream, 100, connection + 2,
				     (struct fact_message){ .kind = MESSAGE_HTTP,
							    .direction = MESSAGE_RECEIVED,
							    .flags = MESSAGE_IS_RESPONSE,
							    .status = 200 });
			push(stream,
			     (struct fact){ .kind = FACT_CONNECTION_STATE,
					    .tgid = 100,
					    .connection_state = { .id = connection + 2,
								  .state = CONNECTION_CLOSED } },
			     0);
		} else {
			push_message(stream, child + i, connection + i,
				     (struct fact_message){ .kind = MESSAGE_RUNTIME_RESPONSE,
							    .request_id = id });
		}
		push(stream,
		     (struct fact){ .kind = FACT_SLICE,
				    .tgid = 100,
				    .tid = 100,
				    .slice = { .off_reason = OFF_SLEEP } },
		     100000);
		push(stream,
		     (struct fact){ .kind = FACT_TASK_EXIT,
				    .tgid = child + i,
				    .tid = child + i,
				    .task_exit = { .is_process = true } },
		     100000);
	}
}

static void test_memory_is_flat(void **state)
{
	struct stream stream = { 0 };
	struct analysis_options analysis_options = { .sink = { &stream, count_told } };
	struct assembler_options options = { 0 };
	const struct results *results;
	struct analysis *analysis;
	size_t early = 0, late;

	assert_int_equal(analysis_new(&analysis, &analysis_options), 0);
	assert_int_equal(assembler_new(&stream.assembler, &options, analysis_model_sink(analysis)),
			 0);
	push(&stream,
	     (struct fact){ .kind = FACT_EXEC,
			    .tgid = 100,
			    .tid = 100,
			    .exec = { .runtime_api = "h:1",
				      .function = "f",
				      .is_environment_known = true } },
	     1000);
	for (uint32_t i = 0; i < 20000; i++) {
		push_invocation(&stream, i);
		if (i == 4000)
			early = mallinfo2().uordblks;
	}
	late = mallinfo2().uordblks;
	assert_true(stream.told > 19000);
	assert_true(late < early + early / 4 + 100000);
	assert_int_equal(assembler_finish(stream.assembler, stream.now_ns), 0);
	assert_int_equal(analysis_finish(analysis, &results), 0);
	assert_int_equal(stream.told, 20000);
	analysis_free(analysis);
	assembler_free(stream.assembler);
}

/* ---- one that is open for very long ---- */

#define SHORT_COUNT 20000
#define SHORT_NS (4 * MS)
#define SLICE_EVERY 16 /* all runs since the long one began are kept: here they are few */
#define KEPT_MAX 4096

struct beside { /* what is told of the short ones, and of the long one beside them */
	size_t short_count, long_count;
	uint64_t long_ns, short_active_ns;
	bool is_long_flagged;
	size_t long_calls;
	uint64_t busy_ns, outside_active_ns; /* of their environment */
};

static int check_beside(void *context, const struct chain *chain)
{
	struct stream *stream = context;
	struct beside *beside = stream->beside;

	for (size_t i = 0; i < chain->invocation_count; i++) {
		const struct invocation *invocation = chain->invocations[i];
		bool is_incomplete = invocation->flags & INVOCATION_INCOMPLETE;

		assert_true(wait_is_exact(invocation));
		assert_true(invocation->flags & INVOCATION_CONCURRENT);
		if (invocation_billed_ns(invocation) != SHORT_NS) {
			beside->long_count++;
			beside->long_ns = invocation_billed_ns(invocation);
			beside->is_long_flagged = is_incomplete;
			beside->long_calls = invocation->doubtful_count;
			beside->busy_ns = invocation->environment->busy_ns;
			beside->outside_active_ns = invocation->environment->outside_active_ns;
			continue;
		}
		beside->short_count++;
		beside->short_active_ns += invocation->state_ns[STATE_ACTIVE];
		assert_false(is_incomplete);
		assert_int_equal(invocation->attempt_count, 0);
		assert_int_equal(invocation->doubtful_count, 1);
		assert_true(invocation->flags & INVOCATION_SHARED);
		assert_in_range(invocation->shared_ns, 2 * MS, 3 * MS);
	}
	return 0;
}

/* Bytes of a message of the one thread of process 100. */
static void push_http(struct stream *stream, uint64_t connection, uint64_t sequence,
		      struct fact_message message, uint64_t step_ns)
{
	message.kind = MESSAGE_HTTP;
	message.connection = connection;
	message.sequence = sequence;
	message.last_tid = 100;
	message.status = message.flags & MESSAGE_IS_RESPONSE ? 200 : 0;
	push(stream,
	     (struct fact){ .kind = FACT_MESSAGE, .tgid = 100, .tid = 100, .message = message },
	     step_ns);
}

static void push_request(struct stream *stream, uint64_t connection, uint64_t sequence)
{
	push_http(stream, connection, sequence,
		  (struct fact_message){ .direction = MESSAGE_RECEIVED }, MS);
}

static void push_response(struct stream *stream, uint64_t connection, uint64_t sequence)
{
	push_http(stream, connection, sequence,
		  (struct fact_message){ .flags = MESSAGE_IS_RESPONSE }, MS);
}

/* Each of 1 ms. */
static void push_slice(struct stream *stream)
{
	push(stream,
	     (struct fact){ .kind = FACT_SLICE,
			    .tgid = 100,
			    .tid = 100,
			    .slice = { .off_reason = OFF_SLEEP } },
	     MS);
}

/*
 * After 6 ms, in which only the long one is open: 4 ms, of which a call that can be the long one's
 * takes 2.
 */
static void push_short(struct stream *stream, uint64_t number)
{
	bool has_slices = number % SLICE_EVERY == 0;

	stream->now_ns += 4 * MS;
	if (has_slices)
		push_slice(stream);
	stream->now_ns += has_slices ? 0 : MS;
	push_request(stream, 2, number);
	if (has_slices)
		push_slice(stream);
	push_http(stream, 3, number, (struct fact_message){ .path = "/" }, has_slices ? 0 : MS);
	push_http(stream, 3, number,
		  (struct fact_message){ .direction = MESSAGE_RECEIVED,
					 .flags = MESSAGE_IS_RESPONSE },
		  2 * MS);
	push_response(stream, 2, number);
}

static void push_server(struct stream *stream)
{
	push(stream,
	     (struct fact){ .kind = FACT_HTTP_FUNCTION,
			    .http_function = { .port = 80, .function = "f", .memory_mb = 128 } },
	     MS);
	push(stream,
	     (struct fact){
		     .kind = FACT_EXEC, .tgid = 100, .tid = 100, .exec = { .program = "node" } },
	     MS);
	for (uint64_t id = 1; id <= 3; id++)
		push(stream,
		     (struct fact){ .kind = FACT_CONNECTION,
				    .tgid = 100,
				    .tid = 100,
				    .connection = { .id = id,
						    .family = CONNECTION_INET,
						    .local_port = id == 3 ? 50003 : 80,
						    .remote_port = id == 3 ? 8080 : 50000,
						    .is_client = id == 3,
						    .is_from_start = true } },
		     0);
}

static void test_beside_one_that_stays_open(void **state)
{
	struct beside beside = { 0 };
	struct stream stream = { .beside = &beside };
	struct analysis_options analysis_options = { .sink = { &stream, check_beside } };
	struct assembler_options options = { 0 };
	const struct results *results;
	struct analysis *analysis;
	size_t early = 0, late;

	assert_int_equal(analysis_new(&analysis, &analysis_options), 0);
	assert_int_equal(assembler_new(&stream.assembler, &options, analysis_model_sink(analysis)),
			 0);
	push_server(&stream);
	push_request(&stream, 1, 1);
	for (uint64_t i = 1; i <= SHORT_COUNT; i++) {
		push_short(&stream, i);
		if (i == SHORT_COUNT / 2)
			early = mallinfo2().uordblks;
	}
	late = mallinfo2().uordblks;
	assert_true(late < early + early / 20 + 100000);
	push_response(&stream, 1, 1);
	assert_int_equal(assembler_finish(stream.assembler, stream.now_ns), 0);
	assert_int_equal(analysis_finish(analysis, &results), 0);
	assert_int_equal(beside.short_count, SHORT_COUNT);
	assert_int_equal(beside.short_active_ns, SHORT_COUNT / SLICE_EVERY * MS / 2);
	assert_int_equal(beside.long_count, 1);
	assert_int_equal(beside.long_ns, SHORT_COUNT * 10 * MS + MS);
	assert_true(beside.is_long_flagged);
	assert_int_equal(beside.long_calls, KEPT_MAX);
	assert_int_equal(beside.busy_ns, beside.long_ns);
	assert_int_equal(beside.outside_active_ns, 0);
	assert_int_equal(results->shared_calls, SHORT_COUNT);
	analysis_free(analysis);
	assembler_free(stream.assembler);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_any_one_fact_missing),
		cmocka_unit_test(test_any_one_fact_twice),
		cmocka_unit_test(test_disorder),
		cmocka_unit_test(test_clock),
		cmocka_unit_test(test_clock_of_what_is_told_late),
		cmocka_unit_test(test_memory_is_flat),
		cmocka_unit_test(test_beside_one_that_stays_open),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
