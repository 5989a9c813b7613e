// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * test_replay.c - replayed chains: without a change every scenario of tests/traces comes out as it was,
 * to the nanosecond; the worked cases of the definitions with one thing changed come out as computed by
 * hand; and what cannot be known is left alone.
 */
#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/replay.h"
#include "analysis/sums.h"
#include "base/units.h"
#include "pipeline_fixture.h"

/* A trace that is replayed. */
struct recorded {
	struct trace_text trace;
	struct pipeline pipeline;
	const struct results *results;
	const struct chain *chain; /* of a worked case: a's */
};

static void load(struct recorded *recorded, const char *path)
{
	static const struct analysis_options options = { .keeps_chains = true };
	struct diag diag = { 0 };

	if (trace_text_load(&recorded->trace, path, &diag))
		fail_msg("%s:%llu: %s", path, (unsigned long long)diag.offset, diag.text);
	pipeline_start(&recorded->pipeline, &recorded->trace, &options);
	pipeline_push_all(&recorded->pipeline, &recorded->trace);
	pipeline_finish(&recorded->pipeline, &recorded->trace);
	recorded->results = recorded->pipeline.results;
}

static void release(struct recorded *recorded)
{
	pipeline_release(&recorded->pipeline);
	trace_text_release(&recorded->trace);
}

static void skip_elsewhere(void)
{
	glob_t found;

	if (glob("tests/traces/case-*.txt", 0, NULL, &found)) {
		print_message("SKIP: run from the repository's folder, where tests/traces is\n");
		skip();
	}
	globfree(&found);
}

/* ---- nothing changed ---- */

static void check_identity(const char *path, const struct chain *chain,
			   const struct price_plan *plan)
{
	struct replay_figures figures;

	assert_int_equal(replay_chain(chain, NULL, 0, plan, &figures), 0);
	if (memcmp(&figures.sums, &chain->sums, sizeof(chain->sums)) != 0)
		fail_msg("%s: chain %llu: billed %llu, was %llu; wait_lambda %llu, was %llu; "
			 "double %llu, was %llu; unknown %llu, was %llu",
			 path, (unsigned long long)chain->id,
			 (unsigned long long)figures.sums.billed_ns,
			 (unsigned long long)chain->sums.billed_ns,
			 (unsigned long long)figures.sums.state_ns[STATE_WAIT_LAMBDA],
			 (unsigned long long)chain->sums.state_ns[STATE_WAIT_LAMBDA],
			 (unsigned long long)figures.sums.double_billed_ns,
			 (unsigned long long)chain->sums.double_billed_ns,
			 (unsigned long long)figures.sums.state_ns[STATE_UNKNOWN],
			 (unsigned long long)chain->sums.state_ns[STATE_UNKNOWN]);
	assert_int_equal(figures.latency_ns, chain->latency_ns);
	assert_int_equal(figures.chains, 1);
}

static void test_identity(void **state)
{
	glob_t found;

	skip_elsewhere();
	assert_int_equal(glob("tests/traces/*.txt", 0, NULL, &found), 0);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		struct recorded recorded;
		struct sums sums;

		load(&recorded, found.gl_pathv[i]);
		memset(&sums, 0, sizeof(sums));
		for (size_t j = 0; j < recorded.results->chain_kept_count; j++) {
			check_identity(found.gl_pathv[i], recorded.results->chains[j],
				       recorded.results->plan);
			sums_add(&sums, &recorded.results->chains[j]->sums);
		}
		assert_memory_equal(&sums, &recorded.results->totals, sizeof(sums));
		release(&recorded);
	}
	globfree(&found);
}

/* ---- the worked cases of the definitions, with something changed; all in ms ---- */

#define INLINE(from, to)                                            \
	{                                                           \
		.kind = REPLAY_INLINE, .caller = from, .callee = to \
	}
#define ASYNC(from, to, ms)                                                                     \
	{                                                                                       \
		.kind = REPLAY_ASYNC, .caller = from, .callee = to, .accept_ns = (ms)*NS_PER_MS \
	}
#define PARALLEL(from)                                  \
	{                                               \
		.kind = REPLAY_PARALLEL, .caller = from \
	}
