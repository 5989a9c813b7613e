/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * model_builder.h - hand-made invocations, attempts and timelines for the tests of user/analysis.
 * Times are in milliseconds unless a name says otherwise. Everything is included, nothing is linked:
 * each test program uses what it needs.
 */
#ifndef IDLETAX_TESTS_MODEL_BUILDER_H
#define IDLETAX_TESTS_MODEL_BUILDER_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "model/invocation.h"
#include "model/timeline.h"

#define MS 1000000ull
#define BUILDER_RUNS_MAX 256
#define BUILDER_THREADS_MAX 16

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-function"

struct built_thread {
	struct thread_timeline timeline;
	struct run runs[BUILDER_RUNS_MAX];
};

struct built_timeline {
	struct timeline timeline;
	struct thread_timeline views[BUILDER_THREADS_MAX];
	struct built_thread threads[BUILDER_THREADS_MAX];
};

static void timeline_start(struct built_timeline *built)
{
	memset(built, 0, sizeof(*built));
	built->timeline.has_scheduler_facts = true;
	built->timeline.threads = built->views;
}

static struct built_thread *add_thread(struct built_timeline *built, uint32_t tgid, uint32_t tid)
{
	struct built_thread *thread = &built->threads[built->timeline.thread_count++];

	assert_true(built->timeline.thread_count <= BUILDER_THREADS_MAX);
	thread->timeline.tgid = tgid;
	thread->timeline.tid = tid;
	thread->timeline.runs = thread->runs;
	return thread;
}

/* The thread ran from @on_ms to @off_ms and then slept in epoll; woken when it got its CPU. */
static struct run *add_run(struct built_thread *thread, uint64_t on_ms, uint64_t off_ms)
{
	struct run *run = &thread->runs[thread->timeline.run_count++];

	assert_true(thread->timeline.run_count <= BUILDER_RUNS_MAX);
	run->ready_ns = run->on_ns = on_ms * MS;
	run->off_ns = off_ms * MS;
	run->off_reason = OFF_SLEEP;
	run->blocked_in = BLOCKED_POLL;
	run->waker = WAKER_INTERRUPT;
	return run;
}

static const struct timeline *timeline_finish(struct built_timeline *built)
{
	for (size_t i = 0; i < built->timeline.thread_count; i++)
		built->views[i] = built->threads[i].timeline;
	return &built->timeline;
}

static struct invocation *make_invocation(uint64_t id, const char *function, uint64_t start_ms,
					  uint64_t end_ms)
{
	struct invocation *invocation = invocation_new();

	assert_non_null(invocation);
	invocation->id = id;
	invocation->environment = environment_new();
	assert_non_null(invocation->environment);
	invocation->environment->boundary = BOUNDARY_RUNTIME_API;
	invocation->environment->function = function;
	invocation->function = function;
	invocation->memory_mb = 1024;
	invocation->status = STATUS_OK;
	invocation->is_over = true;
	invocation->start_ns = start_ms * MS;
	invocation->end_ns = end_ms * MS;
	invocation->response_ns = end_ms * MS;
	return invocation;
}

static struct exchange *make_exchange(uint64_t id, enum service_class service_class,
				      uint64_t start_ms, uint64_t end_ms)
{
	struct exchange *exchange = exchange_new();

	assert_non_null(exchange);
	exchange->id = id;
	exchange->is_client = true;
	exchange->has_request = exchange->has_response = exchange->is_over = true;
	exchange->service_class = service_class;
	exchange->kind = service_class == SERVICE_LAMBDA_SYNC ||
					 service_class == SERVICE_LAMBDA_EVENT
				 ? MESSAGE_INVOKE
			 : service_class == SERVICE_HTTP ? MESSAGE_HTTP
							 : MESSAGE_BYTES;
	exchange->start_ns = exchange->request_end_ns = start_ms * MS;
	exchange->end_ns = exchange->response_start_ns = end_ms * MS;
	exchange->call = (uint32_t)id;
	exchange->attempt = 1;
	return exchange;
}

/* An attempt of @invocation, which owns it. */
static struct exchange *add_attempt(struct invocation *invocation, uint64_t id,
				    enum service_class service_class, uint64_t start_ms,
				    uint64_t end_ms)
{
	struct exchange *attempt = make_exchange(id, service_class, start_ms, end_ms);

	assert_int_equal(invocation_add_attempt(invocation, attempt), 0);
	return attempt;
}

#pragma GCC diagnostic pop

#endif
