// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * test_analysis_properties.c - what holds of every scenario of tests/traces, from facts to results:
 * without any one of its facts nothing crashes and all sums are exact; where the missing fact is
 * declared as lost, every invocation whose figures changed is flagged; slices may come in any order
 * among facts of one time; keeping chains or not gives the same rows.
 */
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/replay.h"
#include "pipeline_fixture.h"

static const struct analysis_options keeping = { .keeps_chains = true };

/* ---- what holds always ---- */

static void check_invocation(const struct invocation *invocation)
{
	uint64_t states_ns = 0, waits_ns = 0, doubled_ns = 0, time_ns = invocation->start_ns;

	for (size_t i = 0; i < STATE_COUNT; i++)
		states_ns += invocation->state_ns[i];
	assert_int_equal(states_ns, invocation_billed_ns(invocation));
	for (size_t i = 0; i < invocation->segment_count; i++) {
		assert_int_equal(invocation->segments[i].start_ns, time_ns);
		time_ns = invocation->segments[i].end_ns;
	}
	assert_int_equal(time_ns, invocation->end_ns);
	for (size_t i = 0; i < invocation->attempt_count; i++) {
		const struct exchange *attempt = invocation->attempts[i];

		assert_true(attempt->double_billed_ns + attempt->double_init_ns <=
			    attempt->wait_ns);
		waits_ns += attempt->wait_ns;
		doubled_ns += attempt->double_billed_ns;
	}
	assert_int_equal(waits_ns, invocation->state_ns[STATE_WAIT_LAMBDA] +
					   invocation->state_ns[STATE_WAIT_SERVICE]);
	assert_int_equal(doubled_ns, invocation->double_billed_ns);
}

/* Played again without a change it is what it was. */
static void check_replay(const struct chain *chain, const struct price_plan *plan)
{
	struct replay_figures figures;

	assert_int_equal(replay_chain(chain, NULL, 0, plan, &figures), 0);
	assert_memory_equal(&figures.sums, &chain->sums, sizeof(chain->sums));
	assert_int_equal(figures.latency_ns, chain->latency_ns);
}

static void check_results(const struct results *results)
{
	uint64_t billed_ns = 0, doubled_ns = 0, rows_ns = 0, invocations = 0;

	for (size_t i = 0; i < results->chain_kept_count; i++) {
		const struct chain *chain = results->chains[i];
		uint64_t path_ns = 0;

		for (size_t j = 0; j < chain->invocation_count; j++)
			check_invocation(chain->invocations[j]);
		for (size_t j = 0; j < chain->critical_path_count; j++)
			path_ns += chain->critical_path[j].to_ns - chain->critical_path[j].from_ns;
		assert_int_equal(path_ns, chain->latency_ns);
		check_replay(chain, results->plan);
		billed_ns += chain->sums.billed_ns;
		doubled_ns += chain->sums.double_billed_ns;
		invocations += chain->invocation_count;
	}
	for (size_t i = 0; i < results->function_count; i++)
		rows_ns += results->functions[i].sums.billed_ns;
	assert_int_equal(billed_ns, results->totals.billed_ns);
	assert_int_equal(doubled_ns, results->totals.double_billed_ns);
	assert_int_equal(rows_ns, results->totals.billed_ns);
	assert_int_equal(invocations, results->totals.invocations);
}

/* ---- one fact less ---- */

/* When that what @fact tells began. */
static uint64_t begin_of(const struct fact *fact)
{
	switch (fact->kind) {
	case FACT_SLICE:
		return fact->slice.woken_ns ? fact->slice.woken_ns : fact->slice.on_ns;
	case FACT_MESSAGE:
		return fact->message.first_ns;
	case FACT_LOSS:
		return fact->loss.from_ns;
	default:
		return fact->time_ns;
	}
}

static uint8_t loss_class_of(const struct fact *fact)
{
	switch (fact->kind) {
	case FACT_SLICE:
		return LOSS_SCHEDULER;
	case FACT_FORK:
	case FACT_EXEC:
	case FACT_TASK_EXIT:
	case FACT_TASK_SEEN:
		return LOSS_PROCESS;
	default:
		return LOSS_SOCKET;
	}
}

