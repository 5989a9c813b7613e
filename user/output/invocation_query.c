/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * invocation_query.c - see invocation_query.h. A number is first an id: request ids may begin with digits,
 * but whoever types two digits has read them in a report.
 */
#include "output/invocation_query.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "output/text_style.h"

/* A terminal reads them in an error message. */
#define FUNCTION_COLUMNS 24
#define REQUEST_ID_COLUMNS 40

int invocation_query_parse(struct invocation_query *query, const char *text)
{
	char *end;

	memset(query, 0, sizeof(*query));
	query->is_id = text[0] == '#';
	query->text = text + query->is_id;
	if (query->text[0] >= '0' && query->text[0] <= '9') {
		errno = 0;
		query->id = strtoull(query->text, &end, 10);
		query->is_number = !*end && !errno;
	}
	return !query->text[0] || (query->is_id && !query->is_number) ? -EINVAL : 0;
}

static void fill(struct query_candidate *candidate, const struct invocation *invocation)
{
	candidate->id = invocation->id;
	text_safe(candidate->function, sizeof(candidate->function),
		  invocation->function ? invocation->function : "?", FUNCTION_COLUMNS, false);
	text_safe(candidate->request_id, sizeof(candidate->request_id),
		  invocation->request_id ? invocation->request_id : "", REQUEST_ID_COLUMNS, false);
}

static size_t equal_bytes(const char *left, const char *right)
{
	size_t count = 0;

	while (left[count] && left[count] == right[count])
		count++;
	return count;
}

/* The higher the nearer. */
static uint64_t find_score(const struct invocation_query *query,
			   const struct invocation *invocation)
{
	if (query->is_number)
		return UINT64_MAX - (query->id > invocation->id ? query->id - invocation->id
								: invocation->id - query->id);
	return invocation->request_id ? equal_bytes(query->text, invocation->request_id) : 0;
}

/* Whether it is among those that are remembered. */
static bool add_match(struct query_matches *matches, const struct invocation *invocation)
{
	if (matches->count++ >= QUERY_CANDIDATES_MAX)
		return false;
	fill(&matches->first[matches->count - 1], invocation);
	return true;
}

static bool pass(struct invocation_query *query, const struct invocation *invocation)
{
	uint64_t score = find_score(query, invocation);

	query->seen++;
	if (score > query->nearest_score) {
		query->nearest_score = score;
		fill(&query->nearest, invocation);
	}
	if (query->is_number && invocation->id == query->id) {
		query->has_id = true;
		return true;
	}
	if (query->is_id || !invocation->request_id)
		return false;
	if (!strcmp(invocation->request_id, query->text))
		return add_match(&query->whole, invocation);
	if (!strncmp(invocation->request_id, query->text, strlen(query->text)))
		return add_match(&query->beginning, invocation);
	return false;
}

bool invocation_query_pass(struct invocation_query *query, const struct chain *chain)
{
	bool is_kept = false;

	for (size_t i = 0; i < chain->invocation_count; i++)
		is_kept |= pass(query, chain->invocations[i]);
	return is_kept;
}

const struct query_matches *invocation_query_several(const struct invocation_query *query)
{
	return query->whole.count ? &query->whole : &query->beginning;
}

enum query_result invocation_query_end(const struct invocation_query *query, uint64_t *ret_id)
{
	const struct query_matches *matches = invocation_query_several(query);

	if (query->has_id) {
		*ret_id = query->id;
		return QUERY_FOUND;
	}
	if (matches->count == 1)
		*ret_id = matches->first[0].id;
	if (matches->count > 1)
		return QUERY_SEVERAL;
	return matches->count ? QUERY_FOUND : QUERY_NONE;
}
