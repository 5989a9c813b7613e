/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * run_list.h - the runs of one thread that are still of interest, in order. What invocations no longer
 * need is dropped at the front, except the last run before: it says what the thread was blocked in.
 */
#ifndef IDLETAX_ASSEMBLE_RUN_LIST_H
#define IDLETAX_ASSEMBLE_RUN_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/timeline.h"

struct run_list {
	struct run *runs;
	size_t first; /* runs before it are dropped */
	size_t end;
	size_t capacity;
};

/* A part of a list: runs[first] to runs[end - 1]. */
struct run_window {
	size_t first;
	size_t end;
};

/* Or NULL. */
static inline const struct run *run_list_last(const struct run_list *list)
{
	return list->first < list->end ? &list->runs[list->end - 1] : NULL;
}

/* The next push needs room: trim first. */
static inline bool run_list_is_full(const struct run_list *list)
{
	return list->end == list->capacity;
}

void run_list_init(struct run_list *list);
void run_list_release(struct run_list *list);

/*
 * Appends @run, made to fit behind the last one (clamped to ready <= on <= off, not before the last
 * off_ns). What lies wholly before the last run's end, e.g. a duplicate, is ignored. 0, -EALREADY
 * (ignored) or -ENOMEM.
 */
int run_list_push(struct run_list *list, const struct run *run);
/* Drops the runs that ended before @horizon_ns, except the last. */
void run_list_trim(struct run_list *list, uint64_t horizon_ns);

/* The index of the run in which @time_ns lies, or at whose end; SIZE_MAX: none. */
size_t run_list_find(const struct run_list *list, uint64_t time_ns);

/*
 * Whether the thread was blocked for more than @limit_ns of [@start_ns, @end_ns): neither on a CPU nor ready for one.
 * What is not known yet, as the run that goes on, counts as such where it was blocked before. Looks no further than it
 * has to.
 */
bool run_list_blocks_longer(const struct run_list *list, uint64_t start_ns, uint64_t end_ns,
			    uint64_t limit_ns);

/* From the last run that began at or before @start_ns to the first that began after @end_ns. */
struct run_window run_list_window(const struct run_list *list, uint64_t start_ns, uint64_t end_ns);

#endif