static const struct invocation *find_same(const struct results *results,
					  const struct invocation *wanted)
{
	for (size_t i = 0; i < results->chain_kept_count; i++) {
		const struct chain *chain = results->chains[i];

		for (size_t j = 0; j < chain->invocation_count; j++) {
			const struct invocation *invocation = chain->invocations[j];

			if (invocation->request_id && wanted->request_id &&
			    invocation->occurrence == wanted->occurrence &&
			    !strcmp(invocation->request_id, wanted->request_id))
				return invocation;
		}
	}
	return NULL;
}

static bool has_changed(const struct invocation *before, const struct invocation *after)
{
	return before->start_ns != after->start_ns || before->end_ns != after->end_ns ||
	       before->double_billed_ns != after->double_billed_ns ||
	       before->transit_ns != after->transit_ns ||
	       memcmp(before->state_ns, after->state_ns, sizeof(before->state_ns)) != 0;
}

static const struct invocation *caller_of(const struct invocation *invocation)
{
	return invocation->parent ? invocation->parent : invocation->caused_by;
}

/* A link that is said to be exact is the one that all facts show, or none. */
static void check_link(const struct invocation *before, const struct invocation *after,
		       const struct fact *missing, const char *path)
{
	const struct invocation *old = caller_of(before), *new = caller_of(after);
	const char *was = old && old->request_id ? old->request_id : "";

	if (!new || after->link != LINK_EXACT || !new->request_id || !strcmp(was, new->request_id))
		return;
	fail_msg("%s: %s is called by %s without a fact (kind %d at %llu ns), not by '%s'", path,
		 before->request_id, new->request_id, missing->kind,
		 (unsigned long long)missing->time_ns, was);
}

static void check_flags(const struct results *before, const struct results *after,
			const struct fact *missing, const char *path)
{
	for (size_t i = 0; i < before->chain_kept_count; i++) {
		const struct chain *chain = before->chains[i];

		for (size_t j = 0; j < chain->invocation_count; j++) {
			const struct invocation *old = chain->invocations[j];
			const struct invocation *new = find_same(after, old);

			if (!new)
				continue;
			check_link(old, new, missing, path);
			if (!has_changed(old, new))
				continue;
			if (!(new->flags &(INVOCATION_INCOMPLETE | INVOCATION_ESTIMATED)))
				fail_msg("%s: %s changes without a fact (kind %d at %llu ns) and "
					 "is not flagged",
					 path, old->request_id, missing->kind,
					 (unsigned long long)missing->time_ns);
		}
	}
	assert_false(after->is_complete);
	if (missing->kind == FACT_HTTP_FUNCTION ||
	    (missing->kind == FACT_EXEC && missing->exec.is_in_process))
		return; /* what makes a server's requests invocations */
	if (after->totals.invocations > before->totals.invocations + 1 ||
	    after->totals.invocations + 1 < before->totals.invocations)
		fail_msg("%s: %llu invocations, not %llu, without a fact (kind %d at %llu ns)",
			 path, (unsigned long long)after->totals.invocations,
			 (unsigned long long)before->totals.invocations, missing->kind,
			 (unsigned long long)missing->time_ns);
}

static void push_loss(struct pipeline *pipeline, const struct fact *missing)
{
	struct fact loss = { .kind = FACT_LOSS, .time_ns = missing->time_ns };

	loss.loss.from_ns = begin_of(missing);
	loss.loss.to_ns = missing->time_ns;
	loss.loss.records = 1;
	loss.loss.loss_class = loss_class_of(missing);
	pipeline_push(pipeline, &loss);
}

static void run_without(struct pipeline *pipeline, const struct trace_text *trace, size_t missing,
			bool is_declared)
{
	pipeline_start(pipeline, trace, &keeping);
	for (size_t i = 0; i < trace->fact_count; i++) {
		if (i != missing)
			pipeline_push(pipeline, &trace->facts[i]);
		else if (is_declared)
			push_loss(pipeline, &trace->facts[i]);
	}
	pipeline_finish(pipeline, trace);
	check_results(pipeline->results);
}

static void check_one_less(const struct trace_text *trace, const char *path)
{
	struct pipeline whole, part;

	run_without(&whole, trace, SIZE_MAX, false);
	for (size_t i = 0; i < trace->fact_count; i++) {
		run_without(&part, trace, i, false);
		pipeline_release(&part);
		run_without(&part, trace, i, true);
		check_flags(whole.results, part.results, &trace->facts[i], path);
		pipeline_release(&part);
	}
	pipeline_release(&whole);
}

