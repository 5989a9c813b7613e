// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * record.c - `idletax record`: records a command, or running processes, into a trace file.
 *
 * Everything that must be root happens here and in user/capture; the file is created, and the command
 * runs, as the invoking user. The exit status is the command's. Ends with one line that says what was
 * recorded and one with what to type next.
 */
#include <argp.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/units.h"
#include "capture/capture.h"
#include "capture/launch.h"
#include "cmd/command.h"
#include "cmd/common.h"
#include "cmd/function_option.h"
#include "cmd/recording.h"

#define TARGETS_MAX 64
#define HTTP_FUNCTIONS_MAX 256
#define POLL_MS 10
#define SAMPLE_NS (100 * NS_PER_MS) /* between memory samples */
#define PROGRESS_NS NS_PER_S
#define GRACE_NS (5 * NS_PER_S) /* for the command to end after it was asked to */
#define EXIT_NOT_EXECUTABLE 126
#define EXIT_NOT_FOUND 127
#define EXIT_SIGNAL_BASE 128

enum {
	OPTION_SOCKET_HOOKS = 256,
	OPTION_UPROBE_HOOKS,
	OPTION_HTTP_FUNCTION,
	OPTION_INVOKE_PROBE,
};

struct arguments {
	const char *path;
	pid_t targets[TARGETS_MAX];
	size_t target_count;
	struct http_function_option http_functions[HTTP_FUNCTIONS_MAX];
	size_t http_function_count;
	struct invoke_probe_option invoke_probes[RECORD_NATIVE_PROBES_MAX];
	struct native_probe_spec probe_specs[RECORD_NATIVE_PROBES_MAX]; /* of the same */
	size_t invoke_probe_count;
	uint64_t duration_ns; /* 0: no end */
	bool is_raw;
	struct hooks hooks;
	bool is_all;	/* whatever is found */
	char **command; /* NULL: none */
};

struct session {
	const struct arguments *arguments;
	struct recording *recording;
	char *new_path; /* the file's name until something is recorded; NULL: it has its own */
	struct capture *capture;
	struct launch launch;
	bool has_command;
	bool is_asked_to_end; /* the command was, or knows it by itself */
	uint64_t start_ns;
	uint64_t grace_end_ns;
	uint64_t next_sample_ns;
	uint64_t next_progress_ns;
	bool is_progress_shown;
};

/* ---- options ---- */

static pid_t parse_pid(struct argp_state *state, const char *text)
{
	char *end;
	long pid = strtol(text, &end, 10);

	if (*end || end == text || pid <= 0 || pid > 1 << 30)
		command_usage_error(state, "'%s' is not a process id", text);
	return pid;
}

static uint64_t parse_seconds(struct argp_state *state, const char *text)
{
	char *end;
	double seconds = strtod(text, &end);

	if (*end || end == text || !(seconds > 0) || seconds > 1e9)
		command_usage_error(state, "'%s' is not a number of seconds", text);
	return seconds * NS_PER_S < 1 ? 1 : (uint64_t)(seconds * NS_PER_S);
}

static void add_http_function(struct argp_state *state, const char *text)
{
	struct arguments *arguments = state->input;
	struct http_function_option option;
	struct diag diag = { 0 };

	if (http_function_parse(&option, text, &diag))
		command_usage_error(state, "--http-function=%.300s: %s", text, diag.text);
	for (size_t i = 0; i < arguments->http_function_count; i++)
		if (arguments->http_functions[i].port == option.port)
			command_usage_error(state, "port %d is named twice", option.port);
	if (arguments->http_function_count == HTTP_FUNCTIONS_MAX)
		command_usage_error(state, "more than %d HTTP functions", HTTP_FUNCTIONS_MAX);
	arguments->http_functions[arguments->http_function_count++] = option;
}

static void add_invoke_probe(struct argp_state *state, const char *text)
{
	struct arguments *arguments = state->input;
	size_t number = arguments->invoke_probe_count;
	struct invoke_probe_option *option = &arguments->invoke_probes[number];
	struct diag diag = { 0 };

	if (number == RECORD_NATIVE_PROBES_MAX)
		command_usage_error(state, "more than %d probes", RECORD_NATIVE_PROBES_MAX);
	if (invoke_probe_parse(option, text, &diag))
		command_usage_error(state, "--invoke-probe=%.300s: %s", text, diag.text);
	arguments->probe_specs[number] =
		(struct native_probe_spec){ option->binary, option->symbol };
	arguments->invoke_probe_count++;
}

