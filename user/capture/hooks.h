/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * hooks.h - by which of the kernel's hooks sockets and user functions are watched, where there is a choice.
 */
#ifndef IDLETAX_CAPTURE_HOOKS_H
#define IDLETAX_CAPTURE_HOOKS_H

#include <stdbool.h>

#include "base/diag.h"
#include "capture/uprobe.h"

struct btf;

enum socket_hooks {
	SOCKET_HOOKS_AUTO,    /* what the kernel takes: socket, else syscall */
	SOCKET_HOOKS_SOCKET,  /* bpf/socket.bpf.c */
	SOCKET_HOOKS_SYSCALL, /* bpf/socket_syscall.bpf.c */
};

struct hooks {
	enum socket_hooks socket;
	enum uprobe_way uprobe;
	bool is_chosen; /* by hooks_choose */
};

/* The names that people use; false where @name is none. */
bool hooks_parse_socket(const char *name, enum socket_hooks *ret_hooks);
bool hooks_parse_uprobe(const char *name, enum uprobe_way *ret_way);
const char *hooks_socket_name(enum socket_hooks hooks);
const char *hooks_uprobe_name(enum uprobe_way way);

/*
 * Replaces what is left to AUTO by what works, found by loading and attaching a program that does nothing.
 * Fails where a choice that was made does not work. @btf is the kernel's.
 */
int hooks_choose(struct hooks *hooks, const struct btf *btf, struct diag *diag);

#endif
