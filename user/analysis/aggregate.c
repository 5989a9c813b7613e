// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * aggregate.c - see aggregate.h. Rows are found by their interned names, whose addresses are their
 * identity inside one aggregate.
 */
#include "analysis/aggregate.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/billing.h"
#include "analysis/call_order.h"
#include "analysis/client_timeout.h"
#include "analysis/edge.h"
#include "analysis/histogram.h"
#include "analysis/timeout_budget.h"

struct function_entry {
	struct function_row row;
	struct histogram billed;
	uint64_t timeout_ns; /* the longest deadline - start that was seen; 0 none */
};

struct edge_entry {
	struct edge_row row;
	struct client_timeout timeout;
	struct budget_log budget;
	bool is_awaited;      /* what the callee may take is waited for */
	uint64_t last_serial; /* of the invocation, and its call, that was counted last */
	uint32_t last_call;
};

void aggregate_init(struct aggregate *aggregate, const struct price_plan *plan)
{
	memset(aggregate, 0, sizeof(*aggregate));
	aggregate->plan = plan;
	string_pool_init(&aggregate->names);
	row_table_init(&aggregate->functions, 1, sizeof(struct function_entry));
	edge_table_init(&aggregate->edges, sizeof(struct edge_entry));
}

void aggregate_release(struct aggregate *aggregate)
{
	struct function_entry *entry = row_table_first(&aggregate->functions);

	for (; entry; entry = row_table_next(entry))
		histogram_release(&entry->billed);
	row_table_release(&aggregate->functions);
	row_table_release(&aggregate->edges);
	string_pool_release(&aggregate->names);
}

static struct function_entry *load_function(struct aggregate *aggregate, const char *function)
{
	const char *name = string_pool_intern(&aggregate->names, function ? function : "?");
	struct function_entry *entry;

	if (!name)
		return NULL;
	entry = row_table_load(&aggregate->functions, (uintptr_t[]){ (uintptr_t)name });
	if (entry && !entry->row.name) {
		entry->row.name = name;
		histogram_init(&entry->billed);
	}
	return entry;
}

int aggregate_set_life(struct aggregate *aggregate, const char *function,
		       const struct life_sums *life)
{
	struct function_entry *entry = load_function(aggregate, function);

	if (!entry)
		return -ENOMEM;
	entry->row.life = *life;
	return 0;
}

/* ---- edges ---- */

/* Of @caller's @attempt; NULL when out of memory. */
static struct edge_entry *load_edge(struct aggregate *aggregate, const char *caller,
				    const struct exchange *attempt)
{
	struct edge_entry *entry;
	struct edge_key key;

	if (edge_key_init(&key, caller, attempt, &aggregate->names, &aggregate->edges))
		return NULL;
	entry = edge_table_load(&aggregate->edges, &key);
	if (entry) {
		entry->row.caller = key.caller;
		entry->row.callee = key.callee;
		entry->row.service = key.service;
		entry->row.mode = key.mode;
	}
	return entry;
}

/* Functions are invoked: that is no news. */
static int count_operation(struct aggregate *aggregate, struct edge_row *row,
			   const struct exchange *attempt)
{
	struct edge_operation *operation = row->operations;
	struct edge_operation *end = operation + row->operation_count;

	if (!attempt->operation || attempt->service_class == SERVICE_LAMBDA_SYNC ||
	    attempt->service_class == SERVICE_LAMBDA_EVENT)
		return 0;
	while (operation < end && strcmp(operation->name, attempt->operation) != 0)
		operation++;
	if (operation == row->operations + EDGE_OPERATIONS_MAX) {
		row->has_more_operations = true;
		return 0;
	}
	if (operation == end) {
		operation->name = string_pool_intern(&aggregate->names, attempt->operation);
		if (!operation->name)
			return -ENOMEM;
		row->operation_count++;
	}
	operation->attempts++;
	return 0;
}

