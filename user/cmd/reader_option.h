/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * reader_option.h - what the commands that read a trace have in common: -i, --json, and the options of money
 * (price_option.h). A command takes those that it has as a child of its argp:
 *
 *	static const struct argp_child children[] = { { &reader_argp, 0, NULL, 0 }, { 0 } };
 *	case ARGP_KEY_INIT: state->child_inputs[0] = &options->reader;
 */
#ifndef IDLETAX_CMD_READER_OPTION_H
#define IDLETAX_CMD_READER_OPTION_H

#include <argp.h>
#include <stdbool.h>

#include "cmd/price_option.h"

struct reader_options {
	const char *input;     /* of -i; to begin with DEFAULT_TRACE */
	const char *json_help; /* of --json */
	bool is_json;
	struct price_options prices;
};

/* The help of --json where a schema describes what it prints. */
#define JSON_OF_SCHEMA(name) "Print JSON; `idletax --json-schema " name "` describes it"

extern const struct argp reader_argp;	    /* all of them */
extern const struct argp reader_file_argp;  /* -i and --json, no money */
extern const struct argp reader_text_argp;  /* -i and money, no --json */
extern const struct argp reader_money_argp; /* --json and money: traces are arguments */

#endif
