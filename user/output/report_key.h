/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * report_key.h - what the rows of a report are sorted by.
 */
#ifndef IDLETAX_OUTPUT_REPORT_KEY_H
#define IDLETAX_OUTPUT_REPORT_KEY_H

#include "analysis/results.h"

enum report_key { /* what rows are sorted by: most first, names from A to Z */
	REPORT_BY_BILLED = 0,
	REPORT_BY_OWN,
	REPORT_BY_IDLE,
	REPORT_BY_DOUBLE,
	REPORT_BY_COST,
	REPORT_BY_CALLS,
	REPORT_BY_NAME,
};

/* 0 and *ret_key, or -EINVAL. */
int report_key_parse(enum report_key *ret_key, const char *text);
/* What a row is worth under a key; the more, the higher it stands. */
uint64_t report_sums_weight(const struct sums *sums, enum report_key key);
#define REPORT_KEYS "billed, own, idle, double, cost, calls, name"

/* Everything but work and waiting for a CPU or for reasons unknown. */
uint64_t report_idle_ns(const struct sums *sums);

#endif
