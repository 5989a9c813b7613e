// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * test_analysis.c - the whole analysis over hand-made models (user/analysis): links and what they
 * claim, chains, critical paths, rows, and that a chain given up early leaves nothing behind.
 */
#include <stdio.h>

#include "emulator_model.h"

#include "analysis/aggregate.h"
#include "analysis/analysis.h"
#include "analysis/edge.h"

static struct emulator_model model;

static struct analysis *start_analysis(bool keeps_chains, const struct results_sink *sink)
{
	struct analysis_options options = { .start_realtime_ns = 1700000000000000000,
					    .keeps_chains = keeps_chains };
	struct analysis *analysis;

	if (sink)
		options.sink = *sink;
	assert_int_equal(analysis_new(&analysis, &options), 0);
	return analysis;
}

/* One request that takes the same 1 ms at every hop. */
static struct emulated *add_plain(const char *function, struct emulated *caller, uint64_t sent_ms,
				  uint64_t done_ms)
{
	struct emulated *emulated = model_add(&model, function, caller, !caller);

	emulated->sent_us = sent_ms * 1000;
	emulated->received_us = sent_ms * 1000;
	emulated->dispatched_us = sent_ms * 1000;
	emulated->begun_us = sent_ms * 1000;
	emulated->ended_us = emulated->taken_us = done_ms * 1000;
	emulated->answered_us = emulated->done_us = done_ms * 1000;
	return emulated;
}

static const struct results *run(struct analysis *analysis)
{
	const struct results *results;

	for (size_t i = 0; i < model.count; i++)
		model_schedule(&model, &model.all[i]);
	model_run(&model, analysis_model_sink(analysis));
	assert_int_equal(analysis_finish(analysis, &results), 0);
	return results;
}

static void assert_path(const struct chain *chain, size_t index,
			const struct invocation *invocation, uint64_t from_ms, uint64_t to_ms)
{
	const struct path_segment *segment = &chain->critical_path[index];

	assert_true(index < chain->critical_path_count);
	assert_ptr_equal(segment->invocation, invocation);
	assert_int_equal(segment->from_ns, from_ms * MS);
	assert_int_equal(segment->to_ns, to_ms * MS);
	assert_int_equal(segment->is_transit, !invocation);
}

static void test_one_call(void **state)
{
	struct analysis *analysis = start_analysis(true, NULL);
	const struct results *results;
	struct emulated *a, *b;
	struct chain *chain;

	model_start(&model);
	a = add_plain("a", NULL, 0, 600);
	b = add_plain("b", a, 50, 550);
	results = run(analysis);
	assert_int_equal(results->chain_count, 1);
	chain = results->chains[0];
	assert_int_equal(chain->invocation_count, 2);
	assert_ptr_equal(chain->root, a->invocation);
	assert_int_equal(a->invocation->link, LINK_ROOT);
	assert_int_equal(b->invocation->link, LINK_EXACT);
	assert_ptr_equal(b->invocation->parent, a->invocation);
	assert_ptr_equal(b->client->callee, b->invocation);
	assert_int_equal(a->invocation->double_billed_ns, 500 * MS);
	assert_int_equal(results->totals.billed_ns, 1100 * MS);
	assert_int_equal(sums_own_ns(&results->totals), 600 * MS);
	assert_int_equal((int)(sums_overhead(&results->totals) * 1000), 833);
	assert_int_equal((int)(sums_share(&results->totals) * 1000), 454);
	assert_int_equal(chain->latency_ns, 600 * MS);
	assert_int_equal(chain->critical_path_count, 3);
	assert_path(chain, 0, a->invocation, 0, 50);
	assert_path(chain, 1, b->invocation, 50, 550);
	assert_path(chain, 2, a->invocation, 550, 600);
	assert_int_equal(results->function_count, 2);
	assert_string_equal(results->functions[0].name, "a");
	assert_int_equal(results->edge_count, 1);
	assert_string_equal(results->edges[0].callee, "b");
	assert_string_equal(results->edges[0].service, "lambda");
	assert_int_equal(results->edges[0].calls, 1);
	assert_int_equal(results->edges[0].double_billed_ns, 500 * MS);
	assert_int_equal(results->edges[0].link, LINK_EXACT);
	assert_ptr_equal(results_find_invocation(results, 1), b->invocation);
	assert_null(results_find_invocation(results, 2));
	analysis_free(analysis);
	model_release(&model);
}

