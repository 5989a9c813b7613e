/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * client_timeout.h - how long a client waits for a reply before it gives up, known by its giving up: where
 * it closes without one after the same delay at least twice (SEMANTICS 6). One guess per edge, in bounded
 * memory.
 */
#ifndef IDLETAX_ANALYSIS_CLIENT_TIMEOUT_H
#define IDLETAX_ANALYSIS_CLIENT_TIMEOUT_H

#include <stdint.h>

#include "model/exchange.h"

#define CLIENT_TIMEOUT_GROUPS 8

struct client_timeout {
	/* delays that are the same, as far as a timer is exact */
	struct delay_group {
		uint64_t shortest_ns; /* a timer is never early */
		uint64_t count;
	} groups[CLIENT_TIMEOUT_GROUPS];
};

/* Counts @attempt in where its client gave up. */
void client_timeout_add(struct client_timeout *timeout, const struct exchange *attempt);

/* 0: not known. *ret_count: how many attempts it ended. */
uint64_t client_timeout_find(const struct client_timeout *timeout, uint64_t *ret_count);

#endif