/* ---- order, and keeping ---- */

static void push_slices_late(struct pipeline *pipeline, const struct trace_text *trace)
{
	for (size_t i = 0; i < trace->fact_count;) {
		size_t end = i;

		while (end < trace->fact_count &&
		       trace->facts[end].time_ns == trace->facts[i].time_ns)
			end++;
		for (size_t j = i; j < end; j++)
			if (trace->facts[j].kind != FACT_SLICE)
				pipeline_push(pipeline, &trace->facts[j]);
		for (size_t j = i; j < end; j++)
			if (trace->facts[j].kind == FACT_SLICE)
				pipeline_push(pipeline, &trace->facts[j]);
		i = end;
	}
}

static void check_order(const struct trace_text *trace, const char *path)
{
	static const struct analysis_options not_keeping;
	struct pipeline whole, other;

	run_without(&whole, trace, SIZE_MAX, false);
	pipeline_start(&other, trace, &keeping);
	push_slices_late(&other, trace);
	pipeline_finish(&other, trace);
	check_results(other.results);
	assert_memory_equal(&whole.results->totals, &other.results->totals,
			    sizeof(whole.results->totals));
	pipeline_release(&other);

	pipeline_start(&other, trace, &not_keeping);
	pipeline_push_all(&other, trace);
	pipeline_finish(&other, trace);
	assert_memory_equal(&whole.results->totals, &other.results->totals,
			    sizeof(whole.results->totals));
	assert_int_equal(whole.results->chain_count, other.results->chain_count);
	assert_int_equal(whole.results->edge_count, other.results->edge_count);
	pipeline_release(&other);
	pipeline_release(&whole);
}

/* Two facts in the other order: at most one invocation less, and none that is not there. */
static void check_swapped(const struct trace_text *trace, const char *path)
{
	struct pipeline whole, other;

	run_without(&whole, trace, SIZE_MAX, false);
	for (size_t swapped = 0; swapped + 1 < trace->fact_count; swapped++) {
		const struct fact *missing = &trace->facts[swapped];

		pipeline_start(&other, trace, &keeping);
		for (size_t i = 0; i < trace->fact_count; i++) {
			size_t taken = i == swapped ? i + 1 : i == swapped + 1 ? i - 1 : i;

			pipeline_push(&other, &trace->facts[taken]);
		}
		pipeline_finish(&other, trace);
		check_results(other.results);
		/* A connection that is told after its first request may cost that one its name. */
		if (other.results->totals.invocations > whole.results->totals.invocations ||
		    other.results->totals.invocations + 1 < whole.results->totals.invocations)
			fail_msg("%s: %llu invocations with fact %d at %llu ns after its next",
				 path, (unsigned long long)other.results->totals.invocations,
				 missing->kind, (unsigned long long)missing->time_ns);
		pipeline_release(&other);
	}
	pipeline_release(&whole);
}

/* ---- every scenario ---- */

static void for_each_scenario(void (*check)(const struct trace_text *trace, const char *path))
{
	glob_t found;

	if (glob("tests/traces/*.txt", 0, NULL, &found)) {
		print_message("SKIP: run from the repository's folder, where tests/traces is\n");
		skip();
	}
	for (size_t i = 0; i < found.gl_pathc; i++) {
		struct trace_text trace;
		struct diag diag = { 0 };

		if (trace_text_load(&trace, found.gl_pathv[i], &diag))
			fail_msg("%s:%llu: %s", found.gl_pathv[i], (unsigned long long)diag.offset,
				 diag.text);
		check(&trace, found.gl_pathv[i]);
		trace_text_release(&trace);
	}
	globfree(&found);
}

static void test_any_fact_can_be_missing(void **state)
{
	for_each_scenario(check_one_less);
}

static void test_any_two_neighbours_can_be_swapped(void **state)
{
	for_each_scenario(check_swapped);
}

static void test_order_of_slices_and_keeping_of_chains(void **state)
{
	for_each_scenario(check_order);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_any_fact_can_be_missing),
		cmocka_unit_test(test_any_two_neighbours_can_be_swapped),
		cmocka_unit_test(test_order_of_slices_and_keeping_of_chains),
	};

	return cmocka_run_group_tests_name("analysis properties", tests, NULL, NULL);
}
