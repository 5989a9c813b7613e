// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * test_replay_properties.c - what holds of the replay of any chain: random ones with work that overlaps
 * calls, parallel calls, services, timers, helper threads, cold starts and work after the response. Their
 * figures come from the same attribution as a recording's.
 */
#include "model_builder.h"

#include "analysis/billing.h"
#include "analysis/chain.h"
#include "analysis/critical_path.h"
#include "analysis/double_billing.h"
#include "analysis/replay.h"
#include "analysis/sums.h"
#include "analysis/wait.h"

#define CHAINS 3000
#define DEPTH_MAX 4
#define INVOCATIONS_MAX 40
#define FAN_OUT_MAX 4
#define FUNCTIONS 4

static const char *const functions[FUNCTIONS] = { "a", "b", "c", "d" };

static uint64_t random_state;

static uint64_t random_below(uint64_t limit)
{
	random_state = random_state * 6364136223846793005ull + 1442695040888963407ull;
	return (random_state >> 33) % limit;
}

/* Up to @limit_us microseconds, in nanoseconds that are not round. */
static uint64_t random_ns(uint64_t limit_us)
{
	return random_below(limit_us * 1000) + 1;
}

/* ---- a chain ---- */

struct builder {
	struct chain *chain;
	uint64_t next_attempt;
	bool is_in_turn; /* nothing overlaps: one call at a time, and only waiting meanwhile */
};

struct script { /* one invocation in the making */
	struct builder *builder;
	struct invocation *invocation;
	struct built_timeline *timeline;
	struct built_thread *main, *helper;
	uint64_t now_ns;
	uint64_t blocked_ns; /* since then; 0: it is on a CPU */
	unsigned int depth;
};

static struct invocation *make_callee(struct builder *builder, uint64_t start_ns,
				      unsigned int depth);

static bool has_room(const struct script *script)
{
	return script->main->timeline.run_count < BUILDER_RUNS_MAX - 8 &&
	       script->helper->timeline.run_count < BUILDER_RUNS_MAX - 8;
}

static void add_run_ns(struct built_thread *thread, uint64_t on_ns, uint64_t off_ns)
{
	struct run *run = add_run(thread, 0, 0);

	run->ready_ns = run->on_ns = on_ns;
	run->off_ns = off_ns;
}

/* Waits for a CPU for a moment now and then. */
static void work(struct script *script, uint64_t span_ns)
{
	struct built_thread *thread = script->main;
	uint64_t queued_ns = random_below(4) ? 0 : random_ns(200);

	add_run_ns(thread, script->now_ns + queued_ns, script->now_ns + queued_ns + span_ns);
	thread->runs[thread->timeline.run_count - 1].ready_ns = script->now_ns;
	script->now_ns += queued_ns + span_ns;
}

/* Blocked until then; a helper thread may run meanwhile. */
static void sleep_until(struct script *script, uint64_t until_ns)
{
	uint64_t span_ns = until_ns > script->now_ns ? until_ns - script->now_ns : 0;

	if (span_ns > 100000 && !script->builder->is_in_turn && !random_below(3)) {
		uint64_t on_ns = script->now_ns + random_below(span_ns / 2);

		add_run_ns(script->helper, on_ns, on_ns + random_below(span_ns / 3) + 1);
	}
	if (until_ns > script->now_ns)
		script->now_ns = until_ns;
}

static struct exchange *begin_attempt(struct script *script, enum service_class service_class)
{
	struct exchange *attempt =
		make_exchange(script->builder->next_attempt++, service_class, 0, 0);

	attempt->start_ns = attempt->request_end_ns = script->now_ns;
	attempt->call = (uint32_t)script->invocation->attempt_count;
	attempt->status = service_class == SERVICE_LAMBDA_EVENT ? 202 : 200;
	assert_int_equal(invocation_add_attempt(script->invocation, attempt), 0);
	return attempt;
}

static void end_attempt(struct script *script, struct exchange *attempt)
{
	work(script, random_ns(300));
	attempt->end_ns = attempt->response_start_ns = script->now_ns;
}

