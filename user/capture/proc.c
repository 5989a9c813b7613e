// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * proc.c - see proc.h. Lines are found by their names (proc(5)); unknown ones are skipped.
 */
#include "capture/proc.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_TEXT_MAX 64
#define CHILDREN_TEXT_MAX 65536

ssize_t proc_read_file(pid_t pid, const char *file, void *data, size_t max)
{
	char path[PATH_TEXT_MAX];
	size_t bytes = 0;
	ssize_t got = 0;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, file);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? -ESRCH : -errno;
	while (bytes < max) {
		got = read(fd, (char *)data + bytes, max - bytes);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			break;
		bytes += got;
	}
	if (got < 0 && !bytes) {
		got = -errno;
		close(fd);
		return got;
	}
	close(fd);
	return bytes;
}

static void parse_status_line(struct proc_status *status, char *line)
{
	char *value = strchr(line, ':');

	if (!value)
		return;
	*value++ = '\0';
	value += strspn(value, " \t");
	if (!strcmp(line, "Name"))
		snprintf(status->name, sizeof(status->name), "%s", value);
	else if (!strcmp(line, "State"))
		status->is_ended = *value == 'Z' || *value == 'X';
	else if (!strcmp(line, "Tgid"))
		status->tgid = atoi(value);
	else if (!strcmp(line, "PPid"))
		status->parent = atoi(value);
	else if (!strcmp(line, "Kthread"))
		status->is_kernel_thread = *value == '1';
	else if (!strcmp(line, "VmRSS"))
		status->rss_bytes = strtoull(value, NULL, 10) * 1024;
	else if (!strcmp(line, "VmHWM"))
		status->peak_rss_bytes = strtoull(value, NULL, 10) * 1024;
	else if (!strcmp(line, "CapEff"))
		status->effective_capabilities = strtoull(value, NULL, 16);
}

int proc_read_status(pid_t pid, struct proc_status *ret_status)
{
	struct proc_status status = { 0 };
	char text[4096], *line, *rest;
	ssize_t bytes;

	bytes = proc_read_file(pid, "status", text, sizeof(text) - 1);
	if (bytes <= 0)
		return bytes ? bytes : -ESRCH;
	text[bytes] = '\0';
	for (line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
		parse_status_line(&status, line);
	*ret_status = status;
	return 0;
}

static int visit_task_children(pid_t pid, const char *task,
			       int (*visit)(void *context, pid_t child), void *context)
{
	char file[PATH_TEXT_MAX], *text, *word, *rest;
	ssize_t bytes;
	int error = 0;

	snprintf(file, sizeof(file), "task/%.20s/children", task);
	text = malloc(CHILDREN_TEXT_MAX);
	if (!text)
		return -ENOMEM;
	bytes = proc_read_file(pid, file, text, CHILDREN_TEXT_MAX - 1);
	text[bytes > 0 ? bytes : 0] = '\0';
	for (word = strtok_r(text, " \n", &rest); word && !error;
	     word = strtok_r(NULL, " \n", &rest))
		error = visit(context, atoi(word));
	free(text);
	return error;
}

int proc_visit_children(pid_t pid, int (*visit)(void *context, pid_t child), void *context)
{
	char path[PATH_TEXT_MAX];
	struct dirent *entry;
	int error = 0;
	DIR *tasks;

	snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
	tasks = opendir(path);
	if (!tasks)
		return errno == ENOENT ? -ESRCH : -errno;
	while (!error && (entry = readdir(tasks))) {
		if (entry->d_name[0] != '.')
			error = visit_task_children(pid, entry->d_name, visit, context);
	}
	closedir(tasks);
	return error;
}

bool proc_is_own_program(pid_t pid)
{
	char path[PATH_TEXT_MAX];
	struct stat own, other;

	snprintf(path, sizeof(path), "/proc/%d/exe", (int)pid);
	return !stat("/proc/self/exe", &own) && !stat(path, &other) && own.st_dev == other.st_dev &&
	       own.st_ino == other.st_ino;
}

/* A line of maps: "address perms offset dev inode   path" */
static const char *mapping_path(char *line)
{
	char *path = strchr(line, '/');

	if (path)
		path[strcspn(path, "\n")] = '\0';
	return path;
}

int proc_find_mapping(pid_t pid, const char *prefix, char ret_path[PROC_MAPPING_MAX])
{
	char maps[PATH_TEXT_MAX], line[4096];
	unsigned long start, end;
	const char *mapped, *name;
	int error = -ENOENT;
	FILE *file;

	snprintf(maps, sizeof(maps), "/proc/%d/maps", (int)pid);
	file = fopen(maps, "re");
	if (!file)
		return errno == ENOENT ? -ESRCH : -errno;
	while (error && fgets(line, sizeof(line), file)) {
		mapped = mapping_path(line);
		name = mapped ? strrchr(mapped, '/') + 1 : "";
		if (strncmp(name, prefix, strlen(prefix)) ||
		    sscanf(line, "%lx-%lx ", &start, &end) != 2)
			continue;
		snprintf(ret_path, PROC_MAPPING_MAX, "/proc/%d/map_files/%lx-%lx", (int)pid, start,
			 end);
		error = 0;
	}
	fclose(file);
	return error;
}
