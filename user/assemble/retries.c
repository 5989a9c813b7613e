// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * retries.c - an SDK marks its attempts with one id; other clients are known by asking the same again
 * after an error or no answer. Runs of an unrecognised protocol are never known to be the same.
 */
#include "assemble/retries.h"

#include <string.h>

#define LOOK_BACK 64 /* attempts among which an earlier one is searched */

static bool is_same_text(const char *left, const char *right)
{
	if (!left || !right)
		return left == right;
	return strcmp(left, right) == 0;
}

static bool has_failed(const struct exchange *attempt)
{
	return attempt->is_over && (attempt->is_cut || attempt->status == 429 ||
				    attempt->status >= 500 || attempt->function_error);
}

static bool asks_the_same(const struct exchange *left, const struct exchange *right)
{
	return left->kind == right->kind && left->method == right->method &&
	       left->invocation_type == right->invocation_type &&
	       is_same_text(left->host, right->host) && is_same_text(left->path, right->path) &&
	       is_same_text(left->function, right->function) &&
	       is_same_text(left->service, right->service) &&
	       is_same_text(left->operation, right->operation) &&
	       is_same_text(left->target, right->target) &&
	       left->request_body.value == right->request_body.value &&
	       left->request_body.bytes == right->request_body.bytes;
}

static bool is_retry_of(const struct exchange *later, const struct exchange *earlier)
{
	if (later->sdk_invocation_id || earlier->sdk_invocation_id)
		return later->sdk_invocation_id && earlier->sdk_invocation_id &&
		       strcmp(later->sdk_invocation_id, earlier->sdk_invocation_id) == 0;
	return later->has_request && earlier->has_request && later->kind != MESSAGE_BYTES &&
	       has_failed(earlier) && earlier->end_ns <= later->start_ns &&
	       asks_the_same(later, earlier);
}

void retries_number(struct invocation *invocation, struct exchange *attempt)
{
	size_t count = invocation->attempt_count;
	size_t oldest = count > LOOK_BACK ? count - LOOK_BACK : 0;

	for (size_t i = count; i > oldest; i--) {
		const struct exchange *earlier = invocation->attempts[i - 1];

		if (!is_retry_of(attempt, earlier))
			continue;
		attempt->call = earlier->call;
		attempt->attempt = earlier->attempt + 1;
		return;
	}
	attempt->call = invocation->call_count++;
	attempt->attempt = 1;
}
