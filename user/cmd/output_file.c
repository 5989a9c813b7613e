/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * output_file.c - see output_file.h. The file beside is removed by a handler of the signals that would end the
 * program; what cannot be handled (SIGKILL, power) leaves it, under a name that says whose it was.
 */
#include "cmd/output_file.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BESIDE ".idletax-XXXXXX"
#define LINKS_MAX 40 /* as many as the kernel follows */

static const int ending_signals[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGPIPE };
#define ENDING_SIGNAL_COUNT (sizeof(ending_signals) / sizeof(ending_signals[0]))

/* The file beside, for the handler. */
static char beside[PATH_MAX];
static volatile sig_atomic_t is_beside;

/* Its disposition is the default's again (SA_RESETHAND): the signal ends the program after this. */
static void remove_and_end(int number)
{
	if (is_beside)
		unlink(beside);
	raise(number);
}

/* Those that are ignored (nohup) stay so. A file larger than it may be is to be an error, not an end. */
static void handle_signals(void)
{
	struct sigaction ours = { .sa_handler = remove_and_end, .sa_flags = SA_RESETHAND }, old;

	for (size_t i = 0; i < ENDING_SIGNAL_COUNT; i++)
		if (!sigaction(ending_signals[i], NULL, &old) && old.sa_handler == SIG_DFL)
			sigaction(ending_signals[i], &ours, NULL);
	signal(SIGXFSZ, SIG_IGN);
}

static bool is_open_as(int fd, const struct stat *status)
{
	struct stat other;

	return !fstat(fd, &other) && other.st_dev == status->st_dev &&
	       other.st_ino == status->st_ino;
}

static bool is_mount(const char *path)
{
	struct statx status;

	return !statx(AT_FDCWD, path, 0, 0, &status) &&
	       status.stx_attributes & STATX_ATTR_MOUNT_ROOT;
}

/* /dev/fd/3 is for who has the descriptor, and would not see another file of the same name. */
static bool is_descriptor(const char *path)
{
	return !strncmp(path, "/dev/fd/", 8) || !strncmp(path, "/proc/", 6);
}

/* There is one, with @status as its state: another one in its place would not be the same to all. */
static bool is_irreplaceable(const char *path, const struct stat *status)
{
	return !S_ISREG(status->st_mode) || status->st_nlink > 1 || is_descriptor(path) ||
	       is_open_as(STDERR_FILENO, status) || is_mount(path);
}

/* As fopen() would make it, or as the file is that it is to replace. 0 or negative errno. */
static int give_rights(int fd, const struct stat *old)
{
	mode_t mask;

	if (old && (fchown(fd, old->st_uid, old->st_gid) || fchmod(fd, old->st_mode & 0777)))
		return -errno; /* of another user or group */
	if (!old) {
		mask = umask(0);
		umask(mask);
		fchmod(fd, 0666 & ~mask);
	}
	return 0;
}

/* A descriptor, or negative errno. */
static int make_beside(const char *target)
{
	const char *name = strrchr(target, '/');
	int length = name ? (int)(name + 1 - target) : 0;
	sigset_t all, old;
	int fd;

	if (snprintf(beside, sizeof(beside), "%.*s" BESIDE, length, target) >= PATH_MAX)
		return -ENAMETOOLONG;
	handle_signals();
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &old);
	fd = mkostemp(beside, O_CLOEXEC);
	if (fd < 0)
		fd = -errno;
	is_beside = fd >= 0;
	sigprocmask(SIG_SETMASK, &old, NULL);
	return fd;
}

static void remove_beside(void)
{
	unlink(beside);
	is_beside = false;
}

/* What a link that leads nowhere yet, or links to it, would make: @target has PATH_MAX bytes. */
static int follow_links(char *target, const char *path)
{
	char link[PATH_MAX];
	ssize_t bytes;
	int used = snprintf(target, PATH_MAX, "%s", path);

	for (int links = 0; used < PATH_MAX; links++) {
		const char *name = strrchr(target, '/');
		int folder = name ? (int)(name + 1 - target) : 0;

		bytes = readlink(target, link, sizeof(link) - 1);
		if (bytes < 0)
			return 0;
		if (links == LINKS_MAX)
			return -ELOOP;
		link[bytes] = '\0';
		if (link[0] == '/')
			folder = 0;
		used = snprintf(target + folder, (size_t)(PATH_MAX - folder), "%s", link) + folder;
	}
	return -ENAMETOOLONG;
}

/* @old: the state of what is to be replaced; NULL: there is nothing. */
static int open_beside(struct output_file *output, const char *path, const struct stat *old)
{
	int fd = 0, error;

	if (old && !realpath(path, output->target))
		fd = -errno;
	else if (!old)
		fd = follow_links(output->target, path);
	if (!fd)
		fd = make_beside(output->target);
	if (fd < 0)
		return fd;
	error = give_rights(fd, old);
	output->file = error ? NULL : fdopen(fd, "w");
	if (output->file)
		return 0;
	close(fd);
	remove_beside();
	return error ? error : -ENOMEM;
}

static int open_in_place(struct output_file *output, const char *path)
{
	output->target[0] = '\0';
	output->file = fopen(path, "we");
	return output->file ? 0 : -errno;
}

/* There is one, with @old as its state. */
static int open_existing(struct output_file *output, const char *path, const struct stat *old)
{
	int error;

	if (is_irreplaceable(path, old))
		return open_in_place(output, path);
	if (access(path, W_OK))
		return -errno;
	error = open_beside(output, path, old);
	if (!error || error == -ENOMEM || error == -ENOSPC || error == -EDQUOT)
		return error;
	return open_in_place(output, path);
}

int output_file_open(struct output_file *output, const char *path)
{
	struct stat status;
	int error;

	assert(!is_beside);
	output->file = NULL;
	output->target[0] = '\0';
	error = stat(path, &status) ? errno : 0;
	if (!strcmp(path, "-") || (!error && is_open_as(STDOUT_FILENO, &status))) {
		output->file = stdout;
		return 0;
	}
	if (!error)
		return open_existing(output, path, &status);
	if (error != ENOENT || !path[0])
		return -error;
	return open_beside(output, path, NULL);
}

static int close_stream(FILE *file)
{
	bool had_failed = ferror(file);

	if (fclose(file))
		return -errno;
	return had_failed ? -EIO : 0;
}

int output_file_close(struct output_file *output, int error)
{
	int close_error = output->file == stdout ? 0 : close_stream(output->file);

	if (!error)
		error = close_error;
	if (output->target[0]) {
		if (!error && rename(beside, output->target))
			error = -errno;
		if (error)
			remove_beside();
		is_beside = false;
	}
	return error;
}
