// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * service_option.c - see service_option.h. The last equals sign of GLOB=NAME counts.
 */
#include "cmd/service_option.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "cmd/common.h"

enum {
	OPTION_SERVICE = 0x6000, /* beside those of the commands and of price_option.c */
};

static const struct argp_option option_table[] = {
	{ "service", OPTION_SERVICE, "GLOB=NAME", 0,
	  "The functions whose names match are of the service NAME; may be given several times, the "
	  "first that matches counts (default: names that begin with the same words)",
	  0 },
	{ 0 }
};

static void add_service(struct service_options *options, char *text, const struct argp_state *state)
{
	char *name = strrchr(text, '=');

	if (!name || name == text || !name[1])
		command_usage_error(state, "--service %s: it is GLOB=NAME, as in 'pay-*=billing'",
				    text);
	if (array_make_room(&options->rules, options->count, &options->capacity,
			    sizeof(*options->rules)))
		exit(command_fail(NULL, "no memory for --service"));
	*name++ = 0;
	options->rules[options->count++] = (struct service_rule){ .glob = text, .name = name };
}

static error_t parse_option(int key, char *text, struct argp_state *state)
{
	if (key != OPTION_SERVICE)
		return ARGP_ERR_UNKNOWN;
	add_service(state->input, text, state);
	return 0;
}

const struct argp service_argp = {
	.options = option_table,
	.parser = parse_option,
};

void service_options_release(struct service_options *options)
{
	free(options->rules);
	memset(options, 0, sizeof(*options));
}
