/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * retries.h - which attempts are of one call (SEMANTICS 6): an SDK marks them with one id and counts them;
 * other clients, and loops around an SDK, are known by asking the same again after an error or no answer.
 */
#ifndef IDLETAX_ASSEMBLE_RETRIES_H
#define IDLETAX_ASSEMBLE_RETRIES_H

#include "model/invocation.h"

/*
 * Sets call, attempt and retry of all of @invocation's attempts, whose ends are known. 0 or -ENOMEM.
 */
int retries_number(struct invocation *invocation);

#endif
