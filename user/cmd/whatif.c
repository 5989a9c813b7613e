// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * whatif.c - `idletax whatif`: the recorded timelines played again with something changed; latency, bill and
 * cost before and after, and what that takes for granted. Chains pass by; none is kept.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "analysis/price_plan.h"
#include "analysis/whatif.h"
#include "base/nearest_name.h"
#include "cmd/common.h"
#include "cmd/function_option.h"
#include "cmd/load.h"
#include "cmd/plan_file.h"
#include "cmd/reader_option.h"
#include "output/terminal/whatif_text.h"
#include "output/whatif_json.h"
#include "output/whatif_words.h"

struct whatif_options {
	struct reader_options reader;
	struct replay_change changes[REPLAY_CHANGES_MAX];
	size_t change_count;
	struct price_plan plan; /* of --price-plan */
};

enum {
	OPTION_INLINE = 256,
	OPTION_ASYNC,
	OPTION_PARALLEL,
	OPTION_MEMORY,
	OPTION_PRICE_PLAN,
};

static const struct argp_option option_table[] = {
	{ "inline", OPTION_INLINE, "A/B", 0, "B's work runs inside A, which calls it", 0 },
	{ "async", OPTION_ASYNC, "A/B", 0, "A calls B and does not wait for the reply", 0 },
	{ "parallel", OPTION_PARALLEL, "A", 0, "Calls of A that follow each other begin at once",
	  0 },
	{ "memory", OPTION_MEMORY, "F=MB", 0, "F has MB megabytes, and its share of a CPU", 0 },
	{ "price-plan", OPTION_PRICE_PLAN, "PLAN", 0,
	  "Prices are another: the name of a plan that comes with idletax, or FILE.json", 0 },
	{ 0 }
};

static struct replay_change *add_change(struct whatif_options *options,
					const struct argp_state *state, enum replay_kind kind)
{
	struct replay_change *change = &options->changes[options->change_count];

	if (options->change_count == REPLAY_CHANGES_MAX)
		command_usage_error(state, "more than %d changes at a time", REPLAY_CHANGES_MAX);
	options->change_count++;
	change->kind = kind;
	return change;
}

/* A/B, cut in place. */
static void parse_edge(struct whatif_options *options, const struct argp_state *state,
		       enum replay_kind kind, char *text)
{
	struct replay_change *change = add_change(options, state, kind);
	char *slash = strchr(text, '/');

	if (!slash || slash == text || !slash[1])
		command_usage_error(state, "--%s %s: it is not A/B, a caller and its callee",
				    whatif_kind_name(kind), text);
	*slash = '\0';
	change->caller = text;
	change->callee = slash + 1;
}

static void parse_memory(struct whatif_options *options, const struct argp_state *state, char *text)
{
	struct replay_change *change = add_change(options, state, REPLAY_MEMORY);
	char *equals = strrchr(text, '=');
	uint64_t memory_mb = 0;

	if (equals && equals != text)
		memory_mb = command_parse_number(equals + 1, text + strlen(text), MEMORY_MB_MAX);
	if (!memory_mb)
		command_usage_error(state, "--memory %s: it is not F=MB, with 1 to %d megabytes",
				    text, MEMORY_MB_MAX);
	*equals = '\0';
	change->caller = text;
	change->memory_mb = (uint32_t)memory_mb;
}

static void parse_plan(struct whatif_options *options, const struct argp_state *state,
		       const char *text)
{
	struct diag diag = { 0 };

	for (size_t i = 0; i < options->change_count; i++)
		if (options->changes[i].kind == REPLAY_PRICE_PLAN)
			command_usage_error(state, "--price-plan %s: one plan at a time", text);
	if (plan_file_load(&options->plan, text, &diag))
		exit(command_fail(&diag, "--price-plan %s", text));
	add_change(options, state, REPLAY_PRICE_PLAN)->plan = &options->plan;
}

