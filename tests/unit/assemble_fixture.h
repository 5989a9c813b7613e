/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * assemble_fixture.h - runs a trace in its text form through the assembler, keeps what it told, and
 * checks with every call what must hold of any trace. Included after cmocka.h by one test each.
 */
#ifndef IDLETAX_TESTS_ASSEMBLE_FIXTURE_H
#define IDLETAX_TESTS_ASSEMBLE_FIXTURE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "assemble/assembler.h"
#include "base/units.h"
#include "trace/text.h"

#define TOLD_MAX 512
#define MS NS_PER_MS

struct told {
	struct assembler *assembler;
	struct invocation *invocations[TOLD_MAX]; /* in order of settling */
	uint64_t cpu_ns[TOLD_MAX];		  /* inside each one's borders, of its timeline */
	size_t thread_count[TOLD_MAX];
	bool has_scheduler_facts[TOLD_MAX];
	size_t count;
	size_t begun, taken, losses;
	struct environment *environments[TOLD_MAX]; /* in order of their beginning */
	size_t environment_count, environments_ended;
	size_t exchanges_begun, exchanges_ended, unowned;
	uint64_t advanced_ns;
};

static int told_exchange_begin(void *context, struct exchange *exchange)
{
	struct told *told = context;

	assert_true(exchange->has_request || exchange->flags & MESSAGE_START_INFERRED);
	assert_false(exchange->is_over);
	told->exchanges_begun++;
	told->unowned += exchange->is_unowned;
	return 0;
}

static int told_exchange_end(void *context, struct exchange *exchange)
{
	struct told *told = context;

	assert_true(exchange->is_over);
	assert_true(exchange->end_ns >= exchange->start_ns);
	assert_true(exchange->connect_ns <= exchange->end_ns - exchange->start_ns);
	told->exchanges_ended++;
	return 0;
}

static bool told_knows(const struct told *told, const struct environment *environment)
{
	for (size_t i = 0; i < told->environment_count; i++)
		if (told->environments[i] == environment)
			return true;
	return false;
}

static int told_environment_begin(void *context, struct environment *environment)
{
	struct told *told = context;

	assert_false(told_knows(told, environment));
	assert_true(told->environment_count < TOLD_MAX);
	assert_non_null(environment->function);
	told->environments[told->environment_count++] = environment_ref(environment);
	return 0;
}

static int told_begin(void *context, struct invocation *invocation)
{
	struct told *told = context;

	assert_non_null(invocation->function);
	assert_non_null(invocation->environment);
	assert_true(told_knows(told, invocation->environment));
	told->begun++;
	return 0;
}

static int told_taken(void *context, struct invocation *invocation)
{
	struct told *told = context;

	assert_true(invocation->taken_ns > 0);
	told->taken++;
	return 0;
}

static void check_timeline(struct told *told, const struct invocation *invocation,
			   const struct timeline *timeline)
{
	uint64_t cpu_ns = 0;

	for (size_t i = 0; i < timeline->thread_count; i++) {
		const struct thread_timeline *thread = &timeline->threads[i];
		uint64_t after_ns = 0;

		for (size_t j = 0; j < thread->run_count; j++) {
			const struct run *run = &thread->runs[j];
			uint64_t from_ns = run->on_ns, to_ns = run->off_ns;

			assert_true(run->ready_ns >= after_ns);
			assert_true(run->on_ns >= run->ready_ns);
			assert_true(run->off_ns >= run->on_ns);
			after_ns = run->off_ns;
			if (from_ns < invocation->start_ns)
				from_ns = invocation->start_ns;
			if (to_ns > invocation->end_ns)
				to_ns = invocation->end_ns;
			if (thread->runs[j].scope != SCOPE_OTHERS)
				cpu_ns += to_ns > from_ns ? to_ns - from_ns : 0;
		}
	}
	told->cpu_ns[told->count] = cpu_ns;
	told->thread_count[told->count] = timeline->thread_count;
	told->has_scheduler_facts[told->count] = timeline->has_scheduler_facts;
}

static int told_settled(void *context, struct invocation *invocation,
			const struct timeline *timeline)
{
	struct told *told = context;

	assert_true(told->count < TOLD_MAX);
	assert_true(told->count < told->begun);
	for (size_t i = 0; i < told->count; i++)
		assert_ptr_not_equal(told->invocations[i], invocation);
	assert_true(invocation->is_over);
	assert_true(invocation->end_ns >= invocation->start_ns);
	assert_true(invocation->status >= STATUS_OK && invocation->status <= STATUS_CUT);
	assert_true(invocation->init_start_ns <= invocation->init_end_ns);
	assert_true(invocation->init_end_ns <= invocation->start_ns);
	if (invocation->response_ns) {
		assert_true(invocation->response_ns >= invocation->start_ns);
		assert_true(invocation->response_ns <= invocation->end_ns);
	}
	for (size_t i = 0; i < invocation->attempt_count; i++) {
		const struct exchange *attempt = invocation->attempts[i];

		assert_true(attempt->is_over && attempt->is_client);
		assert_ptr_equal(attempt->owner, invocation);
		assert_true(attempt->start_ns >= invocation->start_ns);
		assert_true(attempt->start_ns < invocation->end_ns);
		assert_true(attempt->end_ns <= invocation->end_ns);
		assert_true(i == 0 || invocation->attempts[i - 1]->start_ns <= attempt->start_ns);
		assert_true(attempt->call < invocation->call_count);
	}
	check_timeline(told, invocation, timeline);
	told->invocations[told->count++] = invocation_ref(invocation);
	return 0;
}

