/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * mktrace - makes trace files: from the text form (include/README.md), what `idletax dump` takes apart
 * it puts together; or of a load that never was (load.h), as long as one likes. For tests, for
 * benchmarks, and for whoever wants to try what a trace would be reported as.
 */
#include <argp.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "load.h"
#include "trace/text.h"
#include "trace/writer.h"

struct options {
	const char *input;
	const char *output;
	struct load_plan plan;
	bool has_plan; /* an option of a load was given */
};

enum {
	KEY_FACTS = 256,
	KEY_INVOCATIONS,
	KEY_SEED,
	KEY_SHAPE,
	KEY_DEPTH,
	KEY_WIDTH,
	KEY_FUNCTIONS,
	KEY_IN_FLIGHT,
	KEY_SLICES,
	KEY_ERRORS,
	KEY_RETRIES,
	KEY_TIMEOUTS,
	KEY_COLD
};

static const struct argp_option rows[] = {
	{ "output", 'o', "FILE", 0, "The trace file to write; - is standard output", 0 },
	{ 0, 0, 0, 0, "A load instead of TEXT; it ends with the chain that reaches the size:", 1 },
	{ "facts", KEY_FACTS, "N", 0, "Its size in facts", 1 },
	{ "invocations", KEY_INVOCATIONS, "N", 0, "Its size in invocations", 1 },
	{ "seed", KEY_SEED, "N", 0, "Another load of the same kind (default 1)", 1 },
	{ "shape", KEY_SHAPE, "SHAPE", 0,
	  "What a request sets off: chain, fan-out, loop, services, or mix, which is all but loop in "
	  "turns (default)",
	  1 },
	{ "depth", KEY_DEPTH, "N", 0, "Functions of a chain (default 4)", 1 },
	{ "width", KEY_WIDTH, "N", 0, "Calls of a fan-out or a loop (default 3)", 1 },
	{ "functions", KEY_FUNCTIONS, "N", 0,
	  "At least so many functions, in whole applications (default 12)", 1 },
	{ "in-flight", KEY_IN_FLIGHT, "N", 0, "Invocations at the same time (default 64)", 1 },
	{ "slices", KEY_SLICES, "N", 0,
	  "Slices on a CPU for one invocation, of all threads, on average (default 55)", 1 },
	{ 0, 0, 0, 0, "Of 1000:", 2 },
	{ "errors", KEY_ERRORS, "N", 0, "Invocations that fail (default 10)", 2 },
	{ "retries", KEY_RETRIES, "N", 0, "Attempts that are refused and made again (default 10)",
	  2 },
	{ "timeouts", KEY_TIMEOUTS, "N", 0,
	  "Invocations of those that call nobody which the emulator ends at 3 s (default 1)", 2 },
	{ "cold", KEY_COLD, "N", 0, "Invocations after which their worker thread ends (default 10)",
	  2 },
	{ 0 },
};

static uint64_t parse_number(struct argp_state *state, const char *text, uint64_t minimum,
			     uint64_t maximum)
{
	unsigned long long value;
	char *end;

	errno = 0;
	value = strtoull(text, &end, 10);
	if (errno || *end || *text < '0' || *text > '9' || value < minimum || value > maximum)
		argp_error(state, "%s: a number from %llu to %llu is wanted", text,
			   (unsigned long long)minimum, (unsigned long long)maximum);
	return value;
}

static enum load_shape parse_shape(struct argp_state *state, const char *text)
{
	static const char *const names[] = { [LOAD_MIX] = "mix",
					     [LOAD_CHAIN] = "chain",
					     [LOAD_FAN_OUT] = "fan-out",
					     [LOAD_LOOP] = "loop",
					     [LOAD_SERVICES] = "services" };

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (!strcmp(text, names[i]))
			return (enum load_shape)i;
	argp_error(state, "%s: no shape of a load", text);
	return LOAD_MIX;
}

