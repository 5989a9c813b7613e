/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * advise.c - `idletax advise`: one verdict for each edge from function to function, with what it stands on, what
 * it would save and what it would cost; as text or as JSON. Reads a trace, changes nothing.
 */
#include <errno.h>

#include "cmd/common.h"
#include "cmd/load.h"
#include "cmd/reader_option.h"
#include "cmd/service_option.h"
#include "output/advice_json.h"
#include "output/terminal/advice_text.h"

struct advise_options {
	struct reader_options reader;
	struct service_options services;
};

static error_t parse_option(int key, char *text, struct argp_state *state)
{
	struct advise_options *options = state->input;

	if (key != ARGP_KEY_INIT)
		return ARGP_ERR_UNKNOWN;
	state->child_inputs[0] = &options->reader;
	state->child_inputs[1] = &options->services;
	return 0;
}

static const struct argp_child children[] = { { &reader_argp, 0, NULL, 0 },
					      { &service_argp, 0, NULL, 0 },
					      { 0 } };

static const struct argp argp = {
	.children = children,
	.parser = parse_option,
	.doc = "Says for each function that calls another one what to do about it, and what that "
	       "stands on."
	       "\vExit status: 0, or 3 where something was lost.",
};

static int print(const struct loaded *loaded, const struct advise_options *options,
		 struct advice *advice)
{
	const struct edge_advice *rows;
	struct text_style style;
	size_t count;
	int error = advice_finish(advice, &rows, &count);

	if (error)
		return error;
	if (options->reader.is_json)
		return advice_json(stdout, loaded->results, rows, count);
	style = terminal_find();
	pager_start();
	return advice_text(stdout, loaded->results, rows, count, &style);
}

static int advise(const struct advise_options *options, struct advice *advice)
{
	const struct load_options load_options = {
		.prices = &options->reader.prices,
		.sink = { .context = advice, .begin = advice_begin, .chain = advice_add_chain },
	};
	struct loaded loaded;
	int status = load_streamed(&loaded, options->reader.input, &load_options), error;

	if (!status) {
		status = load_status(&loaded);
		error = print(&loaded, options, advice);
		if (error && !ferror(stdout)) /* a failing stdout is told when it is closed */
			status = command_fail_error(error, "advising");
	}
	load_release(&loaded);
	return status;
}

int command_advise(int argc, char **argv)
{
	struct advise_options options = { .reader = { .input = DEFAULT_TRACE,
						      .json_help = JSON_OF_SCHEMA("advice") } };
	struct advice_options advice_options;
	struct advice *advice;
	int status;

	command_parse(&argp, argc, argv, &options);
	advice_options = (struct advice_options){ .services = options.services.rules,
						  .service_count = options.services.count };
	if (advice_new(&advice, &advice_options)) {
		price_options_release(&options.reader.prices);
		service_options_release(&options.services);
		return command_fail_error(-ENOMEM, "advising");
	}
	status = advise(&options, advice);
	advice_free(advice);
	price_options_release(&options.reader.prices);
	service_options_release(&options.services);
	return status;
}
