/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * lambda_name.h - the ways in which a Lambda function is named: name, name:qualifier,
 * account:function:name[:qualifier], arn:aws:lambda:region:account:function:name[:qualifier];
 * percent encoded where it comes from a URL (AWS Lambda API Reference, Invoke, URI request
 * parameters).
 */
#ifndef IDLETAX_BASE_LAMBDA_NAME_H
#define IDLETAX_BASE_LAMBDA_NAME_H

#include <stdbool.h>
#include <stddef.h>

#define LAMBDA_NAME_MAX 256 /* longer names are refused: AWS allows 64 (170 with the ARN) */

struct lambda_name {
	char function[LAMBDA_NAME_MAX];
	char qualifier[LAMBDA_NAME_MAX]; /* empty: none */
	char arn[LAMBDA_NAME_MAX];	 /* as given, when it was an ARN; else empty */
};

/* 0 or -EINVAL. @is_encoded: percent-decode first. @text need not be NUL-terminated. */
int lambda_name_parse(struct lambda_name *ret_name, const char *text, size_t bytes,
		      bool is_encoded);

#endif