static void test_fan_out(void **state)
{
	struct analysis *analysis = start_analysis(true, NULL);
	const struct results *results;
	struct emulated *a, *slow;

	model_start(&model);
	a = add_plain("a", NULL, 0, 350);
	slow = add_plain("b", a, 20, 320);
	add_plain("c", a, 20, 220);
	add_plain("d", a, 20, 120);
	results = run(analysis);
	assert_int_equal(results->totals.billed_ns, 950 * MS);
	assert_int_equal(results->totals.double_billed_ns, 300 * MS);
	assert_int_equal(slow->client->double_billed_ns, 100 * MS);
	assert_int_equal(results->chains[0]->critical_path_count, 3);
	assert_path(results->chains[0], 0, a->invocation, 0, 20);
	assert_path(results->chains[0], 1, slow->invocation, 20, 320);
	assert_path(results->chains[0], 2, a->invocation, 320, 350);
	analysis_free(analysis);
	model_release(&model);
}

/* Sent at 50, begun at 60, over at 560, back at 570. */
static void test_transit_is_on_the_critical_path(void **state)
{
	struct analysis *analysis = start_analysis(true, NULL);
	const struct results *results;
	struct emulated *a, *b;

	model_start(&model);
	a = add_plain("a", NULL, 0, 620);
	b = add_plain("b", a, 50, 570);
	b->begun_us = 60000;
	b->ended_us = b->taken_us = 560000;
	results = run(analysis);
	assert_int_equal(results->totals.billed_ns, 1120 * MS);
	assert_int_equal(b->client->double_billed_ns, 500 * MS);
	assert_int_equal(b->client->transit_ns, 20 * MS);
	assert_int_equal(results->chains[0]->critical_path_count, 5);
	assert_path(results->chains[0], 1, NULL, 50, 60);
	assert_path(results->chains[0], 2, b->invocation, 60, 560);
	assert_path(results->chains[0], 3, NULL, 560, 570);
	assert_ptr_equal(results->chains[0]->critical_path[3].attempt, b->client);
	assert_int_equal(results->path_kind_count, 1);
	assert_int_equal(results->path_kinds[0].latency_ns, 620 * MS);
	assert_int_equal(results->path_kinds[0].part_count, 3);
	assert_string_equal(results->path_parts[0].function, "b");
	assert_int_equal(results->path_parts[0].path_ns, 500 * MS);
	assert_int_equal(results->path_parts[1].path_ns, 100 * MS);
	assert_true(results->path_parts[2].is_transit);
	assert_string_equal(results->path_parts[2].function, "a");
	assert_string_equal(results->path_parts[2].callee, "b");
	assert_int_equal(results->path_parts[2].path_ns, 20 * MS);
	analysis_free(analysis);
	model_release(&model);
}

static void test_event_call_starts_a_chain(void **state)
{
	struct analysis *analysis = start_analysis(true, NULL);
	const struct results *results;
	struct emulated *a, *b;

	model_start(&model);
	a = add_plain("a", NULL, 0, 100);
	b = add_plain("b", a, 0, 10);
	b->is_event = true;
	b->begun_us = 5000;
	b->ended_us = b->taken_us = 205000;
	results = run(analysis);
	assert_int_equal(results->chain_count, 2);
	assert_null(b->invocation->parent);
	assert_ptr_equal(b->invocation->caused_by, a->invocation);
	assert_ptr_equal(results->chains[1]->caused_by, a->invocation);
	assert_int_equal(results->chains[1]->caused_by_call, b->client->call);
	assert_int_equal(b->invocation->link, LINK_EXACT);
	assert_memory_equal(results->chains[0]->trace_id, results->chains[1]->trace_id, 16);
	assert_int_equal(a->invocation->state_ns[STATE_WAIT_SERVICE], 10 * MS);
	assert_int_equal(results->totals.double_billed_ns, 0);
	assert_int_equal(results->totals.billed_ns, 300 * MS);
	analysis_free(analysis);
	model_release(&model);
}

