/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * retries.h - which attempts are of one call (SEMANTICS 6).
 */
#ifndef IDLETAX_ASSEMBLE_RETRIES_H
#define IDLETAX_ASSEMBLE_RETRIES_H

#include "model/invocation.h"

/*
 * Sets @attempt's call and attempt number: one more of an earlier attempt's call, or a new call of
 * @invocation. To be asked before it is added.
 */
void retries_number(struct invocation *invocation, struct exchange *attempt);

/* Numbers the calls anew without gaps, after attempts were taken away. 0 or -ENOMEM. */
int retries_renumber(struct invocation *invocation);
#endif