/* ---- what served nobody ---- */

static void add_duplicate(struct edge_row *row, const struct invocation *run)
{
	row->duplicates++;
	row->duplicate_ns += invocation_billed_ns(run);
	row->duplicate_pico = billing_add_pico(row->duplicate_pico, run->cost_pico);
}

/* Of the run that @attempt led to. */
static void add_callee_waste(struct edge_row *row, const struct invocation *callee)
{
	row->orphans += callee->waste.orphaned_ns > 0;
	row->orphaned_ns += callee->waste.orphaned_ns;
	row->orphaned_pico = billing_add_pico(row->orphaned_pico, callee->waste.orphaned_pico);
	if (callee->waste.is_duplicate)
		add_duplicate(row, callee);
}

/* What an Event call led to may not have its cost yet: it is of another chain. */
static int64_t run_pico(const struct price_plan *plan, const struct invocation *invocation,
			const struct exchange *attempt)
{
	const struct invocation *run = attempt->callee;

	if (run->parent == invocation)
		return run->cost_pico;
	return price_plan_compute_pico(plan, invocation_billed_ns(run), run->memory_mb);
}

static void add_retries(const struct price_plan *plan, struct edge_row *row,
			const struct invocation *invocation, const struct exchange *attempt)
{
	uint32_t memory_mb = invocation->memory_mb;

	row->backoff_ns += attempt->backoff_ns;
	row->backoff_pico = billing_add_pico(
		row->backoff_pico, price_plan_compute_pico(plan, attempt->backoff_ns, memory_mb));
	if (!attempt->is_repeated)
		return;
	row->retry_wait_ns += attempt->wait_ns;
	row->retry_wait_pico = billing_add_pico(
		row->retry_wait_pico, price_plan_compute_pico(plan, attempt->wait_ns, memory_mb));
	if (!attempt->callee)
		return;
	row->retry_billed_ns += invocation_billed_ns(attempt->callee);
	row->retry_billed_pico =
		billing_add_pico(row->retry_billed_pico, run_pico(plan, invocation, attempt));
}

/* Attempts come sorted by call, so a call is counted once at each edge that one of them belongs to. */
static int add_attempt(struct aggregate *aggregate, const struct invocation *invocation,
		       const char *caller, const struct exchange *attempt)
{
	struct edge_entry *entry = load_edge(aggregate, caller, attempt);
	struct edge_row *row;

	if (!entry)
		return -ENOMEM;
	row = &entry->row;
	row->calls += entry->last_serial != aggregate->serial || entry->last_call != attempt->call;
	entry->last_serial = aggregate->serial;
	entry->last_call = attempt->call;
	row->attempts++;
	row->errors += attempt_is_failed(attempt);
	row->wait_ns += attempt->wait_ns;
	row->double_billed_ns += attempt->double_billed_ns;
	row->transit_ns += attempt->transit_ns;
	row->cost_pico = billing_add_pico(
		row->cost_pico, billing_attempt_pico(aggregate->plan, invocation, attempt));
	add_retries(aggregate->plan, row, invocation, attempt);
	if (attempt->callee && attempt->callee->parent == invocation)
		add_callee_waste(row, attempt->callee);
	entry->is_awaited |= attempt->service_class == SERVICE_LAMBDA_SYNC;
	budget_log_add(&entry->budget, invocation, attempt);
	client_timeout_add(&entry->timeout, attempt);
	/* An attempt that reached nobody is no doubt about whom its call is for. */
	if (attempt->link > row->link && (attempt->callee || !attempt->call_callee))
		row->link = attempt->link; /* later in enum link_kind is weaker */
	return count_operation(aggregate, row, attempt);
}

static int add_attempts(struct aggregate *aggregate, const struct invocation *invocation,
			const char *caller)
{
	struct exchange **attempts;
	int error = call_order_new(&attempts, invocation);

	for (size_t i = 0; i < invocation->attempt_count && !error; i++)
		error = add_attempt(aggregate, invocation, caller, attempts[i]);
	free(attempts);
	return error;
}

