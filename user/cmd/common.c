/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * common.c - what all commands share: option parsing, errors as text or JSON, the terminal, the pager
 * and the end of stdout. The only place of the program that prints errors.
 */
#include "cmd/common.h"

#include <errno.h>
#include <langinfo.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/json_writer.h"

#define DEFAULT_COLUMNS 100
#define MIN_COLUMNS 40
#define MAX_COLUMNS 400

/* less where there is one; it leaves at once when everything fits on the screen (-F). */
#define DEFAULT_PAGER "if command -v less >/dev/null; then exec less -FRX; else exec cat; fi"

static bool is_json;
static bool is_usage_told;
static pid_t pager_pid;

void command_find_json(int argc, char **argv)
{
	for (int i = 1; i < argc && strcmp(argv[i], "--"); i++)
		if (!strcmp(argv[i], "--json"))
			is_json = true;
}

static void print_json_error(const char *message, const char *hint)
{
	struct json_writer writer;

	json_writer_init(&writer, stdout, false);
	json_object_begin(&writer, NULL);
	json_object_begin(&writer, "error");
	json_string(&writer, "message", message);
	json_string(&writer, "hint", hint && hint[0] ? hint : NULL);
	json_object_end(&writer);
	json_object_end(&writer);
	json_writer_finish(&writer);
}

static bool is_utf8_locale(void)
{
	return !strcmp(nl_langinfo(CODESET), "UTF-8");
}

/* A line in which names of a trace cannot command the terminal. */
static void print_safe_line(const char *before, const char *text)
{
	fputs(before, stderr);
	text_put_safe(stderr, text, is_utf8_locale());
	putc('\n', stderr);
}

static void print_error(const char *message, const char *hint)
{
	print_safe_line("idletax: ", message);
	if (hint && hint[0])
		print_safe_line("hint: ", hint);
	if (is_json)
		print_json_error(message, hint);
}

static int fail(const struct diag *diag, const char *what_format, va_list arguments)
{
	char message[2 * DIAG_TEXT_MAX + 64];
	int used = vsnprintf(message, DIAG_TEXT_MAX, what_format, arguments);

	if (used < 0 || used >= DIAG_TEXT_MAX)
		used = (int)strlen(message);
	if (diag && diag->text[0])
		used += snprintf(message + used, DIAG_TEXT_MAX + 4, ": %s", diag->text);
	if (diag && diag->has_offset)
		snprintf(message + used, sizeof(message) - (size_t)used, " (at byte %llu)",
			 (unsigned long long)diag->offset);
	print_error(message, diag ? diag->hint : NULL);
	return EXIT_STATUS_FAILURE;
}

int command_fail(const struct diag *diag, const char *what_format, ...)
{
	va_list arguments;
	int status;

	va_start(arguments, what_format);
	status = fail(diag, what_format, arguments);
	va_end(arguments);
	return status;
}

int command_fail_error(int error, const char *what_format, ...)
{
	struct diag diag = { 0 };
	va_list arguments;
	int status;

	diag_set(&diag, error, "%s", strerror(-error));
	va_start(arguments, what_format);
	status = fail(&diag, what_format, arguments);
	va_end(arguments);
	return status;
}

int command_fail_usage(const char *command_name, const char *format, ...)
{
	char message[DIAG_TEXT_MAX], hint[64];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(message, sizeof(message), format, arguments);
	va_end(arguments);
	snprintf(hint, sizeof(hint), "see `idletax %s%s--help`", command_name ? command_name : "",
		 command_name ? " " : "");
	print_error(message, hint);
	return EXIT_STATUS_USAGE;
}

void command_usage_error(const struct argp_state *state, const char *format, ...)
{
	const char *name = strchr(state->name, ' '); /* "idletax report" */
	char message[DIAG_TEXT_MAX];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(message, sizeof(message), format, arguments);
	va_end(arguments);
	command_fail_usage(name ? name + 1 : NULL, "%s", message);
	is_usage_told = true;
	exit(EXIT_STATUS_USAGE);
}

