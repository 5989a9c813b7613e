/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * label.h - how sure a decided link is, and why (model/link_basis.h): of an event and its request, and of
 * all on the way that the request came. No link is surer than the weakest part of its way. Used by linker.c
 * only.
 */
#ifndef IDLETAX_ANALYSIS_LABEL_H
#define IDLETAX_ANALYSIS_LABEL_H

#include "analysis/dispatcher.h"

bool label_is_event(const struct request *request); /* on any part of its way */

/* Of an event that was handed over, by its last assignment. */
enum link_kind label_event(const struct handover *handover, uint32_t *ret_alternatives);
struct link_basis label_basis(const struct handover *handover);

/* Of a request that is an event itself; what is known of a request alone. */
enum link_kind label_served(const struct request *request, uint32_t *ret_alternatives);
struct link_basis label_request(const struct request *request);

/* Tells the call that @request came from, which led to no event, why. */
void label_unanswered(const struct request *request);

#endif