static void test_trace_id_of_the_wire_wins(void **state)
{
	static const uint8_t id[16] = { 0x58, 0x40, 0x65, 0x20, 0xa0, 0x06, 0x64, 0x91,
					0x27, 0xe3, 0x71, 0x90, 0x3a, 0x2d, 0xe9, 0x79 };
	struct analysis *analysis = start_analysis(true, NULL);
	const struct results *results;

	model_start(&model);
	add_plain("a", NULL, 0, 10)->server->trace_header =
		"Root=1-58406520-a006649127e371903a2de979;Sampled=1";
	results = run(analysis);
	assert_memory_equal(results->chains[0]->trace_id, id, sizeof(id));
	analysis_free(analysis);
	model_release(&model);
}

/* Two equal requests at once, answered in an order that nothing tells: best guess, and it says so. */
static void test_what_cannot_be_known_is_ambiguous(void **state)
{
	struct analysis *analysis = start_analysis(true, NULL);
	struct emulated *a1, *a2, *b1, *b2;

	model_start(&model);
	a1 = add_plain("a", NULL, 0, 100);
	a2 = add_plain("x", NULL, 0, 100);
	b1 = add_plain("b", a1, 10, 50);
	b2 = add_plain("b", a2, 10, 50);
	b1->dispatched_us = b2->dispatched_us = 11000;
	b1->taken_us = b2->taken_us = 49000;
	b1->ended_us = b2->ended_us = 49000;
	run(analysis);
	assert_int_equal(b1->invocation->link, LINK_AMBIGUOUS);
	assert_int_equal(b1->invocation->alternatives, 1);
	assert_int_equal(b2->client->link, LINK_AMBIGUOUS);
	assert_non_null(b1->invocation->parent);
	assert_ptr_not_equal(b1->invocation->parent, b2->invocation->parent);
	analysis_free(analysis);
	model_release(&model);
}

/* The same with different bodies: inferred, and right. */
static void test_digests_tell_equal_requests_apart(void **state)
{
	struct analysis *analysis = start_analysis(true, NULL);
	struct emulated *a1, *a2, *b1, *b2;

	model_start(&model);
	model.has_digests = true;
	a1 = add_plain("a", NULL, 0, 100);
	a2 = add_plain("x", NULL, 0, 100);
	b1 = add_plain("b", a1, 10, 50);
	b2 = add_plain("b", a2, 11, 51);
	b1->dispatched_us = 13000; /* the second goes first */
	b2->dispatched_us = 12000;
	b1->taken_us = b2->taken_us = 49000;
	b1->ended_us = b2->ended_us = 49000;
	run(analysis);
	assert_int_equal(b1->invocation->link, LINK_INFERRED);
	assert_ptr_equal(b1->invocation->parent, a1->invocation);
	assert_ptr_equal(b2->invocation->parent, a2->invocation);
	analysis_free(analysis);
	model_release(&model);
}

/* Who hands over is not traced: no link is invented. */
static void test_without_a_dispatcher_it_is_a_root(void **state)
{
	struct analysis *analysis = start_analysis(true, NULL);
	struct emulated *a, *b;

	model_start(&model);
	a = add_plain("a", NULL, 0, 600);
	b = add_plain("b", a, 50, 550);
	a->invocation->dispatcher_tgid = b->invocation->dispatcher_tgid = 0;
	run(analysis);
	assert_int_equal(b->invocation->link, LINK_ROOT);
	assert_int_equal(b->client->link, LINK_NONE);
	assert_null(b->client->callee);
	analysis_free(analysis);
	model_release(&model);
}

