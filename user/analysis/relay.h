/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * relay.h - processes that pass requests on: what they receive they send elsewhere (docker-proxy, socat,
 * HTTP proxies, SAM's and LocalStack's front ends). How well a request that one received and one that it
 * sent go together, in evidence.h's numbers:
 *
 *   hard   the order of time; the content, which is the same but for the function's name or LocalStack's
 *          wrapping; LocalStack's id; one thread that did nothing else from the one's receipt to its answer
 *   soft   bodies that say something; the function's name; one thread; what was answered
 *   order  first come, first served
 *
 * The network itself is such a relay where addresses are translated on the way (NAT), so that a client's
 * socket and its server's have different ones: the client's request is what it received, the server's
 * what it sent. Nothing but digests, time and the client's port says so.
 */
#ifndef IDLETAX_ANALYSIS_RELAY_H
#define IDLETAX_ANALYSIS_RELAY_H

#include "analysis/dispatcher.h"

/* When a request was sent on, or arrived from the network: its first byte. */
uint64_t relay_sent_ns(const struct exchange *forward);
/* The latest moment at which what arrived as @server can have been sent. */
uint64_t relay_arrived_ns(const struct exchange *server);

/* EVIDENCE_IMPOSSIBLE, or a weight. @received: the relay as a server; @row->forward: as a client. */
int64_t relay_weigh(const struct exchange *received, const struct handover *row);
/* Of the network: @client the end that sent, @server the one that received. */
int64_t relay_weigh_translated(const struct exchange *client, const struct exchange *server);

/*
 * How sure a pair is at most that nothing hard speaks against: exact only by an id or a thread, or where
 * the relay had no other request open when it sent @row->forward.
 */
enum link_kind relay_surest(const struct dispatcher *relay, const struct handover *row);

/* What speaks for a decided pair: bits of enum link_evidence. */
uint32_t relay_evidence(const struct handover *row);

#endif