#define MEMORY(of, mb)                                               \
	{                                                            \
		.kind = REPLAY_MEMORY, .caller = of, .memory_mb = mb \
	}

struct expected {
	uint64_t billed, active, wait_lambda, wait_service, wait_timer, double_billed, transit,
		init;
	uint64_t latency, chains, invocations;
	uint64_t taken;	  /* of all changes together */
	int left;	  /* enum replay_left of what was left */
	uint64_t left_by; /* how many */
};

struct worked_case {
	const char *name;
	struct replay_change changes[3];
	struct expected after;
};

static const struct worked_case worked_cases[] = {
	/* a works 50 ms, waits 500 for b, which works, and works 50 */
	{ "one-call",
	  { INLINE("a", "b") },
	  { .billed = 600,
	    .active = 600,
	    .latency = 600,
	    .chains = 1,
	    .invocations = 1,
	    .taken = 1 } },
	{ "one-call",
	  { ASYNC("a", "b", 10) },
	  { .billed = 610,
	    .active = 600,
	    .wait_service = 10,
	    .latency = 110,
	    .chains = 2,
	    .invocations = 2,
	    .taken = 1 } },
	{ "one-call", /* nothing was on the way: the 202 takes nothing either */
	  { ASYNC("a", "b", 0) },
	  { .billed = 600,
	    .active = 600,
	    .latency = 100,
	    .chains = 2,
	    .invocations = 2,
	    .taken = 1 } },
	{ "one-call",
	  { PARALLEL("a") },
	  { .billed = 1100,
	    .active = 600,
	    .wait_lambda = 500,
	    .double_billed = 500,
	    .latency = 600,
	    .chains = 1,
	    .invocations = 2 } },
	{ "one-call", /* half the memory, half the CPU */
	  { MEMORY("b", 512) },
	  { .billed = 2100,
	    .active = 1100,
	    .wait_lambda = 1000,
	    .double_billed = 1000,
	    .latency = 1100,
	    .chains = 1,
	    .invocations = 2,
	    .taken = 1 } },
	{ "one-call", /* the wait is b's */
	  { MEMORY("a", 512) },
	  { .billed = 1200,
	    .active = 700,
	    .wait_lambda = 500,
	    .double_billed = 500,
	    .latency = 700,
	    .chains = 1,
	    .invocations = 2,
	    .taken = 1 } },
	/* a, b, c work 50 each, d 500; each calls the next */
	{ "chain-of-four",
	  { INLINE("a", "b") },
	  { .billed = 1700,
	    .active = 650,
	    .wait_lambda = 1050,
	    .double_billed = 1050,
	    .latency = 650,
	    .chains = 1,
	    .invocations = 3,
	    .taken = 1 } },
	{ "chain-of-four",
	  { INLINE("c", "d") },
	  { .billed = 1800,
	    .active = 650,
	    .wait_lambda = 1150,
	    .double_billed = 1150,
	    .latency = 650,
	    .chains = 1,
	    .invocations = 3,
	    .taken = 1 } },
	{ "chain-of-four",
	  { INLINE("a", "b"), INLINE("b", "c"), INLINE("c", "d") },
	  { .billed = 650,
	    .active = 650,
	    .latency = 650,
	    .chains = 1,
	    .invocations = 1,
	    .taken = 3 } },
	{ "chain-of-four",
	  { ASYNC("c", "d", 10) },
	  { .billed = 830,
	    .active = 650,
	    .wait_lambda = 170,
	    .wait_service = 10,
	    .double_billed = 170,
	    .latency = 160,
	    .chains = 2,
	    .invocations = 4,
	    .taken = 1 } },
	{ "chain-of-four", /* b's call of c is a's then */
	  { INLINE("a", "b"), ASYNC("b", "c", 10) },
	  { .billed = 1160,
	    .active = 650,
	    .wait_lambda = 500,
	    .wait_service = 10,
	    .double_billed = 500,
	    .latency = 110,
	    .chains = 2,
	    .invocations = 3,
	    .taken = 2 } },
	/* a works 20, calls b (300), c (200) and d (100) at once, works 30 */
	{ "fan-out",
	  { INLINE("a", "b") },
	  { .billed = 650,
	    .active = 650,
	    .latency = 350,
	    .chains = 1,
	    .invocations = 3,
	    .taken = 1 } },
	{ "fan-out", /* c is still out for 100 when d's work is done */
	  { INLINE("a", "d"), INLINE("a", "b") },
	  { .billed = 650,
	    .active = 650,
	    .latency = 450,
	    .chains = 1,
	    .invocations = 2,
	    .taken = 2 } },
	{ "fan-out",
	  { INLINE("a", "d") },
	  { .billed = 850,
	    .active = 650,
	    .wait_lambda = 200,
	    .double_billed = 200,
	    .latency = 350,
	    .chains = 1,
	    .invocations = 3,
	    .taken = 1 } },
	{ "fan-out",
	  { INLINE("a", "b"), INLINE("a", "c"), INLINE("a", "d") },
	  { .billed = 650,
	    .active = 650,
	    .latency = 650,
	    .chains = 1,
	    .invocations = 1,
	    .taken = 3 } },
	{ "fan-out",
	  { ASYNC("a", "b", 10) },
	  { .billed = 850,
	    .active = 650,
	    .wait_lambda = 190,
	    .wait_service = 10,
	    .double_billed = 190,
	    .latency = 250,
	    .chains = 2,
	    .invocations = 4,
	    .taken = 1 } },
	{ "fan-out", /* they are */
	  { PARALLEL("a") },
	  { .billed = 950,
	    .active = 650,
	    .wait_lambda = 300,
	    .double_billed = 300,
	    .latency = 350,
	    .chains = 1,
	    .invocations = 4 } },
	/* a is busy from 0 to 200 and 350 to 400, its call of b lasts from 50 to 350 */
	{ "overlapped-work",
	  { INLINE("a", "b") },
	  { .billed = 550,
	    .active = 550,
	    .latency = 550,
	    .chains = 1,
	    .invocations = 1,
	    .taken = 1 } },
	{ "overlapped-work",
	  { ASYNC("a", "b", 10) },
	  { .billed = 550,
	    .active = 550,
	    .latency = 250,
	    .chains = 2,
	    .invocations = 2,
	    .taken = 1 } },
	{ "overlapped-work", /* b takes 200: it is back at 250 */
	  { MEMORY("b", 1536) },
	  { .billed = 500,
	    .active = 450,
	    .wait_lambda = 50,
	    .double_billed = 50,
	    .latency = 300,
	    .chains = 1,
	    .invocations = 2,
	    .taken = 1 } },
	/* the call takes from 50 to 570, b from 60 to 560 */
	{ "transit",
	  { INLINE("a", "b") },
	  { .billed = 600,
	    .active = 600,
	    .latency = 600,
	    .chains = 1,
	    .invocations = 1,
	    .taken = 1 } },
	{ "transit",
	  { ASYNC("a", "b", 0) },
	  { .billed = 620,
	    .active = 600,
	    .wait_service = 20,
	    .latency = 120,
	    .chains = 2,
	    .invocations = 2,
	    .taken = 1 } },
	{ "transit",
	  { MEMORY("b", 512) },
	  { .billed = 2120,
	    .active = 1100,
	    .wait_lambda = 1020,
	    .double_billed = 1000,
	    .transit = 20,
	    .latency = 1120,
	    .chains = 1,
	    .invocations = 2,
	    .taken = 1 } },
	/* a works 100, waits 200 for a database, then 300 for b */
	{ "database-then-function",
	  { INLINE("a", "b") },
	  { .billed = 600,
	    .active = 400,
	    .wait_service = 200,
	    .latency = 600,
	    .chains = 1,
	    .invocations = 1,
	    .taken = 1 } },
	{ "database-then-function",
	  { ASYNC("a", "b", 10) },
	  { .billed = 610,
	    .active = 400,
	    .wait_service = 210,
	    .latency = 310,
	    .chains = 2,
	    .invocations = 2,
	    .taken = 1 } },
	{ "database-then-function", /* what b is asked may be what the database said */
	  { PARALLEL("a") },
	  { .billed = 900,
	    .active = 400,
	    .wait_lambda = 300,
	    .wait_service = 200,
	    .double_billed = 300,
	    .latency = 600,
	    .chains = 1,
	    .invocations = 2,
	    .left = REPLAY_LEFT_BUSY,
	    .left_by = 1 } },
	/* both at once: database 0 to 150, b 0 to 300 */
	{ "database-and-function",
	  { INLINE("a", "b") },
	  { .billed = 300,
	    .active = 300,
	    .latency = 300,
	    .chains = 1,
	    .invocations = 1,
	    .taken = 1 } },
	{ "database-and-function",
	  { ASYNC("a", "b", 10) },
	  { .billed = 450,
	    .active = 300,
	    .wait_service = 150,
	    .latency = 150,
	    .chains = 2,
	    .invocations = 2,
	    .taken = 1 } },
	/* 100 work, b fails after 300, back-off 100, b again 300 */
	{ "retry-with-back-off",
	  { INLINE("a", "b") },
	  { .billed = 800,
	    .active = 700,
	    .wait_timer = 100,
	    .latency = 800,
	    .chains = 1,
	    .invocations = 1,
	    .taken = 2 } },
	{ "retry-with-back-off",
	  { ASYNC("a", "b", 10) },
	  { .billed = 1400,
	    .active = 700,
	    .wait_lambda = 600,
	    .wait_timer = 100,
	    .double_billed = 600,
	    .latency = 800,
	    .chains = 1,
	    .invocations = 3,
	    .left = REPLAY_LEFT_RETRIED,
	    .left_by = 2 } },
	/* a is killed at its time-out of 1000 while it waits for b */
	{ "caller-times-out",
	  { INLINE("a", "b") },
	  { .billed = 4000,
	    .active = 3050,
	    .wait_lambda = 950,
	    .double_billed = 950,
	    .latency = 1000,
	    .chains = 1,
	    .invocations = 2,
	    .left = REPLAY_LEFT_ENDED,
	    .left_by = 1 } },
	{ "caller-times-out",
	  { ASYNC("a", "b", 10) },
	  { .billed = 4000,
	    .active = 3050,
	    .wait_lambda = 950,
	    .double_billed = 950,
	    .latency = 1000,
	    .chains = 1,
	    .invocations = 2,
	    .left = REPLAY_LEFT_ENDED,
	    .left_by = 1 } },
	/* a waits from 0 to 100 for b, a helper thread works from 40 to 45 */
	{ "helper-thread", /* one CPU: in turn */
	  { INLINE("a", "b") },
	  { .billed = 105,
	    .active = 105,
	    .latency = 105,
	    .chains = 1,
	    .invocations = 1,
	    .taken = 1 } },
	{ "helper-thread",
	  { ASYNC("a", "b", 10) },
	  { .billed = 115,
	    .active = 105,
	    .wait_service = 10,
	    .latency = 15,
	    .chains = 2,
	    .invocations = 2,
	    .taken = 1 } },
	{ "helper-thread", /* the helper comes after 40 ms, as it did */
	  { MEMORY("b", 512) },
	  { .billed = 400,
	    .active = 205,
	    .wait_lambda = 195,
	    .double_billed = 195,
	    .latency = 200,
	    .chains = 1,
	    .invocations = 2,
	    .taken = 1 } },
	/* the call takes from 0 to 600; INIT of b from 50 to 250, b from 250 to 550 */
	{ "cold-callee",
	  { INLINE("a", "b") },
	  { .billed = 300,
	    .active = 300,
	    .latency = 300,
	    .chains = 1,
	    .invocations = 1,
	    .taken = 1 } },
	{ "cold-callee", /* the queue takes it before b is ready */
	  { ASYNC("a", "b", 0) },
	  { .billed = 400,
	    .active = 300,
	    .wait_service = 100,
	    .init = 200,
	    .latency = 100,
	    .chains = 2,
	    .invocations = 2,
	    .taken = 1 } },
};

