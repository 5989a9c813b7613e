/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * launch.h - starts the command that is to be recorded: forked and held back before exec, so that
 * tracing begins before it runs, and as the invoking user where the recorder runs under sudo.
 */
#ifndef IDLETAX_CAPTURE_LAUNCH_H
#define IDLETAX_CAPTURE_LAUNCH_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/diag.h"

/* The user for whom the recorder works: that of sudo, or its own. */
struct launch_user {
	uid_t uid;
	gid_t gid;
	bool is_other; /* not the one it runs as */
};

struct launch {
	pid_t pid;
	int release; /* write end: a byte lets the child go */
	int failure; /* read end: the child's errno where exec failed */
	bool is_ended;
	int status; /* of wait(2), where it has ended */
};

struct launch_user launch_find_user(void);

/*
 * Whether there is a program to run as @name, before anything is prepared for it. 0, -ENOENT, or -EACCES
 * where it may not be executed.
 */
int launch_check(const char *name, struct diag *diag);

/*
 * Forks @argv[0] with its arguments, stopped. With @is_output_taken stdout is the trace's, and what the
 * command prints goes to stderr. Caller ends with launch_finish.
 */
int launch_prepare(struct launch *ret_launch, char *const argv[], bool is_output_taken,
		   struct diag *diag);

/* Lets it exec. -ENOENT where there is no such command; other negative errno where it cannot run. */
int launch_release(struct launch *launch, struct diag *diag);

/* Notes whether it has ended, without waiting. */
bool launch_has_ended(struct launch *launch);
void launch_wait(struct launch *launch);

/* The exit status that a shell would give: 128 + n where it ended by signal n. */
int launch_exit_status(const struct launch *launch);

/* Closes what is open. A child that was never released ends. */
void launch_finish(struct launch *launch);

#endif
