// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * launch.c - see launch.h. Two close-on-exec pipes: one holds the child back, the other tells the parent
 * that exec failed (its errno) or happened (end of file).
 */
#include "capture/launch.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define EXIT_NOT_FOUND 127

static bool parse_id(const char *text, unsigned int *ret_id)
{
	unsigned long id;
	char *end;

	if (!text || !*text)
		return false;
	id = strtoul(text, &end, 10);
	if (*end || id >= (uid_t)-1)
		return false;
	*ret_id = id;
	return true;
}

struct launch_user launch_find_user(void)
{
	struct launch_user user = { .uid = geteuid(), .gid = getegid() };
	unsigned int uid, gid;

	if (!user.uid && parse_id(getenv("SUDO_UID"), &uid) && parse_id(getenv("SUDO_GID"), &gid) &&
	    uid) {
		user.uid = uid;
		user.gid = gid;
		user.is_other = true;
	}
	return user;
}

/* In the child. The order matters: groups and gid can only be set while still root. */
static int become_user(const struct launch_user *user)
{
	const struct passwd *entry = getpwuid(user->uid);

	if (entry ? initgroups(entry->pw_name, user->gid) : setgroups(1, &user->gid))
		return -errno;
	if (setgid(user->gid) || setuid(user->uid))
		return -errno;
	if (entry) {
		setenv("HOME", entry->pw_dir, 1);
		setenv("USER", entry->pw_name, 1);
		setenv("LOGNAME", entry->pw_name, 1);
	}
	return 0;
}

static void run_child(char *const argv[], int held, int failure) __attribute__((noreturn));

static void run_child(char *const argv[], int held, int failure)
{
	struct launch_user user = launch_find_user();
	int error = 0;
	char go = 0;

	signal(SIGINT, SIG_DFL);
	signal(SIGTERM, SIG_DFL);
	signal(SIGPIPE, SIG_DFL);
	while (read(held, &go, 1) < 0 && errno == EINTR)
		;
	if (go != 'g')
		_exit(EXIT_NOT_FOUND);
	if (user.is_other)
		error = -become_user(&user);
	if (!error) {
		execvp(argv[0], argv);
		error = errno;
	}
	while (write(failure, &error, sizeof(error)) < 0 && errno == EINTR)
		;
	_exit(EXIT_NOT_FOUND);
}

static int check_executable(const char *file, struct diag *diag)
{
	return access(file, X_OK) ? diag_set(diag, -EACCES, "%s", strerror(errno)) : 0;
}

/* As execvp looks it up. */
int launch_check(const char *name, struct diag *diag)
{
	const char *path = getenv("PATH"), *next;
	char file[PATH_MAX];
	int length;

	if (strchr(name, '/')) {
		if (!access(name, F_OK))
			return check_executable(name, diag);
		return diag_set(diag, -ENOENT, "command not found");
	}
	for (path = path ? path : "/bin:/usr/bin"; path; path = next) {
		next = strchr(path, ':');
		length = next ? next++ - path : (int)strlen(path);
		snprintf(file, sizeof(file), "%.*s%s%s", length, path, length ? "/" : "", name);
		if (!access(file, X_OK))
			return 0;
	}
	return diag_set(diag, -ENOENT, "command not found");
}

int launch_prepare(struct launch *ret_launch, char *const argv[], bool is_output_taken,
		   struct diag *diag)
{
	int held[2], failure[2];
	pid_t pid;

	if (pipe2(held, O_CLOEXEC))
		return diag_set(diag, -errno, "cannot start the command: %s", strerror(errno));
	if (pipe2(failure, O_CLOEXEC)) {
		close(held[0]);
		close(held[1]);
		return diag_set(diag, -EMFILE, "cannot start the command: too many open files");
	}
	pid = fork();
	if (!pid) {
		close(held[1]);
		close(failure[0]);
		if (is_output_taken)
			dup2(STDERR_FILENO, STDOUT_FILENO);
		run_child(argv, held[0], failure[1]);
	}
	close(held[0]);
	close(failure[1]);
	*ret_launch = (struct launch){ .pid = pid, .release = held[1], .failure = failure[0] };
	if (pid < 0) {
		ret_launch->is_ended = true;
		launch_finish(ret_launch);
		return diag_set(diag, -EAGAIN,
				"cannot start the command: no process could be made");
	}
	return 0;
}

int launch_release(struct launch *launch, struct diag *diag)
{
	ssize_t bytes;
	int error = 0;

	if (write(launch->release, "g", 1) != 1)
		return diag_set(diag, -EPIPE, "the command ended before it began");
	do {
		bytes = read(launch->failure, &error, sizeof(error));
	} while (bytes < 0 && errno == EINTR);
	if (bytes != sizeof(error))
		return 0;
	return diag_set(diag, -error, "%s",
			error == ENOENT ? "command not found" : strerror(error));
}

bool launch_has_ended(struct launch *launch)
{
	int status;

	if (!launch->is_ended && waitpid(launch->pid, &status, WNOHANG) == launch->pid) {
		launch->is_ended = true;
		launch->status = status;
	}
	return launch->is_ended;
}

void launch_wait(struct launch *launch)
{
	int status = 0;

	if (launch->is_ended)
		return;
	while (waitpid(launch->pid, &status, 0) < 0) {
		if (errno != EINTR)
			return;
	}
	launch->is_ended = true;
	launch->status = status;
}

int launch_exit_status(const struct launch *launch)
{
	if (WIFSIGNALED(launch->status))
		return 128 + WTERMSIG(launch->status);
	return WEXITSTATUS(launch->status);
}

void launch_finish(struct launch *launch)
{
	if (launch->release >= 0)
		close(launch->release);
	if (launch->failure >= 0)
		close(launch->failure);
	launch->release = -1;
	launch->failure = -1;
}