static void test_recursion_is_flagged(void **state)
{
	struct analysis *analysis = start_analysis(true, NULL);
	struct emulated *a, *b, *again;

	model_start(&model);
	a = add_plain("a", NULL, 0, 100);
	b = add_plain("b", a, 10, 90);
	again = add_plain("a", b, 20, 80);
	run(analysis);
	assert_ptr_equal(again->invocation->parent, b->invocation);
	assert_true(again->invocation->flags & INVOCATION_RECURSIVE);
	assert_false(b->invocation->flags & INVOCATION_RECURSIVE);
	analysis_free(analysis);
	model_release(&model);
}

/* Clocks in disorder: a request was received before the event that led to it was handed over. */
static void test_nobody_calls_itself(void **state)
{
	struct analysis *analysis = start_analysis(true, NULL);
	const struct results *results;
	struct emulated *a, *b;

	model_start(&model);
	a = model_add(&model, "f", NULL, false);
	b = model_add(&model, "f", a, false);
	a->dispatched_us = 100;
	a->begun_us = 110;
	model_note(&model, a, MODEL_INVOCATION_BEGIN, 110);
	model_note(&model, a, MODEL_INVOCATION_END, 900);
	model_note(&model, a, MODEL_TAKEN, 910);
	model_note(&model, a, MODEL_SETTLED, 6000);
	model_note(&model, b, MODEL_SERVER_BEGIN, 50);
	model_note(&model, b, MODEL_CLIENT_BEGIN, 300);
	model_note(&model, b, MODEL_CLIENT_END, 890);
	model_note(&model, b, MODEL_SERVER_END, 950);
	model_run(&model, analysis_model_sink(analysis));
	assert_int_equal(analysis_finish(analysis, &results), 0);
	assert_int_equal(results->totals.invocations, 1);
	assert_null(a->invocation->parent);
	assert_null(b->client->callee);
	assert_int_equal(a->invocation->link, LINK_NONE);
	analysis_free(analysis);
	model_release(&model);
}

/* One emulator serves f1 under any name; it ends, and another one with its process id serves f2. */
static void test_emulator_with_the_id_of_another(void **state)
{
	struct analysis *analysis = start_analysis(true, NULL);
	const struct model_sink *sink = analysis_model_sink(analysis);
	const struct results *results;
	struct emulated *before, *outer, *inner;

	model_start(&model);
	model.has_wildcard_name = true;
	before = add_plain("f1", NULL, 0, 10);
	model_schedule(&model, before);
	model_run(&model, sink);
	assert_int_equal(sink->process_end(sink->context, EMULATOR_TGID), 0);
	model.event_count = 0;
	outer = add_plain("g", NULL, 20, 60);
	inner = add_plain("f2", outer, 30, 50);
	outer->invocation->dispatcher_tgid = 0; /* its emulator is another one, not traced */
	model_schedule(&model, outer);
	model_schedule(&model, inner);
	model_run(&model, sink);
	assert_int_equal(analysis_finish(analysis, &results), 0);
	assert_int_equal(results->totals.invocations, 3);
	assert_int_equal(inner->invocation->link, LINK_EXACT);
	assert_ptr_equal(inner->invocation->parent, outer->invocation);
	analysis_free(analysis);
	model_release(&model);
}

