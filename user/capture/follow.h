/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * follow.h - begins to trace processes that run already, and tells what the kernel programs have missed of
 * them: threads, children, how they were started, open sockets.
 */
#ifndef IDLETAX_CAPTURE_FOLLOW_H
#define IDLETAX_CAPTURE_FOLLOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "record.h"

#define FOLLOW_MAX 4096 /* processes in one list */

struct idletax; /* the skeleton */

struct follow {
	struct idletax *programs;
	bool is_without_children;
	int (*hand_over)(void *context, const struct record_header *record); /* 0 or an error */
	void *context;
};

struct follow_list {
	struct follow *follow;
	bool is_first_known; /* the kernel programs began with it: they see it end */
	size_t dropped;	     /* processes without room */
	size_t count;
	pid_t pids[FOLLOW_MAX];
};

struct follow_list *follow_list_new(struct follow *follow); /* NULL: no memory; free() ends it */

/*
 * Traces @pid with its children and adds them to the list. The recorder itself is left out, what does not
 * fit (and is counted), and what is traced already: that was told of, or will be. 0 or negative errno.
 */
int follow_begin(struct follow_list *list, pid_t pid);

/*
 * The same with an empty list and a process that the kernel programs began to trace by themselves: it still
 * has to be told of.
 */
int follow_begin_discovered(struct follow_list *list, pid_t pid);

/* Each thread of a traced process that is not known yet emits RECORD_TASK_SEEN. @pid 0: of any. */
int follow_see_tasks(struct follow *follow, pid_t pid);

/*
 * Hands over a RECORD_EXEC for each process of the list that already runs its program, and a
 * RECORD_SOCKET_OPEN for each of its sockets that is connected, as of @time_ns. Call it after their
 * RECORD_TASK_SEEN have been handed over. 0, negative errno, or what hand_over returned.
 */
int follow_tell(struct follow_list *list, uint64_t time_ns);

bool follow_is_traced(const struct follow *follow, pid_t pid);
unsigned int follow_count(const struct follow *follow); /* processes that are traced and alive */

#endif
