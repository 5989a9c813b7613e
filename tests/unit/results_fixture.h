/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * results_fixture.h - the results that user/output gets, built by hand: the first worked case of the
 * definitions. a works 50 ms, waits 500 ms for b, works 50 ms; b works all the time. b was cold.
 */
#ifndef IDLETAX_TESTS_RESULTS_FIXTURE_H
#define IDLETAX_TESTS_RESULTS_FIXTURE_H

#include <string.h>

#include "analysis/results.h"
#include "base/units.h"

#define FIXTURE_BASE_NS 1000000000000ull

struct fixture {
	struct environment environments[2];
	struct invocation a, b;
	struct exchange attempt;
	struct exchange *attempts[1];
	struct segment a_segments[3], b_segments[1];
	struct invocation *invocations[2];
	struct path_segment path[3];
	struct chain chain;
	struct chain *chains[1];
	struct function_row functions[2];
	struct edge_row edges[1];
	struct results results;
};

static inline uint64_t fixture_ns(uint64_t ms)
{
	return FIXTURE_BASE_NS + ms * NS_PER_MS;
}

static inline struct segment fixture_segment(uint64_t from_ms, uint64_t to_ms, uint8_t state)
{
	return (struct segment){ .start_ns = fixture_ns(from_ms),
				 .end_ns = fixture_ns(to_ms),
				 .state = state };
}

static inline void fixture_add(struct sums *sums, const struct invocation *invocation)
{
	sums->invocations++;
	sums->billed_ns += invocation_billed_ns(invocation);
	sums->billed_ms += invocation_billed_ns(invocation) / NS_PER_MS;
	for (unsigned int state = 0; state < STATE_COUNT; state++)
		sums->state_ns[state] += invocation->state_ns[state];
	sums->double_billed_ns += invocation->double_billed_ns;
	sums->init_ns += invocation_init_ns(invocation);
	sums->cost_pico += invocation->cost_pico;
	sums->init_cost_pico += invocation->init_cost_pico;
	sums->cold_starts += invocation->is_cold;
}

static inline void fixture_init_invocations(struct fixture *fixture)
{
	struct invocation *a = &fixture->a, *b = &fixture->b;

	fixture->environments[0] = (struct environment){ .id = 0, .tgid = 100 };
	fixture->environments[1] = (struct environment){ .id = 1, .tgid = 100, .worker_tid = 102 };
	fixture->a_segments[0] = fixture_segment(0, 50, STATE_ACTIVE);
	fixture->a_segments[1] = fixture_segment(50, 550, STATE_WAIT_LAMBDA);
	fixture->a_segments[2] = fixture_segment(550, 600, STATE_ACTIVE);
	fixture->b_segments[0] = fixture_segment(50, 550, STATE_ACTIVE);
	*a = (struct invocation){
		.id = 0,
		.environment = &fixture->environments[0],
		.function = "svc-dev-a",
		.request_id = "r-a",
		.memory_mb = 1024,
		.status = STATUS_OK,
		.is_over = true,
		.start_ns = fixture_ns(0),
		.response_ns = fixture_ns(600),
		.end_ns = fixture_ns(600),
		.attempts = fixture->attempts,
		.attempt_count = 1,
		.call_count = 1,
		.segments = fixture->a_segments,
		.segment_count = 3,
		.double_billed_ns = 500 * NS_PER_MS,
		.link = LINK_ROOT,
		.chain = &fixture->chain,
		.cost_pico = 1000003,
		.double_billed_pico = 833000,
	};
	a->state_ns[STATE_ACTIVE] = 100 * NS_PER_MS;
	a->state_ns[STATE_WAIT_LAMBDA] = 500 * NS_PER_MS;
	*b = (struct invocation){
		.id = 1,
		.environment = &fixture->environments[1],
		.function = "svc-dev-b",
		.status = STATUS_OK,
		.is_cold = true,
		.is_over = true,
		.flags = INVOCATION_INCOMPLETE | INVOCATION_SHARED,
		.start_ns = fixture_ns(50),
		.end_ns = fixture_ns(550),
		.init_start_ns = fixture_ns(20),
		.init_end_ns = fixture_ns(40),
		.segments = fixture->b_segments,
		.segment_count = 1,
		.link = LINK_AMBIGUOUS,
		.alternatives = 2,
		.parent = a,
		.caller = &fixture->attempt,
		.chain = &fixture->chain,
		.cost_pico = 500001,
		.init_cost_pico = 777,
	};
	b->state_ns[STATE_ACTIVE] = 500 * NS_PER_MS;
	fixture->attempt = (struct exchange){
		.is_client = true,
		.is_over = true,
		.service_class = SERVICE_LAMBDA_SYNC,
		.status = 200,
		.start_ns = fixture_ns(50),
		.end_ns = fixture_ns(550),
		.function = "svc-dev-b",
		.operation = "Invoke",
		.owner = a,
		.attempt = 1,
		.callee = b,
		.link = LINK_AMBIGUOUS,
		.alternatives = 2,
		.wait_ns = 500 * NS_PER_MS,
		.double_billed_ns = 500 * NS_PER_MS,
	};
	fixture->attempts[0] = &fixture->attempt;
	a->depth = 1;
	a->span_id[7] = 0xa1;
	b->depth = 2;
	b->span_id[7] = 0xb1;
	b->lineage = (struct lineage){ .resources = 1, .loops = 2 };
	fixture->attempt.span_id[7] = b->parent_span_id[7] = 0xc1;
}

