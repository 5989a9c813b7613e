// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * analysis.c - the door (analysis.h): takes what assembly tells, gives each settled invocation its
 * states, has invocations linked and chains closed, and computes what needs a whole chain: double
 * billing, costs, the critical path, the rows.
 */
#include "analysis/analysis.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/aggregate.h"
#include "analysis/billing.h"
#include "analysis/blind_spots.h"
#include "analysis/chain.h"
#include "analysis/concurrency.h"
#include "analysis/critical_path.h"
#include "analysis/descent.h"
#include "analysis/double_billing.h"
#include "analysis/environment_log.h"
#include "analysis/evidence.h"
#include "analysis/linker.h"
#include "analysis/loss_log.h"
#include "analysis/orphan.h"
#include "analysis/path_totals.h"
#include "analysis/plan_table.h"
#include "analysis/price_plan.h"
#include "analysis/repetition.h"
#include "analysis/retry.h"
#include "analysis/sequence.h"
#include "analysis/timeout_budget.h"
#include "analysis/trace_ids.h"
#include "analysis/wait.h"
#include "base/array.h"
#include "base/units.h"

/* Ancestors that are compared to find a recursion. */
#define ANCESTORS_MAX 64

struct analysis {
	struct analysis_options options;
	struct model_sink sink;
	const struct price_plan *plan;
	struct plan_table plans;
	struct loss_log losses;
	struct blind_spots blind_spots;
	struct concurrency concurrency;
	struct environment_log environments;
	struct linker linker;
	struct chain_builder chains;
	struct sequence sequence;
	struct aggregate aggregate;
	struct path_totals paths;
	struct wait_scratch wait_scratch;
	struct path_walk path_walk;
	struct results results;
	size_t chain_capacity;
	uint64_t now_ns;
	bool has_begun; /* the sink was told */
	bool is_finished;
};

/* ---- a closed chain ---- */

/*
 * A function that could not be found, or is only likely the one, may be another whose socket was opened
 * where facts were lost.
 */
static bool has_lost_callee(const struct analysis *analysis, const struct invocation *invocation)
{
	if (analysis->losses.first_socket_ns > invocation->end_ns)
		return false;
	for (size_t i = 0; i < invocation->attempt_count; i++) {
		const struct exchange *attempt = invocation->attempts[i];

		if (attempt->service_class == SERVICE_LAMBDA_SYNC &&
		    (!attempt->callee || attempt->link != LINK_EXACT))
			return true;
	}
	return false;
}

static enum link_reason find_unlinked_reason(const struct analysis *analysis,
					     const struct exchange *attempt)
{
	if (attempt->is_refused)
		return CALLEE_NOT_CONNECTED;
	if (attempt->invocation_type == INVOCATION_DRY_RUN)
		return CALLEE_DRY_RUN;
	if (attempt->service_class == SERVICE_AWS || attempt->service_class == SERVICE_OTHER)
		return CALLEE_NO_FUNCTION;
	if (attempt->basis.reason)
		return attempt->basis.reason;
	if (evidence_is_refused(attempt))
		return CALLEE_REFUSED;
	if (analysis->losses.first_socket_ns <= attempt->end_ns)
		return CALLEE_LOST;
	return attempt->peer_connection ? CALLEE_UNREAD : CALLEE_NO_SERVER;
}

static void label_attempt(const struct analysis *analysis, struct exchange *attempt)
{
	if (!attempt->link)
		attempt->link = LINK_NONE;
	if (!attempt->callee)
		attempt->basis.reason = (uint8_t)find_unlinked_reason(analysis, attempt);
}

static int complete_invocation(struct analysis *analysis, struct invocation *invocation)
{
	const struct invocation *ancestor = invocation->parent;

	for (size_t i = 0; i < invocation->attempt_count; i++)
		label_attempt(analysis, invocation->attempts[i]);
	for (int i = 0; ancestor && i < ANCESTORS_MAX; i++, ancestor = ancestor->parent)
		if (ancestor->function && invocation->function &&
		    !strcmp(ancestor->function, invocation->function))
			invocation->flags |= INVOCATION_RECURSIVE;
	if (invocation->deadline_ns && invocation->end_ns > invocation->deadline_ns &&
	    (invocation->status == STATUS_OK || invocation->status == STATUS_ERROR))
		invocation->flags |= INVOCATION_OVER_DEADLINE;
	if (has_lost_callee(analysis, invocation))
		invocation->flags |= INVOCATION_INCOMPLETE;
	wait_note_calls(invocation);
	double_billing_compute(invocation);
	plan_table_add_invocation(&analysis->plans, invocation);
	return retry_compute(invocation);
}