/* A client can call another host each time: the rows are bounded, the sums are whole. */
static void test_more_hosts_than_rows(void **state)
{
	struct aggregate aggregate;
	struct results results = { 0 };
	struct chain chain = { .invocation_count = 1 };
	struct invocation *invocation = make_invocation(0, "f", 0, 100 * MS);
	struct exchange *attempt = make_exchange(0, SERVICE_HTTP, 0, 1000);
	uint64_t attempts = 0;
	char host[32];

	attempt->wait_ns = 1000;
	assert_int_equal(invocation_add_attempt(invocation, attempt), 0);
	chain.invocations = &invocation;
	aggregate_init(&aggregate, price_plan_get(false));
	for (unsigned int i = 0; i < EDGES_MAX + 500; i++) {
		snprintf(host, sizeof(host), "host-%u.example", i);
		attempt->host = host;
		assert_int_equal(aggregate_add_chain(&aggregate, &chain), 0);
	}
	attempt->host = "host-7.example"; /* has a row */
	assert_int_equal(aggregate_add_chain(&aggregate, &chain), 0);
	assert_int_equal(aggregate_finish(&aggregate, &results), 0);
	assert_int_equal(results.edge_count, EDGES_MAX + 1);
	assert_string_equal(results.edges[0].callee, EDGE_OTHERS);
	assert_int_equal(results.edges[0].attempts, 500);
	assert_int_equal(results.edges[0].calls, 500);
	for (size_t i = 0; i < results.edge_count; i++) {
		attempts += results.edges[i].attempts;
		if (!strcmp(results.edges[i].callee, "host-7.example"))
			assert_int_equal(results.edges[i].wait_ns, 2000);
	}
	assert_int_equal(attempts, EDGES_MAX + 501);
	free(results.functions);
	free(results.edges);
	free(results.orphans);
	aggregate_release(&aggregate);
	invocation_unref(invocation);
}

static void test_no_facts_at_all(void **state)
{
	struct analysis *analysis = start_analysis(true, NULL);
	const struct results *results;

	assert_int_equal(analysis_finish(analysis, &results), 0);
	assert_true(results->is_complete);
	assert_int_equal(results->totals.invocations, 0);
	assert_true(sums_share(&results->totals) != sums_share(&results->totals)); /* NaN */
	analysis_free(analysis);
	analysis_free(NULL);
}

/* ---- many at once ---- */

static uint64_t random_state;

static uint32_t next_random(uint32_t below)
{
	random_state = random_state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(random_state >> 33) % below;
}

static const char *const function_names[] = { "a", "b", "c", "d" };

/*
 * One request at @sent_us and all that follows from it; returns when the answer is there. Every hop
 * takes its own time, so answers overtake each other.
 */
static uint64_t grow(struct emulated *caller, uint64_t sent_us, unsigned int depth)
{
	const char *function = function_names[model.has_wildcard_name ? 0 : depth];
	bool is_http = !caller && !model.has_wildcard_name;
	struct emulated *emulated = model_add(&model, function, caller, is_http);
	uint64_t time_us;

	emulated->is_event = caller && next_random(5) == 0;
	emulated->sent_us = sent_us;
	emulated->received_us = sent_us + 50 + next_random(300);
	emulated->dispatched_us = emulated->received_us + 100 + next_random(2000);
	emulated->begun_us = emulated->dispatched_us + 30 + next_random(500);
	time_us = emulated->begun_us + 500 + next_random(3000);
	for (unsigned int i = depth < 3 ? next_random(3) : 0; i > 0; i--)
		time_us = grow(emulated, time_us, depth + 1) + next_random(2000);
	emulated->ended_us = time_us + next_random(3000);
	emulated->taken_us = emulated->ended_us + 30 + next_random(300);
	emulated->answered_us = emulated->taken_us + 50 + next_random(1000);
	if (emulated->is_event)
		emulated->answered_us = emulated->received_us + 100 + next_random(500);
	emulated->done_us = emulated->answered_us + 30 + next_random(200);
	return emulated->done_us;
}

struct score {
	size_t links, wrong, exact, exact_wrong, inferred_wrong, root_wrong;
};

static void add_score(struct score *score, const struct emulated *emulated)
{
	const struct invocation *invocation = emulated->invocation;
	const struct invocation *caller = emulated->caller ? emulated->caller->invocation : NULL;
	const struct invocation *found = invocation->parent ? invocation->parent
							    : invocation->caused_by;
	bool is_wrong = found != caller || (caller && invocation->caller != emulated->client);

	score->links += caller != NULL;
	score->wrong += is_wrong;
	score->exact += invocation->link == LINK_EXACT;
	score->exact_wrong += is_wrong && invocation->link == LINK_EXACT;
	score->inferred_wrong += is_wrong && invocation->link == LINK_INFERRED;
	score->root_wrong += is_wrong && invocation->link == LINK_ROOT;
}

