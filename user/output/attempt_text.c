/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * attempt_text.c - see attempt_text.h. Callees and services have the names that the rows of edges have.
 */
#include "output/attempt_text.h"

#include <stddef.h>

#include "analysis/edge.h"

const char *attempt_mode(const struct exchange *attempt)
{
	if (attempt->service_class == SERVICE_LAMBDA_EVENT)
		return "event";
	return attempt->kind == MESSAGE_INVOKE_STREAM ? "stream" : "sync";
}

static bool is_wait(const struct segment *segment)
{
	return segment->state == STATE_WAIT_LAMBDA || segment->state == STATE_WAIT_SERVICE;
}

const struct exchange *segment_attempt(const struct invocation *invocation,
				       const struct segment *segment)
{
	if (!is_wait(segment) || segment->attempt >= invocation->attempt_count)
		return NULL;
	return invocation->attempts[segment->attempt];
}

const char *segment_callee(const struct invocation *invocation, const struct segment *segment)
{
	const struct exchange *attempt = segment_attempt(invocation, segment);

	if (attempt)
		return attempt_callee_name(attempt);
	return is_wait(segment) ? "?" : NULL;
}
