// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * check.c - `idletax check`: holds a trace against limits, for CI. Reads a trace and a file of rules, changes
 * nothing.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/advice.h"
#include "analysis/check.h"
#include "cmd/common.h"
#include "cmd/load.h"
#include "cmd/reader_option.h"
#include "cmd/service_option.h"
#include "cmd/text_file.h"
#include "output/check_output.h"

struct check_options {
	struct reader_options reader;
	struct service_options services;
	struct check_rules rules;
};

enum {
	OPTION_RULES = 256,
	OPTION_ALLOW_INCOMPLETE,
	OPTION_LIMITS, /* and behind it one for each metric */
};

#define LIMIT(metric, argument, text)                                \
	{                                                            \
		NULL, OPTION_LIMITS + (metric), argument, 0, text, 1 \
	}

/* The names of limits are filled in from their table (name_limits). */
static struct argp_option option_table[] = {
	{ "rules", OPTION_RULES, "FILE", 0, "Limits from a file, one a line: max-overhead = 20%",
	  0 },
	{ "allow-incomplete", OPTION_ALLOW_INCOMPLETE, NULL, 0,
	  "Check what is there where something was lost", 0 },
	LIMIT(CHECK_MAX_OVERHEAD, "[FUNCTION=]RATIO",
	      "Double billing against all else that is billed"),
	LIMIT(CHECK_MAX_SHARE, "[WHO=]RATIO",
	      "Double billing against the bill; of a FUNCTION, or of a CALLER/CALLEE against the caller's"),
	LIMIT(CHECK_MAX_AMPLIFICATION, "[FUNCTION=]RATIO", "The bill against what is own"),
	LIMIT(CHECK_MAX_CHAIN_DEPTH, "N", "Functions that wait for each other in a row"),
	LIMIT(CHECK_MAX_COST_PER_MILLION, "[FUNCTION=]DOLLARS",
	      "Cost of a million requests from outside, or of a million invocations of a function"),
	LIMIT(CHECK_MAX_BILLED_P99, "[FUNCTION=]TIME",
	      "99th percentile of what an invocation is billed"),
	LIMIT(CHECK_MAX_RETRY_WASTE, "[FUNCTION=]RATIO", "What retries cost, against the bill"),
	LIMIT(CHECK_MAX_ORPHANED, "[FUNCTION=]RATIO",
	      "What was billed for results that nobody reads, against the bill"),
	LIMIT(CHECK_MIN_BUDGET, "[EDGE=]TIME",
	      "Time that a caller must have left after each reply"),
	LIMIT(CHECK_NO_VERDICT, "[EDGE=]VERDICT", "What `idletax advise` may not say of an edge"),
	{ 0 }
};

static void name_limits(void)
{
	for (struct argp_option *option = option_table; option->key; option++)
		if (option->key >= OPTION_LIMITS)
			option->name = check_metrics[option->key - OPTION_LIMITS].name;
}

static int read_rules(struct check_rules *rules, const char *path, struct diag *diag)
{
	char *text;
	size_t bytes;
	int error = text_file_read(&text, &bytes, path, CHECK_FILE_BYTES_MAX, diag);

	if (error)
		return error;
	if (bytes == CHECK_FILE_BYTES_MAX)
		error = diag_set(diag, -EFBIG, "%s", strerror(EFBIG));
	else
		error = check_rules_add_text(rules, text, bytes, diag);
	free(text);
	return error;
}

static void add_file(struct check_options *options, const char *path,
		     const struct argp_state *state)
{
	struct diag diag = { 0 };

	if (!read_rules(&options->rules, path, &diag))
		return;
	if (diag.has_offset)
		command_usage_error(state, "%s:%llu: %s%s%s", path, (unsigned long long)diag.offset,
				    diag.text, diag.hint[0] ? "; " : "", diag.hint);
	command_usage_error(state, "--rules %s: %s", path, diag.text);
}