/* What an invocation has from its callers. */
static int complete_from_root(const struct analysis *analysis, const struct chain *chain)
{
	struct invocation **order = descent_new(chain);

	if (!order)
		return -ENOMEM;
	orphan_compute(analysis->plan, order, chain->invocation_count);
	repetition_compute(analysis->plan, order, chain->invocation_count);
	timeout_budget_set_limits(order, chain->invocation_count);
	free(order);
	return 0;
}

static int keep_chain(struct analysis *analysis, struct chain *chain)
{
	struct results *results = &analysis->results;

	if (array_make_room(&results->chains, results->chain_kept_count, &analysis->chain_capacity,
			    sizeof(*results->chains)))
		return -ENOMEM;
	results->chains[results->chain_kept_count++] = chain;
	return 0;
}

static int on_chain_closed(void *context, struct chain *chain)
{
	struct analysis *analysis = context;
	int error = 0;

	for (size_t i = 0; i < chain->invocation_count && !error; i++)
		error = complete_invocation(analysis, chain->invocations[i]);
	if (!error)
		error = complete_from_root(analysis, chain);
	for (size_t i = 0; i < chain->invocation_count && !error; i++)
		sums_add_invocation(&chain->sums, chain->invocations[i]);
	if (!error)
		error = critical_path_compute(chain, &analysis->path_walk);
	if (!error)
		error = aggregate_add_chain(&analysis->aggregate, chain);
	if (!error)
		error = path_totals_add(&analysis->paths, chain);
	if (!error)
		return sequence_hold(&analysis->sequence, chain);
	chain_free(chain);
	return error;
}

static void count_traces(struct results *results, const struct chain *chain)
{
	results->chain_count++;
	results->requests += chain->root->link == LINK_ROOT;
	results->trace_conflicts += chain->has_trace_conflict;
	if (chain->depth > results->chain_depth)
		results->chain_depth = chain->depth;
	for (size_t i = 0; i < chain->invocation_count; i++) {
		const struct invocation *invocation = chain->invocations[i];

		results->trace_malformed += !!(invocation->flags & INVOCATION_TRACE_MALFORMED);
		results->recursive += !!(invocation->flags & INVOCATION_RECURSIVE);
		if (invocation->lineage.loops > results->lineage_loops)
			results->lineage_loops = invocation->lineage.loops;
	}
}

static int begin_sink(struct analysis *analysis)
{
	const struct results_sink *sink = &analysis->options.sink;

	if (analysis->has_begun)
		return 0;
	analysis->has_begun = true;
	return sink->begin ? sink->begin(sink->context, &analysis->results) : 0;
}

static bool is_kept(const struct analysis *analysis, const struct chain *chain)
{
	const struct chain_filter *filter = &analysis->options.filter;

	return analysis->options.keeps_chains &&
	       (!filter->keeps || filter->keeps(filter->context, chain));
}

/* It has got its id. */
static int on_chain_told(void *context, struct chain *chain)
{
	struct analysis *analysis = context;
	const struct results_sink *sink = &analysis->options.sink;
	int error = trace_ids_assign(chain, analysis->options.start_realtime_ns -
						    analysis->options.start_monotonic_ns);

	if (!error)
		count_traces(&analysis->results, chain);
	if (!error)
		error = begin_sink(analysis);
	if (!error && sink->chain)
		error = sink->chain(sink->context, chain);
	if (!error && is_kept(analysis, chain)) {
		error = keep_chain(analysis, chain);
		if (!error)
			return 0;
	}
	chain_free(chain);
	return error;
}

/* ---- links ---- */

static int on_linked(void *context, const struct link_decision *decision)
{
	struct analysis *analysis = context;

	return chain_builder_link(&analysis->chains, decision);
}

static int on_attempt_decided(void *context, struct invocation *owner)
{
	struct analysis *analysis = context;

	return chain_builder_attempt_decided(&analysis->chains, owner);
}

static int resolve(struct analysis *analysis, bool is_final)
{
	struct linker *linker = &analysis->linker;
	int error = is_final ? linker_finish(linker, analysis->now_ns)
			     : linker_resolve(linker, analysis->now_ns);

	if (!error)
		error = chain_builder_close(&analysis->chains, is_final);
	if (!error)
		error = sequence_tell(&analysis->sequence,
				      is_final ? UINT64_MAX
					       : chain_builder_oldest_ns(&analysis->chains));
	return error;
}

/* ---- what assembly tells ---- */

static void move_clock(struct analysis *analysis, uint64_t now_ns)
{
	if (now_ns > analysis->now_ns)
		analysis->now_ns = now_ns;
}

static int on_exchange_begin(void *context, struct exchange *exchange)
{
	struct analysis *analysis = context;

	return linker_add_exchange(&analysis->linker, exchange);
}

static int on_exchange_end(void *context, struct exchange *exchange)
{
	struct analysis *analysis = context;

	return linker_end_exchange(&analysis->linker, exchange);
}

