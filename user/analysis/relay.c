// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * relay.c - see relay.h. Content and time name the request; where the relay had no other one open either,
 * it can be no other: the hand-over is exact.
 */
#include "analysis/relay.h"

#include <string.h>

/* An Invoke under another name is the same by its body, where that says something. */
#define RENAMED_BODY_BYTES_MIN 8

static bool is_same_text(const char *left, const char *right)
{
	return left && right ? !strcmp(left, right) : left == right;
}

static bool is_same_digest(const struct digest *left, const struct digest *right)
{
	return left->value == right->value && left->bytes == right->bytes &&
	       left->flags == right->flags;
}

static bool is_same_start_line(const struct exchange *received, const struct exchange *sent)
{
	if (received->kind != sent->kind || received->method != sent->method)
		return false;
	if (is_same_text(received->path, sent->path))
		return true;
	return sent->kind != MESSAGE_HTTP && sent->request_body.bytes >= RENAMED_BODY_BYTES_MIN;
}

static bool is_same_content(const struct exchange *received, const struct exchange *sent)
{
	bool is_complete = !((received->flags | sent->flags) & MESSAGE_HAS_GAP);

	return is_complete && is_same_start_line(received, sent) &&
	       is_same_digest(&received->request_body, &sent->request_body);
}

static uint64_t first_byte_ns(const struct exchange *sent)
{
	return sent->start_ns + sent->connect_ns;
}

static bool is_open_at(const struct exchange *received, uint64_t time_ns)
{
	return received->start_ns <= time_ns && (!received->is_over || received->end_ns >= time_ns);
}

/* What it answered came from the answer to what it sent. */
static bool is_answer_possible(const struct exchange *received, const struct exchange *sent)
{
	return !received->response_start_ns || !sent->response_start_ns ||
	       received->response_start_ns >= sent->response_start_ns;
}

bool relay_find(const struct dispatcher *relay, const struct exchange *forward,
		struct relay_match *ret_match)
{
	uint64_t time_ns = first_byte_ns(forward);
	struct relay_match match = { .link = LINK_EXACT };
	size_t candidates = 0, doubtful = 0, open = 0;

	for (size_t i = 0; i < relay->column_count; i++) {
		struct request *request = relay->columns[i];
		const struct exchange *received = request->server;

		if (!is_open_at(received, time_ns))
			continue;
		open++;
		if (!is_same_content(received, forward) || !is_answer_possible(received, forward))
			continue;
		doubtful += request->is_doubtful;
		if (request->is_passed_on)
			continue;
		candidates++;
		if (!match.request || received->start_ns < match.request->server->start_ns)
			match.request = request; /* first come, first served */
	}
	if (!match.request)
		return false;
	if (candidates + doubtful > 1) {
		match.link = LINK_AMBIGUOUS;
		match.alternatives = candidates + doubtful - 1;
	} else if (open > 1 || !is_same_text(match.request->server->path, forward->path)) {
		match.link = LINK_INFERRED;
	}
	*ret_match = match;
	return true;
}
