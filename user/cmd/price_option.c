// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * price_option.c - see price_option.h. --price-plan NAME|FILE,... (plan_file.h). --memory FUNCTION=MB: the
 * last equals sign counts, for a name can hold others.
 */
#include "cmd/price_option.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/nearest_name.h"
#include "cmd/common.h"
#include "cmd/function_option.h"
#include "cmd/plan_file.h"

enum {
	OPTION_PRICE_PLAN = 0x5000, /* beside those of the commands, which count from 256 */
	OPTION_MEMORY,
};

static const struct argp_option option_table[] = {
	{ "price-plan", OPTION_PRICE_PLAN, "PLAN", 0,
	  "Prices: the name of a plan that comes with idletax, or FILE.json (default: AWS Lambda, us-east-1, "
	  "x86 or arm as the recording host)",
	  0 },
	{ "memory", OPTION_MEMORY, "FUNCTION=MB", 0,
	  "Memory of a function (or of all that fit a pattern), in place of what its environment says; may be "
	  "repeated",
	  0 },
	{ 0 }
};

/* ---- plans ---- */

static void add_plan(struct price_options *options, const char *text, struct argp_state *state)
{
	struct diag diag = { 0 };

	if (options->plan_count == PRICE_PLANS_MAX)
		command_usage_error(state, "--price-plan: at most %d plans", PRICE_PLANS_MAX);
	if (options->plan_count && !options->has_several)
		command_usage_error(state,
				    "--price-plan %s: one plan at a time; `idletax report` "
				    "shows several side by side",
				    text);
	if (!options->plans)
		options->plans = calloc(PRICE_PLANS_MAX, sizeof(*options->plans));
	if (!options->plans)
		exit(command_fail(NULL, "no memory for a price plan"));
	if (plan_file_load(&options->plans[options->plan_count], text, &diag))
		exit(command_fail(&diag, "--price-plan %s", text));
	options->plan_count++;
}

/* NAME|FILE{,NAME|FILE} */
static void add_plans(struct price_options *options, const char *text, struct argp_state *state)
{
	char *copy = strdup(text), *rest = copy, *name;

	if (!copy)
		exit(command_fail(NULL, "no memory for a price plan"));
	while ((name = strsep(&rest, ","))) {
		if (!*name)
			command_usage_error(state, "--price-plan %s: the name of a plan is missing",
					    text);
		add_plan(options, name, state);
	}
	free(copy);
}

/* ---- memory ---- */

static void add_memory(struct price_options *options, const char *text, struct argp_state *state)
{
	struct memory_overrides *memory = &options->memory;
	const char *equals = strrchr(text, '=');
	struct memory_override *grown;
	uint32_t memory_mb;

	if (!equals || equals == text)
		command_usage_error(state, "--memory %s: it is not FUNCTION=MB", text);
	memory_mb = (uint32_t)command_parse_number(equals + 1, text + strlen(text), MEMORY_MB_MAX);
	if (!memory_mb)
		command_usage_error(state,
				    "--memory %s: '%s' is not a number of megabytes from 1 to %d",
				    text, equals + 1, MEMORY_MB_MAX);
	grown = reallocarray(memory->rows, memory->count + 1, sizeof(*grown));
	if (grown)
		memory->rows = grown;
	if (!grown || !(grown[memory->count].pattern = strndup(text, (size_t)(equals - text))))
		exit(command_fail(NULL, "no memory for --memory"));
	grown[memory->count].memory_mb = memory_mb;
	grown[memory->count].is_used = false;
	memory->count++;
}

static error_t parse_option(int key, char *text, struct argp_state *state)
{
	struct price_options *options = state->input;

	switch (key) {
	case OPTION_PRICE_PLAN:
		add_plans(options, text, state);
		return 0;
	case OPTION_MEMORY:
		add_memory(options, text, state);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

const struct argp price_argp = {
	.options = option_table,
	.parser = parse_option,
};

void price_options_release(struct price_options *options)
{
	for (size_t i = 0; i < options->memory.count; i++)
		free((char *)options->memory.rows[i].pattern);
	free(options->memory.rows);
	free(options->plans);
	memset(options, 0, sizeof(*options));
}

int price_options_check(const struct price_options *options, const struct results *results)
{
	for (size_t i = 0; i < options->memory.count; i++) {
		const struct memory_override *row = &options->memory.rows[i];
		struct diag diag = { 0 };
		struct nearest_name nearest;

		if (row->is_used)
			continue;
		diag_set(&diag, -ENOENT, "there is no such function in the trace");
		nearest_name_init(&nearest, row->pattern);
		for (size_t j = 0; j < results->function_count; j++)
			nearest_name_offer(&nearest, results->functions[j].name);
		if (nearest.nearest)
			diag_hint(&diag, "did you mean %s?", nearest.nearest);
		else
			diag_hint(&diag, "`idletax report` lists the functions");
		return command_fail(&diag, "--memory %s=%u", row->pattern, row->memory_mb);
	}
	return 0;
}
