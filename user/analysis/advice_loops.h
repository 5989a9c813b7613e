/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * advice_loops.h - programs that are no functions and invoke one: which of them calls it in a loop. A script
 * calls by itself, or through children that do one request each (curl); so each call counts for its process
 * and for that one's parent, and who has most made the loop. Used by advice.c only.
 */
#ifndef IDLETAX_ANALYSIS_ADVICE_LOOPS_H
#define IDLETAX_ANALYSIS_ADVICE_LOOPS_H

#include <stdbool.h>
#include <stdint.h>

#include "model/exchange.h"

/* Processes that are remembered of one function's callers: those with most calls. */
#define ADVICE_LOOPS_MAX 8

struct loop {
	uint32_t tgid;
	bool is_parent; /* of what calls */
	bool is_server; /* it had been asked for something itself */
	const char *program;
	uint64_t calls;
	uint64_t overlaps; /* that began before all before them had ended */
	uint64_t end_ns;   /* of the last of these */
};

struct loops {
	struct loop loops[ADVICE_LOOPS_MAX];
};

/* @program is a copy that lives as long as @loops. */
void loops_add(struct loops *loops, const struct exchange *call, const char *program,
	       const char *parent_program);

/* Who made most calls; a process before its parent. NULL: nobody. */
const struct loop *loops_find(const struct loops *loops);

#endif
