/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * localstack.h - the body of LocalStack's POST /invoke to the init process of a function's container
 * (lambda-runtime-init, cmd/localstack/custom_interop.go):
 *
 *   {"invoke-id": ID, "invoked-function-arn": ARN, "payload": EVENT AS A JSON STRING, "trace-id": HEADER}
 */
#ifndef IDLETAX_WIRE_LOCALSTACK_H
#define IDLETAX_WIRE_LOCALSTACK_H

#include "base/buffer.h"
#include "wire/recognise.h"

/*
 * Where the request @message with the whole body @text is one: fills request_id, function, arn and
 * trace_header, appends the unescaped payload to @payload and returns true.
 */
bool localstack_read_invoke(struct message_head *message, const char *text, size_t bytes,
			    struct buffer *payload);

#endif