static void count_unlinked(struct unlinked *unlinked, const struct invocation *invocation)
{
	if (invocation->link == LINK_NONE)
		unlinked->invocations[invocation->basis.reason]++;
	for (size_t i = 0; i < invocation->attempt_count; i++) {
		const struct exchange *attempt = invocation->attempts[i];

		if (!attempt->callee && (attempt->service_class == SERVICE_LAMBDA_SYNC ||
					 attempt->service_class == SERVICE_LAMBDA_EVENT))
			unlinked->calls[attempt->basis.reason]++;
	}
}

static void add_memory(struct function_row *row, const struct invocation *invocation)
{
	row->peak_unknown += !invocation->peak_rss_bytes;
	if (invocation->peak_process_bytes > row->peak_process_bytes)
		row->peak_process_bytes = invocation->peak_process_bytes;
	if (invocation->peak_rss_bytes <= row->peak_rss_bytes)
		return;
	row->peak_rss_bytes = invocation->peak_rss_bytes;
	row->peak_processes = invocation->peak_processes;
}

/* An event that was handed out again: its first run is in the caller's attempt, this one is not. */
static int add_rerun(struct aggregate *aggregate, const struct invocation *invocation)
{
	const struct function_entry *caller;
	struct edge_entry *edge;

	if (!invocation->waste.is_duplicate || !invocation->caused_by || !invocation->caller)
		return 0;
	caller = load_function(aggregate, invocation->caused_by->function);
	edge = caller ? load_edge(aggregate, caller->row.name, invocation->caller) : NULL;
	if (!edge)
		return -ENOMEM;
	add_duplicate(&edge->row, invocation);
	return 0;
}

static bool is_longer(const struct orphan_row *left, const struct orphan_row *right)
{
	if (left->orphaned_ns != right->orphaned_ns)
		return left->orphaned_ns > right->orphaned_ns;
	return left->invocation < right->invocation;
}

/* The longest are listed. */
static int list_orphan(struct aggregate *aggregate, const char *function,
		       const struct invocation *invocation)
{
	const struct waste *waste = &invocation->waste;
	struct orphan_row row = { .function = function,
				  .invocation = invocation->id,
				  .orphaned_ns = waste->orphaned_ns,
				  .orphaned_pico = waste->orphaned_pico,
				  .cause = (enum orphan_cause)waste->orphaned_by,
				  .link = invocation->link };
	const struct function_entry *caller;
	size_t i = aggregate->orphan_count;

	if (!row.orphaned_ns)
		return 0;
	if (i == AGGREGATE_ORPHANS_MAX && !is_longer(&row, &aggregate->orphans[i - 1]))
		return 0;
	caller = load_function(aggregate, invocation->parent->function);
	if (!caller)
		return -ENOMEM;
	row.caller = caller->row.name;
	if (i < AGGREGATE_ORPHANS_MAX)
		aggregate->orphan_count++;
	else
		i--;
	for (; i > 0 && is_longer(&row, &aggregate->orphans[i - 1]); i--)
		aggregate->orphans[i] = aggregate->orphans[i - 1];
	aggregate->orphans[i] = row;
	return 0;
}

static void note_timeout(struct function_entry *entry, const struct invocation *invocation)
{
	uint64_t timeout_ns = invocation->deadline_ns - invocation->start_ns;

	if (invocation->deadline_ns > invocation->start_ns && timeout_ns > entry->timeout_ns)
		entry->timeout_ns = timeout_ns;
}

