// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * chain.c - see chain.h. An invocation joins a chain when it is linked, which is after it settled, and
 * its caller's chain is known; callees that were linked before their caller wait for it and come along.
 */
#include "analysis/chain.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define CAUSES_MAX 64 /* Event calls in a row that are followed */

struct node {
	struct invocation *invocation; /* counted */
	struct open_chain *chain;
	size_t pending; /* attempts that wait for a decision */
	bool is_settled;
	bool is_linked;
	struct node *before, *after; /* in order of start */
};

struct open_chain {
	struct chain *chain;
	size_t capacity;
	size_t pending; /* of all its nodes */
	struct open_chain *older, *newer;
};

static uint64_t node_key(const struct invocation *invocation)
{
	return (uint64_t)(uintptr_t)invocation;
}

static struct node *find_node(const struct chain_builder *builder,
			      const struct invocation *invocation)
{
	return hash_map_find(&builder->nodes, node_key(invocation));
}

void chain_builder_init(struct chain_builder *builder)
{
	memset(builder, 0, sizeof(*builder));
}

static void node_free(struct node *node)
{
	invocation_unref(node->invocation);
	free(node);
}

void chain_free(struct chain *chain)
{
	if (!chain)
		return;
	for (size_t i = 0; i < chain->invocation_count; i++) {
		struct invocation *invocation = chain->invocations[i];

		/* Others may hold it longer than what these point to lives. */
		invocation->parent = NULL;
		invocation->caused_by = NULL;
		invocation->caller = NULL;
		invocation->chain = NULL;
	}
	for (size_t i = 0; i < chain->invocation_count; i++)
		invocation_unref(chain->invocations[i]);
	invocation_unref(chain->caused_by);
	free(chain->invocations);
	free(chain->critical_path);
	free(chain);
}

void chain_builder_release(struct chain_builder *builder)
{
	struct open_chain *open = builder->oldest, *newer;
	size_t position = 0;
	struct node *node;

	for (; open; open = newer) {
		newer = open->newer;
		chain_free(open->chain);
		free(open);
	}
	while ((node = hash_map_next(&builder->nodes, &position, NULL)))
		node_free(node);
	hash_map_release(&builder->nodes);
	chain_builder_init(builder);
}

bool chain_builder_knows(const struct chain_builder *builder, const struct invocation *invocation)
{
	return find_node(builder, invocation);
}

uint64_t chain_builder_oldest_ns(const struct chain_builder *builder)
{
	return builder->first ? builder->first->invocation->start_ns : UINT64_MAX;
}

static void insert_node(struct chain_builder *builder, struct node *node)
{
	struct node *before = builder->last;

	while (before && before->invocation->start_ns > node->invocation->start_ns)
		before = before->before;
	node->before = before;
	node->after = before ? before->after : builder->first;
	*(before ? &before->after : &builder->first) = node;
	*(node->after ? &node->after->before : &builder->last) = node;
}

static void remove_node(struct chain_builder *builder, const struct invocation *invocation)
{
	struct node *node = hash_map_remove(&builder->nodes, node_key(invocation));

	*(node->before ? &node->before->after : &builder->first) = node->after;
	*(node->after ? &node->after->before : &builder->last) = node->before;
	node_free(node);
}

int chain_builder_begin(struct chain_builder *builder, struct invocation *invocation)
{
	struct node *node;

	if (find_node(builder, invocation))
		return 0;
	node = calloc(1, sizeof(*node));
	if (!node)
		return -ENOMEM;
	node->invocation = invocation_ref(invocation);
	if (hash_map_put(&builder->nodes, node_key(invocation), node)) {
		node_free(node);
		return -ENOMEM;
	}
	insert_node(builder, node);
	return 0;
}

int chain_builder_settle(struct chain_builder *builder, struct invocation *invocation,
			 size_t pending)
{
	struct node *node = find_node(builder, invocation);

	if (!node)
		return -EINVAL;
	node->is_settled = true;
	node->pending = pending;
	return 0;
}

/* ---- joining ---- */

