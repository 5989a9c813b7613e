/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * chain.h - joins linked invocations into chains and tells each chain once it is closed: its root has
 * ended, none of its calls is open, all its invocations are settled (SEMANTICS 6).
 */
#ifndef IDLETAX_ANALYSIS_CHAIN_H
#define IDLETAX_ANALYSIS_CHAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "analysis/linker.h"
#include "analysis/results.h"
#include "base/hash_map.h"

struct node;
struct open_chain;

struct chain_builder {
	struct hash_map nodes;	   /* invocations in flight, by address */
	struct node *first, *last; /* the same, in order of start */
	struct open_chain *oldest; /* list, in order of creation */
	struct open_chain *newest;
	void *context;
	/* A closed chain: root, invocations, depth and cause are filled. The receiver frees it. */
	int (*closed)(void *context, struct chain *chain);
};

void chain_builder_init(struct chain_builder *builder);
void chain_builder_release(struct chain_builder *builder);

bool chain_builder_knows(const struct chain_builder *builder, const struct invocation *invocation);
/* When the oldest began that is in no closed chain; UINT64_MAX: there is none. */
uint64_t chain_builder_oldest_ns(const struct chain_builder *builder);

/* Each returns 0 or negative errno. */
int chain_builder_begin(struct chain_builder *builder, struct invocation *invocation);
/* @pending: how many of its attempts wait for a decision. */
int chain_builder_settle(struct chain_builder *builder, struct invocation *invocation,
			 size_t pending);
/* Of a settled invocation. Fills its link, parent or caused_by, caller, and its attempt's callee. */
int chain_builder_link(struct chain_builder *builder, const struct link_decision *decision);
int chain_builder_attempt_decided(struct chain_builder *builder, struct invocation *owner);

/* Closes what can be closed; @is_final: everything that is settled. */
int chain_builder_close(struct chain_builder *builder, bool is_final);

/* Releases its invocations, which forget their chain. NULL is allowed. */
void chain_free(struct chain *chain);

#endif