static int add_invocation(struct aggregate *aggregate, const struct invocation *invocation)
{
	struct function_entry *entry = load_function(aggregate, invocation->function);

	if (!entry)
		return -ENOMEM;
	aggregate->serial++;
	if (invocation->memory_mb)
		entry->row.memory_mb = invocation->memory_mb;
	add_memory(&entry->row, invocation);
	sums_add_invocation(&entry->row.sums, invocation);
	sums_add_invocation(&aggregate->totals, invocation);
	note_timeout(entry, invocation);
	count_unlinked(&aggregate->unlinked, invocation);
	if (histogram_add(&entry->billed, invocation_billed_ns(invocation)) ||
	    list_orphan(aggregate, entry->row.name, invocation) || add_rerun(aggregate, invocation))
		return -ENOMEM;
	return add_attempts(aggregate, invocation, entry->row.name);
}

int aggregate_add_chain(struct aggregate *aggregate, const struct chain *chain)
{
	int error = 0;

	for (size_t i = 0; i < chain->invocation_count && !error; i++)
		error = add_invocation(aggregate, chain->invocations[i]);
	return error;
}

/* ---- rows ---- */

static int compare_functions(const void *left, const void *right)
{
	const struct function_row *a = left, *b = right;

	return strcmp(a->name, b->name);
}

static int compare_edges(const void *left, const void *right)
{
	const struct edge_row *a = left, *b = right;
	int order = strcmp(a->caller, b->caller);

	if (!order)
		order = strcmp(a->callee, b->callee);
	if (!order)
		order = strcmp(a->service, b->service);
	return order ? order : (int)a->mode - (int)b->mode;
}

static struct edge_row finished_row(const struct aggregate *aggregate,
				    const struct edge_entry *edge)
{
	const struct function_entry *callee =
		edge->is_awaited ? row_table_find(&aggregate->functions,
						  (uintptr_t[]){ (uintptr_t)edge->row.callee })
				 : NULL;
	enum budget_source source = BUDGET_BY_NOTHING;
	struct edge_row row = edge->row;
	uint64_t callee_ns = 0;

	row.client_timeout_ns = client_timeout_find(&edge->timeout, &row.client_timeouts);
	if (callee && callee->timeout_ns) {
		callee_ns = callee->timeout_ns;
		source = BUDGET_BY_DEADLINE;
	} else if (callee) {
		callee_ns = histogram_percentile(&callee->billed, 99);
		source = BUDGET_BY_P99;
	}
	row.budget = budget_log_finish(&edge->budget, callee_ns, source, row.client_timeout_ns);
	return row;
}

int aggregate_finish(const struct aggregate *aggregate, struct results *results)
{
	size_t functions = aggregate->functions.count, edges = aggregate->edges.count;
	const struct function_entry *function;
	const struct edge_entry *edge;
	size_t i = 0;

	results->functions = calloc(functions + 1, sizeof(*results->functions));
	results->edges = calloc(edges + 1, sizeof(*results->edges));
	results->orphans = calloc(aggregate->orphan_count + 1, sizeof(*results->orphans));
	if (!results->functions || !results->edges || !results->orphans)
		return -ENOMEM;
	memcpy(results->orphans, aggregate->orphans,
	       aggregate->orphan_count * sizeof(*results->orphans));
	results->orphan_count = aggregate->orphan_count;
	for (function = row_table_first(&aggregate->functions); function;
	     function = row_table_next(function)) {
		struct function_row *row = &results->functions[i++];

		*row = function->row;
		row->p50_ns = histogram_percentile(&function->billed, 50);
		row->p99_ns = histogram_percentile(&function->billed, 99);
	}
	i = 0;
	for (edge = row_table_first(&aggregate->edges); edge; edge = row_table_next(edge))
		results->edges[i++] = finished_row(aggregate, edge);
	results->function_count = functions;
	results->edge_count = edges;
	results->totals = aggregate->totals;
	results->unlinked = aggregate->unlinked;
	qsort(results->functions, functions, sizeof(*results->functions), compare_functions);
	qsort(results->edges, edges, sizeof(*results->edges), compare_edges);
	return 0;
}
