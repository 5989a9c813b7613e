// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * test_advice_money.c - what following an advice saves and costs, and the words for it and for its evidence.
 */
#include "advice_fixture.h"

#include "analysis/billing.h"
#include "analysis/chain.h"
#include "analysis/price_plan.h"
#include "analysis/service_prices.h"
#include "analysis/sums.h"
#include "base/units.h"
#include "output/advice_words.h"

/* ---- money ---- */

/* What a service costs, and how many GB-seconds of waiting are as much. */
static void test_prices(void **state)
{
	static const struct {
		enum verdict verdict;
		double gb_seconds;
		int64_t million_pico;
	} prices[] = {
		{ VERDICT_STEP_FUNCTIONS, 1.5, 25 * PICO_PER_DOLLAR },
		{ VERDICT_ASYNC_SQS, 0.072, PICO_PER_DOLLAR * 6 / 5 },
		{ VERDICT_FAN_OUT, 0.03, PICO_PER_DOLLAR / 2 },
		{ VERDICT_NEEDS_CONTRACT, 0.06, PICO_PER_DOLLAR },
	};

	for (size_t i = 0; i < sizeof(prices) / sizeof(prices[0]); i++) {
		const struct service_price *price = service_price_find(prices[i].verdict);
		int64_t pico = service_price_pico(price, 0);
		double gb_seconds = advice_gb_seconds(price_plan_get(false), pico);

		assert_int_equal(pico * 1000000, prices[i].million_pico);
		assert_true(gb_seconds > 0.999 * prices[i].gb_seconds &&
			    gb_seconds < 1.001 * prices[i].gb_seconds);
		assert_int_equal(service_price_pico(price, 64 * 1024), pico);
	}
	assert_int_equal(service_price_pico(service_price_find(VERDICT_FAN_OUT), 64 * 1024 + 1),
			 1000000);
	assert_null(service_price_find(VERDICT_INLINE));
	assert_null(service_price_find(VERDICT_DIRECT_OK));
}

static void assert_balance(int64_t saved_pico, const char *beginning)
{
	struct edge_advice edge = {
		.mode = EDGE_SYNC,
		.verdict = VERDICT_STEP_FUNCTIONS,
		.saving = { .is_known = true, .calls = 1, .cost_pico = saved_pico }
	};
	struct words words;

	words_begin(&words, true);
	assert_true(advice_words_balance(&words, &edge));
	assert_memory_equal(words.text, beginning, strlen(beginning));
}

/* A transition costs 25,000,000 pico-dollars: as much saved is not cheaper. */
static void test_never_cheaper_when_it_is_not(void **state)
{
	assert_balance(25000001, "it pays: $0.000001 less");
	assert_balance(25000000, "on cost alone it does not pay: $0 more");
	assert_balance(2000000, "on cost alone it does not pay: $23 more");
	assert_balance(-1000000, "on cost alone it does not pay: $26 more");
}

static void assert_saving(struct edge_advice *edge, const char *wanted)
{
	struct words words;

	words_begin(&words, true);
	assert_true(advice_words_saving(&words, edge, price_plan_get(false)));
	assert_string_equal(words.text, wanted);
}

/* What grows is not called a saving; without a memory size nothing is said of money. */
static void test_saving_in_words(void **state)
{
	struct edge_advice edge = { .mode = EDGE_SYNC,
				    .verdict = VERDICT_STEP_FUNCTIONS,
				    .saving = { .is_known = true,
						.calls = 2,
						.billed_ns = 10 * MS,
						.latency_ns = -12 * (int64_t)MS,
						.cost_pico = 2 * 16666700 } };
	struct words words;

	assert_saving(&edge,
		      "per call 5 ms less billed and 6 ms more latency; per million calls $16.67 "
		      "less, the worth of 1000000 GB-s (replay of 2 calls)");
	edge.saving.cost_pico = -edge.saving.cost_pico;
	assert_saving(&edge,
		      "per call 5 ms less billed and 6 ms more latency; per million calls $16.67 "
		      "more, the worth of 1000000 GB-s (replay of 2 calls)");
	edge.saving.is_unpriced = true;
	assert_saving(&edge,
		      "per call 5 ms less billed and 6 ms more latency; in money it is not known: "
		      "some function's memory is not (replay of 2 calls)");
	words_begin(&words, true);
	assert_true(advice_words_balance(&words, &edge));
	assert_string_equal(words.text,
			    "what it would save in money is not known, so not whether it pays");
}

