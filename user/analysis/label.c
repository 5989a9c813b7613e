// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * label.c - see label.h.
 */
#include "analysis/label.h"

/* ---- a whole way ---- */

bool label_is_event(const struct request *request)
{
	bool is_event = evidence_is_event(request->server);

	for (int i = 0; request->upstream && i < RELAYS_MAX; i++) {
		request = request->upstream;
		is_event |= evidence_is_event(request->server);
	}
	return is_event;
}

/* The weakest part of @request's way, and what it could have been instead, in all parts. */
static enum link_kind weakest_on_way(const struct request *request, uint32_t *ret_alternatives)
{
	enum link_kind weakest = LINK_EXACT;

	*ret_alternatives = 0;
	for (int i = 0; request->upstream && i < RELAYS_MAX; i++) {
		if (request->relayed > weakest)
			weakest = request->relayed;
		*ret_alternatives += request->relay_alternatives;
		request = request->upstream;
	}
	if (!request->is_way_lost)
		return weakest;
	*ret_alternatives += 1;
	return LINK_AMBIGUOUS;
}

/* Whether it is a guess that @request comes from no invocation: on its way another one could be its. */
static bool is_doubtful_root(const struct request *request)
{
	if (request_origin(request)->is_way_lost)
		return true;
	for (int i = 0; request->upstream && i < RELAYS_MAX; i++) {
		if (request->relayed == LINK_AMBIGUOUS && request->could_be_called)
			return true;
		request = request->upstream;
	}
	return false;
}

static enum link_kind join(enum link_kind link, const struct request *request,
			   uint32_t *ret_alternatives)
{
	enum link_kind way = weakest_on_way(request, ret_alternatives);

	return way > link ? way : link;
}

/* ---- labels ---- */

/*
 * A row whose requests all come from outside is a root whichever of them it answers; and one that got
 * none although a caller could have been it has lost its caller.
 */
enum link_kind label_event(const struct handover *handover, uint32_t *ret_alternatives)
{
	const struct request *request = handover->request;
	const struct request *origin = request ? request_origin(request) : NULL;
	enum link_kind link = LINK_ROOT;

	*ret_alternatives = 0;
	if (origin && request_owner(origin))
		link = join(handover->link, request, ret_alternatives);
	else if (origin && (request_has_unknown_owner(origin) || origin->way))
		link = LINK_NONE;
	else if (origin && is_doubtful_root(request))
		link = join(LINK_AMBIGUOUS, request, ret_alternatives);
	else if (handover->can_have_caller && !request)
		link = LINK_NONE;
	else if (handover->can_have_caller && handover->link == LINK_AMBIGUOUS)
		link = LINK_AMBIGUOUS;
	if (link == LINK_AMBIGUOUS)
		*ret_alternatives += handover->alternatives;
	else
		*ret_alternatives = 0;
	return link;
}

enum link_kind label_served(const struct request *request, uint32_t *ret_alternatives)
{
	const struct request *origin = request_origin(request);

	*ret_alternatives = 0;
	if (request_owner(origin) || is_doubtful_root(request))
		return join(LINK_EXACT, request, ret_alternatives);
	return request_has_unknown_owner(origin) || origin->way ? LINK_NONE : LINK_ROOT;
}

/* ---- why ---- */

/* Why @request leads to no caller; LINK_REASON_NONE: it does. */
static enum link_reason find_root_reason(const struct request *request)
{
	const struct request *origin = request_origin(request);

	if (request_owner(origin))
		return LINK_REASON_NONE;
	if (origin->way)
		return CALLER_TAKEN;
	if (!origin->client)
		return ROOT_CLIENT_UNSEEN;
	return request_has_unknown_owner(origin) ? CALLER_OWNER_UNKNOWN : ROOT_CLIENT_OUTSIDE;
}

/* The same for an event that got no request. */
static enum link_reason find_alone_reason(const struct handover *handover)
{
	if (handover->can_have_caller)
		return CALLER_TAKEN;
	return handover->requests ? ROOT_TAKEN : ROOT_NO_REQUEST;
}

struct link_basis label_request(const struct request *request)
{
	struct link_basis basis = {
		.evidence = request->evidence,
		.reason = find_root_reason(request),
		.receiver_tgid = request->server->tgid,
	};

	for (int i = 0; request->upstream && i < RELAYS_MAX; i++) {
		if (request->relayed > basis.relayed)
			basis.relayed = (uint8_t)request->relayed;
		basis.relays += !request->upstream->server->is_client;
		request = request->upstream;
		basis.evidence |= request->evidence;
	}
	return basis;
}

struct link_basis label_basis(const struct handover *handover)
{
	const struct request *request = handover->request;
	struct link_basis basis;

	if (!request)
		return (struct link_basis){ .reason = find_alone_reason(handover),
					    .requests = handover->requests };
	basis = label_request(request);
	basis.evidence |= handover->choice |
			  evidence_agreement(request->server, handover->invocation);
	basis.requests = handover->requests;
	basis.events = handover->events;
	return basis;
}

void label_unanswered(const struct request *request)
{
	struct exchange *client = request_origin(request)->client;

	/* What went to the network alone has no other end. */
	if (!client || client->callee || request->is_passed_on || request->server->is_client)
		return;
	client->basis = label_request(request);
	if (evidence_is_refused(request->server))
		client->basis.reason = CALLEE_REFUSED;
	else
		client->basis.reason = request->was_wanted ? CALLEE_TAKEN : CALLEE_NOT_HANDED_OVER;
}
