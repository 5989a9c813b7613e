// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * relay.c - see relay.h.
 */
#include "analysis/relay.h"

#include <string.h>

#include "base/text_equal.h"

/* A body this short ({}, null) says nothing by being equal. */
#define BODY_BYTES_MIN 8
/* A send is told when its call returns: by then the other end can have read it. */
#define NETWORK_SLACK_NS 1000000ull
/* What AWS's Runtime Interface Emulator calls any function. */
#define NAME_OF_ANY "function"

uint64_t relay_sent_ns(const struct exchange *forward)
{
	return forward->start_ns + forward->connect_ns;
}

uint64_t relay_arrived_ns(const struct exchange *server)
{
	return server->start_ns + NETWORK_SLACK_NS;
}

/* ---- content ---- */

static bool is_renamed(const struct exchange *received, const struct exchange *sent)
{
	return !text_is_equal(received->path, sent->path);
}

/* By what they ask for, without their bodies. */
static bool is_same_start_line(const struct exchange *received, const struct exchange *sent)
{
	if (evidence_is_named(sent) && received->kind != MESSAGE_HTTP)
		return text_is_equal(received->function, sent->function);
	if (received->kind != sent->kind || received->method != sent->method)
		return false;
	return sent->kind != MESSAGE_HTTP || !is_renamed(received, sent);
}

static bool is_same_content(const struct exchange *received, const struct exchange *sent)
{
	if ((received->flags | sent->flags) & MESSAGE_HAS_GAP)
		return false;
	return digest_is_same(&received->request_body, &sent->request_body) ||
	       (received->request_json.bytes &&
		digest_is_same(&received->request_json, &sent->request_json));
}

/* LocalStack's id: 1 the same, -1 another one, 0 nothing to say. */
static int compare_ids(const struct exchange *received, const struct exchange *sent)
{
	if (!evidence_is_named(sent))
		return 0;
	if (evidence_is_named(received))
		return strcmp(received->request_id, sent->request_id) ? -1 : 1;
	if (!received->response_request_id)
		return 0;
	return strcmp(received->response_request_id, sent->request_id) ? -1 : 1;
}

static bool says_something(const struct exchange *exchange)
{
	return exchange->request_body.bytes >= BODY_BYTES_MIN;
}

/* ---- time and threads ---- */

/* Whether an answer to the one that was received came from the answer to the one that was sent. */
static bool has_passed_answer(const struct exchange *received, const struct exchange *sent)
{
	return received->has_response && sent->has_response && !evidence_is_event(received) &&
	       !evidence_is_named(sent);
}

static bool is_time_possible(const struct exchange *received, const struct exchange *sent)
{
	uint64_t sent_ns = relay_sent_ns(sent);

	if (received->start_ns > sent_ns)
		return false;
	if (received->is_over && !evidence_is_event(received) && received->end_ns < sent_ns)
		return false;
	return !has_passed_answer(received, sent) ||
	       received->response_start_ns >= sent->response_start_ns;
}

/*
 * One thread received it, sent the other, slept until that was answered and answered: it works on one
 * request at a time.
 */
static bool is_one_piece(const struct exchange *received, const struct exchange *sent)
{
	return sent->is_awaited && sent->tid == received->tid &&
	       sent->response_tid == received->tid && received->response_tid == received->tid &&
	       has_passed_answer(received, sent);
}

/* ---- weights ---- */

static int64_t weigh_answers(const struct exchange *received, const struct exchange *sent)
{
	if (!has_passed_answer(received, sent))
		return 0;
	return EVIDENCE_SOFT * evidence_compare_bodies(&received->response_json,
						       &received->response_body,
						       &sent->response_json, &sent->response_body) +
	       evidence_distance(sent->response_start_ns, received->response_start_ns);
}

/* Where the name gets lost on the way, who received it at last still works for that function. */
static bool is_same_function(const struct exchange *received, const struct handover *row)
{
	return received->function && (text_is_equal(received->function, row->forward->function) ||
				      text_is_equal(received->function, row->function));
}