static inline void fixture_init_chain(struct fixture *fixture)
{
	struct invocation *a = &fixture->a, *b = &fixture->b;

	fixture->invocations[0] = a;
	fixture->invocations[1] = b;
	fixture->path[0] = (struct path_segment){
		.invocation = a,
		.from_ns = fixture_ns(0),
		.to_ns = fixture_ns(50),
	};
	fixture->path[1] = (struct path_segment){
		.invocation = b,
		.from_ns = fixture_ns(50),
		.to_ns = fixture_ns(549),
	};
	fixture->path[2] = (struct path_segment){ .from_ns = fixture_ns(549),
						  .to_ns = fixture_ns(600),
						  .is_transit = true };
	fixture->chain = (struct chain){
		.root = a,
		.invocations = fixture->invocations,
		.invocation_count = 2,
		.trace_id = { 0x58, 0x40, 0x65, 0x20, 1 },
		.depth = 2,
		.latency_ns = 600 * NS_PER_MS,
		.critical_path = fixture->path,
		.critical_path_count = 3,
	};
	fixture_add(&fixture->chain.sums, a);
	fixture_add(&fixture->chain.sums, b);
	fixture->chains[0] = &fixture->chain;
}

static inline void fixture_init(struct fixture *fixture)
{
	memset(fixture, 0, sizeof(*fixture));
	fixture_init_invocations(fixture);
	fixture_init_chain(fixture);
	fixture->functions[0] = (struct function_row){
		.name = "svc-dev-a",
		.memory_mb = 1024,
		.p50_ns = 600 * NS_PER_MS,
		.p99_ns = 600 * NS_PER_MS,
	};
	fixture_add(&fixture->functions[0].sums, &fixture->a);
	fixture->functions[1] = (struct function_row){ .name = "svc-dev-b" };
	fixture_add(&fixture->functions[1].sums, &fixture->b);
	fixture->edges[0] = (struct edge_row){
		.caller = "svc-dev-a",
		.callee = "svc-dev-b",
		.service = "lambda",
		.mode = EDGE_SYNC,
		.calls = 1,
		.attempts = 1,
		.wait_ns = 500 * NS_PER_MS,
		.double_billed_ns = 500 * NS_PER_MS,
		.cost_pico = 833000,
		.link = LINK_AMBIGUOUS,
	};
	fixture->results = (struct results){
		.is_complete = true,
		.start_monotonic_ns = FIXTURE_BASE_NS,
		.start_realtime_ns = 1700000000123456789ull,
		.totals = fixture->chain.sums,
		.chain_count = 1,
		.functions = fixture->functions,
		.function_count = 2,
		.edges = fixture->edges,
		.edge_count = 1,
		.chains = fixture->chains,
		.chain_kept_count = 1,
	};
}

#endif