static int begin(struct analysis *analysis, struct invocation *invocation)
{
	int error = chain_builder_begin(&analysis->chains, invocation);

	if (!error)
		error = environment_log_invocation_begin(&analysis->environments, invocation);
	return error ? error : sequence_begin(&analysis->sequence, invocation);
}

static int on_invocation_begin(void *context, struct invocation *invocation)
{
	struct analysis *analysis = context;
	int error = begin(analysis, invocation);

	if (!error)
		error = concurrency_begin(&analysis->concurrency, invocation);
	if (!error && invocation->dispatcher_tgid)
		error = linker_add_invocation(&analysis->linker, invocation);
	return error;
}

/* Each once, though several invocations know of it. */
static void count_shared_calls(struct analysis *analysis, const struct invocation *invocation)
{
	for (size_t i = 0; i < invocation->doubtful_count; i++) {
		analysis->results.shared_calls += !invocation->doubtful[i]->is_shared;
		invocation->doubtful[i]->is_shared = true;
	}
}

/* What the user says counts more than what the environment says. */
static void override_memory(const struct analysis *analysis, struct invocation *invocation)
{
	const struct memory_overrides *memory = analysis->options.memory;
	uint32_t memory_mb = memory ? memory_overrides_find(memory, invocation->function) : 0;

	if (!memory_mb)
		return;
	invocation->memory_mb = memory_mb;
	invocation->flags |= INVOCATION_MEMORY_GIVEN;
}

static int attribute(struct analysis *analysis, struct invocation *invocation,
		     const struct timeline *timeline)
{
	static const struct timeline none;
	struct wait_context context = { .scratch = &analysis->wait_scratch,
					.losses = &analysis->losses,
					.is_explained = analysis->options.explains };
	struct open_interval *others;
	int error = concurrency_settle(&analysis->concurrency, invocation, &others,
				       &context.other_count);

	if (error)
		return error;
	context.others = others;
	if (context.other_count)
		invocation->flags |= INVOCATION_CONCURRENT;
	count_shared_calls(analysis, invocation);
	error = wait_attribute(invocation, timeline ? timeline : &none, &context);
	free(others);
	return error;
}

static int on_invocation_settled(void *context, struct invocation *invocation,
				 const struct timeline *timeline)
{
	struct link_decision root = { .invocation = invocation,
				      .link = LINK_ROOT,
				      .basis = { .reason = ROOT_NO_DISPATCHER } };
	struct analysis *analysis = context;
	size_t pending = 0;
	int error = 0;

	override_memory(analysis, invocation);
	if (!chain_builder_knows(&analysis->chains, invocation))
		error = begin(analysis, invocation);
	/* Of what is shared the lowest id gets the remainder: those beside it are numbered now. */
	sequence_number(&analysis->sequence, invocation->end_ns);
	if (!error)
		error = attribute(analysis, invocation, timeline);
	if (!error)
		error = environment_log_invocation_end(&analysis->environments, invocation);
	if (error)
		return error;
	for (size_t i = 0; i < invocation->attempt_count; i++)
		pending += linker_watch(&analysis->linker, invocation->attempts[i], invocation);
	error = chain_builder_settle(&analysis->chains, invocation, pending);
	if (error)
		return error;
	if (invocation->request)
		return linker_settle_served(&analysis->linker, invocation);
	if (!invocation->dispatcher_tgid)
		return chain_builder_link(&analysis->chains, &root);
	return linker_settle_invocation(&analysis->linker, invocation);
}

static int on_environment_begin(void *context, struct environment *environment)
{
	struct analysis *analysis = context;

	return environment_log_begin(&analysis->environments, environment);
}

static int on_environment_end(void *context, struct environment *environment)
{
	struct analysis *analysis = context;
	const struct memory_overrides *memory = analysis->options.memory;
	uint32_t memory_mb = memory ? memory_overrides_find(memory, environment->function) : 0;

	if (memory_mb)
		environment->memory_mb = memory_mb;
	return environment_log_end(&analysis->environments, environment);
}

static int on_process_end(void *context, uint32_t tgid)
{
	struct analysis *analysis = context;

	linker_end_process(&analysis->linker, tgid);
	return 0;
}

static int on_loss(void *context, const struct fact_loss *loss)
{
	struct analysis *analysis = context;

	return loss_log_add(&analysis->losses, loss);
}

static int on_blind_spot(void *context, const struct fact *fact)
{
	struct analysis *analysis = context;

	return blind_spots_add(&analysis->blind_spots, fact);
}

static int on_gap(void *context, const struct fact_message *message)
{
	struct analysis *analysis = context;

	analysis->results.gaps++;
	return 0;
}

static int on_advance(void *context, uint64_t now_ns)
{
	struct analysis *analysis = context;

	move_clock(analysis, now_ns);
	return linker_has_enough(&analysis->linker, analysis->now_ns) ? resolve(analysis, false)
								      : 0;
}