static void check_after(const struct worked_case *worked, const struct replay_figures *after)
{
	const struct expected *expected = &worked->after;
	const struct sums *sums = &after->sums;
	const uint64_t found[] = {
		sums->billed_ns,
		sums->state_ns[STATE_ACTIVE],
		sums->state_ns[STATE_WAIT_LAMBDA],
		sums->state_ns[STATE_WAIT_SERVICE],
		sums->state_ns[STATE_WAIT_TIMER],
		sums->double_billed_ns,
		sums->transit_ns,
		sums->init_ns,
		after->latency_ns,
	};
	const uint64_t wanted_ms[] = {
		expected->billed,	expected->active,     expected->wait_lambda,
		expected->wait_service, expected->wait_timer, expected->double_billed,
		expected->transit,	expected->init,	      expected->latency,
	};
	static const char *const names[] = { "billed",	     "active",	   "wait_lambda",
					     "wait_service", "wait_timer", "double",
					     "transit",	     "init",	   "latency" };
	uint64_t taken = 0;

	for (size_t i = 0; i < sizeof(found) / sizeof(found[0]); i++)
		if (found[i] != wanted_ms[i] * NS_PER_MS)
			fail_msg("%s, change %d: %s is %.3f ms, not %llu", worked->name,
				 (int)worked->changes[0].kind, names[i],
				 (double)found[i] / NS_PER_MS, (unsigned long long)wanted_ms[i]);
	for (size_t i = 0; i < 3; i++)
		taken += after->tallies[i].taken;
	assert_int_equal(after->chains, expected->chains);
	assert_int_equal(sums->invocations, expected->invocations);
	assert_int_equal(taken, expected->taken);
	assert_int_equal(after->tallies[0].left[expected->left], expected->left_by);
}

