/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * orphan.h - the part of a callee's bill that is for nobody: its caller's attempt had ended without its
 * reply, and it went on (SEMANTICS 4, the caller that is killed).
 */
#ifndef IDLETAX_ANALYSIS_ORPHAN_H
#define IDLETAX_ANALYSIS_ORPHAN_H

#include <stddef.h>

#include "analysis/price_plan.h"
#include "model/invocation.h"

/*
 * Fills orphaned_* of the waste of a chain's invocations, callers before callees (descent.h).
 *
 * Nobody reads a callee's result from the end of its caller's attempt on, where that ended without the reply:
 * the caller died or was ended at its time-out, closed the connection, came to its own end without waiting; the
 * connection broke; or the caller was told of a failure that was not the callee's answer (an API in front
 * that gave up). From that moment on nobody reads the results of what the callee itself calls, either: what of
 * that runs later is orphaned, too. INIT is apart. An Event call's callee is wanted for what it does, whatever
 * became of its caller: it is never an orphan.
 *
 * Where an attempt ended with the recording, or who ended it is not known, nothing is claimed.
 */
void orphan_compute(const struct price_plan *plan, struct invocation **order, size_t count);

#endif
