/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * node_probe.h - finds Node programs among the traced processes and attaches the worker message probes
 * to each once. The probes fire for every process that runs the program; the kernel side filters.
 */
#ifndef IDLETAX_CAPTURE_NODE_PROBE_H
#define IDLETAX_CAPTURE_NODE_PROBE_H

#include <sys/types.h>

struct bpf_program;
struct node_probes;
struct uprobes;

/* @uprobes holds what is attached, and outlives the probes. */
int node_probes_new(struct node_probes **ret_probes, struct uprobes *uprobes,
		    const struct bpf_program *on_send, const struct bpf_program *on_receive);
void node_probes_free(struct node_probes *probes); /* NULL is fine */

/* Looks at the program that @pid runs now. Cheap for a program that was seen before. */
void node_probes_consider(struct node_probes *probes, pid_t pid);

/* Looks again at programs that were still loading their libraries. Call it now and then. */
void node_probes_retry(struct node_probes *probes);

#endif