/* When the reply is there. */
static uint64_t answer(struct script *script, struct exchange *attempt)
{
	uint64_t there_ns = script->now_ns + random_ns(500);
	struct invocation *callee;

	if (attempt->service_class != SERVICE_LAMBDA_SYNC)
		return there_ns + random_ns(8000);
	callee = make_callee(script->builder, there_ns, script->depth + 1);
	if (!random_below(5)) {
		callee->is_cold = true;
		callee->init_end_ns = there_ns - random_below(100);
		callee->init_start_ns = callee->init_end_ns - random_below(100);
	}
	callee->parent = script->invocation;
	callee->caller = attempt;
	callee->link = attempt->link = random_below(4) ? LINK_EXACT : LINK_INFERRED;
	attempt->callee = invocation_ref(callee);
	attempt->peer_connection = 1;
	return callee->response_ns + random_ns(500);
}

static enum service_class random_class(const struct script *script)
{
	bool can_call = script->depth < DEPTH_MAX &&
			script->builder->chain->invocation_count < INVOCATIONS_MAX;

	switch (random_below(6)) {
	case 0:
		return SERVICE_AWS;
	case 1:
		return SERVICE_OTHER;
	case 2:
		return SERVICE_LAMBDA_EVENT;
	default:
		return can_call ? SERVICE_LAMBDA_SYNC : SERVICE_AWS;
	}
}

struct pending {
	struct exchange *attempt;
	uint64_t reply_ns;
};

static int compare_pending(const void *left, const void *right)
{
	const struct pending *a = left, *b = right;

	return (a->reply_ns > b->reply_ns) - (a->reply_ns < b->reply_ns);
}

/* Some calls at once; it may go on working before it waits. */
static void call(struct script *script, size_t count)
{
	struct pending pending[FAN_OUT_MAX];

	for (size_t i = 0; i < count; i++) {
		pending[i].attempt = begin_attempt(script, random_class(script));
		pending[i].reply_ns = answer(script, pending[i].attempt);
		if (!script->builder->is_in_turn && random_below(2))
			work(script, random_ns(400));
	}
	if (!script->builder->is_in_turn && !random_below(3))
		work(script, random_ns(6000));
	qsort(pending, count, sizeof(*pending), compare_pending);
	for (size_t i = 0; i < count; i++) {
		sleep_until(script, pending[i].reply_ns);
		end_attempt(script, pending[i].attempt);
	}
}

static void play(struct script *script)
{
	size_t steps = 1 + random_below(5);

	work(script, random_ns(2000));
	while (steps-- && has_room(script)) {
		switch (random_below(5)) {
		case 0:
			work(script, random_ns(3000));
			break;
		case 1:
			sleep_until(script, script->now_ns + random_ns(3000));
			work(script, random_ns(100));
			break;
		case 2:
			call(script,
			     script->builder->is_in_turn ? 1 : 2 + random_below(FAN_OUT_MAX - 1));
			break;
		default: /* in turn, with little in between */
			call(script, 1);
			break;
		}
	}
	work(script, random_ns(500));
	script->invocation->response_ns = script->now_ns;
	if (!script->builder->is_in_turn && random_below(2))
		work(script, random_ns(500));
	script->invocation->end_ns = script->now_ns;
}

static void attribute(const struct script *script)
{
	const struct wait_context context = { .others = NULL };
	struct invocation *invocation = script->invocation;

	assert_int_equal(invocation_add_carrier(invocation, script->main->timeline.tid), 0);
	assert_int_equal(wait_attribute(invocation, timeline_finish(script->timeline), &context),
			 0);
	assert_true(wait_is_exact(invocation));
}

static struct invocation *make_callee(struct builder *builder, uint64_t start_ns,
				      unsigned int depth)
{
	struct chain *chain = builder->chain;
	uint64_t id = chain->invocation_count;
	struct script script = { .builder = builder, .depth = depth, .now_ns = start_ns };

	script.invocation = make_invocation(id, functions[random_below(FUNCTIONS)], 0, 0);
	chain->invocations[chain->invocation_count++] = script.invocation;
	script.timeline = calloc(1, sizeof(*script.timeline));
	assert_non_null(script.timeline);
	timeline_start(script.timeline);
	script.main = add_thread(script.timeline, (uint32_t)id + 1, (uint32_t)id + 1);
	script.helper = add_thread(script.timeline, (uint32_t)id + 1, (uint32_t)id + 1001);
	script.invocation->start_ns = start_ns;
	play(&script);
	attribute(&script);
	free(script.timeline);
	return script.invocation;
}

