/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * xray_document.h - the X-Ray segment documents of one invocation (AWS X-Ray Developer Guide, "X-Ray
 * segment documents"). The first is its segment with as many subsegments as fit; those that do not follow
 * as documents of their own, which name their parent. Nothing is dropped but short waits beyond
 * XRAY_WAITS_MAX, whose number and sum the segment's metadata tells.
 */
#ifndef IDLETAX_OUTPUT_XRAY_DOCUMENT_H
#define IDLETAX_OUTPUT_XRAY_DOCUMENT_H

#include <stdio.h>

#include "analysis/results.h"

/* X-Ray takes 64 kB; with the daemon's line before it, a document is also to fit into a UDP datagram. */
#define XRAY_DOCUMENT_MAX 63000
#define XRAY_WAITS_MAX 100 /* the longest are told one by one */

/*
 * Writes them to @file, one a line. @realtime_offset_ns: CLOCK_REALTIME - CLOCK_MONOTONIC of the
 * recording, modulo 2^64. 0 or negative errno.
 */
int xray_document_write(FILE *file, const struct invocation *invocation,
			uint64_t realtime_offset_ns);

#endif