uint64_t command_parse_number(const char *text, const char *end, uint64_t max)
{
	uint64_t value = 0;

	for (; text < end; text++) {
		if (*text < '0' || *text > '9')
			return 0;
		value = value * 10 + (uint64_t)(*text - '0');
		if (value > max)
			return 0;
	}
	return value;
}

bool command_is_same_file(const char *path, const char *other)
{
	struct stat a, b;

	if (!strcmp(path, "-") || !strcmp(other, "-") || stat(path, &a) || stat(other, &b))
		return false;
	return a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

void command_note(const char *format, ...)
{
	va_list arguments;

	fputs("idletax: note: ", stderr);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	putc('\n', stderr);
}

/* getopt has told it on stderr; here is the same for a program that reads stdout. */
static void tell_usage_error_as_json(int status, void *context)
{
	const bool *is_parsing = context;

	if (*is_parsing && is_json && !is_usage_told && status == EXIT_STATUS_USAGE)
		print_json_error("wrong usage, see stderr", NULL);
}

void command_parse(const struct argp *argp, int argc, char **argv, void *input)
{
	static bool is_parsing;

	argp_err_exit_status = EXIT_STATUS_USAGE;
	is_parsing = true;
	on_exit(tell_usage_error_as_json, &is_parsing);
	if (argp_parse(argp, argc, argv, ARGP_IN_ORDER, NULL, input))
		exit(EXIT_STATUS_USAGE);
	is_parsing = false;
}

static unsigned int find_columns(bool is_terminal)
{
	const char *text = getenv("COLUMNS");
	struct winsize size = { 0 };
	unsigned long columns = 0;

	if (text)
		columns = strtoul(text, NULL, 10);
	if (!columns && is_terminal && !ioctl(STDOUT_FILENO, TIOCGWINSZ, &size))
		columns = size.ws_col;
	if (!columns)
		columns = DEFAULT_COLUMNS;
	if (columns < MIN_COLUMNS)
		return MIN_COLUMNS;
	return columns > MAX_COLUMNS ? MAX_COLUMNS : (unsigned int)columns;
}

struct text_style terminal_find(void)
{
	bool is_terminal = isatty(STDOUT_FILENO);
	const char *no_color = getenv("NO_COLOR");
	const char *kind = getenv("TERM");
	struct text_style style = { 0 };

	style.has_color = is_terminal && !(no_color && no_color[0]) && kind &&
			  strcmp(kind, "dumb") != 0;
	style.is_utf8 = is_utf8_locale();
	style.columns = find_columns(is_terminal);
	return style;
}

void pager_start(void)
{
	const char *pager = getenv("PAGER");
	int ends[2];

	if (!isatty(STDOUT_FILENO) || (pager && (!pager[0] || !strcmp(pager, "cat"))))
		return;
	fflush(NULL);
	if (pipe(ends))
		return;
	pager_pid = fork();
	if (pager_pid == 0) {
		dup2(ends[0], STDIN_FILENO);
		close(ends[0]);
		close(ends[1]);
		setenv("LESS", "FRX", 0);
		execl("/bin/sh", "sh", "-c", pager ? pager : DEFAULT_PAGER, (char *)NULL);
		_exit(127);
	}
	close(ends[0]);
	if (pager_pid > 0)
		dup2(ends[1], STDOUT_FILENO);
	else
		pager_pid = 0;
	close(ends[1]);
}

static void close_stdout(void)
{
	bool had_failed = ferror(stdout);
	int error;

	errno = 0;
	error = fclose(stdout) ? errno : 0;
	if (pager_pid)
		while (waitpid(pager_pid, NULL, 0) < 0 && errno == EINTR)
			;
	if ((!had_failed && !error) || error == EPIPE)
		return;
	fprintf(stderr, "idletax: writing to stdout: %s\n",
		error ? strerror(error) : "some of it could not be written");
	_exit(EXIT_STATUS_FAILURE);
}

void stdout_close_at_exit(void)
{
	atexit(close_stdout);
}
