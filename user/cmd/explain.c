/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * explain.c - `idletax explain INVOCATION`: why each wait got its state and each link its label, in words.
 * Chains pass by while the trace is read; only those that can hold the invocation are kept.
 */
#include <errno.h>
#include <string.h>

#include "cmd/common.h"
#include "cmd/load.h"
#include "cmd/reader_option.h"
#include "output/explain_json.h"
#include "output/invocation_query.h"
#include "output/terminal/explain_text.h"

struct explain_options {
	struct reader_options reader;
	const char *invocation;
	struct invocation_query query;
	bool has_all;
	bool has_chain;
};

enum {
	OPTION_ALL = 256,
	OPTION_CHAIN,
};

static const struct argp_option option_table[] = {
	{ "chain", OPTION_CHAIN, NULL, 0, "All invocations of its chain", 0 },
	{ "all", OPTION_ALL, NULL, 0,
	  "Every stretch of time and every call by itself, however many there are", 0 },
	{ 0 }
};

static error_t parse_option(int key, char *text, struct argp_state *state)
{
	struct explain_options *options = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &options->reader;
		return 0;
	case OPTION_ALL:
		options->has_all = true;
		return 0;
	case OPTION_CHAIN:
		options->has_chain = true;
		return 0;
	case ARGP_KEY_ARG:
		if (options->invocation)
			command_usage_error(state, "one INVOCATION at a time, please");
		options->invocation = text;
		if (invocation_query_parse(&options->query, text))
			command_usage_error(state, "'%s' is neither an id nor a request id", text);
		return 0;
	case ARGP_KEY_NO_ARGS:
		command_usage_error(state, "which INVOCATION? its id, or its request id");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_child children[] = { { &reader_argp, 0, NULL, 0 }, { 0 } };

static const struct argp argp = {
	.options = option_table,
	.children = children,
	.parser = parse_option,
	.args_doc = "INVOCATION",
	.doc = "Tells why each wait of an invocation has its state, and each link its label. INVOCATION is "
	       "its id (12 or #12, as `idletax report --invocations` lists them), its request id, or as "
	       "much of that as no other begins with."
	       "\vExit status: 0, or 3 where something was lost and figures are bounds.",
};

static bool keep(void *context, const struct chain *chain)
{
	return invocation_query_pass(context, chain);
}

static void add_hint(struct diag *diag, const struct explain_options *options)
{
	const struct query_candidate *nearest = &options->query.nearest;

	if (!options->query.seen)
		diag_hint(diag, "the trace holds no invocation at all");
	else if (options->query.nearest_score && nearest->request_id[0])
		diag_hint(diag,
			  "the nearest is #%llu, %s, request %s; `idletax report "
			  "--invocations -i %s` lists all %llu",
			  (unsigned long long)nearest->id, nearest->function, nearest->request_id,
			  options->reader.input, (unsigned long long)options->query.seen);
	else
		diag_hint(diag, "`idletax report --invocations -i %s` lists all %llu",
			  options->reader.input, (unsigned long long)options->query.seen);
}

static int fail_unknown(const struct explain_options *options)
{
	struct diag diag = { 0 };

	diag_set(&diag, 0, "there is no such invocation");
	add_hint(&diag, options);
	return command_fail(&diag, "%s", options->invocation);
}

/* "#3 a (r-31), #7 b (r-32) and 4 more" */
static int fail_several(const struct explain_options *options)
{
	const struct query_matches *matches = invocation_query_several(&options->query);
	struct diag diag = { 0 };
	char list[DIAG_TEXT_MAX];
	size_t used = 0;

	diag_set(&diag, 0, "%llu invocations have a request id that begins so",
		 (unsigned long long)matches->count);
	for (size_t i = 0; i < matches->count && i < QUERY_CANDIDATES_MAX; i++) {
		const struct query_candidate *candidate = &matches->first[i];
		int length = snprintf(list + used, sizeof(list) - used, "%s#%llu %s (%s)",
				      i ? ", " : "", (unsigned long long)candidate->id,
				      candidate->function, candidate->request_id);

		if (length < 0 || used + (size_t)length >= sizeof(list))
			break;
		used += (size_t)length;
	}
	diag_hint(&diag, "it can be %s%s", list,
		  matches->count > QUERY_CANDIDATES_MAX ? " and more" : "");
	return command_fail(&diag, "%s", options->invocation);
}

static int print_text(const struct loaded *loaded, const struct explain_options *options,
		      struct invocation *const *invocations, size_t count)
{
	struct text_style style = terminal_find();
	int error = 0;

	pager_start();
	for (size_t i = 0; i < count && !error; i++) {
		if (i)
			putchar('\n');
		error = explain_text(stdout, loaded->results, invocations[i], &style,
				     options->has_all);
	}
	return error;
}

static int print(const struct loaded *loaded, const struct explain_options *options)
{
	struct invocation *invocation, *const *invocations = &invocation;
	int status = load_status(loaded), error;
	size_t count = 1;
	uint64_t id = 0;

	switch (invocation_query_end(&options->query, &id)) {
	case QUERY_NONE:
		return fail_unknown(options);
	case QUERY_SEVERAL:
		return fail_several(options);
	case QUERY_FOUND:
		break;
	}
	invocation = results_find_invocation(loaded->results, id);
	if (options->has_chain) {
		invocations = invocation->chain->invocations;
		count = invocation->chain->invocation_count;
	}
	if (options->reader.is_json)
		error = explain_json(stdout, loaded->results, invocations, count);
	else
		error = print_text(loaded, options, invocations, count);
	if (error && !ferror(stdout)) /* a failing stdout is told when it is closed */
		status = command_fail(NULL, "no memory to explain");
	return status;
}

int command_explain(int argc, char **argv)
{
	struct explain_options options = { .reader = { .input = DEFAULT_TRACE,
						       .json_help = JSON_OF_SCHEMA("explain") } };
	struct load_options load_options = { .keeps_chains = true, .explains = true };
	struct loaded loaded;
	int status;

	command_parse(&argp, argc, argv, &options);
	load_options.prices = &options.reader.prices;
	load_options.filter = (struct chain_filter){ &options.query, keep };
	status = load_streamed(&loaded, options.reader.input, &load_options);
	if (!status)
		status = print(&loaded, &options);
	load_release(&loaded);
	price_options_release(&options.reader.prices);
	return status;
}