static int join(struct open_chain *open, struct node *node)
{
	struct chain *chain = open->chain;

	if (chain->invocation_count == open->capacity) {
		size_t capacity = open->capacity ? 2 * open->capacity : 4;
		struct invocation **grown = realloc(chain->invocations, capacity * sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		chain->invocations = grown;
		open->capacity = capacity;
	}
	chain->invocations[chain->invocation_count++] = invocation_ref(node->invocation);
	node->chain = open;
	node->invocation->chain = chain;
	node->invocation->depth = node->invocation->parent ? node->invocation->parent->depth + 1
							   : 1;
	if (node->invocation->depth > chain->depth)
		chain->depth = node->invocation->depth;
	open->pending += node->pending;
	return 0;
}

/* @node and all linked callees below it, level by level: the chain's array is the queue. */
static int join_tree(struct chain_builder *builder, struct open_chain *open, struct node *node)
{
	struct chain *chain = open->chain;
	size_t next = chain->invocation_count;
	int error = join(open, node);

	for (; !error && next < chain->invocation_count; next++) {
		const struct invocation *invocation = chain->invocations[next];

		for (size_t i = 0; i < invocation->attempt_count && !error; i++) {
			struct invocation *callee = invocation->attempts[i]->callee;
			struct node *child = callee && callee->parent == invocation
						     ? find_node(builder, callee)
						     : NULL;

			if (child && !child->chain)
				error = join(open, child);
		}
	}
	return error;
}

static struct open_chain *open_chain_new(struct chain_builder *builder, struct invocation *root)
{
	struct open_chain *open = calloc(1, sizeof(*open));
	struct chain *chain = calloc(1, sizeof(*chain));

	if (!open || !chain) {
		free(open);
		free(chain);
		return NULL;
	}
	open->chain = chain;
	chain->root = root;
	open->older = builder->newest;
	if (builder->newest)
		builder->newest->newer = open;
	else
		builder->oldest = open;
	builder->newest = open;
	return open;
}

static int start_chain(struct chain_builder *builder, struct node *node)
{
	struct open_chain *open = open_chain_new(builder, node->invocation);

	if (!open)
		return -ENOMEM;
	if (node->invocation->caused_by)
		open->chain->caused_by = invocation_ref(node->invocation->caused_by);
	return join_tree(builder, open, node);
}

static bool has_callee(const struct invocation *invocation)
{
	for (size_t i = 0; i < invocation->attempt_count; i++)
		if (invocation->attempts[i]->callee)
			return true;
	return false;
}

/* Whether @invocation is @caller or what led to it: then it cannot be what @caller called. */
static bool is_cause_of(const struct invocation *invocation, const struct invocation *caller)
{
	int causes = 0;

	if (!has_callee(invocation)) /* so far it led to nothing, however deep @caller is */
		return caller == invocation;
	while (caller && caller != invocation && causes < CAUSES_MAX) {
		causes += !caller->parent;
		caller = caller->parent ? caller->parent : caller->caused_by;
	}
	return caller == invocation;
}

/*
 * The request that it answers; where nothing but the order of time says which that is: none. Of one that
 * was sent on without trace headers the one before it, which can have them. A call is none (its other end was
 * not read): it holds what it led to.
 */
static void note_entry(struct invocation *invocation, const struct link_decision *decision)
{
	struct exchange *entry = decision->request;

	if (!entry || invocation->request || decision->link == LINK_AMBIGUOUS ||
	    decision->basis.evidence & (LINK_BY_ORDER | LINK_BY_FIRST_BEST))
		return;
	if (decision->origin && !entry->trace_header && !entry->traceparent)
		entry = decision->origin;
	if (!entry->is_client)
		invocation->entry = exchange_ref(entry);
}

static void refuse_caller(struct invocation *invocation, enum link_reason reason)
{
	invocation->link = LINK_NONE;
	invocation->alternatives = 0;
	invocation->basis.reason = (uint8_t)reason;
}

int chain_builder_link(struct chain_builder *builder, const struct link_decision *decision)
{
	struct invocation *invocation = decision->invocation;
	struct node *node = find_node(builder, invocation), *parent;
	struct exchange *attempt = decision->attempt;

	if (!node || node->is_linked)
		return -EINVAL;
	node->is_linked = true;
	invocation->link = decision->link;
	invocation->alternatives = decision->alternatives;
	invocation->basis = decision->basis;
	note_entry(invocation, decision);
	if (attempt && !decision->caller && decision->link == LINK_ROOT)
		invocation->outside = exchange_ref(attempt);
	if (!decision->caller || !attempt)
		return start_chain(builder, node);
	if (attempt->callee && !decision->is_rerun) {
		refuse_caller(invocation, CALLER_ANSWERED);
		return start_chain(builder, node);
	}
	parent = find_node(builder, decision->caller);
	if ((!parent && !decision->is_event) || is_cause_of(invocation, decision->caller)) {
		refuse_caller(invocation,
			      !parent && !decision->is_event ? CALLER_TOLD : CALLER_IS_EFFECT);
		attempt->basis = decision->basis;
		attempt->basis.reason = CALLEE_UNLINKED;
		return start_chain(builder, node);
	}
	invocation->caller = attempt;
	if (!attempt->callee) {
		attempt->callee = invocation_ref(invocation);
		attempt->link = decision->link;
		attempt->alternatives = decision->alternatives;
		attempt->basis = decision->basis;
	}
	if (decision->is_event) {
		invocation->caused_by = decision->caller;
		return start_chain(builder, node);
	}
	invocation->parent = decision->caller;
	return parent->chain ? join_tree(builder, parent->chain, node) : 0;
}

int chain_builder_attempt_decided(struct chain_builder *builder, struct invocation *owner)
{
	struct node *node = find_node(builder, owner);

	if (!node || !node->pending)
		return 0;
	node->pending--;
	if (node->chain)
		node->chain->pending--;
	return 0;
}

/* ---- closing ---- */

static int close_chain(struct chain_builder *builder, struct open_chain *open)
{
	struct chain *chain = open->chain;

	if (open->older)
		open->older->newer = open->newer;
	else
		builder->oldest = open->newer;
	if (open->newer)
		open->newer->older = open->older;
	else
		builder->newest = open->older;
	free(open);
	if (chain->caused_by) /* its calls are numbered when it is settled */
		chain->caused_by_call = chain->root->caller->call;
	qsort(chain->invocations, chain->invocation_count, sizeof(*chain->invocations),
	      invocation_compare_start);
	for (size_t i = 0; i < chain->invocation_count; i++)
		remove_node(builder, chain->invocations[i]);
	return builder->closed(builder->context, chain);
}

/* Linked below an invocation that never came to its end: the best that is left is to begin here. */
static int adopt_orphans(struct chain_builder *builder)
{
	struct invocation **orphans = calloc(builder->nodes.count + 1, sizeof(*orphans));
	size_t count = 0, position = 0;
	struct node *node;
	int error = 0;

	if (!orphans)
		return -ENOMEM;
	while ((node = hash_map_next(&builder->nodes, &position, NULL)))
		if (node->is_linked && !node->chain)
			orphans[count++] = node->invocation;
	qsort(orphans, count, sizeof(*orphans), invocation_compare_start);
	for (size_t i = 0; i < count && !error; i++) {
		node = find_node(builder, orphans[i]);
		if (node->chain)
			continue; /* came along with one before it */
		node->invocation->parent = NULL;
		node->invocation->caller = NULL;
		refuse_caller(node->invocation, CALLER_UNFINISHED);
		error = start_chain(builder, node);
	}
	free(orphans);
	return error;
}

int chain_builder_close(struct chain_builder *builder, bool is_final)
{
	struct open_chain *open, *newer;
	int error = is_final ? adopt_orphans(builder) : 0;

	for (open = builder->oldest; open && !error; open = newer) {
		newer = open->newer;
		if (is_final || !open->pending)
			error = close_chain(builder, open);
	}
	return error;
}
