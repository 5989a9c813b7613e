/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * service_option.h - --service GLOB=NAME, of each command that gives verdicts: a child of its argp, with a struct
 * service_options as its input.
 */
#ifndef IDLETAX_CMD_SERVICE_OPTION_H
#define IDLETAX_CMD_SERVICE_OPTION_H

#include <argp.h>
#include <stddef.h>

#include "analysis/advice.h"

/* Zeroed: nothing was said. Its texts are the command line's. */
struct service_options {
	struct service_rule *rules; /* owned */
	size_t count, capacity;
};

extern const struct argp service_argp;

void service_options_release(struct service_options *options);

#endif