/* Every edge says what its verdict stands on, and no name of a trace reaches a terminal as it is. */
static void test_evidence_in_words(void **state)
{
	struct edge_advice edge = { .caller = "a\x1b[31m", .callee = "b", .mode = EDGE_SYNC };
	struct words words;

	edge.facts = (struct edge_facts){ .calls = 41,
					  .observations = 40,
					  .same_replies = 40,
					  .last_calls = 40,
					  .reply_bytes = 4,
					  .requests = 32,
					  .incomplete = 1,
					  .database = "redis",
					  .service = "s",
					  .callee_databases = 7 };
	words_begin(&words, true);
	for (unsigned int i = 0; i < VERDICT_COUNT; i++) {
		edge.verdict = (enum verdict)i;
		edge.undecided = i ? 0 : 1u << VERDICT_INLINE;
		assert_true(advice_words_evidence(&words, &edge, 0));
		for (size_t j = 0; advice_words_evidence(&words, &edge, j); j++) {
			assert_true(words.used > 0);
			assert_null(strchr(words.text, '\x1b'));
		}
	}
	edge.verdict = VERDICT_ASYNC_SQS;
	assert_true(advice_words_evidence(&words, &edge, 0));
	assert_string_equal(words.text,
			    "the reply's body was the same 4 bytes, a success, in 40 of 40 calls");
	assert_true(advice_words_evidence(&words, &edge, 1));
	assert_string_equal(words.text, "the same came to at least 32 different requests");
}

/* The same with the chain's own figures. */
static void tell_billed(void)
{
	const struct price_plan *plan = price_plan_get(false);
	struct chain chain = { .root = made.invocations[0],
			       .invocations = made.invocations,
			       .invocation_count = made.count };

	for (size_t i = 0; i < made.count; i++) {
		billing_compute(plan, made.invocations[i]);
		sums_add_invocation(&chain.sums, made.invocations[i]);
	}
	chain.latency_ns = chain.root->response_ns - chain.root->start_ns;
	assert_int_equal(advice_add_chain(advice, &chain), 0);
	for (size_t i = 0; i < made.count; i++)
		invocation_unref(made.invocations[i]);
	made.count = 0;
	clock_ms += 1000;
}

/* By replay: b's 50 ms are not billed twice any more. */
static void test_saving(void **state)
{
	const struct results results = { .plan = price_plan_get(false) };
	const struct edge_advice *edge;

	assert_int_equal(advice_begin(advice, &results), 0);
	for (int i = 0; i < ENOUGH; i++) {
		struct exchange *attempt = call(run("shop-a", 0, 100), "shop-b", 10, 60);
		struct invocation *caller = made.invocations[0];

		caller->segments = calloc(3, sizeof(*caller->segments));
		caller->segment_count = 3;
		for (size_t j = 0; j < 3; j++)
			caller->segments[j] = (struct segment){
				.start_ns = j == 0   ? caller->start_ns
					    : j == 1 ? attempt->start_ns
						     : attempt->end_ns,
				.end_ns = j == 0   ? attempt->start_ns
					  : j == 1 ? attempt->end_ns
						   : caller->end_ns,
				.state = j == 1 ? STATE_WAIT_LAMBDA : STATE_ACTIVE,
			};
		caller->state_ns[STATE_ACTIVE] = 50 * MS;
		caller->state_ns[STATE_WAIT_LAMBDA] = attempt->wait_ns = 50 * MS;
		attempt->callee->segments = calloc(1, sizeof(*caller->segments));
		attempt->callee->segment_count = 1;
		attempt->callee->segments[0] =
			(struct segment){ .start_ns = attempt->callee->start_ns,
					  .end_ns = attempt->callee->end_ns,
					  .state = STATE_ACTIVE };
		attempt->callee->state_ns[STATE_ACTIVE] = 50 * MS;
		attempt->callee->parent = caller;
		attempt->callee->caller = attempt;
		attempt->callee->link = LINK_EXACT;
		tell_billed();
	}
	edge = find("shop-a", "shop-b");
	assert_verdict(edge, VERDICT_INLINE);
	assert_true(edge->saving.is_known);
	assert_int_equal(edge->saving.calls, ENOUGH);
	assert_int_equal(edge->saving.billed_ns, ENOUGH * 50 * MS);
	assert_int_equal(edge->saving.latency_ns, 0);
	/* 50 ms at 1 GB and a request, $0.0000010333 */
	assert_int_equal(edge->saving.cost_pico, ENOUGH * (833335 + 200000));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_prices),	    TEST(test_never_cheaper_when_it_is_not),
		TEST(test_saving_in_words), TEST(test_evidence_in_words),
		TEST(test_saving),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
