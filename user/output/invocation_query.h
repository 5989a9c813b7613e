/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * invocation_query.h - which invocation is meant: an id ("12", "#12"), a request id, or the beginning of one.
 * Chains pass by; those to keep are told, and at the end who was found, or what is near.
 */
#ifndef IDLETAX_OUTPUT_INVOCATION_QUERY_H
#define IDLETAX_OUTPUT_INVOCATION_QUERY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "analysis/results.h"

#define QUERY_CANDIDATES_MAX 8
#define QUERY_TEXT_MAX 64

struct query_candidate { /* its names are safe to print, and shortened */
	uint64_t id;
	char function[QUERY_TEXT_MAX];
	char request_id[QUERY_TEXT_MAX];
};

struct query_matches {
	struct query_candidate first[QUERY_CANDIDATES_MAX];
	uint64_t count; /* of all, also those that are not in `first` */
};

struct invocation_query {
	const char *text; /* borrowed; without the # */
	uint64_t id;
	bool is_number; /* text can be an id */
	bool is_id;	/* and nothing else: it had a # */
	/* --- what passed by --- */
	uint64_t seen;			       /* invocations */
	bool has_id;			       /* that one was there */
	struct query_matches whole, beginning; /* request ids */
	struct query_candidate nearest;	       /* by id, or by the longest equal beginning */
	uint64_t nearest_score;
};

enum query_result {
	QUERY_FOUND = 0,
	QUERY_NONE = 1,
	QUERY_SEVERAL = 2, /* see invocation_query_several */
};

/* 0, or -EINVAL where @text can be neither. */
int invocation_query_parse(struct invocation_query *query, const char *text);

/* A chain passes by: true where one of its invocations can be the one that is meant. */
bool invocation_query_pass(struct invocation_query *query, const struct chain *chain);

enum query_result invocation_query_end(const struct invocation_query *query, uint64_t *ret_id);

/* With QUERY_SEVERAL: those that it can be. */
const struct query_matches *invocation_query_several(const struct invocation_query *query);

#endif
