/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * support.h - whether this machine can record, and what must be known of its kernel to do so.
 */
#ifndef IDLETAX_CAPTURE_SUPPORT_H
#define IDLETAX_CAPTURE_SUPPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/diag.h"
#include "capture/hooks.h"

struct support {
	/*
	 * Bytes from a CPU's run queue to its preempt count, both per-CPU variables; 0: not known, wakes
	 * then say nothing about who woke.
	 */
	int64_t preempt_count_distance;
	bool is_in_pid_namespace; /* in another than the initial one */
};

/*
 * Chooses the @hooks that are left to AUTO. 0, or an error of which @diag says in one sentence what is
 * missing, with a hint.
 */
int support_check(struct support *ret_support, struct hooks *hooks, struct diag *diag);

/* Explains why loading or attaching failed with @error although support_check found nothing. */
int support_explain(int error, const char *what, struct diag *diag);

#endif
