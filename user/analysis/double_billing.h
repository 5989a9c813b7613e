/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * double_billing.h - how much of an attempt's wait its callee was on the bill too (SEMANTICS 4).
 */
#ifndef IDLETAX_ANALYSIS_DOUBLE_BILLING_H
#define IDLETAX_ANALYSIS_DOUBLE_BILLING_H

#include "model/invocation.h"

/*
 * Fills double_billed_ns, double_init_ns and transit_ns of @invocation's attempts and their sums, from
 * its segments and its attempts' callees. A callee that is not over is billed to the end of time.
 *
 * An Event call's wait is for the 202, not for the callee: nothing of it is double-billed. An attempt
 * that reached an API in front of a function (an HTTP request with a callee) is, but has no transit.
 * A function attempt without a callee has transit where its server is on this host (it was refused, or
 * nobody ran it); for a callee elsewhere nothing is claimed.
 */
void double_billing_compute(struct invocation *invocation);

#endif
