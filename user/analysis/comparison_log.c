/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * comparison_log.c - see comparison_log.h. Names are interned, and entries found by their addresses: two logs have
 * none in common, so what is looked up is put into the log's own names first.
 */
#include "analysis/comparison_log.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/call_order.h"
#include "analysis/edge.h"

#define NAMES 4		      /* of an entry */
#define KEY_WORDS (NAMES + 1) /* and its mode */

static const struct {
	const char *name;
	bool is_money;
} figures[COMPARED_COUNT] = {
	[COMPARED_BILLED] = { "billed_ns", false },
	[COMPARED_OWN] = { "own_ns", false },
	[COMPARED_ACTIVE] = { "active_ns", false },
	[COMPARED_WAIT_LAMBDA] = { "wait_lambda_ns", false },
	[COMPARED_WAIT_SERVICE] = { "wait_service_ns", false },
	[COMPARED_DOUBLE_BILLED] = { "double_billed_ns", false },
	[COMPARED_LATENCY] = { "latency_ns", false },
	[COMPARED_COST] = { "cost_pico", true },
	[COMPARED_INIT_COST] = { "init_cost_pico", true },
	[COMPARED_CALL_WAIT] = { "wait_ns", false },
	[COMPARED_CALL_DOUBLE_BILLED] = { "double_billed_ns", false },
	[COMPARED_CALL_TRANSIT] = { "transit_ns", false },
	[COMPARED_CALL_COST] = { "cost_pico", true },
};

const char *compared_figure_name(enum compared_figure figure)
{
	return figures[figure].name;
}

bool compared_figure_is_money(enum compared_figure figure)
{
	return figures[figure].is_money;
}

void comparison_log_init(struct comparison_log *log)
{
	memset(log, 0, sizeof(*log));
	string_pool_init(&log->names);
	row_table_init(&log->entries, KEY_WORDS, sizeof(struct comparison_entry));
}

void comparison_log_release(struct comparison_log *log)
{
	row_table_release(&log->entries);
	string_pool_release(&log->names);
}

/* ---- entries ---- */

/* An entry's key: its names in the log's pool (0: none), and its mode. False where the pool lacks one. */
static bool find_key(const struct comparison_log *log, const struct comparison_entry *named,
		     uintptr_t ret_key[KEY_WORDS])
{
	const char *const names[] = { named->name, named->caller, named->callee, named->service };

	for (size_t i = 0; i < NAMES; i++) {
		ret_key[i] = (uintptr_t)string_pool_find(&log->names, names[i]);
		if (names[i] && !ret_key[i])
			return false;
	}
	ret_key[NAMES] = (uintptr_t)named->mode;
	return true;
}

static bool intern_names(struct comparison_log *log, const struct comparison_entry *named)
{
	const char *const names[] = { named->name, named->caller, named->callee, named->service };

	for (size_t i = 0; i < NAMES; i++)
		if (names[i] && !string_pool_intern(&log->names, names[i]))
			return false;
	return true;
}

const struct comparison_entry *comparison_log_find(const struct comparison_log *log,
						   const struct comparison_entry *other)
{
	uintptr_t key[KEY_WORDS];

	return find_key(log, other, key) ? row_table_find(&log->entries, key) : NULL;
}

/* The entry that is called as @named is; NULL when out of memory. */
static struct comparison_entry *load(struct comparison_log *log,
				     const struct comparison_entry *named)
{
	struct comparison_entry *entry;
	uintptr_t key[KEY_WORDS];

	if (!find_key(log, named, key) && (!intern_names(log, named) || !find_key(log, named, key)))
		return NULL;
	entry = row_table_load(&log->entries, key);
	if (!entry || entry->name || entry->caller)
		return entry;
	entry->name = (const char *)key[0];
	entry->caller = (const char *)key[1];
	entry->callee = (const char *)key[2];
	entry->service = (const char *)key[3];
	entry->mode = named->mode;
	log->edge_count += !!entry->caller;
	return entry;
}

/* ---- figures ---- */

static void add_figure(struct comparison_entry *entry, enum compared_figure figure,
		       unsigned __int128 value)
{
	entry->figures[figure].sum += value;
	spread_add(&entry->figures[figure].spread, (double)value);
}

/* Money is never less than nothing. */
static void add_money(struct comparison_entry *entry, enum compared_figure figure, int64_t pico)
{
	add_figure(entry, figure, (uint64_t)pico);
}

static void add_states(struct comparison_entry *entry, const uint64_t state_ns[STATE_COUNT],
		       uint64_t billed_ns)
{
	add_figure(entry, COMPARED_BILLED, billed_ns);
	add_figure(entry, COMPARED_OWN, billed_ns - state_ns[STATE_WAIT_LAMBDA]);
	add_figure(entry, COMPARED_ACTIVE, state_ns[STATE_ACTIVE]);
	add_figure(entry, COMPARED_WAIT_LAMBDA, state_ns[STATE_WAIT_LAMBDA]);
	add_figure(entry, COMPARED_WAIT_SERVICE, state_ns[STATE_WAIT_SERVICE]);
}

