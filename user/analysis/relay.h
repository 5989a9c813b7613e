/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * relay.h - processes that pass requests on: what they receive they send elsewhere (docker-proxy, socat,
 * HTTP proxies, emulators that hand an Invoke to a container). Used by linker.c only.
 */
#ifndef IDLETAX_ANALYSIS_RELAY_H
#define IDLETAX_ANALYSIS_RELAY_H

#include "analysis/dispatcher.h"

struct relay_match {
	struct request *request;
	enum link_kind link;
	uint32_t alternatives; /* others that it could be as well, with LINK_AMBIGUOUS */
};

/*
 * Which of the requests that @relay received it passes on with @forward, which it sent: one with the same
 * content that was open then. False: none.
 */
bool relay_find(const struct dispatcher *relay, const struct exchange *forward,
		struct relay_match *ret_match);

#endif
