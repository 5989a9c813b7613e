/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * function_option.h - what the user says of functions that nothing gives away: `record --http-function`.
 */
#ifndef IDLETAX_CMD_FUNCTION_OPTION_H
#define IDLETAX_CMD_FUNCTION_OPTION_H

#include <stddef.h>
#include <stdint.h>

#include "base/diag.h"
#include "record.h"

#define MEMORY_MB_MAX 10240 /* of a Lambda function */

struct http_function_option {
	uint16_t port;
	uint32_t memory_mb; /* 0: not said */
	const char *name;   /* in the option's text, not terminated */
	size_t name_bytes;
};

/* PORT=NAME[,MB]. 0, or -EINVAL with the reason in @diag. */
int http_function_parse(struct http_function_option *ret_option, const char *text,
			struct diag *diag);

/* A name of 1 to RECORD_FUNCTION_MAX bytes of UTF-8 without control characters. 0, or -EINVAL. */
int function_name_check(const char *name, size_t bytes, struct diag *diag);

/* Hands it to a recording: see recording_push. */
int http_function_push(void *recording, const struct http_function_option *option);

#endif