static error_t parse_option(int key, char *text, struct argp_state *state)
{
	struct arguments *arguments = state->input;

	switch (key) {
	case 'o':
		arguments->path = text;
		return 0;
	case 'p':
		if (arguments->target_count == TARGETS_MAX)
			command_usage_error(state, "more than %d processes", TARGETS_MAX);
		arguments->targets[arguments->target_count++] = parse_pid(state, text);
		return 0;
	case 'a':
		arguments->is_all = true;
		return 0;
	case 'd':
		arguments->duration_ns = parse_seconds(state, text);
		return 0;
	case 'r':
		arguments->is_raw = true;
		return 0;
	case OPTION_SOCKET_HOOKS:
		if (!hooks_parse_socket(text, &arguments->hooks.socket))
			command_usage_error(
				state, "socket hooks are auto, socket or syscall, not '%s'", text);
		return 0;
	case OPTION_UPROBE_HOOKS:
		if (!hooks_parse_uprobe(text, &arguments->hooks.uprobe))
			command_usage_error(
				state, "uprobe hooks are auto, multi or single, not '%s'", text);
		return 0;
	case OPTION_HTTP_FUNCTION:
		add_http_function(state, text);
		return 0;
	case OPTION_INVOKE_PROBE:
		add_invoke_probe(state, text);
		return 0;
	case ARGP_KEY_ARG: /* the command: everything from here on is its own */
		arguments->command = state->argv + state->next - 1;
		state->next = state->argc;
		return 0;
	case ARGP_KEY_END:
		if (!arguments->command && !arguments->target_count && !arguments->is_all)
			command_usage_error(state,
					    "nothing to record: give a COMMAND, a process with "
					    "-p, or -a to find what runs");
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static const struct argp_option options[] = {
	{ "output", 'o', "FILE", 0,
	  "Write the trace to FILE (" DEFAULT_TRACE "); - is standard output", 0 },
	{ "pid", 'p', "PID", 0, "Record this process, its threads and children; can be repeated",
	  0 },
	{ "all", 'a', NULL, 0,
	  "Find function runtimes and emulators: those that run already and those that start later",
	  0 },
	{ "duration", 'd', "SECONDS", 0,
	  "End after so long; a COMMAND is then asked to end (SIGTERM)", 0 },
	{ "http-function", OPTION_HTTP_FUNCTION, "PORT=NAME[,MB]", 0,
	  "What serves HTTP on PORT is the function NAME (of MB megabytes), and each request to it an "
	  "invocation; can be repeated",
	  0 },
	{ "invoke-probe", OPTION_INVOKE_PROBE, "PROBE", 0,
	  "PROBE is BINARY:SYMBOL[=NAME[,MB]]: each call of the function SYMBOL (C, C++, Go, Rust) of "
	  "the program BINARY is an invocation of the function NAME (default: SYMBOL); can be repeated",
	  0 },
	{ "raw", 'r', NULL, 0, "Keep captured bytes too, for debugging: do not share such a file",
	  0 },
	{ "socket-hooks", OPTION_SOCKET_HOOKS, "HOOKS", 0,
	  "Watch sockets by the kernel's socket tracepoints (socket), by its syscalls (syscall), or by "
	  "what it takes (auto, the default)",
	  0 },
	{ "uprobe-hooks", OPTION_UPROBE_HOOKS, "HOOKS", 0,
	  "Watch functions of programs by one link (multi), one by one (single), or by what the kernel "
	  "takes (auto, the default)",
	  0 },
	{ 0 },
};

static const struct argp argp = {
	.options = options,
	.parser = parse_option,
	.args_doc = "[-- COMMAND ARG...]",
	.doc = "Record function runtimes and emulators, with all processes that they start, into a trace "
	       "file."
	       "\vNeeds root. Under sudo the command runs as you, and the file is yours. Ends when the "
	       "command does, when all processes of -p have (without -a), after -d, or by SIGINT (Ctrl-C) or "
	       "SIGTERM, which the command gets too; a second one ends at once.\n\n"
	       "The exit status is the command's: 128+N where signal N ended it, 127 where it was not "
	       "found.",
};

/* ---- signals ---- */

static volatile sig_atomic_t signals_seen;
static volatile sig_atomic_t last_signal;
static volatile sig_atomic_t is_last_from_terminal; /* then the command got it as well */

static void on_signal(int number, siginfo_t *info, void *context)
{
	signals_seen++;
	last_signal = number;
	is_last_from_terminal = info->si_code == SI_KERNEL;
}

static void catch_signals(void)
{
	struct sigaction action = { .sa_sigaction = on_signal, .sa_flags = SA_SIGINFO };
	struct sigaction inherited;

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGHUP, NULL, &inherited);
	if (inherited.sa_handler != SIG_IGN) /* nohup */
		sigaction(SIGHUP, &action, NULL);
	signal(SIGPIPE, SIG_IGN); /* writing to a closed pipe is an error like any other */
}

/* ---- the file ---- */

/*
 * The file is made under another name, which it loses once something is being recorded: what cannot start
 * must not cost an earlier recording. Only a plain file is replaced so; a link, a pipe or a device is
 * written through.
 */
static void choose_name(struct session *session)
{
	const char *path = session->arguments->path;
	struct stat status;

	if (!strcmp(path, "-") || (!lstat(path, &status) && !S_ISREG(status.st_mode)))
		return;
	if (asprintf(&session->new_path, "%s.new", path) < 0)
		session->new_path = NULL;
}

static int open_file(struct session *session, struct diag *diag)
{
	const struct arguments *arguments = session->arguments;
	const struct recording_options recording_options = {
		.path = session->new_path ? session->new_path : arguments->path,
		.is_raw = arguments->is_raw,
		.socket_hooks = hooks_socket_name(arguments->hooks.socket),
		.uprobe_hooks = hooks_uprobe_name(arguments->hooks.uprobe),
	};

	return recording_open(&session->recording, &recording_options, diag);
}

static int give_name(struct session *session, struct diag *diag)
{
	const char *path = session->arguments->path;

	if (session->new_path && rename(session->new_path, path))
		return diag_set(diag, -errno, "%s: %s", path, strerror(errno));
	free(session->new_path);
	session->new_path = NULL;
	return 0;
}

static int drop_file(struct session *session, struct diag *diag)
{
	if (session->new_path && session->recording)
		unlink(session->new_path);
	free(session->new_path);
	session->new_path = NULL;
	return 0;
}

/* With the invoking user's rights: sudo must not let a link in a shared folder be overwritten. */
static int as_user(struct session *session, int (*act)(struct session *, struct diag *),
		   struct diag *diag)
{
	struct launch_user user = launch_find_user();
	gid_t own_group = getegid();
	uid_t own_user = geteuid();
	int error;

	if (user.is_other && (setegid(user.gid) || seteuid(user.uid)))
		return diag_set(diag, -errno, "cannot act as user %u: %s", (unsigned int)user.uid,
				strerror(errno));
	error = act(session, diag);
	if (user.is_other && (seteuid(own_user) || setegid(own_group)))
		abort(); /* cannot happen: the saved ids are root's */
	return error;
}

/* ---- recording ---- */

static void sample_memory(void *context, pid_t tgid)
{
	capture_sample_memory(context, tgid);
}

static void show_progress(struct session *session, uint64_t now)
{
	unsigned int processes = capture_count_processes(session->capture);
	struct recording_summary summary;

	if (session->has_command || !isatty(STDERR_FILENO))
		return;
	summary = recording_summary(session->recording);
	fprintf(stderr, "\rrecording %llu s, %u process%s now, %llu messages (Ctrl-C ends) ",
		(unsigned long long)((now - session->start_ns) / NS_PER_S), processes,
		processes == 1 ? "" : "es", (unsigned long long)summary.messages);
	session->is_progress_shown = true;
}

static void ask_command_to_end(struct session *session, int signal_number, uint64_t now)
{
	if (session->has_command && signal_number)
		kill(session->launch.pid, signal_number);
	session->is_asked_to_end = true;
	session->grace_end_ns = now + GRACE_NS;
}

/* True when there is nothing more to record. */
static bool is_over(struct session *session, uint64_t now)
{
	const struct arguments *arguments = session->arguments;

	if (signals_seen > 1)
		return true;
	if (signals_seen && !session->is_asked_to_end)
		ask_command_to_end(session, is_last_from_terminal ? 0 : last_signal, now);
	if (arguments->duration_ns && now - session->start_ns >= arguments->duration_ns &&
	    !session->is_asked_to_end)
		ask_command_to_end(session, SIGTERM, now);
	if (session->is_asked_to_end && (!session->has_command || now >= session->grace_end_ns))
		return true;
	if (session->has_command)
		return launch_has_ended(&session->launch);
	return false;
}

static int record_until_over(struct session *session)
{
	uint64_t now = clock_monotonic_ns();
	int error = 0;

	while (!error && !is_over(session, now)) {
		error = capture_poll(session->capture, POLL_MS);
		recording_advance(session->recording, now); /* before it was polled */
		now = clock_monotonic_ns();
		if (now >= session->next_sample_ns) {
			session->next_sample_ns = now + SAMPLE_NS;
			recording_visit_busy(session->recording, sample_memory, session->capture);
			if (!session->has_command && !session->arguments->is_all &&
			    !capture_count_processes(session->capture))
				break;
		}
		if (now >= session->next_progress_ns) {
			session->next_progress_ns = now + PROGRESS_NS;
			show_progress(session, now);
		}
	}
	if (session->is_progress_shown)
		fputs("\r\033[K", stderr);
	return error;
}

/* ---- telling ---- */

static void tell_losses(const struct recording_summary *summary)
{
	if (summary->lost_records)
		command_note(
			"%llu records (%llu bytes) were lost in the kernel: figures that they touch "
			"become bounds",
			(unsigned long long)summary->lost_records,
			(unsigned long long)summary->lost_bytes);
	if (summary->lost_facts)
		command_note("%llu facts were lost: figures that they touch become bounds",
			     (unsigned long long)summary->lost_facts);
}

static void tell_summary(const struct session *session)
{
	struct recording_summary summary = recording_summary(session->recording);
	char duration[UNITS_TEXT_MAX], bytes[UNITS_TEXT_MAX];
	const char *path = session->arguments->path;

	tell_losses(&summary);
	if (session->arguments->is_all && !summary.processes)
		command_note(
			"no function runtime or emulator was found; idletax-record(1) says what -a "
			"looks for");
	fprintf(stderr,
		"idletax: recorded %s: %llu process%s, %llu messages, %llu worker events, %llu slices; %s\n",
		format_duration(duration, summary.duration_ns),
		(unsigned long long)summary.processes, summary.processes == 1 ? "" : "es",
		(unsigned long long)summary.messages, (unsigned long long)summary.worker_events,
		(unsigned long long)summary.slices, format_bytes(bytes, summary.file_bytes));
	if (strcmp(path, "-"))
		fprintf(stderr, "next:    idletax report -i %s\n", path);
}

static void log_for_people(enum log_level level, const char *text)
{
	if (level > LOG_DEBUG || getenv("IDLETAX_DEBUG"))
		command_note("%s", text);
}

/* ---- the session ---- */

/* What can be known to be wrong before a file is created. 0, or the exit status with which to end. */
static int check_arguments(struct arguments *arguments)
{
	struct diag diag = { 0 };
	int error = arguments->command ? launch_check(arguments->command[0], &diag) : 0;

	if (error) {
		command_fail(&diag, "cannot run %s", arguments->command[0]);
		return error == -ENOENT ? EXIT_NOT_FOUND : EXIT_NOT_EXECUTABLE;
	}
	if (capture_check(&arguments->hooks, &diag) ||
	    native_probes_check(arguments->probe_specs, arguments->invoke_probe_count, &diag))
		return command_fail(&diag, "cannot record");
	for (size_t i = 0; i < arguments->target_count; i++) {
		if (capture_check_process(arguments->targets[i], &diag))
			return command_fail(&diag, "cannot record");
	}
	return 0;
}

/* What the user said of functions is a part of the recording. */
static int push_functions(struct session *session)
{
	const struct arguments *arguments = session->arguments;
	int error = 0;

	for (size_t i = 0; i < arguments->http_function_count && !error; i++)
		error = http_function_push(session->recording, &arguments->http_functions[i]);
	for (size_t i = 0; i < arguments->invoke_probe_count && !error; i++)
		error = invoke_probe_push(session->recording, (uint32_t)i,
					  &arguments->invoke_probes[i]);
	return error;
}

/* 0, or the exit status with which to end. */
static int start_session(struct session *session)
{
	const struct arguments *arguments = session->arguments;
	struct capture_options capture_options = {
		.record = recording_push,
		.hooks = arguments->hooks,
		.native_probes = arguments->probe_specs,
		.native_probe_count = arguments->invoke_probe_count,
		.is_discovering = arguments->is_all,
	};
	struct diag diag = { 0 };
	int error;

	choose_name(session);
	error = as_user(session, open_file, &diag);
	if (error)
		return command_fail(&diag, "cannot write the trace");
	if (push_functions(session))
		return command_fail(NULL, "out of memory");
	capture_options.context = session->recording;
	error = capture_open(&session->capture, &capture_options, &diag);
	if (error)
		return command_fail(&diag, "cannot record");
	for (size_t i = 0; i < arguments->target_count; i++) {
		if (capture_trace(session->capture, arguments->targets[i], &diag))
			return command_fail(&diag, "cannot record");
	}
	if (arguments->is_all && capture_discover(session->capture, &diag))
		return command_fail(&diag, "cannot record");
	return 0;
}

/* 0, or the exit status with which to end. */
static int start_command(struct session *session)
{
	char **command = session->arguments->command;
	struct diag diag = { 0 };
	int error;

	if (launch_prepare(&session->launch, command, !strcmp(session->arguments->path, "-"),
			   &diag))
		return command_fail(&diag, "cannot run %s", command[0]);
	session->has_command = true;
	if (capture_trace(session->capture, session->launch.pid, &diag))
		return command_fail(&diag, "cannot record");
	error = launch_release(&session->launch, &diag);
	if (!error)
		return 0;
	command_fail(&diag, "cannot run %s", command[0]);
	return error == -ENOENT ? EXIT_NOT_FOUND : EXIT_NOT_EXECUTABLE;
}

/* Waits for a command that outlived the recording; -d has promised that it ends. */
static void await_command(struct session *session)
{
	struct launch *launch = &session->launch;

	if (launch_has_ended(launch))
		return;
	if (!signals_seen) {
		command_note("the command did not end in time: killing it");
		kill(launch->pid, SIGKILL);
	} else if (signals_seen == 1) {
		command_note("the file is finished; waiting for process %d", (int)launch->pid);
		while (!launch_has_ended(launch) && signals_seen == 1)
			usleep(POLL_MS * 1000);
	}
	if (!signals_seen)
		launch_wait(launch);
}

static int session_exit_status(const struct session *session, int error)
{
	if (session->has_command && session->launch.is_ended)
		return launch_exit_status(&session->launch);
	if (session->has_command)
		return EXIT_SIGNAL_BASE + last_signal;
	return error ? EXIT_STATUS_FAILURE : EXIT_STATUS_OK;
}

static int run_session(struct session *session)
{
	struct diag diag = { 0 };
	int error, stop_error, finish_error;

	if (as_user(session, give_name, &diag))
		return command_fail(&diag, "cannot write the trace");
	session->start_ns = clock_monotonic_ns();
	session->next_progress_ns = session->start_ns + PROGRESS_NS;
	error = record_until_over(session);
	stop_error = capture_stop(session->capture);
	finish_error = recording_finish(session->recording, &diag);
	if (finish_error)
		command_fail(&diag, "%s is incomplete", session->arguments->path);
	else if (error || stop_error)
		command_note("the recording ended early: %s",
			     strerror(error ? -error : -stop_error));
	if (session->has_command && !signals_seen)
		await_command(session);
	tell_summary(session);
	if (session->has_command)
		await_command(session); /* after a signal: as long as it takes */
	return session_exit_status(session, finish_error ? finish_error : error);
}

int command_record(int argc, char **argv)
{
	struct arguments arguments = { .path = DEFAULT_TRACE };
	struct session session = { .arguments = &arguments };
	int status;

	command_parse(&argp, argc, argv, &arguments);
	log_set_handler(log_for_people);
	catch_signals();
	status = check_arguments(&arguments);
	if (!status)
		status = start_session(&session);
	if (!status && arguments.command)
		status = start_command(&session);
	if (!status)
		status = run_session(&session);
	as_user(&session, drop_file, NULL);
	if (session.has_command)
		launch_finish(&session.launch);
	capture_close(session.capture);
	recording_free(session.recording);
	return status;
}