static void close_call(struct comparison_entry *edge)
{
	if (!edge->open_serial)
		return;
	for (int figure = COMPARED_FUNCTION_END; figure < COMPARED_COUNT; figure++)
		if (figure != COMPARED_CALL_COST || edge->is_open_priced)
			add_figure(edge, (enum compared_figure)figure, edge->open[figure]);
	memset(edge->open, 0, sizeof(edge->open));
	edge->open_serial = 0;
	edge->count++;
}

static int add_attempt(struct comparison_log *log, const struct invocation *invocation,
		       const struct exchange *attempt)
{
	struct comparison_entry key = {
		.caller = invocation->function ? invocation->function : "?",
		.callee = attempt_callee_name(attempt),
		.service = attempt_service_name(attempt),
		.mode = attempt_edge_mode(attempt),
	};
	struct comparison_entry *edge;

	if (log->edge_count >= EDGES_MAX && !comparison_log_find(log, &key))
		key.callee = EDGE_OTHERS;
	edge = load(log, &key);
	if (!edge)
		return -ENOMEM;
	if (edge->open_serial != log->serial || edge->open_call != attempt->call)
		close_call(edge);
	edge->open_serial = log->serial;
	edge->open_call = attempt->call;
	edge->is_open_priced = !(invocation->flags & INVOCATION_UNKNOWN_MEMORY);
	edge->attempts++;
	edge->errors += attempt_is_failed(attempt);
	edge->open[COMPARED_CALL_WAIT] += attempt->wait_ns;
	edge->open[COMPARED_CALL_DOUBLE_BILLED] += attempt->double_billed_ns;
	edge->open[COMPARED_CALL_TRANSIT] += attempt->transit_ns;
	edge->open[COMPARED_CALL_COST] += (uint64_t)attempt->cost_pico;
	return 0;
}

static int add_attempts(struct comparison_log *log, const struct invocation *invocation)
{
	struct exchange **attempts;
	int error = call_order_new(&attempts, invocation);

	for (size_t i = 0; i < invocation->attempt_count && !error; i++)
		error = add_attempt(log, invocation, attempts[i]);
	free(attempts);
	return error;
}

static int add_invocation(struct comparison_log *log, const struct invocation *invocation)
{
	struct comparison_entry key = { .name = invocation->function ? invocation->function : "?" };
	struct comparison_entry *entry = load(log, &key);

	if (!entry)
		return -ENOMEM;
	log->serial++;
	entry->count++;
	entry->errors += invocation->status == STATUS_ERROR || invocation->status == STATUS_TIMEOUT;
	if (invocation->memory_mb)
		entry->memory_mb = invocation->memory_mb;
	add_states(entry, invocation->state_ns, invocation_billed_ns(invocation));
	add_figure(entry, COMPARED_DOUBLE_BILLED, invocation->double_billed_ns);
	if (invocation->response_ns)
		add_figure(entry, COMPARED_LATENCY, invocation->response_ns - invocation->start_ns);
	if (!(invocation->flags & INVOCATION_UNKNOWN_MEMORY)) {
		add_money(entry, COMPARED_COST, invocation->cost_pico);
		add_money(entry, COMPARED_INIT_COST, invocation->init_cost_pico);
	}
	return add_attempts(log, invocation);
}

static bool has_price(const struct chain *chain)
{
	for (size_t i = 0; i < chain->invocation_count; i++)
		if (chain->invocations[i]->flags & INVOCATION_UNKNOWN_MEMORY)
			return false;
	return true;
}

int comparison_log_add_chain(void *context, const struct chain *chain)
{
	struct comparison_log *log = context;
	struct comparison_entry *all = &log->all;
	int error = 0;

	all->count++;
	all->errors += chain->root->status == STATUS_ERROR || chain->root->status == STATUS_TIMEOUT;
	add_states(all, chain->sums.state_ns, chain->sums.billed_ns);
	add_figure(all, COMPARED_DOUBLE_BILLED, chain->sums.double_billed_ns);
	if (chain->root->response_ns)
		add_figure(all, COMPARED_LATENCY, chain->latency_ns);
	if (has_price(chain)) {
		add_money(all, COMPARED_COST, chain->sums.cost_pico);
		add_money(all, COMPARED_INIT_COST, chain->sums.init_cost_pico);
	}
	for (size_t i = 0; i < chain->invocation_count && !error; i++)
		error = add_invocation(log, chain->invocations[i]);
	return error;
}

void comparison_log_finish(struct comparison_log *log)
{
	struct comparison_entry *entry;

	for (entry = row_table_first(&log->entries); entry; entry = row_table_next(entry))
		close_call(entry);
}