int64_t relay_weigh(const struct exchange *received, const struct handover *row)
{
	const struct exchange *sent = row->forward;
	int64_t weight = EVIDENCE_HARD + EVIDENCE_ORDER;
	int ids = compare_ids(received, sent);

	if (received->is_served || ids < 0 || !is_time_possible(received, sent) ||
	    !is_same_start_line(received, sent))
		return EVIDENCE_IMPOSSIBLE;
	if (!ids && !is_same_content(received, sent))
		return EVIDENCE_IMPOSSIBLE;
	weight += ids * 4 * EVIDENCE_HARD;
	if (is_one_piece(received, sent))
		weight += 4 * EVIDENCE_HARD;
	else if (received->tid == sent->tid)
		weight += 8 * EVIDENCE_SOFT;
	if (is_same_function(received, row))
		weight += 4 * EVIDENCE_SOFT;
	weight += EVIDENCE_SOFT * says_something(sent);
	weight += evidence_distance(received->start_ns, relay_sent_ns(sent));
	return weight + weigh_answers(received, sent);
}

/*
 * The client's port stays the same where its address does, unless another connection has it at the far end
 * already: then the kernel takes a free one.
 */
static bool is_source_likely(const struct exchange *client, const struct exchange *server)
{
	return client->source_address != server->source_address ||
	       client->source_port == server->source_port;
}

int64_t relay_weigh_translated(const struct exchange *client, const struct exchange *server)
{
	bool is_same_port = client->source_port && client->source_port == server->source_port;
	bool is_answered = client->has_response && server->has_response;
	int64_t weight = EVIDENCE_HARD + EVIDENCE_ORDER;
	int ids = compare_ids(client, server);

	if (client->peer_connection || server->peer_connection || ids < 0 ||
	    !is_same_start_line(client, server) || is_renamed(client, server) ||
	    !is_same_content(client, server))
		return EVIDENCE_IMPOSSIBLE;
	if (client->start_ns > relay_arrived_ns(server) ||
	    (client->is_over && client->end_ns < relay_sent_ns(server)))
		return EVIDENCE_IMPOSSIBLE;
	if (is_answered &&
	    (client->status != server->status ||
	     client->response_start_ns + NETWORK_SLACK_NS < server->response_start_ns))
		return EVIDENCE_IMPOSSIBLE;
	if (!ids && !is_same_port &&
	    (!says_something(client) || !is_source_likely(client, server))) {
		if (client->kind == MESSAGE_HTTP)
			return EVIDENCE_IMPOSSIBLE;
		weight = EVIDENCE_ORDER; /* only time says it: ambiguous at best */
	}
	weight += ids * 4 * EVIDENCE_HARD;
	if (is_same_port)
		weight += 8 * EVIDENCE_SOFT;
	weight += EVIDENCE_SOFT * says_something(client);
	weight += evidence_distance(client->start_ns, relay_sent_ns(server));
	if (is_answered)
		weight += EVIDENCE_SOFT *
			  evidence_compare_bodies(&client->response_json, &client->response_body,
						  &server->response_json, &server->response_body);
	return weight > 0 ? weight : EVIDENCE_IMPOSSIBLE; /* time alone, and the answers differ */
}

/* ---- how sure ---- */

static bool is_open_at(const struct exchange *received, uint64_t time_ns)
{
	return received->start_ns <= time_ns &&
	       (!received->is_over || evidence_is_event(received) || received->end_ns >= time_ns);
}

static size_t count_open(const struct dispatcher *relay, uint64_t time_ns)
{
	size_t count = 0;

	for (size_t i = 0; i < relay->column_count; i++)
		count += is_open_at(relay->columns[i]->server, time_ns);
	return count;
}

enum link_kind relay_surest(const struct dispatcher *relay, const struct handover *row)
{
	const struct exchange *received = row->request->server, *sent = row->forward;
	bool is_renamed_to_one = is_renamed(received, sent) &&
				 !text_is_equal(sent->function, NAME_OF_ANY) &&
				 !text_is_equal(sent->function, received->function);

	if (compare_ids(received, sent) > 0)
		return LINK_EXACT;
	/* A function that the relay ran unseen may have sent it. */
	if (relay->is_network || is_renamed_to_one)
		return LINK_INFERRED;
	if (is_one_piece(received, sent))
		return LINK_EXACT;
	if (is_renamed(received, sent) && !says_something(sent))
		return LINK_INFERRED;
	return count_open(relay, relay_sent_ns(sent)) > 1 ? LINK_INFERRED : LINK_EXACT;
}

uint32_t relay_evidence(const struct handover *row)
{
	const struct exchange *received = row->request->server, *sent = row->forward;
	uint32_t bits = sent->is_client ? LINK_BY_RELAY : LINK_BY_TRANSLATION;

	if (compare_ids(received, sent) > 0)
		bits |= LINK_BY_REQUEST_ID;
	if (sent->is_client && is_one_piece(received, sent))
		bits |= LINK_BY_THREAD;
	return bits;
}
