/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * concurrency.h - which invocations were open at the same time in one environment. Remembers an
 * invocation for as long as one that was open beside it is not settled, up to a number of them.
 */
#ifndef IDLETAX_ANALYSIS_CONCURRENCY_H
#define IDLETAX_ANALYSIS_CONCURRENCY_H

#include <stddef.h>

#include "analysis/wait.h"
#include "base/hash_map.h"
#include "model/invocation.h"

/* Settled ones that are remembered of one environment. */
#define CONCURRENCY_SETTLED_MAX 4096

struct concurrency {
	struct hash_map environments; /* by address */
};

void concurrency_init(struct concurrency *concurrency);
void concurrency_release(struct concurrency *concurrency);

int concurrency_begin(struct concurrency *concurrency, struct invocation *invocation);

/*
 * @invocation settled: the others that overlap it, in *ret_others (the caller frees it). One that is
 * still open ends at UINT64_MAX. Where there were too many to remember, those that ended first are
 * missing, and @invocation is flagged incomplete; so it is where it began beside one whose end may have been
 * lost. 0 or -ENOMEM.
 */
int concurrency_settle(struct concurrency *concurrency, struct invocation *invocation,
		       struct open_interval **ret_others, size_t *ret_count);

#endif