static int compare_by_start(const void *left, const void *right)
{
	const struct invocation *a = *(struct invocation *const *)left;
	const struct invocation *b = *(struct invocation *const *)right;

	return (a->start_ns > b->start_ns) - (a->start_ns < b->start_ns);
}

static struct chain *make_chain(const struct price_plan *plan, bool is_in_turn)
{
	struct builder builder = { .chain = calloc(1, sizeof(struct chain)),
				   .is_in_turn = is_in_turn };
	struct chain *chain = builder.chain;
	struct path_walk walk;

	assert_non_null(chain);
	chain->invocations =
		calloc(INVOCATIONS_MAX + FAN_OUT_MAX * DEPTH_MAX + 1, sizeof(*chain->invocations));
	assert_non_null(chain->invocations);
	chain->root = make_callee(&builder, 1000 * MS, 0);
	chain->root->link = LINK_ROOT;
	qsort(chain->invocations, chain->invocation_count, sizeof(*chain->invocations),
	      compare_by_start);
	for (size_t i = 0; i < chain->invocation_count; i++) {
		chain->invocations[i]->chain = chain;
		double_billing_compute(chain->invocations[i]);
		billing_compute(plan, chain->invocations[i]);
		sums_add_invocation(&chain->sums, chain->invocations[i]);
	}
	path_walk_init(&walk);
	assert_int_equal(critical_path_compute(chain, &walk), 0);
	path_walk_release(&walk);
	return chain;
}

/* ---- what holds ---- */

static struct replay_figures replay(const struct chain *chain, const struct replay_change *changes,
				    size_t count)
{
	struct replay_figures figures;
	const struct sums *sums = &figures.sums;
	uint64_t states_ns = 0;

	assert_int_equal(replay_chain(chain, changes, count, price_plan_get(false), &figures), 0);
	for (unsigned int i = 0; i < STATE_COUNT; i++)
		states_ns += sums->state_ns[i];
	assert_int_equal(states_ns, sums->billed_ns);
	/* Every call of a function has its callee: the wait is the callee's bill, or on the way. */
	assert_int_equal(sums->double_billed_ns + sums->transit_ns,
			 sums->state_ns[STATE_WAIT_LAMBDA]);
	assert_true(sums->double_init_ns <= sums->transit_ns);
	return figures;
}

static void check_unchanged(const struct chain *chain)
{
	struct replay_figures figures = replay(chain, NULL, 0);

	assert_memory_equal(&figures.sums, &chain->sums, sizeof(chain->sums));
	assert_int_equal(figures.latency_ns, chain->latency_ns);
}

/*
 * Where work overlapped it is done in turn: the caller can take longer, and so do those that wait for it. That
 * cannot be where nothing overlapped, or where nobody waits for the caller.
 */
static bool can_save_only(const struct chain *chain, bool is_in_turn)
{
	for (size_t i = 0; i < chain->invocation_count && !is_in_turn; i++)
		if (chain->invocations[i]->parent && chain->invocations[i]->parent->parent)
			return false;
	return true;
}

static void check_inline(const struct chain *chain, bool saves, const char *caller,
			 const char *callee)
{
	const struct replay_change change = { .kind = REPLAY_INLINE,
					      .caller = caller,
					      .callee = callee };
	struct replay_figures after = replay(chain, &change, 1);

	assert_true(!saves || after.sums.billed_ns <= chain->sums.billed_ns);
	assert_true(!saves || after.sums.cost_pico <= chain->sums.cost_pico);
	assert_true(after.sums.init_ns <= chain->sums.init_ns);
	assert_int_equal(after.sums.invocations + after.tallies[0].taken, chain->sums.invocations);
	/* Nothing that was done is lost, and nothing is done twice. */
	assert_int_equal(after.sums.state_ns[STATE_ACTIVE], chain->sums.state_ns[STATE_ACTIVE]);
}

static void check_async(const struct chain *chain, const char *caller, const char *callee)
{
	const struct replay_change change = { .kind = REPLAY_ASYNC,
					      .caller = caller,
					      .callee = callee };
	struct replay_figures after = replay(chain, &change, 1);

	assert_true(after.sums.billed_ns <= chain->sums.billed_ns);
	assert_true(after.latency_ns <= chain->latency_ns);
	assert_int_equal(after.sums.invocations, chain->sums.invocations);
	assert_int_equal(after.chains, 1 + after.tallies[0].taken);
	assert_int_equal(after.sums.state_ns[STATE_ACTIVE], chain->sums.state_ns[STATE_ACTIVE]);
}

