/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * held_file.h - a file that stays the same one while it is looked at and probed: a process can end and a
 * path can be given to another file at any time, so it stays open and is named by its descriptor.
 */
#ifndef IDLETAX_CAPTURE_HELD_FILE_H
#define IDLETAX_CAPTURE_HELD_FILE_H

#include <sys/stat.h>

struct held_file {
	int fd;
	char path[32]; /* in this process; it links to where the file is */
	struct stat status;
};

/* To be closed where it is 0; else a negative errno. */
int held_file_open(struct held_file *ret_file, const char *path);
void held_file_close(const struct held_file *file);

#endif
