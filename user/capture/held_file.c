// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * held_file.c - see held_file.h.
 */
#include "capture/held_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

int held_file_open(struct held_file *ret_file, const char *path)
{
	int error;

	ret_file->fd = open(path, O_RDONLY | O_CLOEXEC);
	if (ret_file->fd < 0)
		return -errno;
	snprintf(ret_file->path, sizeof(ret_file->path), "/proc/self/fd/%d", ret_file->fd);
	if (!fstat(ret_file->fd, &ret_file->status))
		return 0;
	error = -errno;
	close(ret_file->fd);
	return error;
}

void held_file_close(const struct held_file *file)
{
	close(file->fd);
}
