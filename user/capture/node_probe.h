/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * node_probe.h - finds Node programs among the traced processes and attaches the worker message probes
 * to each once. The probes fire for every process that runs the program; the kernel side filters. A Node
 * whose worker messages cannot be seen is told: in the log once, and to the caller for each process.
 */
#ifndef IDLETAX_CAPTURE_NODE_PROBE_H
#define IDLETAX_CAPTURE_NODE_PROBE_H

#include <stdint.h>
#include <sys/types.h>

#include "record.h"

struct bpf_map;
struct bpf_program;
struct node_probes;
struct uprobes;

struct node_probes_options {
	struct uprobes *uprobes; /* holds what is attached, and outlives the probes */
	const struct bpf_program *on_send;
	const struct bpf_program *on_receive;
	const struct bpf_map *forms; /* worker_forms of bpf/node.bpf.c */
	/* Takes a blind spot of process @pid, complete but for its header. */
	void (*blind)(void *context, pid_t pid, struct record_blind_spot *record);
	void *context;
};

int node_probes_new(struct node_probes **ret_probes, const struct node_probes_options *options);
void node_probes_free(struct node_probes *probes); /* NULL is fine */

/* Looks at the program that @pid runs now. Cheap for a program that was seen before. */
void node_probes_consider(struct node_probes *probes, pid_t pid);

/* Looks again at programs that were still loading their libraries. Call it now and then. */
void node_probes_retry(struct node_probes *probes);

/*
 * Looks at the messages that did not have the form that is expected: a process none of whose messages had it
 * is blind. Returns how many others were lost.
 */
uint64_t node_probes_check_forms(struct node_probes *probes);

#endif