/* ---- the door ---- */

int analysis_new(struct analysis **ret_analysis, const struct analysis_options *options)
{
	struct analysis *analysis = calloc(1, sizeof(*analysis));
	struct linker_sink sink = { .context = analysis,
				    .linked = on_linked,
				    .attempt_decided = on_attempt_decided };

	if (!analysis)
		return -ENOMEM;
	analysis->options = *options;
	analysis->plan = options->plan ? options->plan : price_plan_get(false);
	if (plan_table_init(&analysis->plans, analysis->plan, options->more_plans,
			    options->more_plan_count)) {
		free(analysis);
		return -ENOMEM;
	}
	analysis->sink = (struct model_sink){ .context = analysis,
					      .exchange_begin = on_exchange_begin,
					      .exchange_end = on_exchange_end,
					      .invocation_begin = on_invocation_begin,
					      .invocation_settled = on_invocation_settled,
					      .environment_begin = on_environment_begin,
					      .environment_end = on_environment_end,
					      .process_end = on_process_end,
					      .loss = on_loss,
					      .blind_spot = on_blind_spot,
					      .gap = on_gap,
					      .advance = on_advance };
	loss_log_init(&analysis->losses);
	blind_spots_init(&analysis->blind_spots);
	concurrency_init(&analysis->concurrency);
	environment_log_init(&analysis->environments, options->keeps_environments);
	analysis->environments.plans = &analysis->plans;
	linker_init(&analysis->linker, &sink);
	chain_builder_init(&analysis->chains);
	analysis->chains.context = analysis;
	analysis->chains.closed = on_chain_closed;
	sequence_init(&analysis->sequence);
	analysis->sequence.context = analysis;
	analysis->sequence.tell = on_chain_told;
	aggregate_init(&analysis->aggregate, analysis->plan);
	path_totals_init(&analysis->paths);
	wait_scratch_init(&analysis->wait_scratch);
	path_walk_init(&analysis->path_walk);
	analysis->results.start_monotonic_ns = options->start_monotonic_ns;
	analysis->results.start_realtime_ns = options->start_realtime_ns;
	analysis->results.plan = analysis->plan;
	analysis->results.plans = analysis->plans.rows;
	analysis->results.plan_count = analysis->plans.count;
	*ret_analysis = analysis;
	return 0;
}

void analysis_free(struct analysis *analysis)
{
	if (!analysis)
		return;
	linker_release(&analysis->linker);
	chain_builder_release(&analysis->chains);
	sequence_release(&analysis->sequence);
	for (size_t i = 0; i < analysis->results.chain_kept_count; i++)
		chain_free(analysis->results.chains[i]);
	free(analysis->results.chains);
	for (size_t i = 0; i < analysis->results.environment_count; i++)
		environment_unref(analysis->results.environments[i].environment);
	free(analysis->results.environments);
	free(analysis->results.functions);
	free(analysis->results.edges);
	free(analysis->results.orphans);
	free(analysis->results.path_kinds);
	free(analysis->results.path_parts);
	aggregate_release(&analysis->aggregate);
	path_totals_release(&analysis->paths);
	wait_scratch_release(&analysis->wait_scratch);
	path_walk_release(&analysis->path_walk);
	plan_table_release(&analysis->plans);
	environment_log_release(&analysis->environments);
	concurrency_release(&analysis->concurrency);
	loss_log_release(&analysis->losses);
	blind_spots_release(&analysis->blind_spots);
	free(analysis);
}

const struct model_sink *analysis_model_sink(struct analysis *analysis)
{
	return &analysis->sink;
}

int analysis_finish(struct analysis *analysis, const struct results **ret_results)
{
	struct results *results = &analysis->results;
	int error = 0;

	if (!analysis->is_finished) {
		error = resolve(analysis, true);
		if (!error)
			error = begin_sink(analysis);
		results->end_monotonic_ns = analysis->now_ns > results->start_monotonic_ns
						    ? analysis->now_ns
						    : results->start_monotonic_ns;
		if (!error)
			error = environment_log_finish(&analysis->environments,
						       results->end_monotonic_ns,
						       &analysis->aggregate, results);
		if (!error)
			error = aggregate_finish(&analysis->aggregate, results);
		if (!error)
			error = path_totals_finish(&analysis->paths, results);
		analysis->is_finished = !error;
	}
	if (error)
		return error;
	results->is_complete = !analysis->losses.has_loss && !analysis->blind_spots.has_loss;
	results->blind_spots = analysis->blind_spots.rows;
	results->blind_spot_count = analysis->blind_spots.count;
	results->lost_records = analysis->losses.records;
	results->lost_bytes = analysis->losses.bytes;
	*ret_results = results;
	return 0;
}
