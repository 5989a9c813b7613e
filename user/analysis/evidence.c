// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * evidence.c - see evidence.h.
 */
#include "analysis/evidence.h"

#include <string.h>

#include "analysis/route.h"

/* A body this short ({}, null, "ok") says nothing by being equal. */
#define DIGEST_BYTES_MIN 8

/*
 * Squared distances are 2^26 at most, two a pair: less than EVIDENCE_ORDER, and those of a whole group
 * (MATCHING_SIDE_MAX) less than half of EVIDENCE_SOFT.
 * The unit is short: requests that come closer together could be exchanged.
 */
#define DISTANCE_UNIT_NS 8192
#define DISTANCE_MAX (1u << 13)

bool evidence_is_request(const struct exchange *exchange)
{
	switch (exchange->kind) {
	case MESSAGE_INVOKE:
	case MESSAGE_INVOKE_STREAM:
		return exchange->invocation_type != INVOCATION_DRY_RUN;
	case MESSAGE_INVOKE_ASYNC:
	case MESSAGE_HTTP:
		return true;
	default:
		return false;
	}
}

bool evidence_is_event(const struct exchange *exchange)
{
	return exchange->kind == MESSAGE_INVOKE_ASYNC ||
	       exchange->invocation_type == INVOCATION_EVENT ||
	       exchange->service_class == SERVICE_LAMBDA_EVENT;
}

bool evidence_is_named(const struct exchange *exchange)
{
	return exchange->kind == MESSAGE_HTTP && exchange->request_id;
}

static bool is_invoke(const struct exchange *exchange)
{
	return exchange->kind != MESSAGE_HTTP || evidence_is_named(exchange);
}

/* 1 equal, -1 different, 0 nothing to say. */
static int compare_digests(const struct digest *a, const struct digest *b, bool has_form)
{
	if (!a->bytes || !b->bytes || a->flags != b->flags)
		return 0;
	if (a->value != b->value)
		return -1;
	if (!has_form && a->bytes != b->bytes)
		return -1;
	return a->bytes >= DIGEST_BYTES_MIN && b->bytes >= DIGEST_BYTES_MIN;
}

int evidence_compare_bodies(const struct digest *json_a, const struct digest *body_a,
			    const struct digest *json_b, const struct digest *body_b)
{
	if (json_a->bytes && json_b->bytes)
		return compare_digests(json_a, json_b, true);
	if (json_a->bytes || json_b->bytes)
		return compare_digests(body_a, body_b, false) > 0;
	return compare_digests(body_a, body_b, false);
}

static bool is_known(const char *function)
{
	return function && function[0] && strcmp(function, "?") != 0;
}

const char *evidence_named_function(const struct exchange *request)
{
	bool has_id = evidence_is_named(request) || request->response_request_id;

	return is_invoke(request) && is_known(request->function) && !has_id ? request->function
									    : NULL;
}

/* Some emulators serve one function and take any name for it; those with workers never do. */
bool evidence_names_tell(const struct invocation *invocation,
			 const struct evidence_context *context)
{
	enum boundary boundary = invocation->environment ? invocation->environment->boundary
							 : BOUNDARY_RUNTIME_API;

	return is_known(invocation->function) &&
	       (context->knows_several_functions || boundary == BOUNDARY_NODE_WORKER ||
		boundary == BOUNDARY_CHILD_PROCESS);
}

static bool is_name_possible(const struct exchange *request, const struct invocation *invocation,
			     const struct evidence_context *context)
{
	return !is_invoke(request) || !is_known(request->function) ||
	       !evidence_names_tell(invocation, context) ||
	       !strcmp(request->function, invocation->function);
}

/* One that is answered 5xx was not accepted: what it led to was handed over before that. */
bool evidence_may_come_later(const struct exchange *request)
{
	return evidence_is_event(request) && request->status < 500;
}

uint64_t evidence_dispatched_ns(const struct invocation *invocation)
{
	return invocation->dispatched_ns ? invocation->dispatched_ns : invocation->start_ns;
}

uint64_t evidence_received_ns(const struct exchange *request)
{
	bool is_sure = !(request->flags & (MESSAGE_HAS_GAP | MESSAGE_END_INFERRED | MESSAGE_CUT));

	return is_sure && request->request_end_ns ? request->request_end_ns : request->start_ns;
}

uint64_t evidence_answered_ns(const struct exchange *request)
{
	bool is_streamed = request->kind == MESSAGE_INVOKE_STREAM ||
			   (request->flags & MESSAGE_STREAMED);

	if (evidence_may_come_later(request) || evidence_is_named(request))
		return UINT64_MAX;
	if (!request->has_response || is_streamed) /* else its client may have gone away */
		return request->is_over ? request->end_ns : UINT64_MAX;
	return request->response_start_ns;
}

/* When the result was there; 0 not known, or not yet. */
static uint64_t result_ns(const struct invocation *invocation)
{
	return invocation->taken_ns ? invocation->taken_ns : invocation->response_ns;
}

/*
 * The last byte of its answer. The first one may come before all of the result is there: some emulators pass
 * on what they have.
 */
static uint64_t answer_end_ns(const struct exchange *request)
{
	return request->is_over ? request->end_ns : request->response_start_ns;
}

