/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * command.h - one subcommand: one file, one line in main.c's table, one man page. A command parses its
 * own options (argp, through command_parse in common.h), prints its product on stdout and returns the
 * program's exit status.
 */
#ifndef IDLETAX_CMD_COMMAND_H
#define IDLETAX_CMD_COMMAND_H

/* The program's exit statuses. `record` returns its command's status instead. */
enum exit_status {
	EXIT_STATUS_OK = 0,
	EXIT_STATUS_FAILURE = 1,
	EXIT_STATUS_USAGE = 2,
	EXIT_STATUS_INCOMPLETE = 3, /* a reader's result is incomplete: something was lost */
};

struct command {
	const char *name;
	const char *summary; /* for --help: one line without a full stop */
	/* argv[0] is "idletax NAME"; what follows are the command's own arguments. */
	int (*run)(int argc, char **argv);
};

/* Defined in the file of the command's name. */
int command_record(int argc, char **argv);
int command_report(int argc, char **argv);
int command_timeline(int argc, char **argv);
int command_explain(int argc, char **argv);
int command_flame(int argc, char **argv);
int command_export(int argc, char **argv);
int command_advise(int argc, char **argv);
int command_diff(int argc, char **argv);
int command_check(int argc, char **argv);
int command_whatif(int argc, char **argv);
int command_info(int argc, char **argv);
int command_dump(int argc, char **argv);

#endif
