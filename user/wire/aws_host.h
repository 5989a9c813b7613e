/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * aws_host.h - a host name of AWS, or of LocalStack in AWS's place -> the service it names and what
 * stands before it: an API's id, a function URL's id, a bucket.
 */
#ifndef IDLETAX_WIRE_AWS_HOST_H
#define IDLETAX_WIRE_AWS_HOST_H

#include <stdbool.h>
#include <stddef.h>

struct aws_host {
	const char *service; /* as in signatures, "lambda-url" for a function URL; static */
	const char
		*prefix; /* what precedes the service's label, or NULL; borrowed, not terminated */
	size_t prefix_bytes;
};

/* @host with or without port. False where the name is none of those or of a service not known here. */
bool aws_host_parse(struct aws_host *ret, const char *host);

#endif