static error_t parse_option(int key, char *text, struct argp_state *state)
{
	struct whatif_options *options = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &options->reader;
		return 0;
	case OPTION_INLINE:
		parse_edge(options, state, REPLAY_INLINE, text);
		return 0;
	case OPTION_ASYNC:
		parse_edge(options, state, REPLAY_ASYNC, text);
		return 0;
	case OPTION_PARALLEL:
		add_change(options, state, REPLAY_PARALLEL)->caller = text;
		return 0;
	case OPTION_MEMORY:
		parse_memory(options, state, text);
		return 0;
	case OPTION_PRICE_PLAN:
		parse_plan(options, state, text);
		return 0;
	case ARGP_KEY_END:
		if (!options->change_count)
			command_usage_error(state,
					    "what is to be another? --inline A/B, --async A/B, "
					    "--parallel A, --memory F=MB or --price-plan PLAN");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_child children[] = { { &reader_file_argp, 0, NULL, 0 }, { 0 } };

static const struct argp argp = {
	.options = option_table,
	.children = children,
	.parser = parse_option,
	.doc = "Plays the recorded timelines again with something changed, and tells latency, bill and cost "
	       "before and after, and what that takes for granted. Several changes are made together."
	       "\vExit status: 0, or 3 where something was lost and figures are bounds.",
};

/* ---- names that are not in the trace ---- */

static bool has_function(const struct results *results, const char *name)
{
	for (size_t i = 0; i < results->function_count; i++)
		if (!strcmp(results->functions[i].name, name))
			return true;
	return false;
}

static bool is_edge(const struct edge_row *row, const char *caller)
{
	return !strcmp(row->caller, caller) && !strcmp(row->service, "lambda");
}

static bool has_edge(const struct results *results, const struct replay_change *change)
{
	for (size_t i = 0; i < results->edge_count; i++)
		if (is_edge(&results->edges[i], change->caller) &&
		    !strcmp(results->edges[i].callee, change->callee))
			return true;
	return false;
}

static int fail_unknown_function(const struct results *results, const struct replay_change *change)
{
	struct nearest_name nearest;
	struct diag diag = { 0 };

	nearest_name_init(&nearest, change->caller);
	for (size_t i = 0; i < results->function_count; i++)
		nearest_name_offer(&nearest, results->functions[i].name);
	diag_set(&diag, 0, "there is no function %s in this trace", change->caller);
	if (nearest.nearest)
		diag_hint(&diag, "did you mean %s?", nearest.nearest);
	else
		diag_hint(&diag, "`idletax report` lists the functions");
	return command_fail(&diag, "--%s", whatif_kind_name(change->kind));
}

static int fail_unknown_edge(const struct results *results, const struct replay_change *change)
{
	struct nearest_name nearest;
	struct diag diag = { 0 };

	nearest_name_init(&nearest, change->callee);
	for (size_t i = 0; i < results->edge_count; i++)
		if (is_edge(&results->edges[i], change->caller))
			nearest_name_offer(&nearest, results->edges[i].callee);
	diag_set(&diag, 0, "%s does not call %s in this trace", change->caller, change->callee);
	if (nearest.nearest)
		diag_hint(&diag, "did you mean %s/%s?", change->caller, nearest.nearest);
	else
		diag_hint(&diag, "`idletax report` lists who calls whom");
	return command_fail(&diag, "--%s", whatif_kind_name(change->kind));
}

static int check_names(const struct results *results, const struct whatif_options *options)
{
	for (size_t i = 0; i < options->change_count; i++) {
		const struct replay_change *change = &options->changes[i];

		if (change->caller && !has_function(results, change->caller))
			return fail_unknown_function(results, change);
		if (change->callee && !has_edge(results, change))
			return fail_unknown_edge(results, change);
	}
	return 0;
}

/* ---- one trace ---- */

struct whatif_run {
	struct whatif whatif;
	struct histogram accepted;
	const struct whatif_options *options;
};

/* Standard input, or a pipe by its name. */
static bool is_read_once(const struct whatif_options *options)
{
	struct stat status;

	return !strcmp(options->reader.input, "-") ||
	       (!stat(options->reader.input, &status) && !S_ISREG(status.st_mode));
}

static int on_begin(void *context, const struct results *results)
{
	struct whatif_run *run = context;

	whatif_init(&run->whatif, run->options->changes, run->options->change_count, results->plan);
	run->whatif.is_read_once = is_read_once(run->options);
	return 0;
}

static int on_chain(void *context, const struct chain *chain)
{
	return whatif_add_chain(&((struct whatif_run *)context)->whatif, chain);
}

static int on_chain_accepted(void *context, const struct chain *chain)
{
	return whatif_note_accepted(&((struct whatif_run *)context)->accepted, chain);
}

static bool has_async(const struct whatif_options *options)
{
	for (size_t i = 0; i < options->change_count; i++)
		if (options->changes[i].kind == REPLAY_ASYNC)
			return true;
	return false;
}

/* A first pass over the trace: how long asynchronous calls wait for their 202. */
static int find_accept(struct whatif_run *run, struct whatif_options *options)
{
	struct load_options load_options = {
		.is_first_pass = true, .sink = { .context = run, .chain = on_chain_accepted }
	};
	struct loaded loaded;
	int status;

	histogram_init(&run->accepted);
	status = load_streamed(&loaded, options->reader.input, &load_options);
	load_release(&loaded);
	for (size_t i = 0; i < options->change_count; i++)
		if (options->changes[i].kind == REPLAY_ASYNC)
			options->changes[i].accept_ns = histogram_percentile(&run->accepted, 50);
	return status;
}

static int print(const struct whatif_run *run, const struct results *results)
{
	struct text_style style = terminal_find();

	if (run->options->reader.is_json)
		return whatif_json(stdout, &run->whatif, results);
	pager_start();
	return whatif_text(stdout, &run->whatif, results, &style);
}

static int replay(struct whatif_run *run)
{
	const struct load_options load_options = {
		.sink = { .context = run, .begin = on_begin, .chain = on_chain },
	};
	struct loaded loaded;
	int status = load_streamed(&loaded, run->options->reader.input, &load_options);

	if (!status)
		status = check_names(loaded.results, run->options);
	if (!status) {
		whatif_finish(&run->whatif);
		status = load_status(&loaded);
		if (print(run, loaded.results) && !ferror(stdout)) /* that is told at exit */
			status = command_fail(NULL, "no memory to print");
	}
	load_release(&loaded);
	return status;
}

int command_whatif(int argc, char **argv)
{
	struct whatif_options options = { .reader = { .input = DEFAULT_TRACE,
						      .json_help = JSON_OF_SCHEMA("whatif") } };
	struct whatif_run *run = calloc(1, sizeof(*run));
	int status = 0;

	command_parse(&argp, argc, argv, &options);
	if (!run)
		return command_fail(NULL, "no memory");
	run->options = &options;
	if (has_async(&options) && !is_read_once(&options))
		status = find_accept(run, &options);
	if (!status)
		status = replay(run);
	whatif_release(&run->whatif);
	histogram_release(&run->accepted);
	free(run);
	return status;
}
