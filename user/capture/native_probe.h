/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * native_probe.h - probes on the handlers that the user named (record --invoke-probe): their calls become
 * RECORD_NATIVE_CALL. A binary is probed for every process that runs it; the kernel side records traced ones.
 */
#ifndef IDLETAX_CAPTURE_NATIVE_PROBE_H
#define IDLETAX_CAPTURE_NATIVE_PROBE_H

#include <stddef.h>
#include <sys/types.h>

#include "base/diag.h"

struct bpf_program;
struct native_probes;
struct uprobes;

struct native_probe_spec { /* its place in the array is its number in records */
	/* a path, or a program's name that is looked up in PATH and among what is run */
	const char *binary;
	const char *symbol;
};

struct native_probes_options {
	struct uprobes *uprobes;
	const struct bpf_program *on_entry, *on_return;
	const struct native_probe_spec *specs; /* live as long as the probes */
	size_t spec_count;
};

/* Whether the functions are there, as far as their binaries can be found now; else why, with near matches. */
int native_probes_check(const struct native_probe_spec *specs, size_t count, struct diag *diag);

/* Attaches those whose binaries can be found now. */
int native_probes_new(struct native_probes **ret_probes,
		      const struct native_probes_options *options, struct diag *diag);
/* @pid runs a program: attaches to it where it is a named one whose file is not probed yet. */
void native_probes_consider(struct native_probes *probes, pid_t pid);
/* Tells in the log what was never attached. NULL is fine. */
void native_probes_free(struct native_probes *probes);

#endif
