/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * uprobe.h - attaches kernel programs to functions of user binaries: all functions of one target in one
 * link where the kernel has that (6.6 and newer), else one by one. What is attached stays so until
 * uprobes_free, or until this process ends. Finding a function's offset in its file is the caller's part.
 */
#ifndef IDLETAX_CAPTURE_UPROBE_H
#define IDLETAX_CAPTURE_UPROBE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define UPROBE_OFFSETS_MAX 256 /* of one target */

struct bpf_program;
struct uprobes;

enum uprobe_way {
	UPROBE_WAY_AUTO,   /* what the kernel takes: multi, else single */
	UPROBE_WAY_MULTI,  /* one uprobe_multi link per target */
	UPROBE_WAY_SINGLE, /* one perf event per function */
};

struct uprobe_target {
	const char *path;	 /* of the binary; /proc/PID/exe and /proc/PID/root/... are fine */
	const uint64_t *offsets; /* of the functions in the file, UPROBE_OFFSETS_MAX at most */
	const uint64_t *cookies; /* what bpf_get_attach_cookie gives, per function; NULL: 0 */
	size_t count;
	bool is_return; /* fires when the functions return, else at their entry */
};

/* Whether the kernel takes uprobe_multi links: it is asked for one that it must refuse in its own way. */
bool uprobe_multi_works(void);

/* @way is not UPROBE_WAY_AUTO: choose first, before the programs are loaded. */
int uprobes_new(struct uprobes **ret_uprobes, enum uprobe_way way);
void uprobes_free(struct uprobes *uprobes); /* detaches; NULL is fine */

/*
 * Call it for every program that is to be attached here, before it is loaded: the kernel ties a program to
 * the way. (Attached the other way it would read its cookie from foreign memory.)
 */
int uprobe_prepare(struct bpf_program *program, enum uprobe_way way);

/*
 * Attaches the loaded @program to all functions of @target, or to none. It fires for every process that runs
 * the binary. 0 or a negative errno.
 */
int uprobes_attach(struct uprobes *uprobes, const struct bpf_program *program,
		   const struct uprobe_target *target);

#endif