static uint64_t check_parallel(const struct chain *chain, const char *caller)
{
	const struct replay_change change = { .kind = REPLAY_PARALLEL, .caller = caller };
	struct replay_figures after = replay(chain, &change, 1);

	assert_true(after.latency_ns <= chain->latency_ns);
	assert_true(after.sums.billed_ns <= chain->sums.billed_ns);
	assert_true(after.sums.cost_pico <= chain->sums.cost_pico);
	assert_int_equal(after.sums.state_ns[STATE_ACTIVE], chain->sums.state_ns[STATE_ACTIVE]);
	return after.tallies[0].taken;
}

static void check_memory(const struct chain *chain, const char *function)
{
	const struct replay_change more = { .kind = REPLAY_MEMORY,
					    .caller = function,
					    .memory_mb = 1500 };
	const struct replay_change less = { .kind = REPLAY_MEMORY,
					    .caller = function,
					    .memory_mb = 256 };
	struct replay_figures faster = replay(chain, &more, 1), slower = replay(chain, &less, 1);

	assert_true(faster.latency_ns <= chain->latency_ns);
	assert_true(faster.sums.billed_ns <= chain->sums.billed_ns);
	assert_true(slower.latency_ns >= chain->latency_ns);
	assert_true(slower.sums.billed_ns >= chain->sums.billed_ns);
}

/* Everything inside the root: one bill of which the price is known from its length. */
static void check_all_inlined(const struct chain *chain)
{
	const struct price_plan *plan = price_plan_get(false);
	struct replay_change changes[FUNCTIONS * FUNCTIONS] = { 0 };
	struct replay_figures after;
	int64_t cost_pico;

	for (size_t i = 0; i < FUNCTIONS * FUNCTIONS; i++)
		changes[i] = (struct replay_change){ .kind = REPLAY_INLINE,
						     .caller = functions[i / FUNCTIONS],
						     .callee = functions[i % FUNCTIONS] };
	after = replay(chain, changes, FUNCTIONS * FUNCTIONS);
	assert_int_equal(after.sums.invocations, 1);
	assert_int_equal(after.sums.state_ns[STATE_WAIT_LAMBDA], 0);
	assert_int_equal(after.sums.state_ns[STATE_ACTIVE], chain->sums.state_ns[STATE_ACTIVE]);
	cost_pico = price_plan_compute_pico(plan, (after.sums.billed_ns + MS - 1) / MS * MS, 1024) +
		    plan->request_pico;
	assert_int_equal(after.sums.cost_pico, cost_pico);
}

static void check_mixed(const struct chain *chain)
{
	struct replay_change changes[4];

	for (size_t i = 0; i < 4; i++)
		changes[i] =
			(struct replay_change){ .kind = 1 + (unsigned int)random_below(4),
						.caller = functions[random_below(FUNCTIONS)],
						.callee = functions[random_below(FUNCTIONS)],
						.accept_ns = random_below(2) * random_ns(900),
						.memory_mb = 128 + (uint32_t)random_below(4000) };
	replay(chain, changes, 4);
}

static void test_random_chains(void **state)
{
	uint64_t parallel = 0, invocations = 0;

	for (uint64_t seed = 0; seed < CHAINS; seed++) {
		bool is_in_turn = seed % 2, saves;
		struct chain *chain;

		random_state = seed * 7919 + 1;
		chain = make_chain(price_plan_get(false), is_in_turn);
		saves = can_save_only(chain, is_in_turn);
		invocations += chain->invocation_count;
		check_unchanged(chain);
		for (size_t i = 0; i < FUNCTIONS; i++) {
			check_inline(chain, saves, functions[i],
				     functions[random_below(FUNCTIONS)]);
			check_async(chain, functions[i], functions[random_below(FUNCTIONS)]);
			parallel += check_parallel(chain, functions[i]);
			check_memory(chain, functions[i]);
		}
		check_all_inlined(chain);
		check_mixed(chain);
		chain_free(chain);
	}
	assert_true(invocations > 3 * CHAINS); /* else it shows little */
	assert_true(parallel > CHAINS / 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random_chains),
	};

	return cmocka_run_group_tests_name("replay properties", tests, NULL, NULL);
}
