/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * descent.h - the invocations of a chain in an order in which every caller comes before its callees:
 * what is inherited from a caller is known by then, at any depth.
 */
#ifndef IDLETAX_ANALYSIS_DESCENT_H
#define IDLETAX_ANALYSIS_DESCENT_H

#include "analysis/results.h"

/* As many as the chain has, each once; the caller frees the array. NULL when out of memory. */
struct invocation **descent_new(const struct chain *chain);

#endif
