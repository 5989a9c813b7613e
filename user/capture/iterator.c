// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * iterator.c - see iterator.h. The kernel runs the program as the descriptor is read.
 */
#include "capture/iterator.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define READ_BYTES 65536
#define OUTPUT_MAX (64u << 20)

static int read_all(int fd, struct iterator_output *output)
{
	ssize_t got;
	void *grown;

	do {
		if (output->bytes + READ_BYTES > OUTPUT_MAX)
			return -E2BIG;
		grown = realloc(output->data, output->bytes + READ_BYTES);
		if (!grown)
			return -ENOMEM;
		output->data = grown;
		got = read(fd, (char *)output->data + output->bytes, READ_BYTES);
		if (got > 0)
			output->bytes += got;
	} while (got > 0 || (got < 0 && (errno == EINTR || errno == EAGAIN)));
	return got < 0 ? -errno : 0;
}

static struct bpf_link *attach(const struct bpf_program *program, pid_t pid)
{
	union bpf_iter_link_info target = { .task.pid = pid };
	LIBBPF_OPTS(bpf_iter_attach_opts, options);

	if (pid) {
		options.link_info = &target;
		options.link_info_len = sizeof(target);
	}
	return bpf_program__attach_iter(program, &options);
}

int iterator_run(const struct bpf_program *program, pid_t pid, struct iterator_output *ret_output)
{
	struct iterator_output output = { 0 };
	struct bpf_link *link;
	int fd, error;

	link = attach(program, pid);
	if (!link)
		return -errno;
	fd = bpf_iter_create(bpf_link__fd(link));
	error = fd < 0 ? fd : read_all(fd, &output);
	if (fd >= 0)
		close(fd);
	bpf_link__destroy(link);
	if (error || !ret_output)
		free(output.data);
	else
		*ret_output = output;
	return error;
}