static error_t parse_plan_option(int key, char *argument, struct argp_state *state)
{
	struct options *options = state->input;
	struct load_plan *plan = &options->plan;

	if (key < KEY_FACTS || key > KEY_COLD)
		return ARGP_ERR_UNKNOWN;
	options->has_plan = true;
	if (key == KEY_FACTS)
		plan->facts = parse_number(state, argument, 1, UINT64_MAX);
	else if (key == KEY_INVOCATIONS)
		plan->invocations = parse_number(state, argument, 1, UINT64_MAX);
	else if (key == KEY_SEED)
		plan->seed = parse_number(state, argument, 0, UINT64_MAX);
	else if (key == KEY_SHAPE)
		plan->shape = parse_shape(state, argument);
	else if (key == KEY_DEPTH)
		plan->depth = (uint32_t)parse_number(state, argument, 2, 1000000);
	else if (key == KEY_WIDTH)
		plan->width = (uint32_t)parse_number(state, argument, 1, 1000000);
	else if (key == KEY_FUNCTIONS)
		plan->functions = (uint32_t)parse_number(state, argument, 1, 1000000);
	else if (key == KEY_IN_FLIGHT)
		plan->in_flight = (uint32_t)parse_number(state, argument, 1, 1000000);
	else if (key == KEY_SLICES)
		plan->slices = (uint32_t)parse_number(state, argument, 1, 10000);
	else if (key == KEY_ERRORS)
		plan->errors = (uint32_t)parse_number(state, argument, 0, 1000);
	else if (key == KEY_RETRIES)
		plan->retries = (uint32_t)parse_number(state, argument, 0, 1000);
	else if (key == KEY_TIMEOUTS)
		plan->timeouts = (uint32_t)parse_number(state, argument, 0, 1000);
	else
		plan->cold = (uint32_t)parse_number(state, argument, 0, 1000);
	return 0;
}

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
	struct options *options = state->input;
	bool is_of_load = options->plan.facts || options->plan.invocations;

	switch (key) {
	case 'o':
		options->output = argument;
		return 0;
	case ARGP_KEY_ARG:
		if (options->input)
			argp_usage(state);
		options->input = argument;
		return 0;
	case ARGP_KEY_END:
		if (!options->output || is_of_load != !options->input ||
		    (options->has_plan && !is_of_load))
			argp_usage(state);
		return 0;
	default:
		return parse_plan_option(key, argument, state);
	}
}

static int fail(const char *path, const struct diag *diag)
{
	if (diag->has_offset)
		fprintf(stderr, "mktrace: %s:%llu: %s\n", path, (unsigned long long)diag->offset,
			diag->text);
	else
		fprintf(stderr, "mktrace: %s: %s\n", path, diag->text);
	return EXIT_FAILURE;
}

/* Ends the file, after @error or none. */
static int finish(struct trace_writer *writer, uint64_t end_ns, int error, struct diag *diag)
{
	int finish_error = trace_writer_finish(writer, end_ns);

	trace_writer_free(writer);
	if (!error)
		error = finish_error;
	return error ? diag_set(diag, error, "%s", strerror(-error)) : 0;
}

static int write_text(const struct trace_text *trace, const char *path, struct diag *diag)
{
	struct trace_writer *writer;
	int error = trace_writer_open(&writer, path, &trace->start, diag);

	if (error)
		return error;
	for (size_t i = 0; i < trace->fact_count && !error; i++)
		error = trace_writer_push(writer, &trace->facts[i]);
	return finish(writer, trace->end_ns, error, diag);
}

static int write_load(const struct load_plan *plan, const char *path, struct diag *diag)
{
	static const struct trace_host_pair host[] = { { "tool", "mktrace" },
						       { "machine", "x86_64" } };
	const struct trace_start start = { .monotonic_ns = LOAD_START_NS,
					   .realtime_ns = LOAD_REALTIME_NS,
					   .host = host,
					   .host_count = sizeof(host) / sizeof(*host) };
	struct load_result result = { 0 };
	struct trace_writer *writer;
	struct fact_sink sink = { .push = trace_writer_push };
	int error;

	if (load_needs(plan) > plan->in_flight)
		return diag_set(diag, -EINVAL, "a chain of this shape needs --in-flight=%u",
				load_needs(plan));
	error = trace_writer_open(&writer, path, &start, diag);
	if (error)
		return error;
	sink.context = writer;
	error = load_generate(plan, &sink, &result);
	return finish(writer, result.end_ns, error, diag);
}

static int run(const struct options *options)
{
	struct diag diag = { 0 };
	struct trace_text trace;
	int error;

	if (!options->input) {
		error = write_load(&options->plan, options->output, &diag);
		return error ? fail(options->output, &diag) : EXIT_SUCCESS;
	}
	if (trace_text_load(&trace, options->input, &diag))
		return fail(options->input, &diag);
	error = write_text(&trace, options->output, &diag);
	trace_text_release(&trace);
	return error ? fail(options->output, &diag) : EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	static const struct argp argp = {
		.options = rows,
		.parser = parse_option,
		.args_doc = "TEXT -o FILE\n--facts=N -o FILE\n--invocations=N -o FILE",
		.doc = "Makes a trace file: from its text form (TEXT may be - for standard input), or of "
		       "a load that never was: applications under serverless-offline, whose functions "
		       "work, sleep, call each other, retry, fail and start cold. The kinds of facts of "
		       "an invocation are in the proportions of a recording of `make demo`, of warm "
		       "functions. The same options give the same file.",
	};
	struct options options = { .plan = load_default() };

	argp_err_exit_status = 2;
	if (argp_parse(&argp, argc, argv, 0, NULL, &options))
		return 2;
	return run(&options);
}
