/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * edge.h - which edge an attempt belongs to: who calls whom, by which service, and how; and tables of edges. Clients
 * can make up a new name for every call, so the number of edges is bounded.
 */
#ifndef IDLETAX_ANALYSIS_EDGE_H
#define IDLETAX_ANALYSIS_EDGE_H

#include <stdbool.h>
#include <stddef.h>

#include "analysis/results.h"
#include "base/row_table.h"
#include "base/string_pool.h"
#include "model/exchange.h"

/* With more edges than these, calls to names that are not known yet are to EDGE_OTHERS. */
#define EDGES_MAX 10000
#define EDGE_OTHERS "(others)"

/* How an attempt appears in an edge; never NULL. */
const char *attempt_callee_name(const struct exchange *attempt);
const char *attempt_service_name(const struct exchange *attempt); /* "lambda", "dynamodb", "tcp" */
enum edge_mode attempt_edge_mode(const struct exchange *attempt);
bool attempt_is_failed(const struct exchange *attempt); /* no good reply, or none at all */

/* The callee's name; in a pool that @is_full EDGE_OTHERS for one that is not in it. NULL when out of memory. */
const char *attempt_intern_callee(const struct exchange *attempt, struct string_pool *names,
				  bool is_full);

/* Names are interned in the pool of the table of edges: equal ones have equal addresses. */
struct edge_key {
	const char *caller, *callee, *service;
	enum edge_mode mode;
};

void edge_table_init(struct row_table *edges, size_t row_bytes);

/* Of an attempt of @caller, which is of @names. 0 or -ENOMEM. */
int edge_key_init(struct edge_key *key, const char *caller, const struct exchange *attempt,
		  struct string_pool *names, const struct row_table *edges);

/* The edge's row, which is made, all zero, where there is none; NULL when out of memory. */
void *edge_table_load(struct row_table *edges, const struct edge_key *key);

#endif
