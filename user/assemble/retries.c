// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * retries.c - an SDK marks its attempts with one id; other clients are known by asking the same again
 * after an error or no answer. Runs of an unrecognised protocol are never known to be the same.
 */
#include "assemble/retries.h"

#include <errno.h>
#include <stdlib.h>
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

int retries_renumber(struct invocation *invocation)
{
	/* by old number: new number + 1, and how many attempts it has by now */
	uint32_t *numbers = calloc(2 * (size_t)invocation->call_count + 1, sizeof(*numbers));
	uint32_t *counts, call_count = 0;

	if (!numbers)
		return -ENOMEM;
	counts = numbers + invocation->call_count;
	for (size_t i = 0; i < invocation->attempt_count; i++) {
		struct exchange *attempt = invocation->attempts[i];
		uint32_t call = attempt->call;

		if (!numbers[call])
			numbers[call] = ++call_count;
		attempt->call = numbers[call] - 1;
		attempt->attempt = ++counts[call];
	}
	invocation->call_count = call_count;
	free(numbers);
	return 0;
}
