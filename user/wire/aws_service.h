/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * aws_service.h - recognises requests to AWS services other than function calls: by the scope of their
 * signature (AWS SigV4 names the service in it), which a signed URL has in its query, else by
 * X-Amz-Target or host. What their bodies name is aws_body's.
 */
#ifndef IDLETAX_WIRE_AWS_SERVICE_H
#define IDLETAX_WIRE_AWS_SERVICE_H

#include "wire/recognise.h"

/* True where it is one: fills kind, service, operation, target as far as head and path name them. */
bool aws_service_match(struct message_head *ret, struct request_target *target,
		       const struct http_head *head);

#endif
