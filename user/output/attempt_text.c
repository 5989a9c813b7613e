/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * attempt_text.c - see attempt_text.h. What is surest comes first: the linked callee, then names in
 * the request, then the connection.
 */
#include "output/attempt_text.h"

#include <stddef.h>

const char *attempt_callee(const struct exchange *attempt)
{
	if (attempt->callee)
		return attempt->callee->function;
	if (attempt->function)
		return attempt->function;
	if (attempt->target)
		return attempt->target;
	if (attempt->service)
		return attempt->service;
	return attempt->host;
}

const char *attempt_service(const struct exchange *attempt)
{
	switch (attempt->service_class) {
	case SERVICE_LAMBDA_SYNC:
	case SERVICE_LAMBDA_EVENT:
		return "lambda";
	case SERVICE_AWS:
		return attempt->service ? attempt->service : "aws";
	case SERVICE_HTTP:
		return "http";
	case SERVICE_OTHER:
		break;
	}
	return "tcp";
}

const char *attempt_mode(const struct exchange *attempt)
{
	if (attempt->service_class == SERVICE_LAMBDA_EVENT)
		return "event";
	return attempt->kind == MESSAGE_INVOKE_STREAM ? "stream" : "sync";
}

const char *segment_callee(const struct invocation *invocation, const struct segment *segment)
{
	const struct exchange *attempt;
	const char *callee;

	if (segment->state != STATE_WAIT_LAMBDA && segment->state != STATE_WAIT_SERVICE)
		return NULL;
	if (segment->attempt >= invocation->attempt_count)
		return "?";
	attempt = invocation->attempts[segment->attempt];
	callee = attempt_callee(attempt);
	return callee ? callee : attempt_service(attempt);
}
