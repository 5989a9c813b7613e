/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * aws_s3.h - what a request to S3 asks for: its REST API names no operation, it lies in method, path and
 * query.
 */
#ifndef IDLETAX_WIRE_AWS_S3_H
#define IDLETAX_WIRE_AWS_S3_H

#include "wire/recognise.h"

/* Fills operation and target (the bucket); hides an object's key in @target's path. */
void aws_s3_read(struct message_names *names, struct request_target *target,
		 const struct http_head *head);

#endif
