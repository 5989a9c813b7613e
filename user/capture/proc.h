/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * proc.h - everything that is read from /proc. Processes can end at any time: each function then
 * returns -ESRCH (or another negative errno) and leaves its results untouched.
 */
#ifndef IDLETAX_CAPTURE_PROC_H
#define IDLETAX_CAPTURE_PROC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define PROC_MAPPING_MAX 96

struct proc_status {
	pid_t tgid;
	pid_t parent;
	bool is_kernel_thread;
	bool is_ended; /* a zombie */
	uint64_t rss_bytes;
	uint64_t peak_rss_bytes;
	uint64_t effective_capabilities;
	char name[64];
};

int proc_read_status(pid_t pid, struct proc_status *ret_status);

/* Reads /proc/@pid/@file ("cmdline", "environ") up to @max bytes. Returns how many, or negative errno. */
ssize_t proc_read_file(pid_t pid, const char *file, void *data, size_t max);

/* Calls @visit for each child process of any thread of @pid. Stops at its first non-zero result. */
int proc_visit_children(pid_t pid, int (*visit)(void *context, pid_t child), void *context);

/* Whether @pid still runs the recorder's own program: a child that has not called exec yet. */
bool proc_is_own_program(pid_t pid);

/*
 * Finds the first mapped file whose base name begins with @prefix. @ret_path opens that very file, whatever
 * its name means in the process's root and mount namespace, while the process lives. -ENOENT: none.
 */
int proc_find_mapping(pid_t pid, const char *prefix, char ret_path[PROC_MAPPING_MAX]);

#endif
