/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * main.c - the program: finds the command in the table and runs it with the rest of the command line.
 * Also answers what belongs to no command: --help, --version, --json-schema.
 */
#include <stdlib.h>
#include <string.h>
#include <locale.h>

#include "base/log.h"
#include "base/nearest_name.h"
#include "cmd/command.h"
#include "cmd/common.h"
#include "output/schema.h"

static const struct command commands[] = {
#ifndef IDLETAX_ANALYSIS_ONLY
	{ "record", "record a command, or running processes, into a trace file", command_record },
#endif
	{ "report", "what was billed, what was useful, who waited for whom", command_report },
	{ "timeline", "who ran and who waited, as bars in the terminal", command_timeline },
	{ "explain", "why each wait has its state and each link its label", command_explain },
	{ "flame", "a flame graph of the chains, as SVG or folded stacks", command_flame },
	{ "export", "invocations, calls and waits for other programs", command_export },
	{ "advise", "which direct invocations are fine, and what instead of the others",
	  command_advise },
	{ "whatif", "the same with something changed: latency, bill and cost", command_whatif },
	{ "diff", "what got better or worse from one trace to another", command_diff },
	{ "check", "holds a trace against limits, for CI", command_check },
	{ "info", "a trace file's header, host and losses", command_info },
	{ "dump", "a trace file's facts as text", command_dump },
};

#define COMMAND_COUNT (sizeof(commands) / sizeof(commands[0]))
#define NAME_MAX_BYTES 32

static void print_help(void)
{
	fputs("Usage: idletax COMMAND [OPTION...]\n"
	      "What serverless functions cost while they wait.\n\n",
	      stdout);
	for (size_t i = 0; i < COMMAND_COUNT; i++)
		printf("  %-10s %s\n", commands[i].name, commands[i].summary);
	fputs("\n"
	      "  idletax COMMAND --help       the options of a command; man idletax-COMMAND\n"
	      "  idletax --version            the version\n"
	      "  idletax --json-schema NAME   the JSON Schema of its --json: report, timeline, explain,\n"
	      "                               advice, whatif, diff, check;\n"
	      "                               or of what --price-plan reads: price-plan\n",
	      stdout);
#ifndef IDLETAX_ANALYSIS_ONLY
	fputs("\nTo begin: idletax record -- COMMAND, then idletax report\n", stdout);
#endif
}

static int fail_unknown_command(const char *name)
{
	struct nearest_name nearest;
	struct diag diag = { 0 };

	nearest_name_init(&nearest, name);
	for (size_t i = 0; i < COMMAND_COUNT; i++)
		nearest_name_offer(&nearest, commands[i].name);
#ifdef IDLETAX_ANALYSIS_ONLY
	if (!strcmp(name, "record")) {
		diag_set(&diag, 0, "this build only reads traces");
		diag_hint(&diag, "`make all` builds the program that records");
		command_fail(&diag, "%s", name);
		return EXIT_STATUS_USAGE;
	}
#endif
	diag_set(&diag, 0, "there is no such command");
	if (nearest.nearest)
		diag_hint(&diag, "did you mean `idletax %s`?", nearest.nearest);
	else
		diag_hint(&diag, "`idletax --help` lists the commands");
	command_fail(&diag, "%s", name);
	return EXIT_STATUS_USAGE;
}

static int print_schema(const char *name)
{
	const char *text = name ? schema_find(name) : NULL;

	if (!text)
		return command_fail_usage(
			NULL,
			"--json-schema knows: report, timeline, explain, advice, whatif, diff, "
			"check, price-plan");
	fputs(text, stdout);
	return EXIT_STATUS_OK;
}

static void print_log(enum log_level level, const char *text)
{
	if (level == LOG_DEBUG && !getenv("IDLETAX_DEBUG"))
		return;
	if (level == LOG_WARNING)
		fprintf(stderr, "idletax: warning: %s\n", text);
	else
		command_note("%s", text);
}

static int run_command(const struct command *command, int argc, char **argv)
{
	char name[NAME_MAX_BYTES + sizeof("idletax ")];

	snprintf(name, sizeof(name), "idletax %s", command->name);
	argv[1] = name;
	return command->run(argc - 1, argv + 1);
}

int main(int argc, char **argv)
{
	setlocale(LC_CTYPE, "");
	log_set_handler(print_log);
	stdout_close_at_exit();
	command_find_json(argc, argv);

	if (argc < 2) {
		print_help();
		return EXIT_STATUS_USAGE;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-?") || !strcmp(argv[1], "-h") ||
	    !strcmp(argv[1], "help")) {
		print_help();
		return EXIT_STATUS_OK;
	}
	if (!strcmp(argv[1], "--version") || !strcmp(argv[1], "-V")) {
		puts("idletax " IDLETAX_VERSION);
		return EXIT_STATUS_OK;
	}
	if (!strcmp(argv[1], "--json-schema"))
		return print_schema(argv[2]);
	if (argv[1][0] == '-')
		return command_fail_usage(NULL, "unknown option '%s'", argv[1]);
	for (size_t i = 0; i < COMMAND_COUNT; i++)
		if (!strcmp(argv[1], commands[i].name))
			return run_command(&commands[i], argc, argv);
	return fail_unknown_command(argv[1]);
}