static int told_environment_end(void *context, struct environment *environment)
{
	struct told *told = context;

	assert_true(told_knows(told, environment));
	assert_true(!environment->end_ns || environment->end_ns >= environment->start_ns);
	assert_true(environment->snapshot_ns <= environment->restored_ns ||
		    !environment->restored_ns);
	told->environments_ended++;
	return 0;
}

static int told_loss(void *context, const struct fact_loss *loss)
{
	struct told *told = context;

	told->losses++;
	return 0;
}

static int told_advance(void *context, uint64_t now_ns)
{
	struct told *told = context;

	assert_true(now_ns >= told->advanced_ns);
	told->advanced_ns = now_ns;
	return 0;
}

static void told_open(struct told *told, const struct assembler_options *options)
{
	struct model_sink sink = {
		.context = told,
		.exchange_begin = told_exchange_begin,
		.exchange_end = told_exchange_end,
		.invocation_begin = told_begin,
		.invocation_taken = told_taken,
		.invocation_settled = told_settled,
		.environment_begin = told_environment_begin,
		.environment_end = told_environment_end,
		.loss = told_loss,
		.advance = told_advance,
	};

	memset(told, 0, sizeof(*told));
	assert_int_equal(assembler_new(&told->assembler, options, &sink), 0);
}

static void told_finish(struct told *told, uint64_t end_ns)
{
	assert_int_equal(assembler_finish(told->assembler, end_ns), 0);
	assert_int_equal(told->count, told->begun);
	assert_int_equal(told->exchanges_ended, told->exchanges_begun);
	assert_int_equal(told->environments_ended, told->environment_count);
}

static void told_close(struct told *told)
{
	for (size_t i = 0; i < told->count; i++)
		invocation_unref(told->invocations[i]);
	for (size_t i = 0; i < told->environment_count; i++)
		environment_unref(told->environments[i]);
	assembler_free(told->assembler);
}

/* Without fact number @skip (SIZE_MAX: with all); with fact number @twice two times. */
static inline void told_run_parsed(struct told *told, const struct trace_text *trace, size_t skip,
				   size_t twice)
{
	struct assembler_options options = {
		.start_monotonic_ns = trace->start.monotonic_ns,
		.start_realtime_ns = trace->start.realtime_ns,
	};

	told_open(told, &options);
	for (size_t i = 0; i < trace->fact_count; i++) {
		if (i != skip)
			assert_int_equal(assembler_push(told->assembler, &trace->facts[i]), 0);
		if (i == twice)
			assert_int_equal(assembler_push(told->assembler, &trace->facts[i]), 0);
	}
	told_finish(told, trace->end_ns);
}

static inline void told_load(struct trace_text *trace, const char *path)
{
	struct diag diag = { 0 };

	if (trace_text_load(trace, path, &diag))
		fail_msg("%s: line %llu: %s", path, (unsigned long long)diag.offset, diag.text);
}

static inline void told_run_file(struct told *told, const char *path)
{
	struct trace_text trace;

	told_load(&trace, path);
	told_run_parsed(told, &trace, SIZE_MAX, SIZE_MAX);
	trace_text_release(&trace);
}

static inline void told_run_text(struct told *told, const char *text)
{
	struct trace_text trace;
	struct diag diag = { 0 };

	if (trace_text_parse(&trace, text, strlen(text), &diag))
		fail_msg("line %llu: %s", (unsigned long long)diag.offset, diag.text);
	told_run_parsed(told, &trace, SIZE_MAX, SIZE_MAX);
	trace_text_release(&trace);
}

static inline void assert_borders(const struct invocation *invocation, uint64_t start_ns,
				  uint64_t response_ns, uint64_t end_ns)
{
	assert_int_equal(invocation->start_ns, start_ns);
	assert_int_equal(invocation->response_ns, response_ns);
	assert_int_equal(invocation->end_ns, end_ns);
}

static inline const struct invocation *told_find(const struct told *told, const char *request_id,
						 uint32_t occurrence)
{
	for (size_t i = 0; i < told->count; i++)
		if (told->invocations[i]->request_id &&
		    strcmp(told->invocations[i]->request_id, request_id) == 0 &&
		    told->invocations[i]->occurrence == occurrence)
			return told->invocations[i];
	fail_msg("no invocation %s", request_id);
	return NULL;
}

/* The same: how many invocations are found. */
static inline size_t told_count(const struct trace_text *trace, size_t skip, size_t twice)
{
	struct told told;
	size_t count;

	told_run_parsed(&told, trace, skip, twice);
	count = told.count;
	told_close(&told);
	return count;
}

#endif