/* The chain that holds @function; the callee of an Event call is in one of its own. */
static const struct chain *find_chain(const struct results *results, const char *function)
{
	for (size_t i = 0; i < results->chain_kept_count; i++)
		for (size_t j = 0; j < results->chains[i]->invocation_count; j++)
			if (!strcmp(results->chains[i]->invocations[j]->function, function))
				return results->chains[i];
	fail_msg("there is no %s", function);
	return NULL;
}

static void load_case(struct recorded *recorded, const char *name)
{
	char path[128];

	skip_elsewhere();
	snprintf(path, sizeof(path), "tests/traces/case-%s.txt", name);
	load(recorded, path);
	recorded->chain = find_chain(recorded->results, "a");
}

static void replay(struct replay_figures *ret_after, const struct recorded *recorded,
		   const struct replay_change *changes, size_t count)
{
	assert_int_equal(replay_chain(recorded->chain, changes, count, recorded->results->plan,
				      ret_after),
			 0);
}

static size_t count_changes(const struct replay_change *changes, size_t most)
{
	size_t count = 0;

	while (count < most && changes[count].kind)
		count++;
	return count;
}

static void test_worked_cases(void **state)
{
	for (size_t i = 0; i < sizeof(worked_cases) / sizeof(worked_cases[0]); i++) {
		const struct worked_case *worked = &worked_cases[i];
		struct replay_figures after;
		struct recorded recorded;

		load_case(&recorded, worked->name);
		replay(&after, &recorded, worked->changes, count_changes(worked->changes, 3));
		check_after(worked, &after);
		release(&recorded);
	}
}