static bool is_order_possible(const struct exchange *request, const struct invocation *invocation)
{
	uint64_t dispatched_ns = evidence_dispatched_ns(invocation);
	uint64_t answered_ns = evidence_answered_ns(request);

	if (evidence_received_ns(request) > dispatched_ns || answered_ns < dispatched_ns)
		return false;
	if (!request->has_response || answered_ns == UINT64_MAX)
		return true;
	/* An answer to a time-out or a crash has no result to wait for. */
	return result_ns(invocation) ? answer_end_ns(request) >= result_ns(invocation)
				     : invocation->is_over;
}

int64_t evidence_distance(uint64_t from_ns, uint64_t to_ns)
{
	uint64_t distance = to_ns > from_ns ? (to_ns - from_ns) / DISTANCE_UNIT_NS : 0;

	if (distance > DISTANCE_MAX)
		distance = DISTANCE_MAX;
	return -(int64_t)(distance * distance);
}

/* Whether what it was answered came from the function. */
static bool has_result(const struct exchange *request)
{
	return request->has_response && !evidence_is_event(request) && !evidence_is_named(request);
}

bool evidence_is_refused(const struct exchange *request)
{
	return is_invoke(request) && request->status >= 400 && request->status < 500;
}

/* 1 the same id, -1 another one, 0 nothing to say. That of an answer can be of the answering only. */
static int compare_ids(const struct exchange *request, const struct invocation *invocation)
{
	const char *own_id = invocation->request_id;

	if (!own_id)
		return 0;
	if (evidence_is_named(request))
		return strcmp(request->request_id, own_id) ? -1 : 1;
	return request->response_request_id && !strcmp(request->response_request_id, own_id);
}

static uint32_t body_bit(int comparison, uint32_t equal, uint32_t different)
{
	if (!comparison)
		return 0;
	return comparison > 0 ? equal : different;
}

uint32_t evidence_agreement(const struct exchange *request, const struct invocation *invocation)
{
	uint32_t bits = compare_ids(request, invocation) > 0 ? LINK_BY_REQUEST_ID : 0;

	if (!is_invoke(request))
		return bits;
	if (is_known(request->function) && is_known(invocation->function) &&
	    !strcmp(request->function, invocation->function))
		bits |= LINK_BY_FUNCTION_NAME;
	bits |= body_bit(evidence_compare_bodies(&request->request_json, &request->request_body,
						 &invocation->event_json, &invocation->event_body),
			 LINK_BY_EVENT_DIGEST, LINK_NOT_EVENT_DIGEST);
	if (has_result(request) && !request->function_error)
		bits |= body_bit(
			evidence_compare_bodies(&request->response_json, &request->response_body,
						&invocation->result_json, &invocation->result_body),
			LINK_BY_RESULT_DIGEST, LINK_NOT_RESULT_DIGEST);
	return bits;
}

static int64_t weigh_agreement(uint32_t bits)
{
	int64_t weight = 0;

	weight += bits & LINK_BY_REQUEST_ID ? 4 * EVIDENCE_HARD : 0;
	weight += bits & LINK_BY_FUNCTION_NAME ? 4 * EVIDENCE_SOFT : 0;
	weight += bits & LINK_BY_EVENT_DIGEST ? EVIDENCE_SOFT : 0;
	weight += bits & LINK_BY_RESULT_DIGEST ? EVIDENCE_SOFT : 0;
	weight -= bits & LINK_NOT_EVENT_DIGEST ? EVIDENCE_SOFT : 0;
	weight -= bits & LINK_NOT_RESULT_DIGEST ? EVIDENCE_SOFT : 0;
	return weight;
}

/* What the request led to first: the start of a process for it, or that it was handed over. */
static uint64_t triggered_ns(const struct invocation *invocation, uint64_t received_ns)
{
	if (invocation->is_cold && invocation->init_start_ns >= received_ns)
		return invocation->init_start_ns;
	return evidence_dispatched_ns(invocation);
}

static int64_t weigh_order(const struct exchange *request, const struct invocation *invocation)
{
	int64_t weight = EVIDENCE_ORDER;

	weight += evidence_distance(evidence_received_ns(request),
				    triggered_ns(invocation, evidence_received_ns(request)));
	if (has_result(request) && result_ns(invocation))
		weight += evidence_distance(result_ns(invocation), answer_end_ns(request));
	return weight;
}

int64_t evidence_weigh(const struct exchange *request, const struct invocation *invocation,
		       const struct evidence_context *context)
{
	int ids = compare_ids(request, invocation);
	/* A served Invoke was handed over to somebody; of an HTTP request nobody knows. */
	int64_t weight = is_invoke(request) ? 2 * EVIDENCE_HARD : EVIDENCE_HARD;

	/* What excludes most pairs comes first: this is asked of every pair. */
	if (request->is_served || ids < 0)
		return EVIDENCE_IMPOSSIBLE;
	if (!is_order_possible(request, invocation))
		return EVIDENCE_IMPOSSIBLE;
	if (!ids && !is_name_possible(request, invocation, context))
		return EVIDENCE_IMPOSSIBLE;
	if (!is_invoke(request) &&
	    !route_allows(invocation->function, request->method, request->path))
		return EVIDENCE_IMPOSSIBLE;
	if (!evidence_is_request(request) || evidence_is_refused(request))
		return EVIDENCE_IMPOSSIBLE;
	return weight + weigh_agreement(evidence_agreement(request, invocation)) +
	       weigh_order(request, invocation);
}