static void check_sums(const struct results *results)
{
	uint64_t billed_ns = 0, wait_ns = 0, edge_wait_ns = 0;

	for (size_t i = 0; i < STATE_COUNT; i++)
		billed_ns += results->totals.state_ns[i];
	assert_int_equal(billed_ns, results->totals.billed_ns);
	wait_ns = results->totals.state_ns[STATE_WAIT_LAMBDA] +
		  results->totals.state_ns[STATE_WAIT_SERVICE];
	for (size_t i = 0; i < results->edge_count; i++)
		edge_wait_ns += results->edges[i].wait_ns;
	assert_int_equal(edge_wait_ns, wait_ns);
	for (size_t i = 0; i < results->chain_kept_count; i++) {
		const struct chain *chain = results->chains[i];
		uint64_t path_ns = 0;

		assert_int_equal(chain->id, i);
		for (size_t j = 0; j < chain->critical_path_count; j++)
			path_ns += chain->critical_path[j].to_ns - chain->critical_path[j].from_ns;
		assert_int_equal(path_ns, chain->latency_ns);
		for (size_t j = 0; j < chain->invocation_count; j++)
			for (size_t k = 0; k < chain->invocations[j]->attempt_count; k++)
				assert_true(chain->invocations[j]->attempts[k]->double_billed_ns <=
					    chain->invocations[j]->attempts[k]->wait_ns);
	}
}

/* @clients send their next request as soon as they have an answer. */
static struct score run_load(uint64_t seed, unsigned int clients, bool has_digests,
			     bool is_wildcard)
{
	struct analysis *analysis = start_analysis(true, NULL);
	struct score score = { 0 };
	const struct results *results;

	random_state = seed;
	model_start(&model);
	model.has_digests = has_digests;
	model.has_wildcard_name = is_wildcard;
	for (unsigned int i = 0; i < clients; i++)
		for (uint64_t time_us = 100 * i; time_us < 60000 && model.count < MODEL_MAX - 64;)
			time_us = grow(NULL, time_us, 0) + next_random(500);
	results = run(analysis);
	assert_int_equal(results->totals.invocations, model.count);
	check_sums(results);
	for (size_t i = 0; i < model.count; i++)
		add_score(&score, &model.all[i]);
	analysis_free(analysis);
	model_release(&model);
	return score;
}

static void add_scores(struct score *total, struct score score)
{
	total->links += score.links;
	total->wrong += score.wrong;
	total->exact += score.exact;
	total->exact_wrong += score.exact_wrong;
	total->inferred_wrong += score.inferred_wrong;
	total->root_wrong += score.root_wrong;
}

static struct score run_loads(unsigned int clients, bool has_digests, bool is_wildcard)
{
	struct score total = { 0 };

	for (uint64_t seed = 1; seed <= 12; seed++)
		add_scores(&total, run_load(seed, clients, has_digests, is_wildcard));
	print_message(
		"%u clients, digests %d: %zu links, %zu exact, %zu wrong, of these %zu exact, "
		"%zu inferred, %zu root\n",
		clients, has_digests, total.links, total.exact, total.wrong, total.exact_wrong,
		total.inferred_wrong, total.root_wrong);
	return total;
}

static void test_one_client_is_exact(void **state)
{
	struct score score = run_loads(1, false, false);

	assert_int_equal(score.wrong, 0);
	assert_true(score.exact >= score.links * 95 / 100);
}

static void test_ten_clients_with_digests(void **state)
{
	assert_int_equal(run_loads(10, true, false).wrong, 0);
}

/* Without digests some of it is a guess, but what is called exact is right. */
static void test_ten_clients_without_digests(void **state)
{
	struct score score = run_loads(10, false, false);

	assert_int_equal(score.exact_wrong, 0);
	assert_int_equal(score.inferred_wrong, 0);
	assert_int_equal(score.root_wrong, 0);
}