static error_t parse_option(int key, char *text, struct argp_state *state)
{
	struct check_options *options = state->input;
	struct diag diag = { 0 };

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &options->reader;
		state->child_inputs[1] = &options->services;
		return 0;
	case OPTION_RULES:
		add_file(options, text, state);
		return 0;
	case OPTION_ALLOW_INCOMPLETE:
		options->rules.allows_incomplete = true;
		return 0;
	}
	if (key < OPTION_LIMITS || key >= OPTION_LIMITS + CHECK_METRIC_COUNT)
		return ARGP_ERR_UNKNOWN;
	key -= OPTION_LIMITS;
	if (check_rules_add(&options->rules, (enum check_metric)key, text, &diag))
		command_usage_error(state, "--%s %s: %s", check_metrics[key].name, text, diag.text);
	return 0;
}

static const struct argp_child children[] = { { &reader_argp, 0, NULL, 0 },
					      { &service_argp, 0, NULL, 0 },
					      { 0 } };

static const struct argp argp = {
	.options = option_table,
	.children = children,
	.parser = parse_option,
	.doc = "Holds a trace against limits, for CI."
	       "\vExit status: 0, or 3 where a limit is broken, with one line for each. A trace that is not "
	       "complete breaks the limit `complete`.",
};

static bool is_utf8_terminal(void)
{
	return terminal_find().is_utf8;
}

static int tell(const struct check_outcome *outcome, bool is_json)
{
	bool is_utf8 = is_utf8_terminal();
	char text[1024];
	int error;

	for (size_t i = 0; i < outcome->unknown.count; i++)
		command_note("not known, and so not checked: %s",
			     check_describe(text, sizeof(text), &outcome->unknown.rows[i],
					    is_utf8));
	if (!is_json) {
		check_text(stdout, outcome, is_utf8);
	} else {
		error = check_json(stdout, outcome);
		if (error && !ferror(stdout)) /* a failing stdout is told when it is closed */
			return command_fail_error(error, "printing the result");
	}
	return outcome->breaches.count ? EXIT_STATUS_INCOMPLETE : EXIT_STATUS_OK;
}

static bool needs_verdicts(const struct check_rules *rules)
{
	for (size_t i = 0; i < rules->count; i++)
		if (check_metrics[rules->rules[i].metric].is_verdict)
			return true;
	return false;
}

static int run_checks(struct check_outcome *ret_outcome, const struct check_rules *rules,
		      const struct results *results, struct advice *advice, struct diag *diag)
{
	struct check_input input = { .results = results };
	int error = advice ? advice_finish(advice, &input.advice, &input.advice_count) : 0;

	if (error)
		return diag_set(diag, error, "%s", strerror(-error));
	return check_run(ret_outcome, rules, &input, diag);
}

/* @advice: NULL, no rule is about verdicts; not begun: savings are not asked for. */
static int check(const struct check_options *options, struct advice *advice)
{
	const struct load_options load_options = {
		.prices = &options->reader.prices,
		.sink = { .context = advice, .chain = advice ? advice_add_chain : NULL },
	};
	struct check_outcome outcome = { 0 };
	struct loaded loaded;
	struct diag diag = { 0 };
	int status = load_streamed(&loaded, options->reader.input, &load_options);

	if (!status && run_checks(&outcome, &options->rules, loaded.results, advice, &diag))
		status = command_fail(&diag, "%s", options->reader.input);
	else if (!status)
		status = tell(&outcome, options->reader.is_json);
	check_outcome_release(&outcome);
	load_release(&loaded);
	return status;
}

int command_check(int argc, char **argv)
{
	struct check_options options = { .reader = { .input = DEFAULT_TRACE,
						     .json_help = JSON_OF_SCHEMA("check") } };
	struct advice_options advice_options;
	struct advice *advice = NULL;
	int status;

	check_rules_init(&options.rules);
	name_limits();
	command_parse(&argp, argc, argv, &options);
	advice_options = (struct advice_options){ .services = options.services.rules,
						  .service_count = options.services.count };
	if (!options.rules.count)
		status = command_fail_usage("check", "there is no limit to check");
	else if (needs_verdicts(&options.rules) && advice_new(&advice, &advice_options))
		status = command_fail(NULL, "out of memory");
	else
		status = check(&options, advice);
	advice_free(advice);
	check_rules_release(&options.rules);
	service_options_release(&options.services);
	price_options_release(&options.reader.prices);
	return status;
}
