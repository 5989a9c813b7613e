// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * edge.c - see edge.h.
 */
#include "analysis/edge.h"

#include <errno.h>
#include <string.h>

#define KEY_WORDS 4

/* What AWS's Runtime Interface Emulator calls a function in requests for it, and one without a name. */
static bool is_placeholder(const char *name)
{
	return !name || !strcmp(name, "function") || !strcmp(name, "test_function");
}

const char *attempt_callee_name(const struct exchange *attempt)
{
	const char *function = attempt->callee ? attempt->callee->function : NULL;

	/* Only a front end knows it: an emulator in a container was not told. */
	if (function && (!is_placeholder(function) || is_placeholder(attempt->function)))
		return function;
	if (!function && attempt->call_callee)
		return attempt->call_callee;
	if (attempt->function)
		return attempt->function;
	if (attempt->target)
		return attempt->target;
	if (attempt->kind == MESSAGE_TLS && attempt->host) /* the name is all that can be seen */
		return attempt->host;
	if (attempt->service)
		return attempt->service;
	return attempt->host ? attempt->host : attempt_service_name(attempt);
}

const char *attempt_service_name(const struct exchange *attempt)
{
	switch (attempt->service_class) {
	case SERVICE_LAMBDA_SYNC: /* a function of its own server is called by plain HTTP */
		if (attempt->kind != MESSAGE_HTTP)
			return "lambda";
		return attempt->service ? attempt->service : "http";
	case SERVICE_LAMBDA_EVENT:
		return "lambda";
	case SERVICE_AWS:
		return attempt->service ? attempt->service : "aws";
	case SERVICE_HTTP:
		return attempt->service ? attempt->service : "http";
	case SERVICE_OTHER:
		break;
	}
	return attempt->service ? attempt->service : "tcp";
}

enum edge_mode attempt_edge_mode(const struct exchange *attempt)
{
	if (attempt->service_class == SERVICE_LAMBDA_EVENT)
		return EDGE_EVENT;
	return attempt->kind == MESSAGE_INVOKE_STREAM ? EDGE_STREAM : EDGE_SYNC;
}

bool attempt_is_failed(const struct exchange *attempt)
{
	return attempt->status >= 400 || attempt->function_error ||
	       (attempt->is_cut && !attempt->is_dangling);
}

const char *attempt_intern_callee(const struct exchange *attempt, struct string_pool *names,
				  bool is_full)
{
	const char *name = attempt_callee_name(attempt), *known;

	if (!is_full)
		return string_pool_intern(names, name);
	known = string_pool_find(names, name);
	return known ? known : string_pool_intern(names, EDGE_OTHERS);
}

/* ---- tables ---- */

void edge_table_init(struct row_table *edges, size_t row_bytes)
{
	row_table_init(edges, KEY_WORDS, row_bytes);
}

int edge_key_init(struct edge_key *key, const char *caller, const struct exchange *attempt,
		  struct string_pool *names, const struct row_table *edges)
{
	key->caller = caller;
	key->callee = attempt_intern_callee(attempt, names, edges->count >= EDGES_MAX);
	key->service = string_pool_intern(names, attempt_service_name(attempt));
	key->mode = attempt_edge_mode(attempt);
	return key->callee && key->service ? 0 : -ENOMEM;
}

void *edge_table_load(struct row_table *edges, const struct edge_key *key)
{
	const uintptr_t words[KEY_WORDS] = { (uintptr_t)key->caller, (uintptr_t)key->callee,
					     (uintptr_t)key->service, (uintptr_t)key->mode };

	return row_table_load(edges, words);
}
