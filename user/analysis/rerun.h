/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * rerun.h - an Event request's event that is handed out again because its run failed: the same request id,
 * the same body. What caused the run before caused this one. Used by linker.c only.
 */
#ifndef IDLETAX_ANALYSIS_RERUN_H
#define IDLETAX_ANALYSIS_RERUN_H

#include "analysis/linker.h"

#define RERUNS_MAX 256 /* runs that are remembered */

struct failed_run {
	struct invocation *run;	   /* counted */
	struct exchange *attempt;  /* counted: that caused it ... */
	struct invocation *caller; /* counted: ... and whose it is */
	enum link_kind link;
	uint32_t alternatives;
	struct link_basis basis;
	uint64_t id_hash;
};

struct reruns {
	struct failed_run runs[RERUNS_MAX]; /* a ring */
	unsigned int count, next;
};

void reruns_release(struct reruns *reruns);

/* Whether @later is the event of @run, which failed, once more. */
bool rerun_is_of(const struct invocation *later, const struct invocation *run);

/* Whether @decision is of a run that failed, and that an Event call caused. */
bool rerun_may_follow(const struct link_decision *decision);
void reruns_note(struct reruns *reruns, const struct link_decision *decision); /* remembers it */

/* The run before @invocation; NULL: none is remembered. */
struct failed_run *reruns_find(struct reruns *reruns, const struct invocation *invocation);

/* What is to be said of @invocation, which is @run's event once more. */
struct link_decision rerun_decide(const struct failed_run *run, struct invocation *invocation);

/* @invocation was its event's last run, unless it failed as well. */
void rerun_end(struct failed_run *run, const struct invocation *invocation);

#endif
