/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * trace_ids.h - the trace id of a closed chain, and a span id for each of its invocations and attempts:
 * those of the wire where headers prove them, else derived from the facts, so that one trace file always
 * gives the same. Marks headers that contradict the trace id, or are malformed, and reads Lineage.
 */
#ifndef IDLETAX_ANALYSIS_TRACE_IDS_H
#define IDLETAX_ANALYSIS_TRACE_IDS_H

#include "analysis/results.h"

/*
 * Once per chain, when it has its id, in order of the chains: what an Event call caused gets the trace id
 * of its cause, which is told before it. @realtime_offset_ns: CLOCK_REALTIME - CLOCK_MONOTONIC of the
 * recording, modulo 2^64. 0 or -ENOMEM.
 */
int trace_ids_assign(struct chain *chain, uint64_t realtime_offset_ns);

#endif
