/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * common.h - what all commands share: option parsing, errors as text or JSON, the terminal, the pager.
 * stdout carries the product, stderr the chatter.
 */
#ifndef IDLETAX_CMD_COMMON_H
#define IDLETAX_CMD_COMMON_H

#include <argp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/diag.h"
#include "cmd/command.h"
#include "output/text_style.h"

#define DEFAULT_TRACE "idletax.trace"

/*
 * argp_parse with this program's conventions: wrong usage, also from argp_error() in a parser, is told
 * on stderr (and as JSON where --json was given) and ends the program with EXIT_STATUS_USAGE; --help
 * and --usage print on stdout and end it with 0.
 */
void command_parse(const struct argp *argp, int argc, char **argv, void *input);

/*
 * The one place where errors are printed: "idletax: <what>: <why>" and "hint: ..." on stderr; in JSON
 * mode also {"error":{"message":...,"hint":...}} on stdout: a program that reads stdout gets exactly
 * one document in any case. @diag may be NULL (no why, no hint).
 * Returns EXIT_STATUS_FAILURE.
 */
int command_fail(const struct diag *diag, const char *what_format, ...)
	__attribute__((format(printf, 2, 3)));

/* The same, where all that is known of why is @error, a negative errno. */
int command_fail_error(int error, const char *what_format, ...)
	__attribute__((format(printf, 2, 3)));

/*
 * Usage errors that are found after parsing, or outside a command (@command_name NULL). Says where help
 * is and returns EXIT_STATUS_USAGE.
 */
int command_fail_usage(const char *command_name, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* For parsers: the same, and ends the program. @state->name says which command it is. */
struct argp_state;
void command_usage_error(const struct argp_state *state, const char *format, ...)
	__attribute__((noreturn, format(printf, 2, 3)));

/* A number from 1 to @max (at most 10^18), in digits alone, that ends at @end; 0: it is none. */
uint64_t command_parse_number(const char *text, const char *end, uint64_t max);

/* Where --json is among the arguments (before a --), errors are JSON too from here on. */
void command_find_json(int argc, char **argv);

/* Whether two paths are one file: what is read may not be overwritten meanwhile. "-" is no file. */
bool command_is_same_file(const char *path, const char *other);

/* "idletax: note: ..." on stderr, for what is worth knowing and not an error. */
void command_note(const char *format, ...) __attribute__((format(printf, 1, 2)));

/*
 * What stdout can show. Colour: a terminal, and neither NO_COLOR nor TERM=dumb; UTF-8: by locale;
 * columns: of the terminal, or COLUMNS, or 100.
 */
struct text_style terminal_find(void);

/*
 * Sends stdout through $PAGER (less -FRX) when it is a terminal. For report, timeline, explain and dump;
 * the pager is awaited when the program ends. Ask terminal_find() before: a pager is not a terminal.
 */
void pager_start(void);

/*
 * Called once, by main(): when the program exits, stdout is flushed and the pager awaited. A failed
 * write is told and turns the exit status into EXIT_STATUS_FAILURE; a reader that went away is not.
 */
void stdout_close_at_exit(void);

#endif