static void test_ten_clients_of_one_nameless_function(void **state)
{
	struct score score = run_loads(10, true, true);

	assert_int_equal(score.exact_wrong, 0);
	assert_int_equal(score.wrong, 0);
}

struct seen {
	size_t chains, invocations;
	uint64_t billed_ns;
	uint64_t last_start_ns; /* of a root */
};

static int see_chain(void *context, const struct chain *chain)
{
	struct seen *seen = context;

	assert_int_equal(chain->id, seen->chains);
	assert_true(chain->root->start_ns >= seen->last_start_ns);
	seen->last_start_ns = chain->root->start_ns;
	seen->chains++;
	seen->invocations += chain->invocation_count;
	seen->billed_ns += chain->sums.billed_ns;
	if (chain->caused_by)
		assert_non_null(chain->caused_by->function); /* it can still be printed */
	return 0;
}

/* Chains that are not kept are told once each, in order of start, and add up to the same. */
static void test_streaming(void **state)
{
	struct seen seen = { 0 };
	struct results_sink sink = { .context = &seen, .chain = see_chain };
	struct analysis *analysis = start_analysis(false, &sink);
	const struct results *results;

	random_state = 5;
	model_start(&model);
	model.has_digests = true;
	for (unsigned int i = 0; i < 5; i++)
		for (uint64_t time_us = 100 * i; time_us < 60000;)
			time_us = grow(NULL, time_us, 0);
	results = run(analysis);
	assert_int_equal(seen.chains, results->chain_count);
	assert_int_equal(seen.invocations, model.count);
	assert_int_equal(seen.billed_ns, results->totals.billed_ns);
	assert_int_equal(results->chain_kept_count, 0);
	analysis_free(analysis);
	model_release(&model);
}

/* Without any one of the things that are told nothing crashes, and what remains adds up. */
static void test_any_one_missing(void **state)
{
	size_t count = SIZE_MAX;

	for (size_t skipped = 0; skipped < count; skipped++) {
		struct analysis *analysis = start_analysis(true, NULL);
		const struct model_sink *sink = analysis_model_sink(analysis);
		const struct results *results;

		random_state = 3;
		model_start(&model);
		grow(NULL, 0, 0);
		grow(NULL, 500, 0);
		for (size_t i = 0; i < model.count; i++)
			model_schedule(&model, &model.all[i]);
		count = model.event_count;
		qsort(model.events, count, sizeof(*model.events), compare_events);
		for (size_t i = 0; i < count; i++)
			if (i != skipped)
				model_tell(&model, &model.events[i], sink);
		assert_int_equal(analysis_finish(analysis, &results), 0);
		check_sums(results);
		analysis_free(analysis);
		model_release(&model);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_call),
		cmocka_unit_test(test_fan_out),
		cmocka_unit_test(test_transit_is_on_the_critical_path),
		cmocka_unit_test(test_event_call_starts_a_chain),
		cmocka_unit_test(test_trace_id_of_the_wire_wins),
		cmocka_unit_test(test_what_cannot_be_known_is_ambiguous),
		cmocka_unit_test(test_digests_tell_equal_requests_apart),
		cmocka_unit_test(test_without_a_dispatcher_it_is_a_root),
		cmocka_unit_test(test_recursion_is_flagged),
		cmocka_unit_test(test_nobody_calls_itself),
		cmocka_unit_test(test_emulator_with_the_id_of_another),
		cmocka_unit_test(test_more_hosts_than_rows),
		cmocka_unit_test(test_no_facts_at_all),
		cmocka_unit_test(test_one_client_is_exact),
		cmocka_unit_test(test_ten_clients_with_digests),
		cmocka_unit_test(test_ten_clients_without_digests),
		cmocka_unit_test(test_ten_clients_of_one_nameless_function),
		cmocka_unit_test(test_streaming),
		cmocka_unit_test(test_any_one_missing),
	};

	return cmocka_run_group_tests_name("analysis", tests, NULL, NULL);
}
