/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * daemons.h - what takes logs, metrics and traces: what is sent there is no call (SEMANTICS 1).
 */
#ifndef IDLETAX_ASSEMBLE_DAEMONS_H
#define IDLETAX_ASSEMBLE_DAEMONS_H

#include <stdbool.h>

#include "assemble/connection_table.h"
#include "model/exchange.h"

/* By the port that it is reached at. */
bool daemon_is_at(const struct connection *connection);

/* By that, or by what was asked. */
bool daemon_is_asked(const struct connection *connection, const struct exchange *exchange);

#endif
