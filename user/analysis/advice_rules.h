/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * advice_rules.h - from what was seen of an edge to its verdict. A pure function of struct edge_facts and
 * the edge's mode. Used by advice.c only.
 */
#ifndef IDLETAX_ANALYSIS_ADVICE_RULES_H
#define IDLETAX_ANALYSIS_ADVICE_RULES_H

#include "analysis/advice.h"

/* Fills verdict, also and undecided from all else. */
void advice_judge(struct edge_advice *edge);

#endif
