// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * advice_rules.c - see advice_rules.h. One function for each rule, in the order in which they are asked. What
 * is said of a reply rests on digests: they tell that bodies are equal, not what they say, and not whether
 * anything depends on the reply having come. So these verdicts ask for more than one sign, and the signs
 * are told with them.
 */
#include "analysis/advice_rules.h"

/* A reply that is the same for fewer different requests may be the answer to them. */
#define REQUESTS_MIN 5
/* One retry is an accident. */
#define RETRIED_SEQUENCES_MIN 2

static bool is_awaited(const struct edge_advice *edge)
{
	return edge->mode != EDGE_EVENT;
}

/* Both callers that are functions: only these are billed while they wait. */
static bool is_billed_wait(const struct edge_advice *edge)
{
	return is_awaited(edge) && !edge->facts.is_outside;
}

/* The callee was seen to reach a database or cache that no invocation of the caller did. */
static bool is_vpc_proxy(const struct edge_advice *edge)
{
	return is_billed_wait(edge) && edge->facts.callee_databases;
}

static bool is_caller_seen(const struct edge_facts *facts)
{
	return !facts->caller_unseen && !facts->is_caller_unbounded;
}

/* In none of its invocations, and not before them, did the callee call anybody, or connect to anything. */
static bool is_library(const struct edge_advice *edge)
{
	const struct edge_facts *facts = &edge->facts;

	return is_billed_wait(edge) && !facts->callee_calling && !facts->callee_connecting &&
	       !facts->callee_preparing;
}

/* One program that is no function and answers nobody made every call, each after the one before. */
static bool is_batch_loop(const struct edge_advice *edge)
{
	return edge->facts.is_outside && !edge->facts.is_server && !edge->facts.overlaps;
}

/*
 * In at least half of the calls the same invocation called other functions, too, one after the other, and
 * in some of those something was tried again.
 */
static bool is_workflow(const struct edge_advice *edge)
{
	const struct edge_facts *facts = &edge->facts;

	return is_billed_wait(edge) && facts->sequences * 2 >= facts->observations &&
	       facts->retried_sequences >= RETRIED_SEQUENCES_MIN;
}

/*
 * Nobody waits for an Event call. Of others each reply came when the caller had answered already; or it was
 * the same success, whatever had been asked, in as many as are needed, and nothing was called after it.
 */
static bool is_reply_unneeded(const struct edge_advice *edge)
{
	const struct edge_facts *facts = &edge->facts;
	uint64_t read = facts->observations - facts->unread_replies;

	if (facts->is_outside)
		return false;
	if (!is_awaited(edge))
		return true;
	if (!read)
		return true;
	return read >= ADVICE_OBSERVATIONS_MIN && facts->same_replies == read &&
	       facts->last_calls == read &&
	       (!facts->reply_bytes || facts->requests >= REQUESTS_MIN);
}

/* In at least half of the calls the same invocation sent the same body to other functions, too. */
static bool is_fan_out(const struct edge_advice *edge)
{
	return is_reply_unneeded(edge) && edge->facts.fan_outs * 2 >= edge->facts.observations;
}

static bool is_of_one_service(const struct edge_advice *edge)
{
	return is_billed_wait(edge) && edge->facts.is_same_service;
}

static bool is_between_services(const struct edge_advice *edge)
{
	return is_awaited(edge) && !edge->facts.is_same_service && !is_batch_loop(edge);
}

struct rule {
	enum verdict verdict;
	bool (*holds)(const struct edge_advice *edge);
};

static const struct rule rules[] = {
	{ VERDICT_VPC_PROXY_OK, is_vpc_proxy },	  { VERDICT_INLINE, is_library },
	{ VERDICT_BATCH_LOOP_OK, is_batch_loop }, { VERDICT_STEP_FUNCTIONS, is_workflow },
	{ VERDICT_FAN_OUT, is_fan_out },	  { VERDICT_ASYNC_SQS, is_reply_unneeded },
	{ VERDICT_DIRECT_OK, is_of_one_service }, { VERDICT_NEEDS_CONTRACT, is_between_services },
};

/* What says "never", and can be wrong for what was not seen. */
static uint32_t find_undecided(const struct edge_advice *edge)
{
	uint32_t undecided = 0;

	if (is_vpc_proxy(edge) && !is_caller_seen(&edge->facts))
		undecided |= 1u << VERDICT_VPC_PROXY_OK;
	if (is_library(edge) && edge->facts.callee_unseen)
		undecided |= 1u << VERDICT_INLINE;
	return undecided;
}

void advice_judge(struct edge_advice *edge)
{
	bool is_seen = edge->facts.observations >= ADVICE_OBSERVATIONS_MIN;

	edge->verdict = VERDICT_UNKNOWN;
	edge->also = 0;
	edge->undecided = is_seen ? find_undecided(edge) : 0;
	for (size_t i = 0; is_seen && i < sizeof(rules) / sizeof(rules[0]); i++) {
		uint32_t bit = 1u << rules[i].verdict;

		if (edge->undecided & bit || !rules[i].holds(edge))
			continue;
		if (edge->verdict == VERDICT_UNKNOWN && !edge->undecided)
			edge->verdict = rules[i].verdict;
		else
			edge->also |= bit;
	}
}
