/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * function_option.h - what the user says of functions that nothing gives away: `record --http-function` and
 * `record --invoke-probe`.
 */
#ifndef IDLETAX_CMD_FUNCTION_OPTION_H
#define IDLETAX_CMD_FUNCTION_OPTION_H

#include <stddef.h>
#include <stdint.h>

#include "base/diag.h"
#include "record.h"

#define MEMORY_MB_MAX 10240 /* of a Lambda function */

struct function_option {
	uint32_t memory_mb; /* 0: not said */
	const char *name; /* 1 to RECORD_FUNCTION_MAX bytes of the option's text, not terminated */
	size_t name_bytes;
};

struct http_function_option {
	uint16_t port;
	struct function_option function;
};

struct invoke_probe_option {
	char *binary, *symbol; /* owned */
	struct function_option function;
};

/* PORT=NAME[,MB]. 0, or -EINVAL with the reason in @diag. */
int http_function_parse(struct http_function_option *ret_option, const char *text,
			struct diag *diag);

/*
 * BINARY:SYMBOL[=NAME[,MB]]: BINARY ends at the first colon, NAME begins behind the last equals sign and
 * defaults to SYMBOL. 0, -EINVAL or -ENOMEM with the reason in @diag. What it allocates lives on.
 */
int invoke_probe_parse(struct invoke_probe_option *ret_option, const char *text, struct diag *diag);

/* Each hands one to a recording: see recording_push. */
int http_function_push(void *recording, const struct http_function_option *option);
int invoke_probe_push(void *recording, uint32_t number, const struct invoke_probe_option *option);

#endif