/* What a quota kept from its CPU is as long as the quota makes it; a timer is not. */
static void test_throttled(void **state)
{
	const struct replay_change change = MEMORY("a", 1024);
	struct replay_figures after;
	struct recorded recorded;

	skip_elsewhere();
	load(&recorded, "tests/traces/throttled.txt");
	recorded.chain = find_chain(recorded.results, "a");
	replay(&after, &recorded, &change, 1);
	assert_int_equal(after.sums.state_ns[STATE_ACTIVE], 45 * NS_PER_MS / 2);
	assert_int_equal(after.sums.state_ns[STATE_UNKNOWN], 85 * NS_PER_MS / 2);
	assert_int_equal(after.sums.state_ns[STATE_WAIT_TIMER], 20 * NS_PER_MS);
	assert_int_equal(after.sums.billed_ns, 85 * NS_PER_MS);
	release(&recorded);
}

/* ---- money, memory, plans ---- */

static void test_money(void **state)
{
	const struct replay_change inlined = INLINE("a", "b"), unchanged = MEMORY("b", 1024);
	const struct replay_change larger = MEMORY("b", 2 * REPLAY_MB_PER_CPU);
	const struct replay_change full = MEMORY("b", REPLAY_MB_PER_CPU);
	struct price_plan plan = *price_plan_get(false);
	const struct replay_change dear = { .kind = REPLAY_PRICE_PLAN, .plan = &plan };
	struct replay_figures after, other;
	struct recorded recorded;

	load_case(&recorded, "one-call");
	replay(&after, &recorded, &inlined, 1);
	assert_int_equal(after.sums.cost_pico, 10200020); /* 0.6 s * 16666700 + 200000 */
	assert_int_equal(after.sums.billed_ms, 600);
	replay(&after, &recorded, &unchanged, 1);
	assert_memory_equal(&after.sums, &recorded.chain->sums, sizeof(after.sums));
	plan.request_pico += 7;
	replay(&after, &recorded, &dear, 1);
	assert_int_equal(after.sums.cost_pico, recorded.chain->sums.cost_pico + 14);
	assert_int_equal(after.latency_ns, recorded.chain->latency_ns);
	/* With more than one CPU one thread is no faster; it is dearer. */
	replay(&after, &recorded, &full, 1);
	replay(&other, &recorded, &larger, 1);
	assert_int_equal(other.sums.billed_ns, after.sums.billed_ns);
	assert_true(other.sums.cost_pico > after.sums.cost_pico);
	assert_int_equal(other.latency_ns - 100 * NS_PER_MS, 289429056); /* 500 ms * 1024 / 1769 */
	release(&recorded);
}

