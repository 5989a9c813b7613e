/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * order.h - facts that come nearly in order, from several CPUs, into facts in order of time_ns.
 * Each is held until the newest seen is a window younger. Of the same time: first task_seen, fork,
 * exec, connection, last task_exit, else as they came.
 */
#ifndef IDLETAX_TRACE_ORDER_H
#define IDLETAX_TRACE_ORDER_H

#include <stddef.h>
#include <stdint.h>

#include "trace/fact.h"

#define FACT_ORDER_WINDOW_NS 250000000ull
#define FACT_ORDER_FACTS_MAX (1u << 17) /* held at most; beyond, the oldest goes early */
#define FACT_ORDER_BYTES_MAX (64u << 20)

struct fact_order;

struct fact_order_stats {
	uint64_t early; /* released before their window had passed: too many were held */
	uint64_t late;	/* came after a younger one had been released: given that one's time */
	/* late slices, which cannot be moved: a FACT_LOSS (scheduler) stands for each */
	uint64_t dropped;
};

/* @next receives the facts in order; it is borrowed until fact_order_free. 0 or -ENOMEM. */
int fact_order_new(struct fact_order **ret, const struct fact_sink *next, uint64_t window_ns,
		   size_t facts_max);

/*
 * A fact_sink push: copies @fact with its strings. Errors are -ENOMEM and those of the next sink.
 */
int fact_order_push(void *order, const struct fact *fact);

/* The clock stands at @time_ns although no fact may have come: releases what is a window older. */
int fact_order_advance(struct fact_order *order, uint64_t time_ns);

/* Releases everything. */
int fact_order_flush(struct fact_order *order);

struct fact_order_stats fact_order_stats(const struct fact_order *order);
void fact_order_free(struct fact_order *order); /* drops what is held; NULL is allowed */

#endif
