/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * invoke_api.h - recognises calls of functions (AWS Lambda API Reference: Invoke,
 * InvokeWithResponseStream, InvokeAsync; "Lambda function URLs").
 */
#ifndef IDLETAX_WIRE_INVOKE_API_H
#define IDLETAX_WIRE_INVOKE_API_H

#include "wire/recognise.h"

/* True where it is one: fills kind, function, qualifier, arn, service, operation, invocation type. */
bool invoke_api_match(struct message_head *ret, struct request_target *target,
		      const struct http_head *head);

/*
 * True where the host is that of a function URL, <id>.lambda-url.<region>.on.aws: fills service, operation
 * and, with the id, target. Which function that is the request does not say.
 */
bool function_url_match(struct message_head *ret, const struct http_head *head);

#endif
