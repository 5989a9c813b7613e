/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * call_order.h - an invocation's attempts by the calls that they belong to.
 */
#ifndef IDLETAX_ANALYSIS_CALL_ORDER_H
#define IDLETAX_ANALYSIS_CALL_ORDER_H

#include "model/invocation.h"

/*
 * *ret_attempts: those of @invocation, which keeps them, sorted by call and then as they were made. For
 * free(); NULL where there are none. 0 or -ENOMEM.
 */
int call_order_new(struct exchange ***ret_attempts, const struct invocation *invocation);

#endif
