// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * reader_option.c - see reader_option.h. What differs from command to command is what JSON they print: that is
 * filled into the help.
 */
#include "cmd/reader_option.h"

#include <string.h>

#include "cmd/common.h"

enum {
	OPTION_JSON = 0x4000, /* beside those of the commands, which count from 256 */
};

#define INPUT                                                                            \
	{                                                                                \
		"input", 'i', "FILE", 0,                                                 \
			"The trace; - is standard input (default: " DEFAULT_TRACE ")", 0 \
	}
#define JSON                                                  \
	{                                                     \
		"json", OPTION_JSON, NULL, 0, "Print JSON", 0 \
	}

static const struct argp_option input_and_json[] = { INPUT, JSON, { 0 } };
static const struct argp_option only_input[] = { INPUT, { 0 } };
static const struct argp_option only_json[] = { JSON, { 0 } };

static error_t parse_option(int key, char *text, struct argp_state *state)
{
	struct reader_options *options = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		if (state->child_inputs) /* it has children */
			state->child_inputs[0] = &options->prices;
		return 0;
	case 'i':
		options->input = text;
		return 0;
	case OPTION_JSON:
		options->is_json = true;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* argp frees what is not @text itself. */
static char *fill_help(int key, const char *text, void *input)
{
	const struct reader_options *options = input;

	return key == OPTION_JSON && options->json_help ? strdup(options->json_help) : (char *)text;
}

static const struct argp_child money[] = { { &price_argp, 0, NULL, 0 }, { 0 } };

const struct argp reader_argp = {
	.options = input_and_json,
	.parser = parse_option,
	.children = money,
	.help_filter = fill_help,
};

const struct argp reader_file_argp = {
	.options = input_and_json,
	.parser = parse_option,
	.help_filter = fill_help,
};

const struct argp reader_text_argp = {
	.options = only_input,
	.parser = parse_option,
	.children = money,
};

const struct argp reader_money_argp = {
	.options = only_json,
	.parser = parse_option,
	.children = money,
	.help_filter = fill_help,
};
