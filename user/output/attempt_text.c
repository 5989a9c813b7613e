/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * attempt_text.c - see attempt_text.h. Callees and services have the names that the rows of edges have.
 */
#include "output/attempt_text.h"

#include <stddef.h>

#include "analysis/aggregate.h"

const char *attempt_mode(const struct exchange *attempt)
{
	if (attempt->service_class == SERVICE_LAMBDA_EVENT)
		return "event";
	return attempt->kind == MESSAGE_INVOKE_STREAM ? "stream" : "sync";
}

const char *segment_callee(const struct invocation *invocation, const struct segment *segment)
{
	if (segment->state != STATE_WAIT_LAMBDA && segment->state != STATE_WAIT_SERVICE)
		return NULL;
	if (segment->attempt >= invocation->attempt_count)
		return "?";
	return attempt_callee_name(invocation->attempts[segment->attempt]);
}
