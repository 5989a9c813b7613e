/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * critical_path.h - what a chain's latency consists of (SEMANTICS 5).
 */
#ifndef IDLETAX_ANALYSIS_CRITICAL_PATH_H
#define IDLETAX_ANALYSIS_CRITICAL_PATH_H

#include "analysis/results.h"

/*
 * Fills @chain's latency_ns and critical_path, in order of time: adjacent segments from the root's
 * start to its response (its end, where it gave none), which sum to latency_ns. Needs the segments and
 * callees of its invocations. 0 or -ENOMEM.
 */
int critical_path_compute(struct chain *chain);

#endif
