/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * output_file.h - what a command's -o names. A regular file, there already or not, is written beside under another
 * name and gets its own when it is whole: a failure, a full disk or a signal that ends the program leaves
 * what stood there before, or nothing. Pipes and devices are written as they are, and so is a file
 * that cannot be replaced: a mount, one of another owner, one that has other names (hard links), and one in a folder
 * that may not be written to; and what is named by a descriptor (/dev/fd/3).
 */
#ifndef IDLETAX_CMD_OUTPUT_FILE_H
#define IDLETAX_CMD_OUTPUT_FILE_H

#include <limits.h>
#include <stdio.h>

struct output_file {
	FILE *file;	       /* to write to; stdout for - and for what stdout is already */
	char target[PATH_MAX]; /* what it is to be named; empty: it is written in its place */
};

/* One at a time. 0 or negative errno. */
int output_file_open(struct output_file *output, const char *path);

/*
 * Ends it. @error: 0 when all was written to it, else why not, as negative errno: then it does not get its
 * name. Returns @error or the first that comes now. stdout stays open, and tells its failures itself.
 */
int output_file_close(struct output_file *output, int error);

#endif
