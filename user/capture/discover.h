/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * discover.h - which of the processes that run now are function runtimes or emulators (record -a). Those
 * that start later are found by bpf/discover.bpf.c, with discover_is_emulator for what only a command line
 * tells.
 */
#ifndef IDLETAX_CAPTURE_DISCOVER_H
#define IDLETAX_CAPTURE_DISCOVER_H

#include <stdbool.h>
#include <sys/types.h>

struct bpf_program;

/* Whether the command line of @pid is that of an emulator that is known by it. */
bool discover_is_emulator(pid_t pid);

/*
 * Calls @found for each runtime and emulator in /proc, and for those who serve the Runtime API of a runtime.
 * @see_socket is the iterator over open sockets. 0, negative errno, or what @found returned.
 */
int discover_running(const struct bpf_program *see_socket, int (*found)(void *context, pid_t pid),
		     void *context);

#endif