static void test_bad_changes(void **state)
{
	struct replay_change changes[REPLAY_CHANGES_MAX + 1] = { INLINE("x", "b"), INLINE("a", "x"),
								 PARALLEL("x"), MEMORY("x", 1) };
	struct replay_figures after;
	struct recorded recorded;

	load_case(&recorded, "one-call");
	assert_int_equal(replay_chain(recorded.chain, changes, REPLAY_CHANGES_MAX + 1,
				      recorded.results->plan, &after),
			 -EINVAL);
	replay(&after, &recorded, changes, 4);
	assert_memory_equal(&after.sums, &recorded.chain->sums, sizeof(after.sums));
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(after.tallies[i].taken, 0);
	release(&recorded);
}

/* Of a call that may be another's, and of figures that are bounds, nothing is claimed. */
static void test_doubt(void **state)
{
	const struct replay_change inlined = INLINE("a", "b"), parallel = PARALLEL("a");
	struct replay_figures after;
	struct recorded recorded;
	struct exchange *attempt;

	load_case(&recorded, "one-call");
	attempt = recorded.chain->root->attempts[0];
	attempt->link = LINK_AMBIGUOUS;
	replay(&after, &recorded, &inlined, 1);
	assert_int_equal(after.tallies[0].left[REPLAY_LEFT_AMBIGUOUS], 1);
	attempt->link = LINK_INFERRED;
	replay(&after, &recorded, &inlined, 1);
	assert_int_equal(after.tallies[0].taken, 1);
	attempt->callee->flags |= INVOCATION_SHARED;
	replay(&after, &recorded, &inlined, 1);
	assert_int_equal(after.tallies[0].left[REPLAY_LEFT_INCOMPLETE], 1);
	assert_int_equal(after.sums.billed_ns, recorded.chain->sums.billed_ns);
	attempt->callee->flags = 0;
	attempt->is_cut = true;
	replay(&after, &recorded, &inlined, 1);
	assert_int_equal(after.tallies[0].left[REPLAY_LEFT_ENDED], 1);
	recorded.chain->root->flags |= INVOCATION_INCOMPLETE;
	replay(&after, &recorded, &parallel, 1);
	assert_int_equal(after.tallies[0].left[REPLAY_LEFT_INCOMPLETE], 0); /* the only one */
	release(&recorded);
	load_case(&recorded, "event-call");
	replay(&after, &recorded, &inlined, 1);
	assert_int_equal(after.tallies[0].left[REPLAY_LEFT_EVENT], 1);
	release(&recorded);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_identity),    cmocka_unit_test(test_worked_cases),
		cmocka_unit_test(test_throttled),   cmocka_unit_test(test_money),
		cmocka_unit_test(test_bad_changes), cmocka_unit_test(test_doubt),
	};

	return cmocka_run_group_tests_name("replay", tests, NULL, NULL);
}
