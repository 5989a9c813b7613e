/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * comparison_log.c - see comparison_log.h. Entries are found by what they are called: two logs have no string
 * in common.
 */
#include "analysis/comparison_log.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/aggregate.h"
#include "analysis/call_order.h"

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
}

void comparison_log_release(struct comparison_log *log)
{
	struct comparison_entry *entry, *next;
	size_t position = 0;

	while ((entry = hash_map_next(&log->entries, &position, NULL))) {
		for (; entry; entry = next) {
			next = entry->next;
			free(entry);
		}
	}
	hash_map_release(&log->entries);
	string_pool_release(&log->names);
}

/* ---- entries ---- */

static uint64_t hash_name(uint64_t hash, const char *name)
{
	return hash_mix(hash ^ (name ? hash_bytes(name, strlen(name)) : 1));
}

static uint64_t hash_entry(const struct comparison_entry *entry)
{
	uint64_t hash = hash_name(entry->mode, entry->name);

	hash = hash_name(hash, entry->caller);
	hash = hash_name(hash, entry->callee);
	return hash_name(hash, entry->service);
}

static bool is_equal(const char *a, const char *b)
{
	return a == b || (a && b && !strcmp(a, b));
}

static struct comparison_entry *find(const struct comparison_log *log, uint64_t hash,
				     const struct comparison_entry *other)
{
	struct comparison_entry *entry = hash_map_find(&log->entries, hash);

	while (entry &&
	       !(is_equal(entry->name, other->name) && is_equal(entry->caller, other->caller) &&
		 is_equal(entry->callee, other->callee) &&
		 is_equal(entry->service, other->service) && entry->mode == other->mode))
		entry = entry->next;
	return entry;
}

const struct comparison_entry *comparison_log_find(const struct comparison_log *log,
						   const struct comparison_entry *other)
{
	return find(log, hash_entry(other), other);
}

/* Whether the entry could take the pool's copies of its names. */
static bool own_names(struct comparison_log *log, struct comparison_entry *entry)
{
	const char **const names[] = { &entry->name, &entry->caller, &entry->callee,
				       &entry->service };

	for (size_t i = 0; i < 4; i++) {
		const char *copy = string_pool_intern(&log->names, *names[i]);

		if (*names[i] && !copy)
			return false;
		*names[i] = copy;
	}
	return true;
}

static struct comparison_entry *load(struct comparison_log *log, const struct comparison_entry *key)
{
	uint64_t hash = hash_entry(key);
	struct comparison_entry *entry = find(log, hash, key);

	if (entry)
		return entry;
	entry = malloc(sizeof(*entry));
	if (!entry)
		return NULL;
	*entry = *key;
	entry->next = hash_map_find(&log->entries, hash);
	if (!own_names(log, entry) || hash_map_put(&log->entries, hash, entry)) {
		free(entry);
		return NULL;
	}
	log->entry_count++;
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

	if (log->edge_count >= AGGREGATE_EDGES_MAX && !comparison_log_find(log, &key))
		key.callee =
			AGGREGATE_OTHERS; /* a client can make up a new host for every request */
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
	size_t position = 0;

	while ((entry = hash_map_next(&log->entries, &position, NULL)))
		for (; entry; entry = entry->next)
			close_call(entry);
}
