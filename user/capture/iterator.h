/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * iterator.h - runs an iterator program over threads or their files, and gives what it wrote.
 */
#ifndef IDLETAX_CAPTURE_ITERATOR_H
#define IDLETAX_CAPTURE_ITERATOR_H

#include <stddef.h>
#include <sys/types.h>

struct bpf_program;

struct iterator_output {
	void *data;
	size_t bytes;
};

/*
 * Runs @program for the process @pid, or for all (0). What it wrote is *ret_output, to be freed by the caller;
 * NULL: of no interest. 0 or negative errno.
 */
int iterator_run(const struct bpf_program *program, pid_t pid, struct iterator_output *ret_output);

#endif
