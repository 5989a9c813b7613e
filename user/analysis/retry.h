/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * retry.h - what the retries of an invocation's calls cost: attempts whose outcome was thrown away, and the
 * back-off between them. Which attempts are of one call is known (user/assemble).
 */
#ifndef IDLETAX_ANALYSIS_RETRY_H
#define IDLETAX_ANALYSIS_RETRY_H

#include "model/invocation.h"

/*
 * Fills call_callee, is_repeated and backoff_ns of @invocation's attempts, which are linked and have their
 * waits; marks the later runs among their callees that did again what another one of the same call did, was
 * doing or had done (waste.is_duplicate). An instant of back-off that is two calls' belongs to the one that
 * tries again first. 0 or -ENOMEM.
 */
int retry_compute(struct invocation *invocation);

#endif
