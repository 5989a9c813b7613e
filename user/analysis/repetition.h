/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * repetition.h - what is on the bill because something was done again: retries, by an SDK or a loop of the
 * program's own, and second runs for one call or event.
 */
#ifndef IDLETAX_ANALYSIS_REPETITION_H
#define IDLETAX_ANALYSIS_REPETITION_H

#include <stddef.h>

#include "analysis/price_plan.h"
#include "model/invocation.h"

/*
 * Fills retry_* and is_discarded of the waste of a chain's invocations, callers before callees (descent.h);
 * retry_compute and billing_compute have been there.
 *
 * A run whose attempt was followed by another of the same call served nothing, nor did what it called in turn:
 * all of their bills (with their requests, without INIT) is retry waste. Of every other invocation it is the
 * waits for attempts that were followed, and the back-off between attempts. So each billed nanosecond counts
 * once, and the sums over functions are the total.
 */
void repetition_compute(const struct price_plan *plan, struct invocation **order, size_t count);

#endif
